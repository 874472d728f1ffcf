#!/usr/bin/env python3
"""The proxy that makes a store slow: nothing is changed or lost in it, and it is as slow as it is told to be."""

import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROXY = pathlib.Path(__file__).resolve().parents[2] / "bench" / "measure" / "slow_proxy.py"


class SlowProxyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.far = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.far.close)
        self.far.bind(str(self.folder / "far"))
        self.far.listen()
        threading.Thread(target=self.echo, daemon=True).start()

    def echo(self):
        try:
            peer, _ = self.far.accept()
        except OSError:
            return
        with peer:
            while data := peer.recv(65536):
                peer.sendall(data)

    def connect(self, limit):
        (self.folder / "limit").write_text(str(limit))
        proxy = subprocess.Popen([sys.executable, PROXY, self.folder / "near", self.folder / "far", self.folder / "limit"])
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.terminate)
        # It listens before it reads its limit for the first time.
        self.wait_for(lambda: (self.folder / "limit.bytes").exists())
        near = socket.socket(socket.AF_UNIX)
        self.addCleanup(near.close)
        near.settimeout(30)
        near.connect(str(self.folder / "near"))
        return near

    def wait_for(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def exchange(self, near, data):
        """The time that it takes until all of it has come back as it was."""
        began = time.monotonic()
        threading.Thread(target=near.sendall, args=(data,), daemon=True).start()
        back = b""
        while len(back) < len(data):
            back += near.recv(65536)
        self.assertEqual(back, data)
        return time.monotonic() - began

    def test_is_as_slow_as_it_is_told_to_be(self):
        near = self.connect(200_000)
        data = bytes(range(256)) * 400
        # 102,400 bytes, of which a twentieth of a second may go at once, and the last piece only has to begin.
        self.assertGreater(self.exchange(near, data), 0.35)
        self.wait_for(lambda: (self.folder / "limit.bytes").read_text() == str(len(data)))

    def test_can_be_made_fast_again(self):
        near = self.connect(1_000)
        threading.Timer(0.3, (self.folder / "limit").write_text, args=("0",)).start()
        self.assertLess(self.exchange(near, b"x" * 100_000), 25, "at a thousand bytes a second it would be 100 s")


if __name__ == "__main__":
    unittest.main()
