"""A proxy between kubectl and an API server that keeps what they say to each other.

kubectl speaks HTTP with it; it speaks TLS with the server, as administrator. It asks for plain JSON where kubectl would also take
protobuf or gzip: what is compared are the answers, not how they are packed.
"""

import contextlib
import http.client
import http.server
import ssl
import threading
import urllib.parse

HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "accept-encoding", "host"}
UPSTREAM_LIMIT = 120  # seconds


class Exchange:
    def __init__(self, method, target):
        parts = urllib.parse.urlsplit(target)
        self.method, self.path = method, parts.path
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        self.status, self.content_type, self.body = 0, "", b""


class Recorder:
    """`with Recorder(port, ca, certificate, key) as recorder`: kubectl's server is `recorder.url`; `take()` gives what was said since."""

    def __init__(self, port, ca, certificate, key):
        self.port = port
        self.context = ssl.create_default_context(cafile=ca)
        self.context.load_cert_chain(certificate, key)
        self.lock = threading.Lock()
        self.exchanges = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                recorder.forward(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def take(self):
        with self.lock:
            taken, self.exchanges = self.exchanges, []
        return taken

    def forward(self, client):
        exchange = Exchange(client.command, client.path)
        with self.lock:
            self.exchanges.append(exchange)  # in the order of the requests
        body = client.rfile.read(int(client.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in client.headers.items() if name.lower() not in HOP_BY_HOP}
        accepted = [each for each in headers.get("Accept", "*/*").split(",") if "protobuf" not in each]
        if accepted:  # kubectl 1.20 takes OpenAPI as protobuf only
            headers["Accept"] = ",".join(accepted)
        upstream = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=UPSTREAM_LIMIT)
        with contextlib.closing(upstream), contextlib.suppress(OSError, ValueError, http.client.HTTPException):  # either side has gone
            upstream.request(client.command, client.path, body or None, headers)
            answer = upstream.getresponse()
            exchange.status, exchange.content_type = answer.status, answer.headers.get("Content-Type", "")
            client.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    client.send_header(name, value)
            if answer.status in (204, 304):  # these have no body, not even an empty one
                client.end_headers()
                return
            client.send_header("Transfer-Encoding", "chunked")
            client.end_headers()
            while part := answer.read1(65536):
                exchange.body += part
                client.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                client.wfile.flush()
            client.wfile.write(b"0\r\n\r\n")
