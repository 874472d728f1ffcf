"""deploy/redis.conf starts a redis-server as it is, keeps everybody out until its passwords are filled in, and is enough for a gateway."""

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
                            ("maxmemory-policy", "noeviction"), ("aof-load-truncated", "yes"), ("save", "")):
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


if __name__ == "__main__":
    unittest.main()
