"""2,000 slow connections of four kinds, from several addresses: genuine callbacks hardly notice, and each slow one is closed in time.

With TOLLGATE_FULL there are 7,000.
"""

import heapq
import json
import os
import pathlib
import resource
import select
import socket
import statistics
import subprocess
import time
import unittest

from support import SLOW, SOURCE_SECRET, TOLLGATE_LOAD, Gateway, wait_for

CONNECTIONS = 7000 if os.environ.get("TOLLGATE_FULL") else 2000
ADDRESSES = [f"127.0.0.{number}" for number in range(2, 12)]  # each below the limit for one
CLOSED_WITHIN = 15 * SLOW
MEMORY = 64 * 1024 * 1024 * SLOW  # sanitizers keep what is freed for a while
RATE = 200 / SLOW
# A 99th percentile below this is no matter of slow connections on a machine that others use too.
FLOOR_MS = 25 * SLOW
HEAD = b"POST /in/kenya HTTP/1.1\r\nHost: a\r\n"


class SlowPeer:
    """One connection: what it sends at first, and what every second after that."""

    def __init__(self, number, port, poll):
        self.kind = ("dripping headers", "dripping body", "slow reader", "idle")[number % 4]
        self.socket = socket.socket()
        if self.kind == "slow reader":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # the kernel's least
        self.socket.bind((ADDRESSES[number // 4 % len(ADDRESSES)], 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.opened = time.monotonic()
        self.closed = None
        chunked = number % 8 == 1
        first, self.drip = {
            "dripping headers": (HEAD + b"X: ", b"x"),
            "dripping body": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n") if chunked
            else (HEAD + b"Content-Length: 1000\r\n\r\n", b"x"),
            # More answers than the two kernels hold for it.
            "slow reader": ((HEAD + b"\r\n") * 200, b""),
            "idle": (b"", b""),
        }[self.kind]
        if first:
            self.socket.send(first)
        poll.register(self.socket, select.EPOLLRDHUP)  # told even when there is unread data before the end

    def go_on(self):
        try:
            if self.kind == "slow reader":
                self.socket.recv(1)
            elif self.drip:
                self.socket.send(self.drip)
        except OSError:
            pass  # closed meanwhile; the poll tells


class SlowPeers:
    def __init__(self, port):
        self.poll = select.epoll()
        self.peers = {}
        self.due = []
        for number in range(CONNECTIONS):
            peer = SlowPeer(number, port, self.poll)
            self.peers[peer.socket.fileno()] = peer
            heapq.heappush(self.due, (peer.opened + 1, peer.socket.fileno()))

    def run(self, until):
        """Goes on with all of them until then, or until all are closed."""
        while time.monotonic() < until and any(peer.closed is None for peer in self.peers.values()):
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                when, fd = heapq.heappop(self.due)
                peer = self.peers[fd]
                if peer.closed is None:
                    peer.go_on()
                    heapq.heappush(self.due, (when + 1, fd))
            for fd, _ in self.poll.poll(0.05):
                self.poll.unregister(fd)
                self.peers[fd].closed = time.monotonic()

    def close(self):
        """The seconds that the last one of each kind was open."""
        longest = {}
        for peer in self.peers.values():
            took = float("inf") if peer.closed is None else peer.closed - peer.opened
            longest[peer.kind] = max(took, longest.get(peer.kind, 0.0))
            peer.socket.close()
        self.poll.close()
        return longest


class Slow(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.gateway = Gateway({})
        text = self.gateway.config.read_text()
        # The time for a request is the default. A connection that waits between requests is slow only because we say so.
        self.gateway.config.write_text(text.replace("drain =", 'idle_timeout = "10s"\ndrain =', 1))
        self.gateway.start()
        self.addCleanup(lambda: self.gateway.process.poll() is None and self.gateway.kill())

    def memory(self):
        status = pathlib.Path(f"/proc/{self.gateway.process.pid}/status").read_text()
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

    def begin_load(self, seconds):
        """Genuine callbacks at a constant rate, whatever the gateway does."""
        self.report = self.gateway.folder / "report.json"
        return subprocess.Popen(
            [TOLLGATE_LOAD, "provider", "--to", f"http://127.0.0.1:{self.gateway.port}/in/kenya", "--provider", "startbutton",
             "--rate", str(RATE), "--duration", str(seconds), "--connections", "16", "--json", str(self.report)],
            env=dict(os.environ, TOLLGATE_LOAD_SECRET=SOURCE_SECRET), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end_load(self, load):
        output, _ = load.communicate(timeout=60 * SLOW)
        self.assertEqual(load.returncode, 0, output)
        report = json.loads(self.report.read_text())
        self.assertEqual(report["unanswered"] + report["refused"] + report["unsent"], 0, report)
        return report["ack_latency_us"]["p99"] / 1000

    def measure_without(self):
        return self.end_load(self.begin_load(6))

    def measure_with(self):
        before = self.memory()
        peers = SlowPeers(self.gateway.port)
        wait_for(lambda: self.gateway.metric("tollgate_connections") >= CONNECTIONS, 3, "all of them at once")
        load = self.begin_load(8)
        most = before
        until = time.monotonic() + CLOSED_WITHIN + 2
        while time.monotonic() < until and any(peer.closed is None for peer in peers.peers.values()):
            peers.run(time.monotonic() + 0.5)
            most = max(most, self.memory())
        longest = peers.close()  # of each kind
        p99 = self.end_load(load)
        wait_for(lambda: self.gateway.metric("tollgate_connections") == 0, 5, "the end of every connection")
        return p99, longest, most - before

    def test_genuine_callbacks_hardly_notice(self):
        self.measure_without()  # warms up
        without, with_slow = [], []
        for _ in range(2):
            without.append(self.measure_without())
            p99, longest, growth = self.measure_with()
            with_slow.append(p99)
            print(f"{CONNECTIONS} slow connections: genuine p99 {without[-1]:.2f} ms without, {p99:.2f} ms with; memory grew by "
                  f"{growth / 2**20:.1f} MiB; closed after " + ", ".join(f"{kind} {took:.1f} s" for kind, took in sorted(longest.items())))
            for kind, took in longest.items():
                self.assertLess(took, CLOSED_WITHIN, kind)
            self.assertLess(growth, MEMORY)
        self.assertGreaterEqual(self.gateway.metric("tollgate_shed_total", reason="slow_request"), 2 * (CONNECTIONS // 4) * 3,
                                "of each kind but the idle one")
        self.assertEqual(self.gateway.stop(), 0)
        self.assertLess(statistics.median(with_slow), max(2 * statistics.median(without), FLOOR_MS))


if __name__ == "__main__":
    unittest.main()
