"""A TCP proxy between devices and gateway that does to connections what bad networks do to them.

TCP hides lost packets behind retransmissions, so what reaches the programs is delay, stalls, cuts, and connections of which only one
side knows that they ended; the proxy does these.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading


class FaultyLink:
    """Listens on a free loopback port and forwards to `target`. The attributes may be changed at any time, from any thread."""

    def __init__(self, target, seed=1):
        self.target = target
        self.delay = 0.0  # seconds, each way
        self.loss = 0.0  # share of pieces that come `retransmission` seconds late, with all that follow
        self.retransmission = 0.3
        self.frozen = False  # nothing passes and nothing is closed; connections made meanwhile are frozen too
        self.refusing = False  # new connections are closed at once
        self.accepted = 0
        self.bytes = 0
        self._random = random.Random(seed)
        self._connections = set()
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_until_complete(self._closing())
        self._loop.close()

    async def _closing(self):
        self._closed = asyncio.Event()
        await self._closed.wait()
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for writer in list(self._connections):
            writer.transport.abort()
        await asyncio.sleep(0)

    def close(self):
        self._loop.call_soon_threadsafe(lambda: self._closed.set())
        self._thread.join(10)

    def cut(self):
        """Resets every connection, both ways: what was under way is lost."""

        def reset():
            for writer in list(self._connections):
                sock = writer.get_extra_info("socket")
                if sock is not None:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()

        self._loop.call_soon_threadsafe(reset)

    async def _serve(self, reader, writer):
        if self.refusing:
            writer.close()
            return
        self.accepted += 1
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        self._connections |= {writer, up_writer}
        with contextlib.suppress(asyncio.CancelledError):  # the proxy closes
            await asyncio.gather(self._carry(reader, up_writer), self._carry(up_reader, writer))
        self._connections -= {writer, up_writer}

    async def _carry(self, reader, writer):
        """Reading goes on while older pieces are under way, as on a wire."""
        pieces = asyncio.Queue()
        sender = asyncio.ensure_future(self._deliver(pieces, writer))
        try:
            while data := await reader.read(4096):
                late = self.retransmission if self._random.random() < self.loss else 0.0
                await pieces.put((self._loop.time() + self.delay + late, data))
        except OSError:
            pass
        await pieces.put((0.0, b""))
        await sender

    async def _deliver(self, pieces, writer):
        try:
            while True:
                due, data = await pieces.get()
                while self.frozen or self._loop.time() < due:
                    await asyncio.sleep(0.01 if self.frozen else max(0.0, due - self._loop.time()))
                if not data:
                    break
                self.bytes += len(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()
