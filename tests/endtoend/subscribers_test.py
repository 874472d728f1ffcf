"""A subscriber that is down or picky gets everything in the end, in order, and holds up nobody else."""

import signal
import sqlite3
import time
import unittest

from support import SLOW, Gateway, Subscriber, collection, sign, transfer, wait_for


class Subscribers(unittest.TestCase):
    def setUp(self):
        self.cleanups = []

    def tearDown(self):
        for cleanup in reversed(self.cleanups):
            cleanup()

    def make(self, more='retry = ["200ms", "400ms", "800ms", "1s", "1s", "1s", "1s"]', **subscribers):
        gateway = Gateway({name: (subscriber.url, more) for name, subscriber in subscribers.items()}).start()
        self.cleanups.append(gateway.stop)
        self.cleanups.extend(subscriber.stop for subscriber in subscribers.values())
        return gateway

    def send(self, gateway, body):
        self.assertEqual(gateway.post(body, sign(body))[0], 200)

    def test_one_that_was_down_gets_everything_in_order_and_others_do_not_wait(self):
        down = {"now": True}
        sick = Subscriber(lambda event: 503 if down["now"] else 200)
        healthy = Subscriber()
        gateway = self.make(sick=sick, healthy=healthy)
        references = [f"down-{i}" for i in range(60)]
        for reference in references:
            self.send(gateway, collection("collection.verified", reference))
        for reference in references:
            self.send(gateway, collection("collection.completed", reference))
        wait_for(lambda: len(healthy.delivered) == 120, 15, "the healthy one to have everything")
        time.sleep(1)
        self.assertEqual(sick.delivered, [])
        down["now"] = False
        wait_for(lambda: len(sick.distinct()) == 120, 60, "the sick one to have everything")
        for reference in references:
            self.assertEqual([event["type"] for event in sick.of(reference)], ["payment.succeeded", "payment.settled"])
        self.assertEqual(sick.problems + healthy.problems, [])

    def test_one_that_cannot_be_reached_gets_everything_when_it_is_back(self):
        first = Subscriber()
        port = first.port
        gateway = self.make(orders=first)
        self.send(gateway, collection("collection.verified", "before"))
        wait_for(lambda: len(first.delivered) == 1, 10, "the first delivery")
        first.stop()
        for i in range(30):
            self.send(gateway, collection("collection.verified", f"away-{i}"))
        time.sleep(1)
        second = Subscriber(port=port)
        self.cleanups.append(second.stop)
        self.cleanups.remove(first.stop)
        wait_for(lambda: len(second.distinct()) == 30, 60, "everything that was missed")

    def test_one_failing_payment_parks_only_itself(self):
        poison = {"now": True}
        picky = Subscriber(lambda event: 500 if poison["now"] and event["data"]["reference"] == "poison" else 200)
        gateway = self.make(picky=picky)
        self.send(gateway, transfer("transfer.pending", "poison"))
        self.send(gateway, transfer("transfer.successful", "poison"))
        for i in range(100):
            self.send(gateway, collection("collection.verified", f"fine-{i}"))
        wait_for(lambda: len(picky.delivered) == 100, 15, "all others")
        self.assertEqual(picky.of("poison"), [])
        poison["now"] = False
        wait_for(lambda: any(e["type"] == "payout.succeeded" for e in picky.of("poison")), 30, "the failing payment")
        # Its pending may have been given up in favour of what came later, but never came after it.
        self.assertIn([e["type"] for e in picky.of("poison")],
                      [["payout.pending", "payout.succeeded"], ["payout.succeeded"]])
        ids = {}
        for message_id, event, _, _ in picky.attempts:
            self.assertEqual(ids.setdefault((event["data"]["reference"], event["type"]), message_id), message_id)

    def test_what_fails_for_good_becomes_a_dead_letter_and_blocks_nothing(self):
        picky = Subscriber(lambda event: 400 if event["type"] == "payment.succeeded" else 200)
        gateway = self.make(picky=picky, more='retry = ["100ms", "100ms"]')
        self.send(gateway, collection("collection.verified", "dead-1"))
        self.send(gateway, collection("collection.completed", "dead-1"))
        wait_for(lambda: [e["type"] for e in picky.of("dead-1")] == ["payment.settled"], 20, "what follows the dead letter")
        self.assertEqual(sum(1 for _, event, _, _ in picky.attempts if event["type"] == "payment.succeeded"), 3)
        wait_for(lambda: gateway.metric("tollgate_dead_letters_total", subscriber="picky") == 1, 5, "the counter")

    def test_filters_formats_and_gone(self):
        everything, payouts = Subscriber(), Subscriber()
        gone = Subscriber(lambda event: 410)
        gateway = Gateway({
            "everything": (everything.url, 'format = "cloudevents"'),
            "payouts": (payouts.url, 'events = ["payout.*"]'),
            "gone": (gone.url, ""),
        }).start()
        self.cleanups += [gateway.stop, everything.stop, payouts.stop, gone.stop]
        everything.take = self.take_cloudevent(everything)
        self.send(gateway, collection("collection.verified", "filter-1"))
        self.send(gateway, transfer("transfer.failed", "filter-2"))
        wait_for(lambda: len(everything.delivered) == 2 and len(payouts.delivered) == 1, 10, "the filtered deliveries")
        self.assertEqual(payouts.delivered[0]["type"], "payout.failed")
        self.assertEqual({e["subject"] for e in everything.delivered}, {"filter-1", "filter-2"})
        wait_for(lambda: gateway.log_events("subscriber_paused"), 10, "the pause after 410")
        time.sleep(0.5 * SLOW)  # what was in flight when the 410 came still ends
        attempts = len(gone.attempts)
        for i in range(10):
            self.send(gateway, collection("collection.verified", f"after-{i}"))
        wait_for(lambda: len(everything.delivered) == 12, 10, "the others")
        self.assertEqual(len(gone.attempts), attempts, "a paused subscriber is left alone")

    def test_one_without_url_is_enrolled_and_nothing_is_posted(self):
        pulls = '[[subscriber]]\nname = "{}"\nfrom = "beginning"\n'
        orders = Subscriber()
        gateway = self.make(orders=orders)
        with_url = gateway.config.read_text()

        def reload(text):
            reloads = len(gateway.log_events("configuration_reloaded"))
            gateway.config.write_text(text)
            gateway.process.send_signal(signal.SIGHUP)
            wait_for(lambda: len(gateway.log_events("configuration_reloaded")) > reloads, 5, "the reload")

        def enrolled():
            with sqlite3.connect(f"file:{gateway.data}/tollgate.db?mode=ro", uri=True) as database:
                return {name for name, in database.execute("SELECT name FROM subscriber")}

        reload(with_url + pulls.format("ledger"))
        self.send(gateway, collection("collection.verified", "pull-1"))
        wait_for(lambda: len(orders.delivered) == 1, 10, "the delivery to the one with a url")
        self.assertEqual(enrolled(), {"orders", "ledger"})
        reload(with_url.partition("[[subscriber]]")[0] + pulls.format("orders"))
        self.send(gateway, collection("collection.verified", "pull-2"))
        time.sleep(1)
        self.assertEqual(len(orders.attempts), 1, "without a url nobody posts to it")
        reload(with_url)
        wait_for(lambda: len(orders.delivered) == 2, 10, "what it has not got until it has a url again")
        self.assertEqual(gateway.stop(), 0)
        gateway.config.write_text(with_url.partition("[[subscriber]]")[0] + pulls.format("orders"))
        gateway.start()
        self.send(gateway, collection("collection.verified", "pull-3"))
        time.sleep(1)
        self.assertEqual(len(orders.attempts), 2)
        self.assertEqual(gateway.log_events("subscriber_not_started"), [])

    def take_cloudevent(self, subscriber):
        plain = subscriber.take

        def take(headers, body):
            import json
            event = json.loads(body)
            self.assertEqual(headers["content-type"], "application/cloudevents+json")
            self.assertEqual((event["specversion"], event["source"]), ("1.0", "/sources/kenya"))
            return plain(headers, body)

        return take


if __name__ == "__main__":
    unittest.main()
