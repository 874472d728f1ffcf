"""Redis slow, full, read-only, loading, forgetful, closed or absent: callbacks are acknowledged from the spool, and /readyz says why.

Only a full spool refuses them, with a time to come again.
"""

import http.client
import threading
import time
import unittest

from ledgers import Ledger
from redis_support import REDIS_PASSWORD, RETRY, Node, RedisServer, SlowCable, password_hash
from support import SLOW, collection, sign, wait_for

# The gateway's own timeout, and what a node needs beside it.
TIMEOUT = 'timeout = "1s"'
AT_MOST = 2.0 * SLOW


class Trouble(unittest.TestCase):
    def setUp(self):
        self.sent = []

    def make(self, lines="", launch=None, start=True, cable=False, **options):
        self.redis = RedisServer(lines)
        self.addCleanup(self.redis.stop)
        if cable:
            self.cable = SlowCable(self.redis.port)
            self.addCleanup(self.cable.stop)
            options["url"] = self.cable.url
        if launch is None:
            self.redis.start()
        self.ledger = Ledger()
        self.addCleanup(self.ledger.stop)
        options.setdefault("redis", TIMEOUT)
        self.node = Node(options.pop("url", self.redis.url), {"orders": (self.ledger.url, RETRY)}, **options)
        self.addCleanup(self.node.stop)
        if start:
            self.node.start()
            if launch is None:
                self.node.wait_connected()

    def send(self, reference, **more):
        """The seconds that its answer took."""
        body = collection("collection.verified", reference, **more)
        began = time.monotonic()
        status, answer = self.node.post(body, sign(body))
        self.assertEqual(status, 200, answer)
        self.sent.append(reference)
        return time.monotonic() - began

    def send_spooled(self, references):
        """Each is acknowledged in time, and waits in the spool."""
        before = self.node.took("spooled")
        for reference in references:
            self.assertLess(self.send(reference), AT_MOST, reference)
        self.assertGreater(self.node.took("spooled"), before)
        wait_for(lambda: self.node.spooled() > 0, 5, "the gauge of the spool")

    def expect_all(self, seconds=40):
        """The spool empties, and every callback that was sent has become its one event."""
        wait_for(lambda: self.node.spooled() == 0, seconds, "the spool to be empty")
        wanted = {(reference, "payment.succeeded") for reference in self.sent}
        wait_for(lambda: not wanted - self.ledger.facts(), seconds, "every event")
        self.assertEqual(self.ledger.facts(), wanted)
        self.assertEqual(self.ledger.contradictions + self.ledger.problems, [])

    def works(self, reference):
        """Redis takes it at once, and it is delivered."""
        self.send(reference)
        wait_for(lambda: (reference, "payment.succeeded") in self.ledger.facts(), 20, f"the delivery of {reference}")

    def readiness(self, *words):
        """That a callback can be taken, and that what is said about it holds one of the words."""
        def says():
            status, means = self.node.readiness()
            return status == 200 and any(word in means.lower() for word in words) and means
        try:
            return wait_for(says, 10, f"/readyz to say one of {words}")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.node.readiness()}") from None

    def logged(self, *words):
        wait_for(lambda: any(word in line.lower() for line in list(self.node.lines) for word in words), 10,
                 f"one of {words} in the log")

    def test_slow(self):
        self.make()
        self.works("before")
        self.redis.freeze()
        began = time.monotonic()
        self.send_spooled([f"slow-{number}" for number in range(3)])
        # Several at once wait no longer than one alone.
        took = []
        threads = [threading.Thread(target=lambda name=f"slow-at-once-{number}": took.append(self.send(name))) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(took), 20)
        self.assertLess(max(took), AT_MOST)
        self.assertGreater(self.node.metric("tollgate_oldest_spooled_seconds"), 0)
        time.sleep(max(0.0, began + 3 * SLOW - time.monotonic()))
        self.redis.thaw()
        self.expect_all()
        self.works("after")

    def test_a_slow_line(self):
        """What waits in the spool is more than passes within the timeout, as one batch; it drains while the line stays slow."""
        self.make(cable=True)
        self.works("before")
        note = "x" * 800
        before = self.cable.passed
        for number in range(100):
            self.send(f"measure-{number}", note=note)
        bytes_each = (self.cable.passed - before) / 100
        self.cable.cut()
        wait_for(lambda: self.node.log_events("redis_lost"), 10, "the gateway to notice")
        for number in range(1_200):
            self.send(f"waiting-{number}", note=note)
        self.assertGreater(self.node.spooled(), 1_000)
        self.cable.rate = 300 * bytes_each / SLOW
        self.cable.mend()
        # Meanwhile others come, and are acknowledged.
        for number in range(20):
            self.assertLess(self.send(f"meanwhile-{number}", note=note), 2 * AT_MOST)
        self.expect_all(120)
        self.assertIsNotNone(self.cable.rate, "all the time it was slow")
        self.works("after")

    def test_out_of_memory(self):
        self.make()
        self.works("before")
        self.redis.command("CONFIG", "SET", "maxmemory", "100kb")
        self.send_spooled([f"full-{number}" for number in range(5)])
        self.assertEqual(self.node.api("/readyz")[0], 200)
        self.logged("oom", "maxmemory", "memory")
        self.redis.command("CONFIG", "SET", "maxmemory", "0")
        self.expect_all()
        self.works("after")

    def test_read_only(self):
        self.make()
        self.works("before")
        self.redis.command("CONFIG", "SET", "replica-serve-stale-data", "yes")
        self.redis.command("REPLICAOF", "127.0.0.1", "1")
        self.send_spooled([f"read-only-{number}" for number in range(5)])
        self.logged("readonly", "read-only", "read only", "replica")
        self.redis.command("REPLICAOF", "NO", "ONE")
        self.expect_all()
        self.works("after")

    def test_loading(self):
        self.make("key-load-delay 3000\nloading-process-events-interval-bytes 1024\naof-use-rdb-preamble yes\n")
        self.works("before")
        # Enough keys for two seconds or so; a rewrite puts them into a part of the file that loads key by key.
        for number in range(700):
            self.redis.command("SET", f"other:{number}", "x" * 100)
        self.redis.command("BGREWRITEAOF")
        wait_for(lambda: b"aof_rewrite_in_progress:0" in self.redis.command("INFO", "persistence")
                 and b"aof_rewrite_scheduled:0" in self.redis.command("INFO", "persistence"), 20, "the rewrite")
        self.redis.kill()
        self.redis.launch()
        wait_for(lambda: self.is_loading(), 10, "the loading")
        self.send_spooled([f"loading-{number}" for number in range(5)])
        self.assertTrue(self.is_loading(), "it was loading all the time")
        self.expect_all()
        self.works("after")

    def is_loading(self):
        try:
            return b"\r\nloading:1" in self.redis.command("INFO", "persistence")
        except OSError:
            return False

    def test_scripts_forgotten(self):
        self.make()
        self.works("before")
        for number in range(5):
            self.redis.command("SCRIPT", "FLUSH")
            self.works(f"flushed-{number}")
        self.assertEqual(self.node.took("spooled"), 0, "a script that is gone is sent again; nobody waits for it")
        self.expect_all()

    def test_connections_cut(self):
        self.make()
        self.works("before")
        for number in range(5):
            self.redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            self.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            self.works(f"cut-{number}")
        self.expect_all()

    def test_wrong_password_at_start(self):
        user = "resetkeys ~tollgate:* resetchannels &tollgate:* +@all"
        self.make(f"user tollgate on #{password_hash('another-password-entirely')} {user}\nuser default on nopass ~* &* +@all\n",
                  start=False)
        self.node.url = f"redis://tollgate:${{REDIS_PASSWORD}}@127.0.0.1:{self.redis.port}/0"
        self.node.write_config({"orders": (self.ledger.url, RETRY)})
        self.node.start()
        self.send_spooled([f"closed-{number}" for number in range(5)])
        self.readiness("wrongpass", "password", "login", "log in", "auth")
        self.logged("wrongpass", "password", "auth")
        self.redis.command("ACL", "SETUSER", "tollgate", f">{REDIS_PASSWORD}")
        self.expect_all()
        self.works("after")
        self.node.stop()
        for password in (REDIS_PASSWORD, password_hash()):
            self.assertNotIn(password, "".join(self.node.lines))

    def test_absent_at_start(self):
        self.make(launch=False)
        self.send_spooled([f"absent-{number}" for number in range(5)])
        self.readiness("spool", "this node", "this machine")
        # What waits in the spool outlives the node.
        self.node.kill()
        self.node.start()
        self.assertEqual(self.node.spooled(), 5)
        self.redis.start()
        self.expect_all()
        self.works("after")

    def test_absent_at_start_and_a_subscriber_that_begins_now(self):
        """Now is when the gateway was told of it, not when Redis was."""
        self.make(launch=False, start=False)
        self.node.config.write_text(self.node.config.read_text().replace('from = "beginning"', 'from = "now"'))
        self.node.start()
        self.send_spooled([f"now-{number}" for number in range(5)])
        self.redis.start()
        self.expect_all()

    def test_a_full_spool_refuses_and_says_when(self):
        self.make(launch=False, store='spool_max = "1MiB"')
        large = "x" * 50_000
        refused = None
        for number in range(200):
            body = collection("collection.verified", f"full-{number}", note=large)
            refused = self.attempt(body)
            if refused[0] != 200:
                break
            self.sent.append(f"full-{number}")
        status, retry_after = refused
        self.assertEqual(status, 503)
        self.assertTrue(retry_after and 0 < int(retry_after) <= 3600, retry_after)
        self.assertGreater(len(self.sent), 5)
        self.assertLess(len(self.sent), 30, "about a MiB of them")
        wait_for(lambda: self.node.api("/readyz")[0] == 503, 10, "/readyz to say that nothing can be taken")
        self.redis.start()
        self.expect_all()
        wait_for(lambda: self.node.api("/readyz")[0] == 200, 10, "/readyz to be well again")
        self.works("after")

    def attempt(self, body):
        """Status and Retry-After."""
        connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=10 * SLOW)
        try:
            connection.request("POST", "/in/kenya", body, {"content-type": "application/json", "x-startbutton-signature": sign(body)})
            response = connection.getresponse()
            response.read()
            return response.status, response.getheader("retry-after")
        finally:
            connection.close()

    def test_what_an_ack_is_worth(self):
        self.make()
        said = {}
        for name, settings in (("always", ["yes", "always"]), ("everysec", ["yes", "everysec"]), ("no file", ["no", "everysec"])):
            self.redis.command("CONFIG", "SET", "appendonly", settings[0], "appendfsync", settings[1])
            # Asked at start and when it connects again.
            self.redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            words = {"always": ("appendfsync always",), "everysec": ("appendfsync everysec",), "no file": ("appendonly no",)}
            said[name] = self.readiness(*words[name])
        print("an ACK is worth:", said)
        self.assertEqual(len(set(said.values())), 3)
        self.logged("everysec")
        self.node.stop()
        self.node = Node(self.redis.url, {"orders": (self.ledger.url, RETRY)}, redis='durability = "journal"').start()
        self.addCleanup(self.node.stop)
        self.assertNotIn(self.readiness("disk", "fsync", "journal"), said.values(), "with a journal it is worth more")


if __name__ == "__main__":
    unittest.main()
