"""A subscriber that pulls: the same until it is acknowledged, whatever dies in between; how far every subscriber is; the page
for people; on both stores."""

import concurrent.futures
import json
import re
import signal
import subprocess
import threading
import time
import unittest

from api_test import READER, TOKENS, Asking, OnRedis, OnSqlite
from redis_support import Cable, Node, RedisServer
from support import SLOW, TOLLGATE, Subscriber, collection, sign, transfer, wait_for

LEDGER, OTHER = "ledger-token-0123456789abcdef", "other-token-0123456789abcdef0"
PULLING = TOKENS + """
[[subscriber]]
name = "ledger"
from = "beginning"
[[subscriber]]
name = "picky"
from = "beginning"
events = ["payout.failed"]
[[token]]
name = "ledger"
secret = "${LEDGER_TOKEN}"
scopes = ["pull"]
subscriber = "ledger"
[[token]]
name = "other"
secret = "${OTHER_TOKEN}"
scopes = ["pull"]
subscriber = "picky"
"""


class Pulling(Asking):
    """Without tests of its own."""

    def begin(self, gateway, **environment):
        return super().begin(gateway, LEDGER_TOKEN=LEDGER, OTHER_TOKEN=OTHER, **environment)

    def pull(self, name="ledger", limit=100, wait=None, token=LEDGER):
        query = f"?limit={limit}" + (f"&wait={wait}" if wait else "")
        page = self.get(f"/v1/subscribers/{name}/events{query}", token=token)
        self.assertEqual(set(page), {"events", "cursor", "more"})
        return page

    def ack(self, cursor, name="ledger", token=LEDGER):
        status, _, body = self.ask(f"/v1/subscribers/{name}/ack", token=token, method="POST", body=json.dumps({"cursor": cursor}))
        return status, body

    def acknowledged(self, cursor, **options):
        status, body = self.ack(cursor, **options)
        self.assertEqual(status, 200, body)
        return body["moved"]

    def standing(self, name):
        subscribers = self.get("/v1/subscribers")["subscribers"]
        self.assertEqual([each["name"] for each in subscribers], sorted(each["name"] for each in subscribers))
        return {each["name"]: each for each in subscribers}.get(name)

    def restart(self):
        """kill -9, and again on the same data."""
        self.gateway.kill()
        self.gateway.lines.clear()
        self.gateway.start()
        if isinstance(self.gateway, Node):
            self.gateway.wait_connected()


def references(page):
    return [event["data"]["reference"] for event in page["events"]]


class OnAnyStore:
    def test_the_same_until_it_is_acknowledged_whatever_dies(self):
        self.begin(self.gateway_of({}, extra=PULLING))
        wanted = [f"pull-{i}" for i in range(40)]
        for reference in wanted:
            self.send(collection("collection.verified", reference))
        for reference in wanted:
            self.send(collection("collection.completed", reference))
        seen, rounds = [], 0
        while True:
            page = self.pull(limit=13)
            self.assertEqual(self.pull(limit=13)["events"], page["events"])
            if rounds % 3 == 0:
                self.restart()  # between the pull and its acknowledgement
                again = self.pull(limit=13)
                self.assertEqual(again["events"], page["events"])
            if not page["events"]:
                break
            seen += page["events"]
            # The cursor of the process that died is as good: the store is the same.
            self.assertTrue(self.acknowledged(page["cursor"]))
            self.assertFalse(self.acknowledged(page["cursor"]))
            rounds += 1
        self.assertEqual(len(seen), 80)
        self.assertEqual(len({event["id"] for event in seen}), 80)
        for reference in wanted:
            self.assertEqual([event["data"]["sequence"] for event in seen if event["data"]["reference"] == reference], [1, 2])
        log = self.get("/v1/events?limit=1000", token=READER)["events"]
        self.assertEqual({json.dumps(event) for event in seen}, {json.dumps(event) for event in log}, "exactly the events")
        self.restart()
        self.assertEqual(self.pull()["events"], [])

    def test_an_old_or_foreign_or_damaged_cursor_does_no_harm(self):
        self.begin(self.gateway_of({}, extra=PULLING))
        for i in range(10):
            self.send(collection("collection.verified", f"cursor-{i}"))
        early, late = self.pull(limit=3), self.pull(limit=8)
        self.assertTrue(self.acknowledged(late["cursor"]))
        self.assertFalse(self.acknowledged(early["cursor"]))
        rest = self.pull()
        self.assertEqual(len(rest["events"]), 2)
        foreign = self.pull("picky", token=OTHER)["cursor"]
        for cursor in (foreign, "x", rest["cursor"][:-2], "A" + rest["cursor"], self.get("/v1/events")["next"]):
            status, body = self.ack(cursor)
            self.assertEqual((status, body["error"]["code"]), (400, "invalid_request"), cursor)
        for body in ("", "[]", "{}", '{"cursor":7}', '{"cursor":""}', '{"cursor":"a","more":1}', json.dumps({"cursor": "x" * 60_000})):
            self.refused("/v1/subscribers/ledger/ack", 400, "invalid_request", token=LEDGER, method="POST", body=body)
        self.assertEqual(self.pull()["events"], rest["events"])

    def test_only_what_it_wants_and_the_rest_is_passed(self):
        self.begin(self.gateway_of({}, extra=PULLING))
        for i in range(50):
            self.send(collection("collection.verified", f"unwanted-{i}"))
        self.send(transfer("transfer.failed", "wanted-1"))
        for i in range(50):
            self.send(collection("collection.completed", f"unwanted-{i}"))
        page = self.pull("picky", token=OTHER)
        self.assertEqual(references(page), ["wanted-1"])
        self.assertEqual(self.standing("picky")["lag"]["events"], 101)
        self.assertTrue(self.acknowledged(page["cursor"], name="picky", token=OTHER))
        self.assertEqual(self.standing("picky")["lag"], {"events": 0, "oldest_at": None, "oldest_seconds": None})
        self.send(collection("collection.verified", "unwanted-more"))
        self.assertEqual(self.pull("picky", token=OTHER)["events"], [])
        wait_for(lambda: self.standing("picky")["lag"]["events"] == 0, 10, "passing it without an acknowledgement")
        self.assertEqual(len(self.pull()["events"]), 100, "the other one has its own cursor")

    def test_waiting_for_the_first_event(self):
        self.begin(self.gateway_of({}, extra=PULLING))
        started = time.monotonic()
        self.assertEqual(self.pull(wait="1s")["events"], [])
        self.assertGreater(time.monotonic() - started, 0.9)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for i in range(3):
                waiting = pool.submit(self.pull, wait="8s")
                time.sleep(0.5)
                self.assertFalse(waiting.done())
                sent = time.monotonic()
                self.send(collection("collection.verified", f"awaited-{i}"))
                page = waiting.result(timeout=10 * SLOW)
                self.assertLess(time.monotonic() - sent, 1.5 * SLOW)
                self.assertEqual(references(page), [f"awaited-{i}"])
                self.acknowledged(page["cursor"])
            started = time.monotonic()
            waiting = pool.submit(self.pull, wait="9s")
            time.sleep(0.3)
            self.gateway.process.send_signal(signal.SIGHUP)
            self.assertEqual(waiting.result(timeout=10 * SLOW)["events"], [], "a reload lets nobody wait by the old configuration")
            waiting = pool.submit(self.pull, wait="9s")
            time.sleep(0.3)
            self.gateway.process.send_signal(signal.SIGTERM)
            self.assertEqual(waiting.result(timeout=10 * SLOW)["events"], [], "nobody is kept waiting by one that ends")
            self.assertLess(time.monotonic() - started, 6 * SLOW)
        self.assertEqual(self.gateway.process.wait(timeout=20 * SLOW), 0)

    def test_who_may_pull(self):
        orders = Subscriber()
        self.addCleanup(orders.stop)
        self.begin(self.gateway_of({"orders": (orders.url, "")}, extra=PULLING))
        for path, options in (("/v1/subscribers/ledger/events", {}), ("/v1/subscribers/ledger/ack", {"method": "POST", "body": '{"cursor":"x"}'})):
            self.refused(path, 401, "unauthorized", token=None, **options)
            self.refused(path, 403, "forbidden", token=OTHER, **options)
            headers = self.refused(path, 403, "forbidden", token=READER, **options)
            self.assertIn('scope="pull"', headers["WWW-Authenticate"])
            self.refused(path.replace("ledger", "nobody"), 403, "forbidden", token=LEDGER, **options)
        for query in ("limit=0", "limit=1001", "wait=61s", "wait=5", "wait=x", "after=x"):
            self.refused(f"/v1/subscribers/ledger/events?{query}", 400, "invalid_request", token=LEDGER)
        self.refused("/v1/subscribers", 403, "forbidden", token=LEDGER)
        self.refused("/v1/subscribers?x=1", 400, "invalid_request")

    def test_how_far_every_subscriber_is(self):
        failing = Subscriber(lambda event: 500)
        leaving = Subscriber(lambda event: 410)
        fine = Subscriber()
        for each in (failing, leaving, fine):
            self.addCleanup(each.stop)
        retry = 'retry = ["50ms", "50ms"]'
        self.begin(self.gateway_of({"fails": (failing.url, retry), "left": (leaving.url, ""), "fine": (fine.url, "")}, extra=PULLING))
        for i in range(12):
            self.send(collection("collection.verified", f"far-{i}"))
        self.assertEqual({**self.standing("ledger"), "lag": self.standing("ledger")["lag"]["events"]},
                         {"name": "ledger", "kind": "pull", "breaker": None, "paused": False, "lag": 12, "parked": 0, "dead": 0})
        self.assertLess(self.standing("ledger")["lag"]["oldest_seconds"], 30 * SLOW)
        wait_for(lambda: self.standing("fine")["lag"]["events"] == 0, 10, "delivery")
        self.assertEqual({**self.standing("fine"), "lag": None},
                         {"name": "fine", "kind": "url", "breaker": "closed", "paused": False, "lag": None, "parked": 0, "dead": 0})
        wait_for(lambda: self.standing("left")["paused"], 10, "the pause after a 410")
        def busy():
            fails = self.standing("fails")
            return fails["breaker"] == "open" or fails["dead"] + fails["parked"] > 0
        wait_for(busy, 10, "trouble")
        wait_for(lambda: self.gateway.metric("tollgate_oldest_undelivered_seconds", subscriber="ledger") > 0, 15, "the age of what is not pulled")
        lines = self.printed("subscribers").splitlines()
        self.assertRegex(lines[0], r"^NAME +KIND +BEHIND +OLDEST +PARKED +DEAD +STATE$")
        self.assertEqual([line.split()[0] for line in lines[1:]], ["fails", "fine", "ledger", "left", "picky"])
        self.assertRegex(lines[3], r"^ledger +pull +12 +\d+s +0 +0  ok$")
        self.assertRegex(lines[4], r"^left +url .* paused$")
        self.assertEqual({each["name"] for each in json.loads(self.printed("subscribers", "--json"))["subscribers"]},
                         {"fails", "fine", "ledger", "left", "picky"})
        # One that the configuration lacks by now is still known.
        self.gateway.write_config({}, extra=PULLING)
        self.gateway.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.standing("fine")["kind"] is None, 10, "the reload")
        self.assertRegex(self.printed("subscribers"), r"(?m)^fine .* not configured here$")

    def test_the_command_takes_and_acknowledges(self):
        self.begin(self.gateway_of({}, extra=PULLING))
        for i in range(25):
            self.send(collection("collection.verified", f"taken-{i}"))
            time.sleep(0.002)  # different payments come in the order of the milliseconds in which they were accepted
        take = ["events", "--subscriber", "ledger", "--json"]

        def took(*more):
            done = self.command(*take, *more, token=LEDGER)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            return [json.loads(line)["data"]["reference"] for line in done.stdout.decode().splitlines()]

        self.assertEqual(took("--limit", "10"), [f"taken-{i}" for i in range(10)])
        self.assertEqual(took(), [f"taken-{i}" for i in range(10, 25)])
        self.assertEqual(took(), [])
        following = subprocess.Popen([TOLLGATE, *take, "--follow", "--token", LEDGER, "--config", str(self.gateway.config)],
                                     env=self.gateway.environment, stdout=subprocess.PIPE, text=True)
        self.addCleanup(following.stdout.close)
        self.addCleanup(following.wait)
        self.addCleanup(following.kill)
        lines = []
        threading.Thread(target=lambda: lines.extend(following.stdout), daemon=True).start()
        for i in range(3):
            self.send(collection("collection.verified", f"followed-{i}"))
            wait_for(lambda: len(lines) == i + 1, 10, "what came")
        wait_for(lambda: self.standing("ledger")["lag"]["events"] == 0, 10, "the acknowledgement")
        done = self.command(*take, token=READER)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr.decode(), r"\Atollgate: forbidden: .*pull\n\Z")


class OnSqliteStore(OnAnyStore, OnSqlite, Pulling):
    def test_without_tokens_and_for_one_that_has_a_url(self):
        orders = Subscriber()
        self.addCleanup(orders.stop)
        self.begin(self.gateway_of({"orders": (orders.url, "")}, extra='[[subscriber]]\nname = "ledger"\n'))
        self.assertEqual(self.pull(token=None)["events"], [])
        self.refused("/v1/subscribers/orders/events", 409, "conflict", token=None)
        self.refused("/v1/subscribers/orders/ack", 409, "conflict", token=None, method="POST", body='{"cursor":"x"}')
        self.refused("/v1/subscribers/nobody/events", 404, "not_found", token=None)
        self.refused("/v1/subscribers/a%2Fb/events", 404, "not_found", token=None)

    def test_the_page_for_people(self):
        self.begin(self.gateway_of({}, extra=PULLING))
        status, headers, _ = self.page()
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertRegex(headers["Content-Security-Policy"], r"^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self';")
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        text = self.page()[2]
        self.assertTrue(text.startswith("<!doctype html>"))
        for secret in (READER, LEDGER, "ledger", "kenya"):
            self.assertNotIn(secret, text)
        for name in re.findall(r'"(\w+_(?:total|seconds|open|events|info))"', text):
            if name != "expectations_open":
                self.assertIn(f"# TYPE tollgate_{name} ", self.gateway.api("/metrics")[1])

    def page(self):
        status, text = self.gateway.api("/")
        headers = self.ask("/", token=None, method="HEAD")[1]
        return status, headers, text


class OnRedisStore(OnAnyStore, OnRedis, Pulling):
    def test_a_cursor_from_before_a_restart_of_redis(self):
        redis = RedisServer().start()
        self.addCleanup(redis.stop)
        self.begin(Node(redis.url, {}, extra=PULLING))
        for i in range(10):
            self.send(collection("collection.verified", f"kept-{i}"))
        page = self.pull(limit=4)
        redis.kill()
        redis.start()
        wait_for(lambda: self.ask("/v1/subscribers", token=READER)[0] == 200, 20, "Redis to be back")
        status, body = self.ack(page["cursor"])
        self.assertEqual((status, body["error"]["code"]), (409, "conflict"))
        again = self.pull(limit=4)
        self.assertEqual(again["events"], page["events"])
        self.assertTrue(self.acknowledged(again["cursor"]))
        self.assertEqual(len(self.pull()["events"]), 6)

    def test_two_nodes_and_two_consumers(self):
        redis = RedisServer().start()
        self.addCleanup(redis.stop)
        first = self.begin(Node(redis.url, {}, extra=PULLING))
        second = Node(redis.url, {}, extra=PULLING)
        second.environment.update(first.environment)
        self.addCleanup(second.stop)
        second.start()
        second.wait_connected()
        for i in range(20):
            self.send(collection("collection.verified", f"shared-{i}"))
        page = self.pull(limit=8)
        self.gateway = second
        same = self.pull(limit=8)
        self.assertEqual(same["events"], page["events"])
        self.assertTrue(self.acknowledged(page["cursor"]))
        self.assertFalse(self.acknowledged(same["cursor"]))
        self.gateway = first
        self.assertFalse(self.acknowledged(same["cursor"]))
        rest = self.pull()
        self.assertEqual(len(rest["events"]), 12)
        self.acknowledged(rest["cursor"])
        with concurrent.futures.ThreadPoolExecutor() as pool:  # woken by what another node took
            waiting = pool.submit(self.pull, wait="8s")
            time.sleep(0.5)
            body = collection("collection.verified", "elsewhere")
            self.assertEqual(second.post(body, sign(body))[0], 200)
            self.assertEqual(references(waiting.result(timeout=10 * SLOW)), ["elsewhere"])

    def test_while_redis_is_away_nothing_is_acknowledged(self):
        redis = RedisServer().start()
        self.addCleanup(redis.stop)
        cable = Cable(redis.port)
        self.addCleanup(cable.stop)
        self.begin(Node(cable.url, {}, extra=PULLING))
        self.gateway.wait_connected()
        self.send(collection("collection.verified", "before"))
        page = self.pull()
        cable.cut()
        wait_for(lambda: self.ack(page["cursor"])[0] == 503, 10, "the refusal")
        self.refused("/v1/subscribers/ledger/events", 503, "unavailable", token=LEDGER)
        self.refused("/v1/subscribers", 503, "unavailable")
        cable.mend()
        again = wait_for(lambda: (answer := self.ask("/v1/subscribers/ledger/events", token=LEDGER))[0] == 200 and answer[2], 20, "Redis")
        self.assertEqual(again["events"], page["events"])
        self.assertTrue(self.acknowledged(page["cursor"]), "the same process, the same log")


if __name__ == "__main__":
    unittest.main()
