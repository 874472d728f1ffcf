"""How many may wait for the events of a subscriber that pulls, and for how long; and that the command goes on to their end."""

import concurrent.futures
import http.client
import http.server
import json
import threading
import time
import unittest

from api_test import OnSqlite
from pull_test import LEDGER, OTHER, PULLING, Pulling, references
from support import SLOW, collection, wait_for

MOST = 8  # requests for the events of one subscriber, at the same time


class Waiting(OnSqlite, Pulling):
    def test_so_many_wait_and_the_others_are_told_at_once(self):
        self.begin(self.gateway_of({}, extra=PULLING))
        with concurrent.futures.ThreadPoolExecutor(80) as pool:
            waiting = [pool.submit(self.ask, "/v1/subscribers/ledger/events?wait=5s", token=LEDGER) for _ in range(70)]
            wait_for(lambda: [each for each in waiting if each.done()], 4, "those that are too many")
            time.sleep(0.5)
            refused = [each.result() for each in waiting if each.done()]
            self.assertEqual([(status, headers["Retry-After"]) for status, headers, _ in refused], [(503, "1")] * (70 - MOST))
            self.assertRegex(refused[0][2]["error"]["message"], f"^{MOST} requests for the events of ledger are waiting here, .*send the next when")
            self.assertEqual(self.pull("picky", token=OTHER, wait="1s")["events"], [], "another subscriber may wait")
            self.assertEqual(self.get("/v1/events")["events"], [], "others may ask")
            self.send(collection("collection.verified", "for-all"))
            for each in waiting:
                status, _, body = each.result(timeout=20 * SLOW)
                if status == 200:
                    self.assertEqual(references(body), ["for-all"])

    def test_who_goes_away_leaves_its_place(self):
        self.begin(self.gateway_of({}, extra=PULLING))
        for _ in range(3):  # far more than may wait, if each stayed for its minute
            left = []
            for _ in range(MOST):
                left.append(http.client.HTTPConnection("127.0.0.1", self.gateway.api_port, timeout=10 * SLOW))
                left[-1].request("GET", "/v1/subscribers/ledger/events?wait=60s", headers={"Authorization": f"Bearer {LEDGER}"})
            wait_for(lambda: self.ask("/v1/subscribers/ledger/events", token=LEDGER)[0] == 503, 5, "all places to be taken")
            for each in left:
                each.close()
            wait_for(lambda: self.ask("/v1/subscribers/ledger/events", token=LEDGER)[0] == 200, 5, "a place")

    def test_the_command_goes_on_to_the_end_of_the_log(self):
        asked, acknowledged = [], []
        event = {"id": "evt_1", "type": "payout.failed", "timestamp": "2026-11-22T10:00:00.000Z", "data": {"reference": "wanted"}}
        # Behind each of the first two there is more, though the filter wants none of what was looked at.
        pages = [([], "a", True), ([], "b", True), ([event], "c", False), ([], "d", False)]

        class Api(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                events, cursor, more = pages[min(len(asked), len(pages)) - 1]
                self.answer({"events": events, "cursor": cursor, "more": more})

            def do_POST(self):
                acknowledged.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["cursor"])
                self.answer({"moved": True})

            def answer(self, document):
                body = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        gateway = self.gateway_of({}, extra=PULLING)
        api = http.server.ThreadingHTTPServer(("127.0.0.1", gateway.api_port), Api)
        self.addCleanup(api.server_close)
        self.addCleanup(api.shutdown)
        threading.Thread(target=api.serve_forever, daemon=True).start()
        done = gateway.command("events", "--subscriber", "picky", "--json", "--token", OTHER)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(json.loads(done.stdout), event)
        self.assertEqual((len(asked), acknowledged), (4, ["a", "b", "c"]))


if __name__ == "__main__":
    unittest.main()
