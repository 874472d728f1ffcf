"""Payments by any of their ids: found, registered before and after the callback, asked about, ambiguous; on both stores."""

import json
import time
import unittest

import api_test
from api_changes_test import ALL_TOKENS, OPERATOR, Changing
from api_test import EXPECTER, READER, OnRedis, OnSqlite, quoted
from requery_test import MOOLRE_SECRET, moolre
from redis_support import Node, RedisServer
from status_apis import StatusApis
from support import collection, transfer, wait_for

COIN_SECRET = "hcwh_Zk3v9Qw7Lr2Xt8Bn5Ym1Pd6Gs4Jf0Ce"
QUICK = 'first_after = "200ms"\nbackoff = ["300ms"]\n'


def coin(reference, merchant, status="successful", network=None):
    data = {"transactionId": reference, "status": status, "type": "deposit", "externalReference": merchant}
    if network:
        data["thirdPartReference"] = network
    return json.dumps({"event": "transaction_updated", "data": data, "timestamp": "2026-11-22T10:00:00.000Z"}).encode()


def sources(url, requery=QUICK):
    """Kenya's [source.requery] and two sources more."""
    return f"""
[source.requery]
base_url = "{url}"
credentials = {{ secret = "${{STATUS_SECRET}}" }}
{requery}
[[source]]
name = "coins"
provider = "honeycoin"
secrets = ["${{COIN_SECRET}}"]
confirm = "never"
[source.requery]
base_url = "{url}"
credentials = {{ api_key = "${{COIN_SECRET}}", public_key = "${{API_PUBKEY}}" }}
{requery}
[[source]]
name = "accra"
provider = "moolre"
secrets = ["${{MOOLRE_SECRET}}"]
confirm = "never"
[source.requery]
base_url = "{url}"
credentials = {{ api_user = "${{API_USER}}", api_pubkey = "${{API_PUBKEY}}", account_number = "${{ACCOUNT}}" }}
{requery}
[[source]]
name = "lone"
provider = "honeycoin"
secrets = ["${{COIN_SECRET}}"]
other_ids = false
""" + ALL_TOKENS


class Aliases(Changing):
    """Without tests of its own."""

    def run_gateway(self, requery=QUICK):
        self.apis = StatusApis()
        self.addCleanup(self.apis.stop)
        self.begin(self.gateway_of({}, extra=sources(self.apis.url, requery)), MOOLRE_SECRET=MOOLRE_SECRET, COIN_SECRET=COIN_SECRET,
                   STATUS_SECRET="sk_status", API_USER="u_status", API_PUBKEY="pub_status", ACCOUNT="100000000001")

    def register(self, source, token=EXPECTER, **members):
        return self.post("/v1/expectations", {"source": source, **members}, token=token)

    def coin(self, *arguments, **options):
        answer = self.gateway.post(coin(*arguments, **options), headers={"x-webhook-signature": COIN_SECRET}, path="/in/coins")
        self.assertEqual(answer[0], 200, answer)

    def of(self, source, id):
        return self.get(f"/v1/payments/{source}/{quoted(id)}")

    def until(self, reference, types):
        wait_for(lambda: self.types(reference) == types, 20, f"{types} of {reference}, not {self.types(reference)}")


class OnAnyStore:
    def test_a_payment_is_found_by_each_of_its_ids(self):
        self.run_gateway()
        self.send(collection("collection.verified", "SB-1", merchant="order/1"))
        self.coin("HC-1", "order/2", network="RB-2")
        self.assertEqual(self.gateway.post(moolre("order-3"), path="/in/accra")[0], 200)
        for source, reference, ids in (("kenya", "SB-1", ["order/1"]), ("coins", "HC-1", ["order/2", "RB-2"]), ("accra", "order-3", ["17", "t-1"])):
            payment = self.of(source, reference)
            self.assertEqual((payment["reference"], payment["state"]), (reference, "succeeded"))
            for id in ids:
                self.assertEqual(self.of(source, id), payment, id)
        self.assertEqual(self.ask("/v1/payments/kenya/RB-2")[0], 404, "another source's")
        self.assertEqual(self.printed("payment", "kenya", "order/1"), self.printed("payment", "kenya", "SB-1"))
        status, payment = self.post(f"/v1/payments/kenya/{quoted('order/1')}/resolve", {"status": "reversed", "note": "n"})
        self.assertEqual((status, payment["reference"], payment["state"]), (200, "SB-1", "reversed"))
        self.assertEqual(self.requery("order/1")[1]["reference"], "SB-1")
        done = self.command("requery", "kenya", "order/1", token=OPERATOR)
        self.assertEqual((done.returncode, done.stdout.split(b":")[0]), (0, b"kenya SB-1"))

    def test_a_source_without_other_ids_knows_its_payments_by_reference_only(self):
        self.run_gateway()
        status, body = self.register("lone", merchant_reference="order-9", amount="3000", currency="KES")
        self.assertEqual((status, body["error"]["code"]), (400, "invalid_request"))
        self.assertIn("other_ids is false in source lone", body["error"]["message"])
        self.assertEqual(self.register("lone", reference="HC-9", merchant_reference="order-9", amount="3000", currency="KES")[0], 201)
        self.assertEqual(self.ask("/v1/payments/lone/order-9")[0], 404)
        answer = self.gateway.post(coin("HC-9", "order-9"), headers={"x-webhook-signature": COIN_SECRET}, path="/in/lone")
        self.assertEqual(answer[0], 200, answer)
        payment = self.of("lone", "HC-9")
        self.assertEqual((payment["state"], payment["expected_amount"]["value"]), ("succeeded", "3000.00"))
        self.assertEqual(self.ask("/v1/payments/lone/order-9")[0], 404)

    def test_an_id_of_several_payments_names_none(self):
        self.run_gateway()
        self.coin("HC-1", "invoice-7", "failed")
        self.assertEqual(self.of("coins", "invoice-7")["reference"], "HC-1")
        self.coin("HC-2", "invoice-7")
        for path, members in (("/v1/payments/coins/invoice-7", None), ("/v1/sources/coins/requery", {"reference": "invoice-7"}),
                              ("/v1/payments/coins/invoice-7/resolve", {"status": "failed", "note": "n"})):
            status, _, body = self.ask(path) if members is None else (*self.post(path, members)[:1], None, self.post(path, members)[1])
            self.assertEqual((status, body["error"]["code"], body["error"]["references"]), (409, "conflict", ["HC-1", "HC-2"]), path)
        done = self.command("payment", "coins", "invoice-7")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"HC-1 HC-2", done.stderr)
        # A registration is for each of them.
        status, body = self.register("coins", merchant_reference="invoice-7", amount="3000", currency="KES")
        self.assertEqual((status, body["reference"], body["waiting"]["payments"]), (200, None, ["HC-1", "HC-2"]))
        for reference in ("HC-1", "HC-2"):
            self.assertEqual(self.of("coins", reference)["expected_amount"]["value"], "3000.00")

    def test_a_sum_under_another_id_is_compared_whichever_comes_first(self):
        self.run_gateway()
        for number, (amount, currency, before, after) in enumerate((
                ("3000", "KES", ["payment.succeeded"], ["payment.succeeded"]),
                ("3000.01", "KES", ["payment.conflict"], ["payment.succeeded", "payment.conflict"]),
                ("3000", "UGX", ["payment.conflict"], ["payment.succeeded", "payment.conflict"]),
                ("2999", "KES", ["payment.succeeded", "payment.conflict"], ["payment.succeeded", "payment.conflict"]))):
            early, late = f"early-{number}", f"late-{number}"
            status, body = self.register("kenya", merchant_reference="m-" + early, amount=amount, currency=currency)
            self.assertEqual((status, body["reference"], body["state"]), (201, None, None))
            self.assertEqual(body["waiting"]["merchant_reference"], "m-" + early)
            self.assertEqual(self.register("kenya", merchant_reference="m-" + early, amount=amount, currency=currency)[0], 200)
            self.assertEqual(self.of("kenya", "m-" + early)["waiting"], body["waiting"])
            self.send(collection("collection.verified", early, merchant="m-" + early))
            self.assertEqual(self.types(early), before, (amount, currency))

            self.send(collection("collection.verified", late, merchant="m-" + late))
            status, body = self.register("kenya", merchant_reference="m-" + late, amount=amount, currency=currency)
            self.assertEqual((status, body.get("reference"), body.get("state")), (200, late, "succeeded"), body)
            self.assertEqual(self.types(late), after, (amount, currency))
            for reference in (early, late):
                self.send(collection("collection.verified", reference, merchant="m-" + reference))
                self.assertEqual(self.register("kenya", merchant_reference="m-" + reference, amount=amount, currency=currency)[0], 200)
                payment = self.of("kenya", "m-" + reference)
                self.assertEqual((payment["reference"], payment["expected_amount"]["currency"]), (reference, currency))
            self.assertEqual((self.types(early), self.types(late)), (before, after), "said once")

    def test_a_provider_that_can_be_asked_by_the_id_is_asked(self):
        self.run_gateway()
        status, body = self.register("coins", merchant_reference="order-1", amount="25.00", currency="KES")
        self.assertEqual((status, body["waiting"]["asked"], body["expectation"]["purpose"]), (201, True, "outcome"))
        wait_for(lambda: self.apis.count("order-1") >= 2, 20, "questions")
        self.assertEqual(self.of("coins", "order-1")["timeline"][-1]["result"], "unknown")
        self.apis.answers["order-1"] = ("HC-9", "successful")
        self.until("HC-9", ["payment.succeeded"])
        event, = self.events("HC-9")
        self.assertEqual((event["data"]["evidence"], event["data"]["merchant_reference"], event["data"]["expected_amount"]["value"]),
                         ("requery", "order-1", "25.00"))
        self.assertEqual(self.of("coins", "order-1")["reference"], "HC-9")
        asked = self.apis.count("order-1")
        time.sleep(1.5)
        self.assertEqual(self.apis.count("order-1"), asked, "nothing is awaited any more")

        # Less than expected, by the provider's own id.
        self.register("accra", provider_reference="4711", amount="26.00", currency="GHS")
        self.apis.answers["4711"] = ("order-77", "success")
        self.until("order-77", ["payment.conflict"])
        self.assertEqual(self.of("accra", "4711")["reference"], "order-77")

    def test_what_nobody_can_be_asked_by_waits_and_falls_away(self):
        self.run_gateway(QUICK + 'give_up_after = "1s"\n')
        status, body = self.register("kenya", merchant_reference="order-1", amount="3000.01", currency="KES")
        self.assertEqual((status, body["waiting"]["asked"], body["expectation"]), (201, False, None))
        self.assertIn("startbutton cannot be asked by merchant_reference", body["waiting"]["note"])
        self.register("coins", merchant_reference="order-2")
        lapsed = lambda source: self.gateway.metric("tollgate_expectations_lapsed_total", source=source)
        wait_for(lambda: lapsed("kenya") == 1 and lapsed("coins") == 1, 30, "both to lapse")
        self.assertEqual({(entry["source"], entry["merchant_reference"]) for entry in self.gateway.log_events("expectation_lapsed")},
                         {("kenya", "order-1"), ("coins", "order-2")})
        self.assertEqual(self.apis.count("order-1"), 0)
        self.assertGreaterEqual(self.apis.count("order-2"), 3)
        asked = self.apis.count("order-2")
        time.sleep(1)
        self.assertEqual(self.apis.count("order-2"), asked)
        self.assertEqual(self.get("/v1/events")["events"], [], "never a failed")
        self.send(collection("collection.verified", "SB-1", merchant="order-1"))
        self.assertEqual(self.types("SB-1"), ["payment.conflict"], "the sum is compared all the same")

    def test_a_crash_between_the_two(self):
        self.run_gateway()
        for number in range(12):
            reference, merchant = f"T-{number}", f"m-{number}"
            steps = [lambda: self.register("kenya", merchant_reference=merchant, amount="3000.01", currency="KES"),
                     lambda: self.send(collection("collection.verified", reference, merchant=merchant))]
            first, second = steps if number % 2 == 0 else reversed(steps)
            first()
            self.gateway.kill()
            self.gateway.start()
            wait_for(lambda: self.ask("/v1/payments/kenya/none")[0] == 404, 20, "the store")
            second()
            expected = ["payment.conflict"] if number % 2 == 0 else ["payment.succeeded", "payment.conflict"]
            self.until(reference, expected)
            self.assertEqual(self.of("kenya", merchant)["reference"], reference)


class AliasesOnSqlite(OnAnyStore, OnSqlite, Aliases):
    pass


class AliasesOnRedis(OnAnyStore, OnRedis, Aliases):
    pass


class WhatIsRefused(OnSqlite, Aliases):
    def test_ids_that_lead_nowhere(self):
        self.run_gateway()
        for source, members, named in (
                ("kenya", {}, "reference is missing"), ("kenya", {"merchant_reference": "a", "provider_reference": "b"}, "exactly one"),
                ("kenya", {"provider_reference": "a"}, "carries a provider_reference"),
                ("accra", {"merchant_reference": "a"}, "carries a merchant_reference"),
                ("kenya", {"merchant_reference": "a b"}, "merchant_reference")):
            status, body = self.register(source, **members)
            self.assertEqual((status, body["error"]["code"]), (400, "invalid_request"), members)
            self.assertIn(named, body["error"]["message"])
        self.register("kenya", merchant_reference="waits")
        status, body = self.requery("waits")
        self.assertEqual((status, body["error"]["code"]), (409, "conflict"))
        self.assertEqual(self.resolve("waits", "failed")[0], 404)
        lines = self.printed("payment", "kenya", "waits").splitlines()
        self.assertTrue(lines[0].startswith("kenya merchant_reference waits: registered; startbutton cannot be asked"), lines)
        status, body = self.register("coins", merchant_reference="asked", first_after="3h")
        status, sooner = self.post("/v1/sources/coins/requery", {"reference": "asked"})
        self.assertEqual(status, 200)
        self.assertLess(sooner["expectation"]["due"], body["expectation"]["due"])


class WhileTheStoreIsAway(Aliases):
    def gateway_of(self, subscribers, extra):
        self.redis = RedisServer().start()
        self.addCleanup(self.redis.stop)
        return Node(self.redis.url, subscribers, extra=extra)

    def test_registrations_and_callbacks_meet_after_the_spool(self):
        self.run_gateway()
        self.gateway.wait_connected()
        self.send(collection("collection.verified", "known", merchant="m-known"))
        self.register("kenya", merchant_reference="m-waits", amount="3000.01", currency="KES")
        self.redis.kill()
        wait_for(lambda: self.ask("/v1/payments/kenya/known")[0] == 503, 20, "the store to be missed")
        for merchant in ("m-known", "m-new"):
            status, body = self.register("kenya", merchant_reference=merchant, amount="3000.01", currency="KES")
            self.assertEqual((status, body["waiting"]["merchant_reference"]), (202, merchant))
        for reference in ("waits", "new"):
            self.send(collection("collection.verified", reference, merchant="m-" + reference))
        self.redis.start()
        self.gateway.wait_connected()
        self.until("known", ["payment.succeeded", "payment.conflict"])
        self.until("waits", ["payment.conflict"])
        self.until("new", ["payment.conflict"])


# What they inherit from is not to run here once more.
del api_test

if __name__ == "__main__":
    unittest.main()
