"""deploy/redis.conf starts a redis-server as it is, keeps everybody out until its passwords are filled in, and is enough for a gateway."""

import os
import subprocess
import unittest

from ledgers import Ledger
from redis_support import DEPLOY, REDIS_PASSWORD, RETRY, Node, RedisError, RedisServer, deployed_config
from support import collection, sign, wait_for


class Conf(unittest.TestCase):
    def refused(self, redis, *words):
        try:
            return f"{words} was answered: {redis.command(*words)!r}"
        except RedisError as error:
            return str(error).split()[0]

    def test_as_it_is_it_starts_and_lets_nobody_in(self):
        redis = RedisServer(config=DEPLOY / "redis.conf").start()
        self.addCleanup(redis.stop)
        self.assertEqual(self.refused(redis, "GET", "tollgate:x"), "NOAUTH")
        for user in ("default", "tollgate", "operator"):
            for password in ("", REDIS_PASSWORD):
                self.assertEqual(self.refused(redis, "AUTH", user, password), "WRONGPASS")
        self.assertNotIn("# Fatal", redis.output())
        self.assertNotIn("Bad directive", redis.output())

    def test_it_is_durable_and_evicts_nothing(self):
        redis = self.deployed()
        redis.login = ["operator", REDIS_PASSWORD]
        for name, value in (("appendonly", "yes"), ("appendfsync", "always"), ("no-appendfsync-on-rewrite", "no"),
                            ("maxmemory-policy", "noeviction"), ("aof-load-truncated", "no"), ("save", "")):
            self.assertEqual(redis.command("CONFIG", "GET", name), [name.encode(), value.encode()])
        self.assertGreater(int(redis.command("CONFIG", "GET", "maxmemory")[1]), 0)

    def deployed(self):
        redis = RedisServer()
        redis.config = deployed_config(redis.folder)
        redis.start()
        self.addCleanup(redis.stop)
        return redis

    def test_the_gateway_s_user_can_do_its_work_and_nothing_else(self):
        redis = self.deployed()
        redis.login = ["tollgate", REDIS_PASSWORD]
        self.assertEqual(redis.command("SET", "tollgate:test", "1"), "OK")
        self.assertEqual(redis.command("EVAL", "return redis.call('GET', KEYS[1])", 1, "tollgate:test"), b"1")
        for words in (["SET", "others", "1"], ["GET", "others"], ["EVAL", "return redis.call('GET', 'others')", 0], ["FLUSHALL"], ["FLUSHDB"],
                      ["KEYS", "*"], ["SCAN", "0"], ["CONFIG", "SET", "appendonly", "no"], ["CONFIG", "REWRITE"], ["SHUTDOWN"], ["DEBUG", "SLEEP", "0"],
                      ["REPLICAOF", "127.0.0.1", "1"], ["MONITOR"], ["ACL", "LIST"], ["ACL", "SETUSER", "tollgate", "+@all"],
                      ["SCRIPT", "FLUSH"], ["SCRIPT", "KILL"], ["CLIENT", "LIST"], ["CLIENT", "KILL", "TYPE", "normal"], ["MODULE", "LIST"], ["SUBSCRIBE", "others"],
                      ["PUBLISH", "others", "x"], ["BGREWRITEAOF"], ["SAVE"], ["SWAPDB", "0", "1"], ["MIGRATE", "a", "1", "tollgate:test", "0", "1"],
                      ["FUNCTION", "LIST"]):
            refusal = self.refused(redis, *words)
            # Within a script Redis says it with a code of its own.
            self.assertIn(refusal, ("NOPERM", "ERR"), words)

    def test_transactions_outlive_a_restart_and_half_of_one_does_not(self):
        """Redis 7.0 that loads what a crash has cut would keep the half in its file, do it at the start after the next, and lose what has
        the same place in the log."""
        redis = self.deployed()
        redis.login = ["operator", REDIS_PASSWORD]

        def accept(place, reference):
            connection = redis.connect()
            for words in (["MULTI"], ["XADD", "log", place, "event", reference], ["MSET", reference, "known"], ["EXEC"]):
                connection.command(*words)
            connection.close()

        accept("0-1", "before")
        accept("0-2", "cut")
        redis.kill()
        file = redis.log_file()
        os.truncate(file, file.read_bytes().rindex(b"MSET") + 2)
        alone = subprocess.run([redis.program, *redis.arguments()], capture_output=True, timeout=30)
        self.assertNotEqual(alone.returncode, 0, "it does not start on such a file by itself")
        for _ in range(2):
            redis.start()
            if redis.command("XLEN", "log") == 1:
                accept("0-2", "after")
            redis.kill()
        redis.start()
        events = [fields[1] for _, fields in redis.command("XRANGE", "log", "-", "+")]
        self.assertEqual(events, [b"before", b"after"])
        self.assertEqual(sorted(redis.command("KEYS", "*")), [b"after", b"before", b"log"])

    def test_a_gateway_works_on_it(self):
        redis = self.deployed()
        ledger = Ledger()
        self.addCleanup(ledger.stop)
        node = Node(f"redis://tollgate:${{REDIS_PASSWORD}}@127.0.0.1:{redis.port}/0", {"orders": (ledger.url, RETRY)})
        self.addCleanup(node.stop)
        node.start()
        node.wait_connected()
        for name in ("collection.verified", "collection.completed"):
            body = collection(name, "deployed")
            self.assertEqual(node.post(body, sign(body))[0], 200)
        wait_for(lambda: ledger.types_of("deployed") == ["payment.succeeded", "payment.settled"], 20, "both events")
        self.assertEqual(node.took("spooled"), 0)
        self.assertIn("appendfsync always", node.readiness()[1])
        self.assertEqual(node.stop(), 0)
        redis.login = ["operator", REDIS_PASSWORD]
        self.assertEqual(redis.command("ACL", "LOG"), [], "nothing that it wanted was refused")
        log = redis.log_file().read_bytes() + "".join(node.lines).encode()
        self.assertNotIn(REDIS_PASSWORD.encode(), log)
        redis.kill()
        redis.start()
        kept = sum(redis.command("XLEN", f"tollgate:{{{shard}}}:log") for shard in range(16))
        self.assertEqual(kept, 2, "both events outlive a restart")


if __name__ == "__main__":
    unittest.main()
