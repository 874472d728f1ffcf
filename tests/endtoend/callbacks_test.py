"""Every callback of every provider becomes the right event, once; what is forged leaves no trace."""

import decimal
import json
import random
import re
import unittest

from support import (SOURCE_SECRET, UNIPESA_MERCHANT, Gateway, Subscriber, collection, read_signed, sign, source,
                     unipesa_sign, wait_for)

# What each sample of `tollgate send` must become: (type, status after it) per event, in order.
EXPECTED = {
    "collection.verified": [("payment.succeeded", "succeeded")],
    "collection.completed": [("payment.succeeded", "succeeded"), ("payment.settled", "settled")],
    "topup.successful": [("topup.succeeded", "succeeded")],
    "transfer.pending": [("payout.pending", "pending")],
    "transfer.successful": [("payout.succeeded", "succeeded")],
    "transfer.failed": [("payout.failed", "failed")],
    "transfer.reversed": [("payout.reversed", "reversed")],
    "conversion.pending": [("conversion.pending", "pending")],
    "conversion.successful": [("conversion.succeeded", "succeeded")],
    "conversion.failed": [("conversion.failed", "failed")],
    "dispute.created": [("payment.disputed", None)],
    "dispute.declined": [("payment.disputed", None)],
    "dispute.processed": [("payment.disputed", None)],
    "underpayment": [("payment.succeeded", "succeeded"), ("payment.conflict", None)],
    "overpayment": [("payment.succeeded", "succeeded")],
}


def samples_of(gateway, name):
    """The names of all samples of the source's provider, as the program itself lists them."""
    listed = gateway.command("sign", name, "--sample", "no-such-sample").stderr.decode()
    return listed.partition("there are ")[2].strip().split(", ")


class Callbacks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.subscriber = Subscriber()
        cls.gateway = Gateway({"orders": (cls.subscriber.url, "")}).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.gateway.stop() == 0
        cls.subscriber.stop()

    def deliveries_settle(self, seen, expected):
        wait_for(lambda: len(self.subscriber.delivered) >= seen + expected, 10, f"{expected} deliveries")
        return self.subscriber.delivered[seen:]

    def test_no_sample_is_left_out(self):
        self.assertCountEqual(samples_of(self.gateway, "kenya"), EXPECTED)

    def test_every_sample_becomes_its_events_once(self):
        for sample, expected in EXPECTED.items():
            with self.subTest(sample):
                seen = len(self.subscriber.delivered)
                signed = self.gateway.command("sign", "kenya", "--sample", sample)
                self.assertEqual(signed.returncode, 0, signed.stderr)
                headers, _, body = signed.stdout.partition(b"\n\n")
                # The signature that our command prints is the one that Python computes.
                self.assertIn(f"x-startbutton-signature: {sign(body)}".encode(), headers)
                body_file = self.gateway.folder / "body.json"
                body_file.write_bytes(body)

                sent = self.gateway.command("send", "kenya", "--body", str(body_file), "--repeat", "3")
                self.assertEqual((sent.returncode, sent.stdout), (0, b'200 {"status":"ok"}\n' * 3), sent.stderr)
                events = self.deliveries_settle(seen, len(expected))
                # Events of two payments may arrive in either order; those of one payment may not.
                self.assertCountEqual([(event["type"], event["data"]["status"]) for event in events], expected)
                if sample == "collection.completed":
                    self.assertEqual([event["type"] for event in events], [kind for kind, _ in expected])
                for event in events:
                    self.check_shape(event, json.loads(body))
        self.assertEqual(self.subscriber.problems, [])

    def check_shape(self, event, body):
        data = event["data"]
        self.assertEqual((data["source"], data["provider"], data["evidence"]), ("kenya", "startbutton", "signed"))
        self.assertRegex(event["id"], r"^evt_[0-9a-f]{32}$")
        self.assertRegex(event["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        transaction = body["data"].get("transaction", {})
        if transaction.get("transactionReference") == data["reference"] and event["type"] != "payment.conflict":
            # x100 is the provider's scale for every currency; both currencies of the samples have two decimals in ISO 4217.
            self.assertEqual(data["amount"]["minor"], transaction["amount"])
            self.assertEqual(data["amount"]["value"], f"{transaction['amount'] // 100}.{transaction['amount'] % 100:02}")
            self.assertEqual(data["amount"]["currency"], transaction["currency"])

    def test_either_order_of_verified_and_completed_ends_settled(self):
        verified, completed = "collection.verified", "collection.completed"
        for reference, order in (("order-a", (verified, completed)), ("order-b", (completed, verified))):
            for event in order:
                body = collection(event, reference, status="successful")
                self.assertEqual(self.gateway.post(body, sign(body))[0], 200)
            wait_for(lambda: len(self.subscriber.of(reference)) == 2, 10, "both events")
            events = self.subscriber.of(reference)
            self.assertEqual([(e["type"], e["data"]["sequence"]) for e in events],
                             [("payment.succeeded", 1), ("payment.settled", 2)])

    def test_a_contradiction_is_published_as_a_conflict(self):
        from support import transfer
        for event in ("transfer.successful", "transfer.failed", "transfer.failed"):
            body = transfer(event, "payout-1")
            self.assertEqual(self.gateway.post(body, sign(body))[0], 200)
        wait_for(lambda: len(self.subscriber.of("payout-1")) == 2, 10, "both events")
        first, conflict = self.subscriber.of("payout-1")
        self.assertEqual((first["type"], conflict["type"], conflict["data"]["status"]),
                         ("payout.succeeded", "payout.conflict", "succeeded"))
        self.assertEqual(conflict["data"]["conflict"]["contradicting"]["status"], "failed")

    def test_forgeries_are_refused_and_leave_no_trace(self):
        body = collection("collection.verified", "forged-1")
        signature = sign(body)
        before = self.gateway.rows()
        commands = self.gateway.metric("tollgate_store_seconds_count", operation="accept")
        answers = set()
        rng = random.Random(7)
        for bit in rng.sample(range(len(body) * 8), 150):
            flipped = bytearray(body)
            flipped[bit // 8] ^= 1 << bit % 8
            answers.add(self.gateway.post(bytes(flipped), signature))
        for bit in range(0, len(signature) * 8, 7):
            flipped = bytearray(signature.encode())
            flipped[bit // 8] ^= 1 << bit % 8
            if any(byte < 33 or byte == 127 for byte in flipped):
                continue  # would be malformed HTTP, refused before anybody looks at the signature
            answers.add(self.gateway.post(body, flipped.decode("latin-1")))
        for wrong in (None, "", signature.upper(), signature[:-1], signature + "0", sign(body, "another-secret-of-some-length")):
            answers.add(self.gateway.post(body, wrong))
        self.assertEqual({status for status, _ in answers}, {401})
        self.assertEqual(len(answers), 1, "every refusal is the same answer")
        self.assertEqual(self.gateway.rows(), before)
        self.assertEqual(self.gateway.metric("tollgate_store_seconds_count", operation="accept"), commands)
        self.assertEqual(self.gateway.post(body, signature)[0], 200, "the genuine one is accepted all the same")

    def test_what_nobody_understands_is_kept_and_published(self):
        for body in (b"not json at all", b'{"event":"collection.imagined","data":{}}'):
            seen = len(self.subscriber.delivered)
            self.assertEqual(self.gateway.post(body, sign(body))[0], 200)
            self.assertEqual(self.gateway.post(body, sign(body))[0], 200)
            event = self.deliveries_settle(seen, 1)[0]
            self.assertEqual(event["type"], "callback.unrecognised")
            self.assertIsNone(event["data"]["reference"])
            self.assertIsNone(event["data"]["sequence"])
            import base64
            self.assertEqual(base64.b64decode(event["data"]["raw"]["body_base64"]), body)

    def test_the_edge_answers_as_documented(self):
        body = collection("collection.verified", "edge-1")
        self.assertEqual(self.gateway.post(body, sign(body), path="/nowhere")[0], 404)
        big = b" " * (64 * 1024 + 1)
        self.assertEqual(self.gateway.post(big, sign(big))[0], 413)
        self.assertEqual(self.gateway.post(body, sign(body), headers={"x-filler": "a" * 9000})[0], 431)


def static_expected(kinds, outcomes):
    return {f"{sample}.{outcome}": [(f"{kind}.{happening}", happening)]
            for sample, kind in kinds.items() for outcome, happening in outcomes.items()}


STATIC_EXPECTED = {
    "honeycoin": static_expected(
        {"deposit": "payment", "withdrawal": "payout", "offramp": "conversion", "onramp": "conversion"},
        {"pending": "pending", "successful": "succeeded", "failed": "failed"}) | static_expected(
        {"deposit": "payment"}, {"otp": "action_required", "redirect": "action_required"}),
    "moolre": {sample: [(f"payment.{happening}", happening)] for sample, happening in {
        "success": "succeeded", "pending": "pending", "failure": "failed", "success.beside": "succeeded",
        "success.flat": "succeeded", "success.form": "succeeded", "success.php_form": "succeeded",
        "failure.form": "failed"}.items()},
}


class StaticSecrets(unittest.TestCase):
    """Providers that send their secret instead of a signature: in a header, or in the body."""

    @classmethod
    def setUpClass(cls):
        cls.subscriber = Subscriber()
        sources = "".join(source(provider) for provider in STATIC_EXPECTED)
        cls.gateway = Gateway({"orders": (cls.subscriber.url, "")}, extra=sources).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.gateway.stop() == 0
        cls.subscriber.stop()

    def post(self, provider, headers, body):
        return self.gateway.post(body, path=f"/in/{provider}", headers=headers)

    def flips(self, provider, headers, body):
        """The request with one bit of the secret flipped, for a bit of each of its bytes."""
        for at in range(len(SOURCE_SECRET)):
            wrong = bytearray(SOURCE_SECRET.encode())
            wrong[at] ^= 1 << at % 5
            if provider == "honeycoin":
                if wrong[at] < 33 or wrong[at] == 127:
                    continue  # would be malformed HTTP, or a blank that belongs to no value
                yield dict(headers, **{"x-webhook-signature": wrong.decode("latin-1")}), body
            else:
                self.assertEqual(body.count(SOURCE_SECRET.encode()), 1)
                yield headers, body.replace(SOURCE_SECRET.encode(), bytes(wrong))

    def test_every_sample_becomes_its_event_once_and_forged_leaves_no_trace(self):
        for provider, samples in STATIC_EXPECTED.items():
            self.assertCountEqual(samples_of(self.gateway, provider), samples)
            for sample, expected in samples.items():
                with self.subTest(provider=provider, sample=sample):
                    seen = len(self.subscriber.delivered)
                    signed = self.gateway.command("sign", provider, "--sample", sample)
                    self.assertEqual(signed.returncode, 0, signed.stderr)
                    headers, body = read_signed(signed.stdout)
                    before = self.gateway.rows()
                    answers = {self.post(provider, *forged) for forged in self.flips(provider, headers, body)}
                    self.assertEqual([status for status, _ in answers], [401], "every refusal is the same answer")
                    self.assertEqual(self.gateway.rows(), before)

                    for _ in range(3):
                        self.assertEqual(self.post(provider, headers, body), (200, '{"status":"ok"}'))
                    wait_for(lambda: len(self.subscriber.delivered) >= seen + len(expected), 10, "the event")
                    events = self.subscriber.delivered[seen:]
                    self.assertEqual([(event["type"], event["data"]["status"]) for event in events], expected)
                    self.assertEqual({event["data"]["evidence"] for event in events}, {"shared_secret"})
        self.assertEqual(self.subscriber.problems, [])
        total = sum(len(expected) for samples in STATIC_EXPECTED.values() for expected in samples.values())
        self.assertEqual(len(self.subscriber.delivered), total)
        # The secret is nowhere: not in the store, not in the log, not in what was delivered.
        secret = SOURCE_SECRET.encode()
        for file in self.gateway.data.iterdir():
            self.assertNotIn(secret, file.read_bytes(), file)
        self.assertNotIn(SOURCE_SECRET, "".join(self.gateway.lines))
        self.assertNotIn(SOURCE_SECRET, json.dumps(self.subscriber.delivered))


UNIPESA_EXPECTED = {
    f"{sample}.{outcome}": [(f"{kind}.{happening}", happening)]
    for sample, kind, outcomes in (
        ("c2b", "payment", {"success": "succeeded", "in_progress": "pending", "initiated": "pending", "failed": "failed",
                            "cancelled": "cancelled", "undefined": "pending", "verbose": "succeeded"}),
        ("b2c", "payout", {"success": "succeeded", "in_progress": "pending", "failed": "failed"}))
    for outcome, happening in outcomes.items()}
# The names and the values of a sample: all that its signature covers, and the signature.
UNIPESA_TEXTS = re.compile(rb'"([^"]*)"|(?<=:)(-?[0-9.]+)')


class Unipesa(unittest.TestCase):
    """The provider that signs the names and the values of its body, and puts the signature there, too."""

    @classmethod
    def setUpClass(cls):
        cls.subscriber = Subscriber()
        unipesa = source("unipesa", f'settings = {{ merchant_id = "{UNIPESA_MERCHANT}" }}')
        cls.gateway = Gateway({"orders": (cls.subscriber.url, "")}, extra=unipesa).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.gateway.stop() == 0
        cls.subscriber.stop()

    def post(self, body):
        return self.gateway.post(body, path="/in/unipesa")

    def traces(self):
        return self.gateway.rows(), self.gateway.metric("tollgate_store_seconds_count", operation="accept")

    @staticmethod
    def flips(body):
        """One bit flipped in each name and value, and in each byte of the signature."""
        rng = random.Random(body)
        for found in UNIPESA_TEXTS.finditer(body):
            begin, end = found.span(found.lastindex)
            if begin == end:
                continue
            is_signature = end - begin == 128
            for at in range(begin, end) if is_signature else [rng.randrange(begin, end)]:
                flipped = bytearray(body)
                flipped[at] ^= 1 << rng.randrange(8)
                # 100.50 and "100.5 " are one number.
                if found.lastindex == 1 or not flipped[at:at + 1].isspace():
                    yield bytes(flipped)

    def test_every_sample_becomes_its_event_once_and_one_bit_leaves_no_trace(self):
        self.assertCountEqual(samples_of(self.gateway, "unipesa"), UNIPESA_EXPECTED)
        for sample, expected in UNIPESA_EXPECTED.items():
            with self.subTest(sample):
                seen = len(self.subscriber.delivered)
                signed = self.gateway.command("sign", "unipesa", "--sample", sample)
                self.assertEqual(signed.returncode, 0, signed.stderr)
                _, body = read_signed(signed.stdout)
                # The signature that our command makes is the one that Python computes.
                self.assertEqual(json.loads(body)["signature"], unipesa_sign(body))
                before = self.traces()
                forged = list(self.flips(body))
                self.assertGreater(len(forged), 128 + 16)
                answers = {self.post(body) for body in forged}
                self.assertEqual([status for status, _ in answers], [401], "every refusal is the same answer")
                self.assertEqual(self.traces(), before)

                for _ in range(3):
                    self.assertEqual(self.post(body), (200, '{"status":"ok"}'))
                wait_for(lambda: len(self.subscriber.delivered) >= seen + len(expected), 10, "the event")
                events = self.subscriber.delivered[seen:]
                self.assertEqual([(event["type"], event["data"]["status"]) for event in events], expected)
                self.check_shape(events[0]["data"], json.loads(body))
        self.assertEqual(self.subscriber.problems, [])
        self.assertEqual(len(self.subscriber.delivered), len(UNIPESA_EXPECTED), "the same bytes again add none")

    def check_shape(self, data, body):
        self.assertEqual((data["source"], data["provider"], data["evidence"]), ("unipesa", "unipesa", "signed"))
        self.assertEqual((data["reference"], data["provider_reference"], data["network_reference"]),
                         (body["order_id"], body["transaction_id"], body["transaction_ref"]))
        self.assertEqual(decimal.Decimal(data["amount"]["value"]), decimal.Decimal(str(body["amount"])))
        self.assertEqual(data["amount"]["currency"], body.get("currency"))


if __name__ == "__main__":
    unittest.main()
