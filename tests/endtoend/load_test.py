"""tollgate-load against a real gateway: a mix of providers and several subscribers, and what it must not overlook."""

import json
import os
import pathlib
import subprocess
import unittest

from support import SLOW, SOURCE_SECRET, SUBSCRIBER_SECRET, TOLLGATE_LOAD, UNIPESA_MERCHANT, Gateway, free_port, source

MORE = (source("honeycoin") + source("moolre") + source("unipesa", f'settings = {{ merchant_id = "{UNIPESA_MERCHANT}" }}'))
MIX = ["--source", "kenya=startbutton:2", "--source", "honeycoin=honeycoin", "--source", "moolre=moolre", "--source", "unipesa=unipesa",
       "--setting", f"unipesa.merchant_id={UNIPESA_MERCHANT}"]
QUICK = 'retry = ["50ms", "50ms", "100ms", "100ms", "200ms", "200ms", "500ms", "500ms", "1s", "1s"]'


class Load(unittest.TestCase):
    def setUp(self):
        self.port = free_port()

    def gateway(self, subscribers):
        gateway = Gateway({name: (f"http://127.0.0.1:{self.port}{path}", QUICK) for name, path in subscribers.items()}, MORE)
        self.addCleanup(gateway.stop)
        return gateway.start()

    def load(self, gateway, command, *options, secret=SOURCE_SECRET, path=""):
        report = gateway.folder / "report.json"
        done = subprocess.run([TOLLGATE_LOAD, command, "--to", f"http://127.0.0.1:{gateway.port}{path}", "--json", str(report), *map(str, options)],
                              env=dict(os.environ, TOLLGATE_LOAD_SECRET=secret, TOLLGATE_LOAD_SUBSCRIBER_SECRET=SUBSCRIBER_SECRET),
                              capture_output=True, text=True, timeout=150 * SLOW)
        return done, json.loads(pathlib.Path(report).read_text()) if report.exists() else {}

    def test_a_mix_of_providers_reaches_every_subscriber(self):
        gateway = self.gateway({"first": "/hooks/1", "second": "/hooks/2", "third": "/hooks/3"})
        done, report = self.load(gateway, "run", *MIX, "--listen", f"127.0.0.1:{self.port}", "--subscribers", 3, "--rate", 200 / SLOW,
                                 "--duration", 4, "--two-step", 0.3, "--out-of-order-share", 0.2, "--missing-share", 0.1,
                                 "--repeat-share", 0.2, "--forged-share", 0.1, "--settle", 60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(report["acked"], report["sent"])
        self.assertGreater(report["acked"], 400 / SLOW)
        self.assertEqual(report["forged_refused"], report["forged"])
        self.assertEqual(len(report["subscribers"]), 3)
        for each in report["subscribers"]:
            self.assertEqual((each["missing"], each["faults"]), (0, 0))
            self.assertEqual(each["delivered"] * 3, report["delivered"])
        self.assertEqual(report["answers"]["200"] + report["answers"]["401"], report["attempts"])
        for name in ("kenya", "honeycoin", "moolre", "unipesa"):
            self.assertGreater(gateway.metric("tollgate_callbacks_total", source=name, outcome="accepted"), 50 / SLOW, name)

    def test_attempts_that_fail_are_made_again(self):
        gateway = self.gateway({"first": "/hooks"})
        done, report = self.load(gateway, "run", "--listen", f"127.0.0.1:{self.port}", "--rate", 50, "--duration", 2, "--fail-share", 0.2,
                                 "--settle", 90, path="/in/kenya")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(report["missing"], 0)
        self.assertNotIn("subscribers", report)

    def test_a_subscriber_that_gets_nothing_is_a_loss(self):
        gateway = self.gateway({"first": "/hooks/1"})
        done, report = self.load(gateway, "run", "--listen", f"127.0.0.1:{self.port}", "--subscribers", 2, "--count", 20, "--settle", 2,
                                 path="/in/kenya")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual([each["missing"] for each in report["subscribers"]], [0, 20])
        self.assertEqual(report["missing"], 20)

    def test_a_run_that_tests_nothing_fails_and_says_why(self):
        gateway = self.gateway({"first": "/hooks"})
        listen = ["--listen", f"127.0.0.1:{self.port}", "--settle", 1, "--count", 5]
        for options, path, secret, why in (([], "/in/kenya", "another secret", "401"), ([], "/in/nobody", SOURCE_SECRET, "404")):
            done, report = self.load(gateway, "run", *listen, *options, path=path, secret=secret)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"nothing was tested: every answer was {why}", done.stderr)
            self.assertEqual(report["answers"], {why: 5})
        gateway.stop()
        done, report = self.load(gateway, "provider", "--count", 3, path="/in/kenya")
        self.assertEqual(done.returncode, 1)
        self.assertIn("refused", report["first_error"])

    def test_what_is_prepared_is_taken(self):
        gateway = self.gateway({"first": "/hooks"})
        done, report = self.load(gateway, "provider", "--count", 300, "--prepare", "--new-connections", path="/in/kenya")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(report["acked"], 300)
        self.assertEqual(gateway.rows()["payment"], 300)

    def test_wrong_options_say_what_would_be_right(self):
        gateway = Gateway({})
        for options, why in ((["--source", "kenya"], "NAME=PROVIDER"), (["--prepare"], "--count"), ([], "--count N or --duration")):
            count = ["--count", 1] if "--source" in options else ["--duration", 1] if options else []
            done, _ = self.load(gateway, "provider", *count, *options)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(why, done.stderr)
        done, _ = self.load(gateway, "provider", "--count", 1, secret="", path="/in/kenya")
        self.assertEqual(done.returncode, 2)
        self.assertIn("TOLLGATE_LOAD_SECRET", done.stderr)


if __name__ == "__main__":
    unittest.main()
