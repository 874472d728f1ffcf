"""kill -9 at random moments under load: every callback that was ACKed reaches the subscriber, and repeats carry the same id.

The judge is the load generator's two ledgers, the sender's and the subscriber's. TOLLGATE_KILLS sets how many kills (50).
"""

import json
import os
import random
import signal
import subprocess
import time
import unittest

from support import SLOW, SOURCE_SECRET, SUBSCRIBER_SECRET, TOLLGATE_LOAD, Gateway, free_port, wait_for

KILLS = int(os.environ.get("TOLLGATE_KILLS", "50"))


class Crash(unittest.TestCase):
    def test_nothing_acknowledged_is_lost(self):
        port = free_port()
        gateway = Gateway({"ledger": (f"http://127.0.0.1:{port}/hooks", 'retry = ["100ms", "500ms", "1s", "2s", "2s", "2s"]')})
        gateway.start()
        report_file = gateway.folder / "report.json"
        load = subprocess.Popen(
            [TOLLGATE_LOAD, "run", "--to", f"http://127.0.0.1:{gateway.port}/in/kenya", "--provider", "startbutton",
             "--rate", str(int(400 / SLOW)), "--duration", "600", "--connections", "16",
             "--repeat-share", "0.1", "--forged-share", "0.05", "--two-step", "0.3", "--retry",
             "--listen", f"127.0.0.1:{port}", "--settle", str(int(60 * SLOW)),
             "--json", str(report_file)],
            env=dict(os.environ, TOLLGATE_LOAD_SECRET=SOURCE_SECRET, TOLLGATE_LOAD_SUBSCRIBER_SECRET=SUBSCRIBER_SECRET),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            rng = random.Random(20261122)
            for _ in range(KILLS):
                time.sleep(rng.uniform(0.05, 0.6) * SLOW)
                gateway.kill()
                gateway.start()
            load.send_signal(signal.SIGINT)  # no new callbacks: now everything outstanding has to arrive
            output, _ = load.communicate(timeout=200 * SLOW)
        finally:
            if load.poll() is None:
                load.kill()
            exit_code = gateway.stop()
        self.assertEqual(load.returncode, 0, output)
        self.assertEqual(exit_code, 0)
        report = json.loads(report_file.read_text())
        print(f"{KILLS} kills:", json.dumps(report))
        self.assertGreater(report["acked"], 20 * KILLS)
        for fault in ("missing", "unexpected", "out_of_order", "different_id", "bad_signature", "forged_accepted"):
            self.assertEqual(report[fault], 0, fault)


if __name__ == "__main__":
    unittest.main()
