#!/usr/bin/env python3
"""The whole platform with one microcontroller in QEMU: how fast it is there, how fast an app runs, what it costs when nothing happens.

Device times are from the firmware's own console timestamps (since power-on, in QEMU's virtual time, which is wall time while the machine
keeps up); host times from this process's clock.
"""

import base64
import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tests/e2e"))
from benchmark import BUILD, firmware_with, median, percentile, row, say, scaled  # noqa: E402
from wasmbed_platform import NAMESPACE, Platform, application, device, wait_for  # noqa: E402

BOARD = "mps2-an385"
MONITOR = "second.sock"  # in the device's folder: QEMU's own has one client, the emulator
TICKS = os.sysconf("SC_CLK_TCK")


def leb(value):
    """Unsigned LEB128."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def module(size, salt):
    """A WASI command of `size` bytes that sleeps for an hour: one import, one function, the rest a data segment that begins with `salt`."""

    def section(number, body):
        return bytes([number]) + leb(len(body)) + body

    def name(text):
        return leb(len(text)) + text.encode()

    types = section(1, b"\x02" + b"\x60\x01\x7f\x01\x7f" + b"\x60\x00\x00")
    imports = section(2, b"\x01" + name("wasmbed_timer") + name("sleep_ms") + b"\x00\x00")
    functions = section(3, b"\x01\x01")
    memory = section(5, b"\x01\x00\x01")
    exports = section(7, b"\x02" + name("memory") + b"\x02\x00" + name("_start") + b"\x00\x01")
    body = b"\x00\x41\x80\xdd\xdb\x01\x10\x00\x1a\x0b"  # i32.const 3600000; call 0; drop; end
    code = section(10, b"\x01" + leb(len(body)) + body)
    head = b"\0asm\1\0\0\0" + types + imports + functions + memory + exports + code
    for filler in range(size - len(head) - 16, size):
        data = struct.pack("<Q", salt) + bytes(max(0, filler - 8))
        whole = head + section(11, b"\x01\x00\x41\x00\x0b" + leb(len(data)) + data)
        if len(whole) >= size:
            return whole
    raise ValueError(size)


class Watch:
    """Follows one Device through the API server on a thread; `wait` gives the host's time at which a state was first received."""

    def __init__(self, platform, name):
        context = ssl.create_default_context(cafile=platform.data / "pki/service-ca.crt")
        context.load_cert_chain(platform.data / "pki/admin.crt", platform.data / "pki/admin.key")
        self._connection = http.client.HTTPSConnection("127.0.0.1", platform.ports["api"], context=context, timeout=600)
        self._connection.request("GET", f"/apis/wasmbed.io/v1alpha1/namespaces/{NAMESPACE}/devices?watch=true&fieldSelector=metadata.name={name}")
        self._answer = self._connection.getresponse()
        self._changed = threading.Condition()
        self._seen = []  # (time, {app name: (revision, state)})
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        try:
            while line := self._answer.readline():
                now = time.perf_counter()
                apps = json.loads(line)["object"].get("status", {}).get("applications", [])
                with self._changed:
                    self._seen.append((now, {app["name"]: (app.get("revision"), app["state"]) for app in apps}))
                    self._changed.notify_all()
        except (OSError, ValueError, http.client.HTTPException):
            pass

    def wait(self, matches, since, limit=90):
        """Time of the first event after `since` whose apps satisfy `matches`."""

        def found():
            return next((when for when, apps in self._seen if when > since and matches(apps)), None)

        with self._changed:
            if not self._changed.wait_for(lambda: found() is not None, limit):
                raise TimeoutError("not reported in time")
            return found()


def api(platform):
    """A connection of an administrator to the API server; requests go one after the other."""
    context = ssl.create_default_context(cafile=platform.data / "pki/service-ca.crt")
    context.load_cert_chain(platform.data / "pki/admin.crt", platform.data / "pki/admin.key")
    connection = http.client.HTTPSConnection("127.0.0.1", platform.ports["api"], context=context, timeout=60)

    def request(method, path, body=None, content="application/json"):
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": content})
        answer = connection.getresponse()
        payload = answer.read()
        if answer.status >= 300:
            raise OSError(f"{method} {path}: {answer.status} {payload[:300]!r}")
        return json.loads(payload)

    return request


def boot_times(platform):
    """Power cut and power-on, ten times: ms from the firmware's first line's zero to connected, and to the stored app running."""
    connected, running, wall = [], [], []
    for _ in range(scaled(10, 3)):
        platform.power("board-1", "off")
        mark = len(platform.console("board-1"))
        started = time.perf_counter()
        platform.power("board-1", "on")
        text = wait_for("connected and running", lambda: (lambda t: t if "connected to" in t and re.search(r"sleeper\S*: .*running|running.*sleeper", t) else None)(platform.console("board-1")[mark:]))
        wall.append(1000 * (time.perf_counter() - started))
        stamp = lambda pattern: 1000 * float(re.search(r"\[\s*([\d.]+)\][^\n]*(?:" + pattern + ")", text)[1])  # noqa: E731
        connected.append(stamp("connected to"))
        running.append(stamp(r"sleeper\S*: .*running|running.*sleeper"))
    return connected, running, wall


def apply_times(platform, count):
    """ms from the API server's answer to `apply` to the Device's status that says the new revision runs."""
    request, watch = api(platform), Watch(platform, "board-1")
    path = f"/apis/wasmbed.io/v1alpha1/namespaces/{NAMESPACE}/applications"
    times = []
    for number in range(count + 1):
        body = application("fresh", os.devnull, ["board-1"])
        body["spec"]["module"]["inline"] = base64.b64encode(module(1024, number)).decode()
        before = watch._seen[-1][1].get("fresh") if watch._seen else None
        started = time.perf_counter()
        if number == 0:
            request("POST", path, body)
        else:
            request("PATCH", f"{path}/fresh", {"spec": body["spec"]}, "application/merge-patch+json")
        received = time.perf_counter()
        seen = watch.wait(lambda apps: apps.get("fresh", (None, ""))[1] == "Running" and apps["fresh"][0] != (before or (None,))[0], started)
        if number:  # the first one also makes the Application
            times.append(1000 * max(0.0, seen - received))
        wait_for("the last report is in", lambda: watch._seen[-1][1].get("fresh", ("", ""))[1] == "Running")
    return times


def cpu_ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def resident_kilobytes(pid):
    """Proportional set size: shared pages count once."""
    return int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1])


def idle(platform, seconds):
    pids = {"up": platform.process.pid, **platform.roles()}
    before = {pid: cpu_ticks(pid) for pid in pids.values()}
    start = time.perf_counter()
    time.sleep(seconds)
    passed = time.perf_counter() - start
    share = sum(cpu_ticks(pid) - before[pid] for pid in pids.values()) / TICKS / passed
    return 100 * share, sum(resident_kilobytes(pid) for pid in pids.values()) / 1024, {role: resident_kilobytes(pid) / 1024 for role, pid in pids.items()}


def stack_used(platform):
    """Bytes of the firmware's stack that were ever written: QEMU's RAM begins as zeros, and nothing paints it."""
    out = subprocess.run(["arm-none-eabi-nm", BUILD / f"firmware/{BOARD}.elf"], check=True, capture_output=True, text=True).stdout
    symbol = {name: int(value, 16) for value, _, name in re.findall(r"^([0-9a-f]+) (\w) (__stack_\w+)$", out, re.M)}
    first, end = symbol["__stack_start"], symbol["__stack_end"]
    image = platform.home / "stack.bin"
    folder = platform.data / "devices" / NAMESPACE / "board-1"
    here = os.getcwd()
    os.chdir(folder)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(30)
            monitor.connect(MONITOR)
            lines = monitor.makefile("rw")
            for command in ({"execute": "qmp_capabilities"}, {"execute": "pmemsave", "arguments": {"val": first, "size": end - first, "filename": str(image)}}):
                lines.write(json.dumps(command) + "\n")
                lines.flush()
                while not {"return", "error"} & (answer := json.loads(lines.readline())).keys():
                    pass
                if "error" in answer:
                    raise OSError(answer["error"]["desc"])
    finally:
        os.chdir(here)
    content = image.read_bytes()
    untouched = len(content) - len(content.lstrip(b"\0"))
    return len(content) - untouched, len(content)


def main():
    platform = Platform()
    try:
        firmware = firmware_with(platform.home / "firmware", BOARD, ["-qmp", f"unix:{MONITOR},server=on,wait=off"])
        platform.start(None, "--firmware", firmware)
        say("bench: a device enrolls")
        platform.apply(device("board-1", BOARD))
        wait_for("connected", lambda: platform.connected("board-1"))
        sleeper = platform.home / "sleeper.wasm"
        sleeper.write_bytes(module(1024, 1 << 40))
        platform.apply(application("sleeper", sleeper, ["board-1"]))
        wait_for("sleeper runs", lambda: platform.reported_app("board-1", "sleeper")["state"] == "Running")

        say("bench: power-on")
        connected, running, wall = boot_times(platform)
        row(f"power-on → connected, device clock, median of {len(connected)}", f"{median(connected):.0f} ms", "≤ 500 ms")
        row(f"power-on → stored app running, device clock, median of {len(running)}", f"{median(running):.0f} ms", "≤ 150 ms")
        row(f"power-on request → both seen on the console, host clock, median of {len(wall)}", f"{median(wall):.0f} ms")

        say("bench: apply")
        times = apply_times(platform, scaled(50, 5))
        row(f"`apply` answered → Running received, 1 KB module, p50 of {len(times)}", f"{median(times):.0f} ms", "≤ 100 ms")
        row(f"`apply` answered → Running received, 1 KB module, p99 of {len(times)}", f"{percentile(times, 99):.0f} ms", "≤ 300 ms")

        say("bench: idle")
        share, memory, roles = idle(platform, scaled(30, 5))
        row("platform idle with one device, QEMU apart: CPU, of one core", f"{share:.2f} %", "≤ 2 %")
        row("platform idle with one device, QEMU apart: memory (PSS)", f"{memory:.0f} MB", "≤ 60 MB")
        row("of it: " + ", ".join(roles), ", ".join(f"{value:.0f}" for value in roles.values()) + " MB")

        used, size = stack_used(platform)
        row(f"{BOARD}: stack used after TLS, install and run", f"{used / 1024:.1f} KB", f"≤ {size / 1024:.1f} KB")
    finally:
        platform.destroy()


main()
