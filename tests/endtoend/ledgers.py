"""The two ledgers that decide: what a provider was told 200 for, and what each subscriber was given and took.

`Provider` sends payments step by step, each step until it is acknowledged, to whichever node answers. `Ledger` is a subscriber that
remembers in which order it first saw what. Neither asks the gateway for anything.
"""

import collections
import http.client
import itertools
import random
import threading
import time

from support import SLOW, Subscriber, collection, sign, transfer

# What each callback means, and in which order the events of one payment may be seen first.
TYPES = {
    "collection.verified": "payment.succeeded", "collection.completed": "payment.settled",
    "transfer.pending": "payout.pending", "transfer.successful": "payout.succeeded", "transfer.failed": "payout.failed",
}
RANK = {"pending": 0, "succeeded": 1, "failed": 1, "settled": 2}


class Payments:
    """Payments without end: of three, two are collections that settle, one is a payout that begins as pending."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.numbers = itertools.count()

    def __next__(self):
        number = next(self.numbers)
        reference = f"{self.prefix}-{number}"
        if number % 3 == 2:
            steps = [(name, transfer(name, reference)) for name in ("transfer.pending", "transfer.successful")]
        else:
            steps = [(name, collection(name, reference)) for name in ("collection.verified", "collection.completed")]
        return reference, [(name, body, sign(body)) for name, body in steps]


class Provider:
    """Sends `rate` callbacks a second to the ports, round and round; what is not answered with 200 is sent again, to any of them."""

    def __init__(self, ports, payments, rate, threads=12, timeout=4.0):
        self.ports, self.payments, self.rate, self.timeout = list(ports), payments, rate, timeout * SLOW
        self.lock = threading.Lock()
        self.acked = []  # (time, reference, type), in the order of the answers
        self.refused = collections.Counter()  # answers other than 200, and what went wrong on the way to one
        self.slowest = 0.0
        self.ending = threading.Event()
        self.sent = 0
        self.began = time.monotonic()
        self.workers = [threading.Thread(target=self.work, daemon=True) for _ in range(threads)]
        for worker in self.workers:
            worker.start()

    def work(self):
        connections = {}
        rng = random.Random()
        while not self.ending.is_set():
            with self.lock:
                reference, steps = next(self.payments)
            for name, body, signature in steps:
                with self.lock:
                    self.sent += 1
                    due = self.began + self.sent / self.rate
                self.ending.wait(max(0.0, due - time.monotonic()))
                self.send_until_taken(connections, rng, body, signature)
                with self.lock:
                    self.acked.append((time.monotonic(), reference, TYPES[name]))
        for connection in connections.values():
            connection.close()

    def send_until_taken(self, connections, rng, body, signature):
        """A payment that was begun is finished even when the test is over: half of it would prove nothing."""
        while True:
            port = rng.choice(self.ports)
            began = time.monotonic()
            outcome = self.post(connections, port, body, signature)
            if outcome == 200:
                self.slowest = max(self.slowest, time.monotonic() - began)
                return
            with self.lock:
                self.refused[outcome] += 1
            time.sleep(0.1)

    def post(self, connections, port, body, signature):
        connection = connections.get(port)
        if connection is None:
            connection = connections[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=self.timeout)
        try:
            connection.request("POST", "/in/kenya", body,
                               {"content-type": "application/json", "x-startbutton-signature": signature})
            response = connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            connections.pop(port)
            return type(error).__name__

    def count(self):
        with self.lock:
            return len(self.acked)

    def end(self):
        """No new payments; those that were begun are finished. What was acknowledged, as a set of (reference, type)."""
        self.ending.set()
        for worker in self.workers:
            worker.join(120 * SLOW)
            assert not worker.is_alive(), f"callbacks that nobody takes: {dict(self.refused)}"
        return {(reference, kind) for _, reference, kind in self.acked}


class Ledger(Subscriber):
    """A subscriber's book, kept short enough for hundreds of thousands of deliveries."""

    def __init__(self, answer=lambda event: 200):
        self.first = collections.OrderedDict()  # (reference, type): id, in the order in which it was first given
        self.taken = collections.Counter()  # id: how often it was answered with 2xx
        self.sequences = {}  # id: sequence
        self.given = []  # (seconds, reference, type, sequence) of every delivery that was answered with 2xx
        self.contradictions = []  # one fact with two ids
        super().__init__(answer)

    def keep(self, message_id, event, status, headers):
        if not 200 <= status < 300:
            return
        fact = (event["data"]["reference"], event["type"])
        if self.first.setdefault(fact, message_id) != message_id:
            self.contradictions.append((fact, self.first[fact], message_id))
        self.taken[message_id] += 1
        self.given.append((round(time.monotonic(), 3), *fact, event["data"]["sequence"]))
        self.sequences.setdefault(message_id, event["data"]["sequence"])

    def facts(self):
        with self.lock:
            return set(self.first)

    def types_of(self, reference):
        """In the order in which they were first given."""
        with self.lock:
            return [kind for known, kind in self.first if known == reference]

    def missing(self, acked):
        """What was acknowledged and has not come. A pending that something final has overtaken is not news any more."""
        facts = self.facts()
        over = {reference for reference, kind in facts if RANK.get(kind.split(".")[1], 0) > 0}
        return {(reference, kind) for reference, kind in acked - facts
                if not (kind.endswith(".pending") and reference in over)}

    def out_of_order(self):
        """The payments whose events were not first given in their order, with what was given, when, and as which in its sequence."""
        last, wrong = {}, set()
        with self.lock:
            for reference, kind in self.first:
                rank = RANK.get(kind.split(".")[1])
                if rank is None:
                    continue
                if rank < last.get(reference, -1):
                    wrong.add(reference)
                last[reference] = rank
            return {reference: [entry for entry in self.given if entry[1] == reference] for reference in sorted(wrong)}

    def heeded_out_of_order(self):
        """The same for a subscriber that ignores what is not above the last sequence it has seen, as the README tells it to."""
        seen, last, wrong = {}, {}, set()
        with self.lock:
            for _, reference, kind, sequence in self.given:
                rank = RANK.get(kind.split(".")[1])
                if rank is None or sequence <= seen.get(reference, 0):
                    continue
                if rank < last.get(reference, -1):
                    wrong.add(reference)
                seen[reference], last[reference] = sequence, rank
            return {reference: [entry for entry in self.given if entry[1] == reference] for reference in sorted(wrong)}

    def repeats(self):
        """Deliveries, and how many of them brought nothing new."""
        with self.lock:
            total = sum(self.taken.values())
            return total, total - len(self.taken)


def judge(test, acked, ledgers, most_repeats=None, strangers=(), forgetful=False):
    """Everything acknowledged is there, in order, each fact under one id; nothing that nobody sent. Repeats: at most that share.
    forgetful: the store lost what it had answered for, and decided it anew, perhaps in another order; then the order is what is left when
    the sequence is heeded."""
    for name, ledger in ledgers.items():
        test.assertEqual(ledger.problems, [], name)
        test.assertEqual(ledger.missing(acked), set(), f"acknowledged and lost for {name}")
        test.assertEqual(ledger.contradictions, [], f"two ids for one fact at {name}")
        disorder = ledger.heeded_out_of_order() if forgetful else ledger.out_of_order()
        test.assertEqual(disorder, {}, f"order at {name}")
        unknown = {fact for fact in ledger.facts() - acked if fact not in strangers}
        test.assertEqual(unknown, set(), f"invented for {name}")
        total, repeats = ledger.repeats()
        print(f"{name}: {total} deliveries, {len(ledger.first)} events, {repeats} repeats ({100 * repeats / max(1, total):.2f} %)")
        if most_repeats is not None:
            test.assertLessEqual(repeats, most_repeats * total, name)
    books = list(ledgers.values())
    for other in books[1:]:
        for fact in set(books[0].first) & set(other.first):
            test.assertEqual(books[0].first[fact], other.first[fact], "one id for all subscribers")
