"""What changes a payment over the API: registrations, an operator's word, and questions that are wanted now; on both stores."""

import datetime
import json
import re
import unittest

from api_test import EXPECTER, READER, TOKENS, Asking, OnRedis, OnSqlite, quoted
from redis_support import Node, RedisServer
from requery_test import MOOLRE_SECRET, moolre
from support import Subscriber, collection, transfer, wait_for

OPERATOR = "operator-token-0123456789abcdef"
ALL_TOKENS = TOKENS + """
[[token]]
name = "support"
secret = "${OPERATOR_TOKEN}"
scopes = ["operate"]
"""
# Nobody answers there: what is asked brings nothing.
REQUERY = """
[source.requery]
base_url = "http://127.0.0.1:9"
credentials = { secret = "${STARTBUTTON_SECRET}" }
"""
ACCRA = """
[[source]]
name = "accra"
provider = "moolre"
secrets = ["${MOOLRE_SECRET}"]
[source.requery]
base_url = "http://127.0.0.1:9"
credentials = { api_user = "${MOOLRE_SECRET}", api_pubkey = "${MOOLRE_SECRET}", account_number = "${MOOLRE_SECRET}" }
"""


def in_seconds(time):
    """How far ahead a time of the API is."""
    return (datetime.datetime.fromisoformat(time.replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


class Changing(Asking):
    """Without tests of its own."""

    def begin(self, gateway, **environment):
        return super().begin(gateway, OPERATOR_TOKEN=OPERATOR, **environment)

    def post(self, path, members, token=OPERATOR):
        """Status and body."""
        status, _, body = self.ask(path, token=token, method="POST", body=json.dumps(members))
        return status, body

    def expect(self, reference, **members):
        return self.post("/v1/expectations", {"source": "kenya", "reference": reference, **members}, token=EXPECTER)

    def resolve(self, reference, status, note="seen on the statement"):
        return self.post(f"/v1/payments/kenya/{quoted(reference)}/resolve", {"status": status, "note": note})

    def requery(self, reference):
        return self.post("/v1/sources/kenya/requery", {"reference": reference})

    def payment(self, reference):
        return self.get(f"/v1/payments/kenya/{quoted(reference)}")

    def events(self, reference):
        return [event for event in self.get("/v1/events?limit=1000")["events"] if event["data"]["reference"] == reference]

    def types(self, reference):
        return [event["type"] for event in self.events(reference)]


class OnAnyStore:
    def test_an_expected_sum_is_compared_whichever_comes_first(self):
        self.begin(self.gateway_of({}, extra=ALL_TOKENS))
        for reference, amount, types in (("early/1", "3000", ["payment.succeeded"]), ("less/1", "3000.01", ["payment.conflict"])):
            status, payment = self.expect(reference, amount=amount, currency="KES")
            self.assertEqual((status, payment["state"], payment["sequence"]), (201, None, 0))
            self.assertEqual(payment["expected_amount"]["value"], {"3000": "3000.00"}.get(amount, amount))
            self.assertIsNone(payment["expectation"], "nobody can be asked")
            self.assertEqual(self.payment(reference), {**payment, "complete": True, "timeline": []})
            self.assertEqual(self.expect(reference, amount="1.00", currency="KES"), (200, payment), "the first one counts")
            self.send(collection("collection.verified", reference))
            self.assertEqual(self.types(reference), types)
        event = self.events("less/1")[0]
        self.assertEqual((event["data"]["conflict"]["kept"]["amount"]["value"], event["data"]["conflict"]["contradicting"]["amount"]["value"]),
                         ("3000.01", "3000.00"))
        self.assertEqual(self.events("early/1")[0]["data"]["expected_amount"]["minor"], 300000)

        for reference, amount, types in (("late-1", "3000.00", []), ("late-2", "4000", ["payment.conflict"]), ("late-3", None, [])):
            self.send(collection("collection.verified", reference))
            status, payment = self.expect(reference, **({"amount": amount, "currency": "KES"} if amount else {}))
            self.assertEqual((status, payment["state"], payment["evidence"]), (200, "succeeded", "signed"))
            self.assertEqual(self.types(reference), ["payment.succeeded"] + types)
            self.assertEqual(self.expect(reference, amount="4000", currency="KES")[0], 200)
        self.assertEqual(self.types("late-2"), ["payment.succeeded", "payment.conflict"], "said once")
        self.assertEqual(self.types("late-3"), ["payment.succeeded", "payment.conflict"], "the first that names a sum")
        self.assertEqual(self.gateway.metric("tollgate_conflicts_total", source="kenya"), 3)

    def test_an_operator_says_how_it_ended(self):
        orders = Subscriber()
        self.addCleanup(orders.stop)
        self.begin(self.gateway_of({"orders": (orders.url, "")}, extra=ALL_TOKENS))
        self.assertEqual(self.resolve("nobody", "failed")[0], 404)
        self.expect("lost/1", amount="3000", currency="KES")
        note = "Call of 3 May: \u00fcberwiesen \U0001f4b8"
        status, payment = self.resolve("lost/1", "succeeded", note)
        self.assertEqual((status, payment["state"], payment["evidence"], payment["corrected"]), (200, "succeeded", "operator", False))
        self.assertEqual(self.resolve("lost/1", "succeeded", "again"), (200, payment))
        event, = wait_for(lambda: orders.of("lost/1"), 10, "the event")
        data = event["data"]
        self.assertEqual((event["type"], data["status"], data["evidence"], data["reason"], data["sequence"]),
                         ("payment.succeeded", "succeeded", "operator", {"code": None, "message": note}, 1))
        self.send(collection("collection.verified", "lost/1"))
        self.assertEqual(self.types("lost/1"), ["payment.succeeded"] * 2, "the provider says it, too: better proven, for who asks for that")
        self.assertEqual(sorted(moment["what"] for moment in self.payment("lost/1")["timeline"]), ["callback", "event", "event"])

        # What goes on from a success corrects nothing.
        self.assertEqual(self.resolve("lost/1", "settled")[1]["corrected"], False)
        self.assertEqual(self.resolve("lost/1", "reversed")[1]["corrected"], False)
        events = self.events("lost/1")
        self.assertEqual([event["type"] for event in events], ["payment.succeeded", "payment.succeeded", "payment.settled", "payment.reversed"])
        self.assertEqual([event["data"]["corrects"] for event in events], [None] * 4)
        self.assertEqual(events[0]["id"], events[1]["id"])

        # Contradicted by the provider, corrected by a person.
        self.send(transfer("transfer.pending", "wrong-1"))
        self.send(transfer("transfer.successful", "wrong-1"))
        self.send(transfer("transfer.failed", "wrong-1"))
        status, payment = self.resolve("wrong-1", "failed")
        self.assertEqual((status, payment["kind"], payment["state"], payment["corrected"]), (200, "payout", "failed", True))
        events = self.events("wrong-1")
        self.assertEqual([event["type"] for event in events], ["payout.pending", "payout.succeeded", "payout.conflict", "payout.failed"])
        self.assertEqual(events[3]["data"]["corrects"], events[1]["id"])
        self.assertEqual(events[3]["data"]["amount"], events[1]["data"]["amount"])
        self.assertEqual(self.resolve("wrong-1", "failed"), (200, payment))
        self.assertEqual(self.resolve("wrong-1", "succeeded")[1]["state"], "succeeded")
        status, payment = self.resolve("wrong-1", "failed")
        self.assertEqual((status, payment["state"], payment["corrected"]), (200, "failed", True), "however often it went to and fro")
        self.assertEqual(self.types("wrong-1")[3:], ["payout.failed", "payout.succeeded", "payout.failed"])
        self.assertEqual(self.payment("wrong-1")["sequence"], 6)
        for again in range(2):
            self.assertEqual(self.resolve("wrong-1", "succeeded")[1]["state"], "succeeded")
            self.assertEqual(self.resolve("wrong-1", "reversed")[1]["state"], "reversed", "also what only follows a success")
        self.assertEqual(orders.problems, [])

    def test_a_sum_that_did_not_fit_does_not_stand_in_the_way(self):
        self.begin(self.gateway_of({}, extra=ALL_TOKENS))
        self.expect("paid-less", amount="4000", currency="KES")
        self.send(collection("collection.verified", "paid-less"))
        self.assertEqual(self.payment("paid-less")["state"], None)
        self.assertEqual(self.resolve("paid-less", "succeeded")[0], 200)
        self.assertEqual(self.types("paid-less"), ["payment.conflict", "payment.succeeded"])

    def test_money_that_goes_out_is_registered_as_such(self):
        self.begin(self.gateway_of({}, extra=REQUERY + ALL_TOKENS))
        self.assertEqual(self.expect("in-1")[1]["kind"], "payment")
        status, payment = self.expect("out-1", kind="payout")
        self.assertEqual((status, payment["kind"], payment["state"]), (201, "payout", None))
        self.assertEqual(self.expect("out-1", first_after="20m")[1]["kind"], "payout", "whoever says nothing takes nothing back")
        self.assertEqual(self.requery("out-1")[1]["kind"], "payout")
        self.resolve("out-1", "succeeded")
        self.assertEqual(self.types("out-1"), ["payout.succeeded"])
        self.assertEqual(self.expect("out-2", kind="payment")[1]["kind"], "payment")
        self.assertEqual(self.expect("out-2", kind="payout")[1]["kind"], "payout", "nobody has heard of it yet")

        self.expect("in-2", kind="payout")
        self.send(collection("collection.verified", "in-2"))
        self.assertEqual(self.payment("in-2")["kind"], "payment", "the provider knows better")
        self.assertEqual(self.expect("in-2", kind="payout")[1]["kind"], "payment")
        self.assertEqual(self.types("in-2"), ["payment.succeeded"])

        by_own_id = {"source": "kenya", "merchant_reference": "salary-5"}
        self.assertEqual(self.post("/v1/expectations", {**by_own_id, "kind": "payout"}, token=EXPECTER)[1]["kind"], "payout")
        self.assertEqual(self.expect("out-3", merchant_reference="salary-5")[1]["kind"], "payout", "it passes over")

    def test_when_the_provider_is_asked(self):
        self.begin(self.gateway_of({}, extra=REQUERY + ALL_TOKENS))
        self.assertEqual(self.requery("nobody"), (404, {"error": {"code": "not_found", "message": "no such payment"}}))
        status, payment = self.expect("asked-1", first_after="3h")
        self.assertEqual((status, payment["expectation"]["purpose"]), (201, "outcome"))
        self.assertAlmostEqual(in_seconds(payment["expectation"]["due"]), 3 * 3600, delta=60)
        hour_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
        payment = self.expect("asked-1", first_after="3h", initiated_at=hour_ago.isoformat())[1]
        self.assertAlmostEqual(in_seconds(payment["expectation"]["due"]), 2 * 3600, delta=60)
        payment = self.expect("asked-1", first_after="20m")[1]
        self.assertAlmostEqual(in_seconds(payment["expectation"]["due"]), 20 * 60, delta=60)
        self.assertEqual(self.expect("asked-1", first_after="1d")[1], payment, "never later")
        status, payment = self.requery("asked-1")
        self.assertEqual(status, 200)
        self.assertLess(in_seconds(payment["expectation"]["due"]), 10 * 60, "now, or after the first question that failed")
        self.assertEqual(self.resolve("asked-1", "expired")[1]["expectation"], None)
        # One that has ended is asked about once, whatever comes of it.
        questions = len([moment for moment in self.payment("asked-1")["timeline"] if moment["what"] == "requery"])
        status, payment = self.requery("asked-1")
        self.assertEqual((status, payment["state"]), (200, "expired"))
        asked = lambda: [moment for moment in self.payment("asked-1")["timeline"] if moment["what"] == "requery"]
        wait_for(lambda: len(asked()) > questions, 10, "a question")
        self.assertEqual((asked()[-1]["purpose"], asked()[-1]["result"]), ("check", "failed"))
        payment = self.payment("asked-1")
        self.assertEqual((payment["state"], payment["expectation"]), ("expired", None))

        self.send(transfer("transfer.successful", "doubted"))
        self.send(transfer("transfer.failed", "doubted"))
        self.assertEqual(self.payment("doubted")["expectation"]["purpose"], "conflict")
        status, payment = self.resolve("doubted", "succeeded")
        self.assertEqual((status, payment["expectation"], payment["sequence"]), (200, None, 2))

    def test_what_is_held_is_shown_and_an_operator_may_stand_for_it(self):
        self.begin(self.gateway_of({}, extra=ACCRA + ALL_TOKENS), MOOLRE_SECRET=MOOLRE_SECRET)
        self.assertEqual(self.gateway.post(moolre("order-1"), path="/in/accra")[0], 200)
        path = "/v1/payments/accra/order-1"
        payment = wait_for(lambda: (payment := self.get(path))["timeline"][-1]["what"] == "requery" and payment, 20, "a question")
        self.assertEqual((payment["held"]["status"], payment["held"]["amount"]["value"], payment["held"]["evidence"]),
                         ("succeeded", "25.00", "shared_secret"))
        self.assertEqual(payment["expectation"]["purpose"], "confirmation")
        question = payment["timeline"][-1]
        self.assertEqual((question["purpose"], question["result"]), ("confirmation", "failed"))
        self.assertTrue(question["said"])
        lines = self.printed("payment", "accra", "order-1").splitlines()
        self.assertEqual(lines[1], "Held until it is confirmed: succeeded, GHS 25.00, shared_secret")
        self.assertRegex(lines[-1], r"^\S+Z  requery   failed +for the confirmation: ")

        status, payment = self.post(path + "/resolve", {"status": "succeeded", "note": "seen"})
        self.assertEqual((status, payment["state"], payment["evidence"], payment["held"], payment["expectation"]),
                         (200, "succeeded", "operator", None, None))
        event = self.events("order-1")[-1]
        self.assertEqual((event["type"], event["data"]["amount"]["value"], event["data"]["reason"]["message"]),
                         ("payment.succeeded", "25.00", "seen"))


class ChangingOnSqlite(OnAnyStore, OnSqlite, Changing):
    pass


class ChangingOnRedis(OnAnyStore, OnRedis, Changing):
    pass


class WhileTheStoreIsAway(Changing):
    def test_a_registration_is_kept_and_counts_later(self):
        redis = RedisServer().start()
        self.addCleanup(redis.stop)
        node = Node(redis.url, {}, extra=REQUERY + ALL_TOKENS)
        self.begin(node)
        node.wait_connected()
        self.send(transfer("transfer.successful", "paid"))
        redis.kill()
        wait_for(lambda: self.ask("/v1/payments/kenya/paid")[0] == 503, 20, "the store to be missed")
        for reference, amount in (("paid", "3000"), ("awaited", "7")):
            status, payment = self.expect(reference, amount=amount, currency="KES")
            self.assertEqual((status, payment["state"], payment["expectation"]), (202, None, None))
            self.assertEqual(payment["expected_amount"]["currency"], "KES")
        self.assertEqual(self.resolve("paid", "failed")[0], 503)
        self.assertEqual(self.requery("paid")[0], 503)
        redis.start()
        wait_for(lambda: self.ask("/v1/payments/kenya/awaited")[0] == 200, 30, "the registration")
        payment = self.payment("awaited")
        self.assertEqual((payment["expected_amount"]["value"], payment["expectation"]["purpose"]), ("7.00", "outcome"))
        wait_for(lambda: self.types("paid") == ["payout.succeeded", "payout.conflict"], 20, "the sum that differs")


class WhatIsRefused(OnSqlite, Changing):
    def refuses(self, path, members, status=400, code="invalid_request", token=OPERATOR, named=""):
        body = members if isinstance(members, (str, bytes)) else json.dumps(members)
        answer = self.ask(path, token=token, method="POST", body=body)
        self.assertEqual((answer[0], answer[2]["error"]["code"]), (status, code), (path, members))
        self.assertIn(named, answer[2]["error"]["message"], (path, members))

    def test_bodies_names_and_scopes(self):
        self.begin(self.gateway_of({}, extra=ALL_TOKENS))
        self.send(collection("collection.verified", "known"))
        self.send(b'{"event":"collection.invented"}')
        digest = self.get("/v1/events?type=callback.unrecognised")["events"][0]["data"]["raw"]["sha256"]
        resolve, requery = "/v1/payments/kenya/known/resolve", "/v1/sources/kenya/requery"
        registration = {"source": "kenya", "reference": "r"}
        for path, token in (("/v1/expectations", EXPECTER), (resolve, OPERATOR), (requery, OPERATOR)):
            for body in ("", "[]", "null", "{", '"a"', '{"reference":"a","reference":"b"}', b'{"reference":"\xff"}', '{"invented":1}'):
                self.refuses(path, body, token=token)
            self.refuses(path, {"invented": 1}, token=token, named="invented")
            self.refuses(path + "?full=1", {}, token=token, named="full")
            self.refuses(path, {}, 401, "unauthorized", token=None)
            self.refuses(path, {}, 403, "forbidden", token=READER)
        self.refuses("/v1/expectations", registration, 403, "forbidden", token=OPERATOR)
        self.refuses(resolve, {"status": "failed", "note": "n"}, 403, "forbidden", token=EXPECTER)
        self.assertEqual(self.refused("/v1/expectations", 405, "invalid_request")["Allow"], "POST")

        for name, value in (("source", 7), ("source", ""), ("reference", 17), ("reference", "with space"), ("reference", "x" * 129),
                            ("reference", "ü"), ("merchant_reference", []), ("provider_reference", ""), ("amount", 3000), ("amount", "-1"),
                            ("amount", "1e3"), ("amount", "3,000"), ("amount", "3000.00 "), ("amount", None), ("currency", "kes"),
                            ("currency", "KESX"), ("currency", {}), ("initiated_at", "yesterday"), ("initiated_at", 1795348800),
                            ("first_after", "soon"), ("first_after", "0s"), ("first_after", "31d"), ("first_after", 30),
                            ("kind", "topup"), ("kind", "Payout"), ("kind", ""), ("kind", 1), ("kind", None)):
            self.refuses("/v1/expectations", {**registration, "amount": "1", name: value}, token=EXPECTER, named=name)
        self.refuses("/v1/expectations", {**registration, "currency": "KES"}, token=EXPECTER, named="amount")
        self.refuses("/v1/expectations", {"source": "kenya"}, token=EXPECTER, named="reference is missing")
        self.refuses("/v1/expectations", {**registration, "source": "nobody"}, 404, "not_found", token=EXPECTER)

        for members, named in (({"status": "failed"}, "note"), ({"status": "failed", "note": ""}, "note"),
                               ({"status": "failed", "note": "n" * 1001}, "note"), ({"status": "failed", "note": 1}, "note"),
                               ({"note": "n"}, "status"), ({"status": "pending", "note": "n"}, "status"), ({"status": 1, "note": "n"}, "status"),
                               ({"status": "unresolved", "note": "n"}, "status"), ({"status": "Failed", "note": "n"}, "status")):
            self.refuses(resolve, members, named=named)
        word = {"status": "failed", "note": "n"}
        for path in ("/v1/payments/nobody/known/resolve", "/v1/payments/kenya/unknown/resolve", f"/v1/payments/kenya/{digest}/resolve",
                     "/v1/payments/kenya/a%20b/resolve"):
            self.refuses(path, word, 404, "not_found")

        self.refuses(requery, {"reference": "known"}, 409, "conflict", named="[source.requery]")
        self.refuses(requery, {"reference": "a b"}, named="reference")
        self.refuses("/v1/sources/nobody/requery", {"reference": "known"}, 404, "not_found")
        self.assertCountEqual([event["type"] for event in self.get("/v1/events")["events"]], ["payment.succeeded", "callback.unrecognised"])
        self.assertEqual(self.resolve("known", "reversed", "n" * 1000)[0], 200, "a note of the full length")


class Commands(OnSqlite, Changing):
    def test_what_they_do(self):
        self.begin(self.gateway_of({}, extra=REQUERY + ALL_TOKENS))
        self.expect("told/1", amount="3000", currency="KES", first_after="3h")
        first, asked = self.printed("payment", "kenya", "told/1").splitlines()
        self.assertEqual(first, "kenya told/1: payment without a state, - (expected KES 3000.00), evidence none")
        self.assertRegex(asked, r"^The provider is asked for the outcome since \S+Z, next at \S+Z$")

        def operated(*arguments):
            done = self.command(*arguments, token=OPERATOR)
            self.assertEqual((done.returncode, done.stderr), (0, b""), arguments)
            return done.stdout.decode()

        sooner = operated("requery", "kenya", "told/1").splitlines()
        self.assertEqual(sooner[0], first)
        self.assertLess(in_seconds(re.search(r"next at (\S+)$", sooner[1])[1]), 10 * 60)
        self.assertEqual(operated("payment", "resolve", "kenya", "told/1", "failed", "--note", "never paid"),
                         "kenya told/1: payment failed, - (expected KES 3000.00), evidence operator\n")
        lines = self.printed("payment", "kenya", "told/1").splitlines()
        self.assertRegex(lines[-1], r"event #1 +payment\.failed +-, because never paid, operator, evt_")
        as_json = json.loads(operated("payment", "resolve", "kenya", "told/1", "failed", "--note", "again", "--json"))
        self.assertEqual((as_json["state"], as_json["sequence"]), ("failed", 1))

        for arguments in (["payment"], ["payment", "kenya"], ["payment", "resolve"], ["payment", "resolve", "kenya", "told/1", "failed"],
                          ["payment", "resolve", "kenya", "told/1", "gone", "--note", "n"], ["requery", "kenya"],
                          ["payment", "resolve", "kenya", "told/1", "failed", "more", "--note", "n"]):
            done = self.command(*arguments, token=OPERATOR)
            self.assertEqual((done.returncode, done.stdout), (2, b""), arguments)
        done = self.command("requery", "kenya", "unknown", token=OPERATOR)
        self.assertEqual((done.returncode, done.stderr), (1, b"tollgate: not_found: no such payment\n"))
        done = self.command("payment", "resolve", "kenya", "told/1", "failed", "--note", "n", token=READER)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rb"\Atollgate: forbidden: .*operate\n\Z")


if __name__ == "__main__":
    unittest.main()
