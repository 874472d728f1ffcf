"""A proxy in front of a Redis on a unix socket: it passes on so many bytes a second, in both directions as they come.

    python3 slow_proxy.py LISTEN TARGET CONTROL

CONTROL is a file that holds the limit in bytes a second towards Redis, 0 for none; it is read ten times a second. The bytes that have
gone through are written to CONTROL.bytes. Run as a program of its own, so that its time is nobody else's.
"""

import asyncio
import pathlib
import sys


class Limit:
    """A bucket that fills at the rate and holds a twentieth of a second of it."""

    def __init__(self, control):
        self.control = control
        self.rate = 0
        self.passed = 0
        self.allowed = 0.0
        self.filled_at = 0.0

    async def follow(self):
        report = pathlib.Path(f"{self.control}.bytes")
        while True:
            text = self.control.read_text().strip() if self.control.exists() else ""
            self.rate = int(text or 0)
            fresh = report.with_suffix(".new")
            fresh.write_text(str(self.passed))
            fresh.rename(report)
            await asyncio.sleep(0.1)

    async def take(self, size):
        self.passed += size
        clock = asyncio.get_running_loop().time
        while self.rate > 0:
            now = clock()
            self.allowed = min(self.allowed + (now - self.filled_at) * self.rate, self.rate / 20)
            self.filled_at = now
            if self.allowed > 0:
                self.allowed -= size  # may go below zero: the next ones wait the longer
                return
            # Not longer: the limit may be lifted meanwhile.
            await asyncio.sleep(min(-self.allowed / self.rate, 0.1) + 0.001)
        self.filled_at = clock()
        self.allowed = 0.0


async def pump(reader, writer, limit=None):
    try:
        while data := await reader.read(8192 if limit and limit.rate else 65536):
            if limit:
                await limit.take(len(data))
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def main(listen, target, control):
    limit = Limit(pathlib.Path(control))

    async def serve(near_reader, near_writer):
        far_reader, far_writer = await asyncio.open_unix_connection(target)
        await asyncio.gather(pump(near_reader, far_writer, limit), pump(far_reader, near_writer))

    server = await asyncio.start_unix_server(serve, listen)
    async with server:
        await limit.follow()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        pass
