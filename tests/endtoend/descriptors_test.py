"""A flood of connections and a shortage of descriptors: the gateway goes on for those it has, and for everybody afterwards."""

import http.client
import os
import pathlib
import re
import resource
import socket
import subprocess
import threading
import time
import unittest

from support import SLOW, TOLLGATE, Gateway, Subscriber, collection, sign, wait_for

LIMIT = 160
FLOOD = 400


class NarrowGateway(Gateway):
    """With so few descriptors that a flood takes them all, hard limit included."""

    def start(self):
        self.process = subprocess.Popen(["prlimit", f"--nofile={LIMIT}:{LIMIT}", TOLLGATE, "serve", "--config", str(self.config)],
                                        env=self.environment, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self.read_log, args=(self.process,), daemon=True).start()
        wait_for(self.is_ready, 20, "readiness")
        return self


class Descriptors(unittest.TestCase):
    def serve(self, kind):
        self.subscriber = Subscriber()
        self.addCleanup(self.subscriber.stop)
        self.gateway = kind({"orders": (self.subscriber.url, "")}).start()
        self.addCleanup(lambda: self.gateway.process.poll() is None and self.gateway.kill())
        # One of a provider that was here before.
        self.kept = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=10 * SLOW)
        self.kept_api = http.client.HTTPConnection("127.0.0.1", self.gateway.api_port, timeout=10 * SLOW)
        self.addCleanup(self.kept.close)
        self.addCleanup(self.kept_api.close)
        self.assertEqual(self.callback("before"), 200)
        self.assertEqual(self.shed("accept_failed"), 0)
        wait_for(lambda: self.subscriber.of("before"), 10, "the first delivery")

    def callback(self, reference):
        body = collection("collection.verified", reference)
        self.kept.request("POST", "/in/kenya", body, {"x-startbutton-signature": sign(body)})
        answer = self.kept.getresponse()
        answer.read()
        return answer.status

    def metrics(self):
        self.kept_api.request("GET", "/metrics")
        return self.kept_api.getresponse().read().decode()

    def shed(self, reason):
        return int(re.search(rf'tollgate_shed_total\{{reason="{reason}"\}} (\d+)', self.metrics())[1])

    def flood(self):
        """Connections from several addresses, some in the middle of a request."""
        peers = []
        for number in range(FLOOD):
            peer = socket.socket()
            peer.bind((f"127.0.0.{2 + number % 8}", 0))
            peer.settimeout(5 * SLOW)
            try:
                peer.connect(("127.0.0.1", self.gateway.port))
                if number % 2:
                    peer.sendall(b"POST /in/kenya HTTP/1.1\r\n")
            except OSError:
                pass  # turned away at once
            peers.append(peer)
        return peers

    def serves_everybody(self, reference):
        body = collection("collection.verified", reference)

        def is_served():
            try:
                return self.gateway.post(body, sign(body))[0] == 200
            except (OSError, http.client.HTTPException):
                return False

        wait_for(is_served, 10, "service after the flood")
        wait_for(lambda: self.subscriber.of(reference), 10, "the delivery after the flood")
        self.assertEqual(self.gateway.stop(), 0)
        self.assertEqual([line for line in self.gateway.lines if not line.startswith("{")], [])

    def test_a_flood_leaves_descriptors_for_the_store_the_api_and_the_deliveries(self):
        self.serve(NarrowGateway)
        self.assertEqual(self.gateway.log_events("few_descriptors")[0]["connections_allowed"], LIMIT // 2)
        peers = self.flood()
        try:
            wait_for(lambda: self.shed("connections") > 0, 10, "connections turned away")
            self.assertEqual(self.shed("accept_failed"), 0)
            self.assertEqual(self.gateway.api("/readyz")[0], 200, "over a new connection")
            for number in range(5):
                self.assertEqual(self.callback(f"during-{number}"), 200)
            wait_for(lambda: self.subscriber.of("during-4"), 10, "deliveries during the flood")
        finally:
            for peer in peers:
                peer.close()
        self.serves_everybody("afterwards")

    # UBSan makes a pipe to look whether memory can be read, and takes the object for none when it gets no descriptor.
    @unittest.skipIf(SLOW > 1, "sanitizers need descriptors themselves")
    def test_without_any_descriptor_left_nothing_breaks_and_nothing_spins(self):
        self.serve(Gateway)
        pid = self.gateway.process.pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        open_now = [int(name) for name in os.listdir(f"/proc/{pid}/fd")]
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(open_now) + 1, hard))
        peers = self.flood()
        try:
            wait_for(lambda: self.shed("accept_failed") > 0, 10, "accepts that fail")
            began, used = time.monotonic(), self.processor_seconds(pid)
            time.sleep(1)
            self.assertLess(self.processor_seconds(pid) - used, 0.4 * (time.monotonic() - began), "it waits, it does not spin")
            self.assertEqual(self.callback("during"), 200)
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
            for peer in peers:
                peer.close()
        self.serves_everybody("afterwards")

    def processor_seconds(self, pid):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    unittest.main()
