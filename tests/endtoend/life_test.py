"""How the gateway starts, says what is wrong, reloads and ends."""

import os
import signal
import socket
import subprocess
import unittest

from support import SOURCE_SECRET, SUBSCRIBER_SECRET, TOLLGATE, Gateway, Subscriber, collection, sign, wait_for


class Life(unittest.TestCase):
    def setUp(self):
        self.subscriber = Subscriber()
        self.gateway = Gateway({"orders": (self.subscriber.url, "")})

    def tearDown(self):
        self.gateway.stop()
        self.subscriber.stop()

    def test_check_prints_the_effective_configuration_without_secrets(self):
        checked = self.gateway.command("check")
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn(b'listen = "127.0.0.1:', checked.stdout)
        self.assertRegex(checked.stdout, rb"\nmax_connections = \d+ +# more are closed at once\n")
        for secret in (SOURCE_SECRET, SUBSCRIBER_SECRET):
            self.assertNotIn(secret.encode(), checked.stdout + checked.stderr)

    def test_a_wrong_configuration_is_refused_with_its_place_and_mend(self):
        text = self.gateway.config.read_text().replace('drain = "300ms"', 'darin = "300ms"')
        self.gateway.config.write_text(text)
        line = text.splitlines().index('darin = "300ms"') + 1
        for command in ("check", "serve"):
            refused = self.gateway.command(command)
            self.assertEqual(refused.returncode, 2)
            self.assertRegex(refused.stderr.decode(), rf"^{self.gateway.config}:{line}: .*darin.*; .*drain")

    def test_usage_errors_end_with_2(self):
        self.assertEqual(subprocess.run([TOLLGATE, "sreve"], capture_output=True).returncode, 2)
        self.assertEqual(self.gateway.command("send", "nobody").returncode, 2)
        self.assertEqual(subprocess.run([TOLLGATE, "version"], capture_output=True).returncode, 0)

    def test_a_second_gateway_on_the_same_store_is_refused(self):
        self.gateway.start()
        second = Gateway({"orders": (self.subscriber.url, "")})
        second.data = self.gateway.data
        second.write_config({"orders": (self.subscriber.url, "")})
        refused = second.command("serve")
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"not_started", refused.stderr)

    def test_sigterm_drains_and_ends_with_0(self):
        self.gateway.start()
        body = collection("collection.verified", "last-1")
        with socket.create_connection(("127.0.0.1", self.gateway.port)) as idle:
            idle.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n")  # a request that never ends must not hold up the end
            self.gateway.process.send_signal(signal.SIGTERM)
            wait_for(lambda: self.gateway.api("/readyz")[0] == 503, 2, "readiness to go")
            self.assertEqual(self.gateway.post(body, sign(body))[0], 200, "while it drains it still takes callbacks")
            self.assertEqual(self.gateway.process.wait(timeout=10), 0)
        self.gateway.start()
        wait_for(lambda: self.subscriber.of("last-1"), 10, "the delivery, by this run or the next")

    def test_sighup_swaps_sources_and_subscribers_or_nothing(self):
        self.gateway.start()
        late = Subscriber()
        try:
            body = collection("collection.verified", "hup-1")
            self.assertEqual(self.gateway.post(body, sign(body))[0], 200)
            good = self.gateway.config.read_text()
            self.gateway.config.write_text(good + "\n[[source]]\nname = 'broken'\n")
            self.gateway.process.send_signal(signal.SIGHUP)
            wait_for(lambda: self.gateway.log_events("configuration_kept"), 5, "the refusal")
            self.assertEqual(self.gateway.post(body, sign(body))[0], 200)

            self.gateway.write_config(
                {"orders": (self.subscriber.url, ""), "late": (late.url, "")},
                '[[source]]\nname = "ghana"\nprovider = "startbutton"\nsecrets = ["${STARTBUTTON_SECRET}"]\n')
            self.gateway.process.send_signal(signal.SIGHUP)
            wait_for(lambda: self.gateway.log_events("configuration_reloaded"), 5, "the reload")
            other = collection("collection.verified", "hup-2")
            wait_for(lambda: self.gateway.post(other, sign(other), path="/in/ghana")[0] == 200, 5, "the new source")
            wait_for(lambda: len(late.delivered) == 2, 10, "the new subscriber, from the beginning")

            self.gateway.config.write_text(good.replace(f":{self.gateway.port}", ":1"))
            self.gateway.process.send_signal(signal.SIGHUP)
            wait_for(lambda: self.gateway.log_events("restart_needed"), 5, "the word that listen needs a restart")
            wait_for(lambda: self.gateway.post(other, sign(other), path="/in/ghana")[0] == 404, 5, "the source to go")
        finally:
            late.stop()

    def test_no_secret_and_no_phone_number_in_the_log(self):
        self.gateway.start()
        body = collection("collection.verified", "quiet-1", payerInformation={"phone": "254710123456"})
        self.gateway.post(body, sign(body))
        self.gateway.post(body, "0" * 128)
        wait_for(lambda: self.subscriber.of("quiet-1"), 10, "the delivery")
        self.assertEqual(self.gateway.stop(), 0)
        log = "".join(self.gateway.lines)
        for canary in (SOURCE_SECRET, SUBSCRIBER_SECRET, SUBSCRIBER_SECRET[6:], sign(body), "254710123456"):
            self.assertNotIn(canary, log)


if __name__ == "__main__":
    unittest.main()
