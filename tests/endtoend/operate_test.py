"""What operators do with a subscriber: pause, resume, forget, and send events again; on both stores."""

import collections
import datetime
import json
import signal
import threading
import time
import unittest

from api_changes_test import ALL_TOKENS, OPERATOR, Changing
from api_test import READER, OnRedis, OnSqlite
from redis_support import Node, RedisServer
from support import SLOW, Subscriber, collection, wait_for

QUICK = 'timeout = "2s"\nretry = ["50ms", "50ms"]'
PULLS = '[[subscriber]]\nname = "ledger"\n'


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


class Operator(Changing):
    """Without tests of its own."""

    def subscriber(self, answer=lambda event: 200):
        made = Subscriber(answer)
        self.addCleanup(made.stop)
        return made

    def order(self, *arguments):
        """Of a command that succeeds, what it printed."""
        done = self.command(*arguments, token=OPERATOR)
        self.assertEqual((done.returncode, done.stderr), (0, b""), arguments)
        return done.stdout.decode()

    def succeed(self, *references):
        for reference in references:
            self.send(collection("collection.verified", reference))

    def paused(self, gateway=None, name="orders"):
        return (gateway or self.gateway).metric("tollgate_subscriber_paused", subscriber=name) == 1

    def reload(self, change):
        gateway = self.gateway
        reloads = len(gateway.log_events("configuration_reloaded"))
        gateway.config.write_text(change(gateway.config.read_text()))
        gateway.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(gateway.log_events("configuration_reloaded")) > reloads, 5, "the reload")

    def times(self, subscriber):
        """How often each payment was delivered."""
        with subscriber.lock:
            return collections.Counter(event["data"]["reference"] for event in subscriber.delivered)

    def replay(self, **members):
        """All steps of a replay that succeeds; the sum of what they queued."""
        queued, after = 0, {}
        while True:
            status, body = self.post("/v1/subscribers/orders/replay", {**members, **after})
            self.assertEqual(status, 200, body)
            queued += body["queued"]
            if not body["more"]:
                return queued
            after = {"after": body["next"]} if body["next"] else {}


class Operating:
    """On any store."""

    def test_a_pause_under_load_holds_and_loses_nothing(self):
        def slowly(event):
            time.sleep(0.004)
            return 200

        orders = self.subscriber(slowly)
        self.begin(self.gateway_of({"orders": (orders.url, QUICK)}, extra=ALL_TOKENS))
        references = [f"pause-{i}" for i in range(800)]
        sender = threading.Thread(target=self.succeed, args=references)
        sender.start()
        wait_for(lambda: len(orders.delivered) > 20, 20, "deliveries")
        self.assertEqual(self.order("subscribers", "pause", "orders"), "orders is paused.\n")
        wait_for(self.paused, 5, "the pause")
        time.sleep(0.5 * SLOW)  # what was in flight ends
        attempts = len(orders.attempts)
        sender.join()
        time.sleep(2 * SLOW)
        self.assertEqual(len(orders.attempts), attempts, "nothing is sent during a pause")
        self.assertLess(attempts, len(references), "the pause came too late to mean anything")

        self.gateway.kill()
        self.gateway.start()
        wait_for(self.paused, 10, "the pause after a restart")
        self.succeed("after-restart")
        time.sleep(2 * SLOW)
        self.assertEqual(len(orders.attempts), attempts, "a restart is no resumption")
        self.assertEqual(self.gateway.log_events("subscriber_paused")[-1]["reason"], "an operator")

        self.assertEqual(json.loads(self.order("subscribers", "resume", "orders", "--json")), {"subscriber": "orders", "paused": False})
        wait_for(lambda: len(orders.distinct()) == len(references) + 1, 60, "everything")
        self.assertFalse(self.paused())
        self.assertEqual(self.times(orders), dict.fromkeys([*references, "after-restart"], 1), "each once")
        self.assertEqual(orders.problems, [])

    def test_a_410_pauses_until_somebody_resumes(self):
        status = [410]
        orders = self.subscriber(lambda event: status[0])
        self.begin(self.gateway_of({"orders": (orders.url, QUICK)}, extra=ALL_TOKENS))
        self.succeed("gone-1")
        wait_for(self.paused, 10, "the pause")
        status[0] = 200
        self.reload(lambda text: text.replace('retry = ["50ms", "50ms"]', 'retry = ["60ms", "50ms"]'))
        wait_for(lambda: self.gateway.log_events("subscriber_paused"), 5, "the word in the log")
        time.sleep(2 * SLOW)  # and the store knows
        attempts = len(orders.attempts)
        self.gateway.kill()
        self.gateway.start()
        self.succeed("gone-2")
        wait_for(self.paused, 10, "the pause after a restart")
        self.assertEqual(self.gateway.log_events("subscriber_paused")[-1]["reason"], "HTTP 410")
        time.sleep(1 * SLOW)
        self.assertEqual(len(orders.attempts), attempts)
        self.order("subscribers", "resume", "orders")
        wait_for(lambda: len(orders.distinct()) == 2, 10, "what waited")
        self.assertEqual(self.times(orders), {"gone-1": 1, "gone-2": 1})

    def test_dead_letters_come_once_more_and_are_none_then(self):
        status = [500]
        orders = self.subscriber(lambda event: status[0])
        self.begin(self.gateway_of({"orders": (orders.url, QUICK)}, extra=ALL_TOKENS))
        references = [f"dead-{i}" for i in range(5)]  # so few do not open the breaker
        self.succeed(*references)
        path = "/v1/subscribers/orders/dead-letters"
        wait_for(lambda: len(self.get(path)["dead_letters"]) == len(references), 60, "the dead letters")
        letters = {letter["event_id"] for letter in self.get(path)["dead_letters"]}
        status[0] = 200
        self.assertEqual(self.order("replay", "orders", "--dead-letters"), "5 queued for orders.\n")
        self.assertEqual(self.get(path)["dead_letters"], [])
        wait_for(lambda: len(orders.distinct()) == len(references), 60, "what was dead")
        time.sleep(1 * SLOW)
        self.assertEqual(self.times(orders), collections.Counter(references), "each once")
        self.assertEqual(set(orders.distinct()), letters, "under the same ids")
        self.assertEqual(self.order("replay", "orders", "--dead-letters"), "0 queued for orders.\n")

    def test_what_was_queued_survives_a_crash(self):
        orders = self.subscriber()
        self.begin(self.gateway_of({"orders": (orders.url, QUICK)}, extra=ALL_TOKENS))
        self.succeed("before")
        time.sleep(0.05)
        since = now()
        references = [f"again-{i}" for i in range(30)]
        self.succeed(*references)
        time.sleep(0.05)  # `until` is a millisecond that is not in the range
        until = now()
        time.sleep(0.05)
        self.succeed("behind")
        wait_for(lambda: len(orders.distinct()) == 32, 20, "the first time")
        time.sleep(0.5 * SLOW)
        status, body = self.post("/v1/subscribers/orders/replay", {"since": since, "until": until})
        self.gateway.kill()
        self.assertEqual((status, body["queued"], body["more"], body["next"]), (200, 30, False, None), body)
        self.gateway.start()
        wait_for(lambda: all(count >= 2 for name, count in self.times(orders).items() if name in references), 30, "the second time")
        time.sleep(1 * SLOW)
        times = self.times(orders)
        self.assertEqual((times["before"], times["behind"]), (1, 1), "outside of the range")
        self.assertLessEqual(max(times.values()), 2 + 1, "a crash may repeat what was in flight, no more")
        self.assertEqual(orders.problems, [])

    def test_one_event_by_its_id(self):
        orders = self.subscriber()
        self.begin(self.gateway_of({"orders": (orders.url, QUICK + '\nevents = ["payment.succeeded"]')}, extra=ALL_TOKENS + PULLS))
        self.succeed("one-1", "one-2")
        self.send(collection("collection.completed", "one-1"))
        wait_for(lambda: len(orders.distinct()) == 2, 10, "the first time")
        events = {(e["data"]["reference"], e["type"]): e["id"] for e in self.get("/v1/events")["events"]}
        again = events["one-1", "payment.succeeded"]
        self.assertEqual(self.order("replay", "orders", "--event", again), "1 queued for orders.\n")
        wait_for(lambda: self.times(orders)["one-1"] == 2, 10, "the second time")
        self.assertEqual(orders.delivered[-1], orders.distinct()[again])
        time.sleep(0.5 * SLOW)
        self.assertEqual(self.times(orders), {"one-1": 2, "one-2": 1})

        def refused(members, status, name="orders"):
            answer, body = self.post(f"/v1/subscribers/{name}/replay", members)
            self.assertEqual(answer, status, body)
            return body["error"]["message"]

        self.assertIn("leave this event out", refused({"event_id": events["one-1", "payment.settled"]}, 409))
        self.assertIn("no event", refused({"event_id": "evt_00000000000000000000000000000000"}, 404))
        self.assertIn("has no url", refused({"event_id": again}, 409, "ledger"))
        refused({"event_id": again}, 404, "nobody")
        for wrong in ({}, {"event_id": again, "dead_letters": True}, {"since": now()}, {"since": now(), "until": "tomorrow"},
                      {"since": now(), "until": "2020-01-01T00:00:00Z"}, {"dead_letters": False}, {"event_id": ""}, {"everything": True},
                      {"event_id": again, "after": "nowhere"}):
            refused(wrong, 400)
        for action in ("pause", "resume", "forget", "replay"):
            self.refused(f"/v1/subscribers/orders/{action}", 403, "forbidden", method="POST", body="{}")
        for action in ("pause", "resume"):
            self.assertEqual(self.post(f"/v1/subscribers/ledger/{action}", {})[0], 409)
            self.assertEqual(self.post(f"/v1/subscribers/nobody/{action}", {})[0], 404)
        for arguments in (["replay", "orders"], ["replay", "orders", "--since", now()], ["subscribers", "pause"],
                          ["replay", "orders", "--event", again, "--dead-letters"]):
            self.assertEqual(self.command(*arguments, token=OPERATOR).returncode, 2, arguments)

    def test_a_forgotten_one_begins_anew(self):
        orders, books = self.subscriber(), self.subscriber()
        self.begin(self.gateway_of({"orders": (orders.url, QUICK), "books": (books.url, QUICK)}, extra=ALL_TOKENS))
        self.succeed("forget-1", "forget-2")
        wait_for(lambda: len(books.distinct()) == 2, 10, "the deliveries")
        self.order("subscribers", "pause", "books")
        self.assertEqual(self.post("/v1/subscribers/books/forget", {})[0], 409, "it is in the configuration")
        whole = self.gateway.config.read_text()
        self.reload(lambda text: text.partition('[[subscriber]]\nname = "books"')[0])
        wait_for(lambda: self.post("/v1/subscribers/books/forget", {})[0] == 200, 20, "the end of its worker")
        self.assertEqual(self.post("/v1/subscribers/books/forget", {})[0], 404)
        self.refused("/v1/subscribers/books/dead-letters", 404, "not_found")
        self.reload(lambda text: whole)
        wait_for(lambda: self.times(books) == {"forget-1": 2, "forget-2": 2}, 20, "everything from the beginning")
        self.assertEqual(self.times(orders), {"forget-1": 1, "forget-2": 1})
        self.assertFalse(self.paused(name="books"))


    def test_the_log_says_who_did_what(self):
        orders = self.subscriber()
        self.begin(self.gateway_of({"orders": (orders.url, QUICK)}, extra=ALL_TOKENS))
        self.succeed("logged")
        wait_for(lambda: len(orders.distinct()) == 1, 10, "the delivery")
        [event_id] = orders.distinct()
        kenya = "/v1/payments/kenya/logged"
        self.post("/v1/subscribers/orders/pause", {})
        self.post("/v1/subscribers/orders/resume", {})
        self.post("/v1/subscribers/nobody/forget", {})
        self.post("/v1/subscribers/orders/replay", {"event_id": event_id})
        self.post("/v1/subscribers/orders/replay", {"dead_letters": True})
        self.post("/v1/subscribers/orders/replay", {"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"})
        self.post("/v1/sources/kenya/requery", {"reference": "logged"})
        self.post(f"{kenya}/resolve", {"status": "failed", "note": "on the statement"})
        self.post(f"{kenya}/resolve", {"status": "gone", "note": "on the statement"})
        self.refused("/v1/subscribers/orders/pause", 403, "forbidden", method="POST", body="{}")  # no act, as it was not allowed
        self.get(kenya)
        acts = lambda: [tuple(entry[key] for key in ("act", "subject", "detail", "status", "result"))
                        for entry in self.gateway.log_events("operator_act")]
        wait_for(lambda: len(acts()) >= 9, 10, "the lines")
        none = "conflict: this source has no [source.requery]: its provider is never asked"
        self.assertEqual(acts(), [
            ("pause", "orders", "", 200, "done"),
            ("resume", "orders", "", 200, "done"),
            ("forget", "nobody", "", 404, "not_found: no such subscriber"),
            ("replay", "orders", event_id, 200, "1 queued"),
            ("replay", "orders", "dead letters", 200, "0 queued"),
            ("replay", "orders", "since 2020-01-01T00:00:00.000Z until 2020-01-02T00:00:00.000Z", 200, "0 queued"),
            ("requery", "kenya", "logged", 409, none),
            ("resolve", "kenya/logged", "failed", 200, "done"),
            ("resolve", "kenya/logged", "", 400, "invalid_request: status is one of succeeded, failed, cancelled, expired, settled, reversed"),
        ])
        self.assertEqual({(entry["level"], entry["token"]) for entry in self.gateway.log_events("operator_act")}, {("info", "support")})
        self.assertNotIn(OPERATOR, "".join(self.gateway.lines))


class OperatingOnSqlite(OnSqlite, Operating, Operator):
    def test_commands_that_ask_need_no_secret_of_the_gateway(self):
        orders = self.subscriber()
        gateway = self.begin(self.gateway_of({"orders": (orders.url, QUICK)}, extra=ALL_TOKENS))
        self.succeed("asked")
        wait_for(lambda: len(orders.distinct()) == 1, 10, "the delivery")
        whole, gateway.environment = gateway.environment, {"PATH": "/usr/bin:/bin"}
        for arguments, token in ((["payment", "kenya", "asked"], READER), (["events"], READER), (["subscribers"], READER),
                                 (["dead-letters", "orders"], READER), (["replay", "orders", "--event", *orders.distinct()], OPERATOR),
                                 (["subscribers", "pause", "orders"], OPERATOR),
                                 (["payment", "resolve", "kenya", "asked", "failed", "--note", "seen"], OPERATOR)):
            done = self.command(*arguments, token=token)
            self.assertEqual((done.returncode, done.stderr), (0, b""), arguments)
        done = self.command("requery", "kenya", "asked", token=OPERATOR)
        self.assertIn(b"no [source.requery]", done.stderr, "the gateway refuses it, not the configuration")
        for arguments in (["serve"], ["check"], ["sign", "kenya"], ["send", "kenya"]):
            done = gateway.command(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(b"STARTBUTTON_SECRET is not set", done.stderr)
        gateway.environment = whole
        wrong = gateway.folder / "wrong.toml"
        wrong.write_text(gateway.config.read_text() + 'colour = "blue"\n')
        done = gateway.command("events", config=wrong)
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)

    def test_the_log_says_that_nobody_is_asked_for_a_token(self):
        self.begin(self.gateway_of({"orders": (self.subscriber().url, QUICK)}, extra=""))
        self.assertEqual(self.post("/v1/subscribers/orders/pause", {}, token=None)[0], 200)
        [entry] = wait_for(lambda: self.gateway.log_events("operator_act"), 10, "the line")
        self.assertEqual((entry["token"], entry["act"], entry["subject"]), ("open", "pause", "orders"))


class OperatingOnRedis(OnRedis, Operating, Operator):
    pass


class Nodes(Operator):
    """Two nodes share the work: whoever is asked, the other one knows."""

    def setUp(self):
        redis = RedisServer().start()
        self.addCleanup(redis.stop)
        self.orders = self.subscriber()
        self.nodes = [Node(redis.url, {"orders": (self.orders.url, QUICK)}, extra=ALL_TOKENS) for _ in range(2)]
        for node in self.nodes:
            self.begin(node)
            node.wait_connected()
        time.sleep(3 * SLOW)  # each has its share of the shards
        self.references = [f"nodes-{i}" for i in range(60)]
        self.since = now()
        self.succeed(*self.references)
        wait_for(lambda: len(self.orders.distinct()) == 60, 20, "the first time")
        time.sleep(0.5 * SLOW)

    def test_a_pause_holds_on_both(self):
        self.order("subscribers", "pause", "orders")
        wait_for(lambda: all(self.paused(node) for node in self.nodes), 5, "the pause on both")
        attempts = len(self.orders.attempts)
        self.succeed(*(f"paused-{i}" for i in range(40)))
        time.sleep(2 * SLOW)
        self.assertEqual(len(self.orders.attempts), attempts)
        self.order("subscribers", "resume", "orders")
        wait_for(lambda: len(self.orders.distinct()) == 100, 20, "what waited")
        self.assertEqual(max(self.times(self.orders).values()), 1)

    def test_a_range_comes_again_whoever_works_it(self):
        self.assertEqual(self.replay(since=self.since, until=now()), 60)
        wait_for(lambda: self.times(self.orders) == collections.Counter(self.references * 2), 30, "the second time, each once")
        time.sleep(1 * SLOW)
        self.assertEqual(max(self.times(self.orders).values()), 2)
        self.assertEqual([node.metric("tollgate_parked", subscriber="orders") for node in self.nodes], [0, 0])

    def test_what_was_queued_comes_although_whoever_works_it_dies(self):
        self.assertEqual(self.replay(since=self.since, until=now()), 60)
        self.nodes[0].kill()
        wait_for(lambda: all(count >= 2 for count in self.times(self.orders).values()), 60, "the second time")
        self.assertEqual(self.orders.problems, [])


if __name__ == "__main__":
    unittest.main()
