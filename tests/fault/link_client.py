"""Speaks the link as a device does (core/proto/wire.cddl), also as no device would: any bytes, in any order."""

import base64
import socket
import ssl
import subprocess

ERROR, HELLO, WELCOME, DESIRED, REPORTED, FETCH, CHUNK, HEARTBEAT, LOG, EVENT, DROPPED, ACK, ENROLL, ENROLLED = range(1, 15)
ISSUED, PENDING, REFUSED = range(3)  # enrolled, key 1
UNKNOWN_TYPE, NOT_EXPECTED, NOT_FOUND = 2, 3, 6  # error, key 1


def encode(value):
    """Deterministic CBOR (RFC 8949) of what messages have."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    return head(5, len(value)) + b"".join(encode(key) + encode(value[key]) for key in sorted(value))


def head(major, size):
    if size < 24:
        return bytes([major << 5 | size])
    length = next(length for length in (1, 2, 4, 8) if size < 1 << 8 * length)
    return bytes([major << 5 | 23 + length.bit_length()]) + size.to_bytes(length, "big")


def decode(data):
    value, rest = _decode(data)
    assert not rest, rest
    return value


def _decode(data):
    major, size, rest = data[0] >> 5, data[0] & 31, data[1:]
    if major == 7:
        return size == 21, rest
    if size >= 24:
        length = 1 << size - 24
        size, rest = int.from_bytes(rest[:length], "big"), rest[length:]
    if major == 0:
        return size, rest
    if major == 1:
        return -1 - size, rest
    if major in (2, 3):
        return (rest[:size] if major == 2 else rest[:size].decode()), rest[size:]
    items = []
    for _ in range(size * (2 if major == 5 else 1)):
        item, rest = _decode(rest)
        items.append(item)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), rest


def framed(frame):
    return len(frame).to_bytes(4, "big") + frame


class Connection:
    """One TLS connection to a gateway's port for devices."""

    def __init__(self, platform, alpn, certificate=None, address="127.0.0.1"):
        context = ssl.create_default_context(cafile=platform.data / "pki/service-ca.crt")
        context.check_hostname = False
        context.set_alpn_protocols([alpn])
        if certificate:
            context.load_cert_chain(*certificate)
        plain = socket.create_connection(("127.0.0.1", platform.ports["devices"]), timeout=60, source_address=(address, 0))
        self.tls = context.wrap_socket(plain)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tls.close()

    def send(self, message_type, body, message_id=0):
        self.tls.sendall(framed(encode([message_id, message_type, body])))

    def send_bytes(self, data):
        self.tls.sendall(data)

    def receive(self):
        """The next message as (id, type, body), or None at the end of the connection."""
        while len(self.buffer) < 4 or len(self.buffer) < 4 + int.from_bytes(self.buffer[:4], "big"):
            try:
                data = self.tls.recv(65536)
            except (ConnectionError, ssl.SSLError):
                return None
            if not data:
                return None
            self.buffer += data
        end = 4 + int.from_bytes(self.buffer[:4], "big")
        frame, self.buffer = self.buffer[4:end], self.buffer[end:]
        return tuple(decode(frame))

    def receive_until(self, wanted):
        """Passes over what comes in between; None at the end of the connection."""
        while (message := self.receive()) is not None and message[1] != wanted:
            pass
        return message


def enroll(platform, name, uid, token, folder):
    """A certificate and its key, as files, for the Device `name`."""
    key, request = folder / f"{name}.key", folder / f"{name}.csr"
    command = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=wasmbed-device", "-keyout", key]
    subprocess.run([*command, "-outform", "DER", "-out", request], check=True, capture_output=True)
    with Connection(platform, "wasmbed-enroll/1") as link:
        link.send(ENROLL, {1: f"wasmbed/{name}", 2: b"12345678", 3: uid, 4: token, 5: request.read_bytes(), 6: "sim"})
        while (answer := link.receive_until(ENROLLED)) and answer[2][1] == PENDING:
            pass
    assert answer and answer[2][1] == ISSUED, answer
    pem = lambda der: "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der).decode() + "-----END CERTIFICATE-----\n"  # noqa: E731
    certificate = folder / f"{name}.crt"
    certificate.write_text("".join(map(pem, answer[2][2])))
    return certificate, key
