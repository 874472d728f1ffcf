#!/usr/bin/env python3
"""The check that every server has to pass before it is measured: whoever does the job passes, whoever leaves out a part does not."""

import hashlib
import hmac
import http.server
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from measure.check import faults_of  # noqa: E402
from measure.servers import SECRET  # noqa: E402


class Peer:
    """As much of a server as the check sees; what it leaves out is what the test says."""

    path = "/in/bench"

    def __init__(self, verifies=True, deduplicates=True, keeps=True):
        self.bodies = []
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                wanted = hmac.new(SECRET.encode(), body, hashlib.sha512).hexdigest()
                is_genuine = hmac.compare_digest(self.headers.get("x-startbutton-signature", ""), wanted)
                if is_genuine or not verifies:
                    if keeps and not (deduplicates and body in peer.bodies):
                        peer.bodies.append(body)
                self.send_response(200 if is_genuine or not verifies else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def kept(self):
        return len(self.bodies)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class CheckTest(unittest.TestCase):
    def faults(self, **lacks):
        peer = Peer(**lacks)
        try:
            return faults_of(peer)
        finally:
            peer.close()

    def test_who_does_the_job_passes(self):
        self.assertEqual(self.faults(), [])

    def test_who_does_not_verify_fails(self):
        faults = self.faults(verifies=False)
        for what in ("forged with another secret", "changed after signing", "without a signature"):
            self.assertIn(f"{what}: answered 200 instead of 401", faults)

    def test_who_keeps_duplicates_fails(self):
        self.assertEqual(self.faults(deduplicates=False), ["the same again: 2 callbacks are kept instead of 1"])

    def test_who_keeps_nothing_fails(self):
        self.assertIn("genuine: 0 callbacks are kept instead of 1", self.faults(keeps=False))


if __name__ == "__main__":
    unittest.main()
