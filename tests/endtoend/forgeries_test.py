"""Forged callbacks by the ten thousand: all get the very same answer, and none leaves anything in the store or at the subscriber."""

import collections
import os
import random
import socket
import time
import unittest

import recuts
from forgeries import SECRETS, Draft, Request, forgery, genuine
from support import SLOW, UNIPESA_MERCHANT, Gateway, Subscriber, source, wait_for

SEED = int(os.environ.get("TOLLGATE_SEED", "20261124"))
COUNT = 100_000
PARTS = 20  # each of them judged by what it left in the store
BATCH = 100  # pipelined requests of one connection
CONNECTIONS = 4


class Pipe:
    """A kept-alive connection to the receiver that is told beforehand, byte for byte, what must come back."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30 * SLOW)
        self.sent = []  # (what, request, answer it must get)

    def send(self, batch):
        self.sent = batch
        self.socket.sendall(b"".join(request for _, request, _ in batch))

    def check(self):
        """Raises with the first request whose answer is another one."""
        expected = b"".join(answer for _, _, answer in self.sent)
        received = bytearray()
        while len(received) < len(expected) and expected.startswith(received):
            piece = self.socket.recv(1 << 16)
            if not piece:
                break
            received += piece
        at = 0
        for what, request, answer in self.sent if received != expected else ():
            if received[at:at + len(answer)] != answer:
                raise AssertionError(f"{what}: seed {SEED}: {bytes(received[at:at + 400])!r} answers {request!r}")
            at += len(answer)
        self.sent = []

    def ask(self, request):
        """The whole answer to one request."""
        self.socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1 << 16)
        head = answer.partition(b"\r\n\r\n")[0].lower()
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(answer) < len(head) + 4 + length:
            answer += self.socket.recv(1 << 16)
        return answer

    def close(self):
        self.socket.close()


class Forgeries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.subscriber = Subscriber()
        settings = {"unipesa": f'settings = {{ merchant_id = "{UNIPESA_MERCHANT}" }}'}
        others = [name for name in SECRETS if name != "kenya"]
        cls.gateway = Gateway({"orders": (cls.subscriber.url, "")},
                              extra="".join(source(name, settings.get(name, ""), f"SECRET_OF_{name}") for name in others))
        cls.gateway.environment.update({f"SECRET_OF_{name}": SECRETS[name] for name in others})
        cls.gateway.start()

    @classmethod
    def tearDownClass(cls):
        assert cls.gateway.stop() == 0
        cls.subscriber.stop()

    def accepts(self):
        return self.gateway.metric("tollgate_store_seconds_count", operation="accept")

    def outcomes(self, outcome):
        return sum(self.gateway.metric("tollgate_callbacks_total", source=name, outcome=outcome) for name in SECRETS)

    def send_all(self, requests):
        """Batches on all connections in turn: while one is answered, the next ones are made and sent."""
        batch = []
        for request in requests:
            batch.append(request)
            if len(batch) == BATCH:
                self.next_pipe().send(batch)
                batch = []
        self.next_pipe().send(batch)
        for pipe in self.pipes:
            pipe.check()

    def next_pipe(self):
        pipe = self.pipes.pop(0)
        self.pipes.append(pipe)
        pipe.check()
        return pipe

    def make_part(self, rng, count, with_genuine):
        for _ in range(count):
            self.number += 1
            what, request = forgery(rng, b"forged-%d" % self.number)
            self.kinds[what] += 1
            encoded = request.encode()
            self.distinct.add(hash(encoded))
            yield what, encoded, self.refusal
            if with_genuine and rng.randrange(50) == 0:
                yield self.make_genuine(rng, rng.choice(list(SECRETS)))

    def make_genuine(self, rng, name):
        reference = f"genuine-{len(self.genuine)}"
        self.genuine.append(reference)
        return f"{name}: genuine", genuine(rng, name, reference.encode()).encode(), self.acknowledgement

    def test_all_get_one_answer_and_leave_nothing(self):
        rng = random.Random(SEED)
        began, seen = time.monotonic(), len(self.subscriber.delivered)
        self.kinds, self.distinct, self.genuine, self.number = collections.Counter(), set(), [], 0
        names = ("refused", "ambiguous", "accepted")
        before = {name: self.outcomes(name) for name in names}
        self.pipes = [Pipe(self.gateway.port) for _ in range(CONNECTIONS)]
        self.addCleanup(lambda: [pipe.close() for pipe in self.pipes])
        self.refusal = self.pipes[0].ask(forgery(rng, b"forged-0")[1].encode())
        self.assertTrue(self.refusal.startswith(b"HTTP/1.1 401 "), self.refusal)
        self.acknowledgement = b""
        for name in SECRETS:
            _, request, expected = self.make_genuine(rng, name)
            self.acknowledgement = self.pipes[0].ask(request)
            self.assertTrue(self.acknowledgement.startswith(b"HTTP/1.1 200 "), self.acknowledgement)
            self.assertIn(expected, (b"", self.acknowledgement), "all four are acknowledged alike")

        for part in range(PARTS):
            rows, accepts, accepted = self.gateway.rows(), self.accepts(), len(self.genuine)
            self.send_all(self.make_part(rng, COUNT // PARTS, with_genuine=part % 2 == 1))
            more = len(self.genuine) - accepted
            self.assertEqual(self.gateway.rows(), {table: count + more for table, count in rows.items()}, f"part {part}")
            self.assertLessEqual(self.accepts() - accepts, more, "no command to the store but for genuine ones")
            self.assertEqual(more > 0, part % 2 == 1)
        seconds = time.monotonic() - began

        refused, ambiguous, accepted = (self.outcomes(name) - before[name] for name in names)
        self.assertEqual((refused + ambiguous, accepted), (COUNT + 1, len(self.genuine)))
        of_readings = sum(self.kinds[f"unipesa: {what}"] for what in recuts.AMBIGUOUS)
        self.assertLessEqual(ambiguous, of_readings)
        self.assertGreater(ambiguous, 0.9 * of_readings, "the signatures of the re-cuts are no longer the genuine ones")
        wait_for(lambda: len(self.subscriber.delivered) >= seen + len(self.genuine), 60, "the genuine ones at the subscriber")
        self.assertCountEqual([event["data"]["reference"] for event in self.subscriber.delivered[seen:]], self.genuine)
        self.assertEqual(self.subscriber.problems, [])
        for file in self.gateway.data.iterdir():
            self.assertNotIn(b"forged-", file.read_bytes(), file)
        print(f"seed {SEED}: {COUNT} forgeries, {len(self.distinct)} of them different, {len(self.kinds)} kinds, 0 accepted, "
              f"{ambiguous:.0f} ambiguous; {len(self.genuine)} genuine, all accepted; {seconds:.1f} s")
        for what, count in sorted(self.kinds.items()):
            print(f"  {count:6} {what}")

    def test_a_closing_connection_says_so_and_nothing_else(self):
        rng = random.Random(SEED + 1)
        answers = set()
        rows, accepts = self.gateway.rows(), self.accepts()
        for number in range(200):
            pipe = Pipe(self.gateway.port)
            answers.add(pipe.ask(forgery(rng, b"closing-%d" % number)[1].encode(more=b"connection: close\r\n")))
            self.assertEqual(pipe.socket.recv(1), b"", "closed")
            pipe.close()
        pipe = Pipe(self.gateway.port)
        kept = pipe.ask(forgery(rng, b"closing-200")[1].encode())
        pipe.close()
        self.assertEqual(len(answers), 1)
        answer = answers.pop()
        self.assertEqual(answer.count(b"\r\nConnection: close\r\n"), 1)
        self.assertEqual(answer.replace(b"Connection: close", b"Connection: keep-alive"), kept)
        self.assertEqual((self.gateway.rows(), self.accepts()), (rows, accepts))

    def test_recuts_that_are_kept_are_no_payments(self):
        """Genuine Unipesa signatures whose text was cut elsewhere, so that a name is unknown: kept for people to look at."""
        rng = random.Random(SEED + 2)
        seen, accepted = len(self.subscriber.delivered), self.outcomes("accepted")
        statuses = collections.Counter()
        pipe = Pipe(self.gateway.port)
        self.addCleanup(pipe.close)
        for number in range(300):
            draft = Draft(rng, "unipesa", b"kept-%d" % number)
            body = recuts.recut(recuts.moved)(rng, draft.body, SECRETS["unipesa"])
            statuses[pipe.ask(Request("unipesa", body).encode())[9:12]] += 1
        self.assertEqual(set(statuses), {b"200", b"401"}, "401: another merchant_id, or a dot in a name")
        self.assertGreater(statuses[b"200"], 200)
        wait_for(lambda: len(self.subscriber.delivered) >= seen + statuses[b"200"], 30, "what was kept")
        self.assertEqual({(event["type"], event["data"]["reference"]) for event in self.subscriber.delivered[seen:]},
                         {("callback.unrecognised", None)})
        self.assertEqual((self.outcomes("unrecognised"), self.outcomes("accepted")), (statuses[b"200"], accepted))
        self.assertEqual(self.subscriber.problems, [])


if __name__ == "__main__":
    unittest.main()
