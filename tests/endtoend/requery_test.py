"""Callbacks that never come, that anybody could have sent, and providers that do not answer: what becomes of the payments."""

import json
import time
import unittest

from redis_support import Node, RedisServer
from status_apis import StatusApis
from support import Gateway, Subscriber, sign, transfer, wait_for

MOOLRE_SECRET = "8d1f6C0b-77aE-4b52-9f3D-0c55e1B2a9d4"
QUICK = 'first_after = "200ms"\nbackoff = ["300ms"]\nconfirm_timeout = "2s"\nconflict_recheck = "1s"'


def moolre(reference, txstatus=1, amount="25.00"):
    return json.dumps({"status": 1, "code": "P01", "message": "Transaction", "go": None, "data": {
        "txstatus": txstatus, "payer": "233240000000", "accountnumber": "100000000001", "amount": amount, "value": "24.75",
        "transactionid": "17", "externalref": reference, "thirdpartyref": "t-1", "secret": MOOLRE_SECRET,
        "ts": "2026-11-22 10:00:00"}}).encode()


class Asking(unittest.TestCase):
    engine = "embedded"

    def setUp(self):
        self.apis = StatusApis()
        self.addCleanup(self.apis.stop)
        self.subscriber = Subscriber()
        self.addCleanup(self.subscriber.stop)

    def gateway(self, requery=QUICK, moolre_lines="", more="", prepare=lambda gateway: None):
        startbutton = f"""[source.requery]
base_url = "{self.apis.url}"
credentials = {{ secret = "${{STATUS_SECRET}}" }}
{requery}"""
        accra = f"""
[[source]]
name = "accra"
provider = "moolre"
secrets = ["${{MOOLRE_SECRET}}"]
{moolre_lines}
[source.requery]
base_url = "{self.apis.url}"
credentials = {{ api_user = "${{API_USER}}", api_pubkey = "${{API_PUBKEY}}", account_number = "${{ACCOUNT}}" }}
{requery}
"""
        options = dict(settings=startbutton, extra=accra + more)
        subscribers = {"orders": (self.subscriber.url, 'retry = ["100ms"]')}
        if self.engine == "redis":
            redis = RedisServer().start()
            self.addCleanup(redis.stop)
            gateway = Node(redis.url, subscribers, **options)
        else:
            gateway = Gateway(subscribers, **options)
        gateway.environment.update(STATUS_SECRET="sk_status", MOOLRE_SECRET=MOOLRE_SECRET, API_USER="u_status",
                                   API_PUBKEY="pub_status", ACCOUNT="100000000001")
        prepare(gateway)
        self.addCleanup(gateway.stop)
        return gateway.start()

    def startbutton(self, gateway, name, reference):
        body = transfer(name, reference)
        self.assertEqual(gateway.post(body, sign(body))[0], 200)

    def moolre(self, gateway, *arguments, **options):
        self.assertEqual(gateway.post(moolre(*arguments, **options), path="/in/accra")[0], 200)

    def types(self, reference):
        return [event["type"] for event in self.subscriber.of(reference)]

    def until(self, reference, types):
        wait_for(lambda: self.types(reference) == types, 20, f"{types} of {reference}, not {self.types(reference)}")

    def stays(self, reference, types, seconds=1.5):
        time.sleep(seconds)
        self.assertEqual(self.types(reference), types)


class Embedded(Asking):
    def test_a_callback_that_never_comes(self):
        gateway = self.gateway()
        self.apis.answers["payout-1"] = lambda asked: "pending" if asked < 3 else "successful"
        self.startbutton(gateway, "transfer.pending", "payout-1")
        self.until("payout-1", ["payout.pending", "payout.succeeded"])
        last = self.subscriber.of("payout-1")[-1]
        self.assertEqual(last["data"]["evidence"], "requery")
        self.assertEqual(last["data"]["amount"], {"value": "1500.00", "minor": 150000, "currency": "KES"})
        asked = self.apis.count("payout-1")
        self.assertEqual(asked, 3)
        self.stays("payout-1", ["payout.pending", "payout.succeeded"])
        self.assertEqual(self.apis.count("payout-1"), asked, "nothing is awaited any more")
        self.startbutton(gateway, "transfer.successful", "payout-1")
        self.assertEqual(gateway.metric("tollgate_callbacks_total", source="kenya", outcome="duplicate"), 1)
        self.assertEqual(gateway.metric("tollgate_requeries_total", source="kenya", outcome="reported"), 3)
        self.assertEqual(self.subscriber.problems, [])

    def test_a_callback_that_comes_after_all_ends_the_asking(self):
        gateway = self.gateway(QUICK.replace("200ms", "1s"))
        self.startbutton(gateway, "transfer.pending", "payout-2")
        self.startbutton(gateway, "transfer.failed", "payout-2")
        self.stays("payout-2", ["payout.pending", "payout.failed"], 2.5)
        self.assertEqual(self.apis.count("payout-2"), 0)

    def test_what_anybody_could_have_sent_is_held_until_the_provider_says_the_same(self):
        gateway = self.gateway()
        self.apis.answers["order-1"] = lambda asked: "success" if asked > 1 else None
        began = time.monotonic()
        self.moolre(gateway, "order-1")
        self.assertLess(time.monotonic() - began, 1, "the ACK does not wait")
        wait_for(lambda: self.apis.count("order-1") >= 1, 10, "a question")
        self.until("order-1", ["payment.pending", "payment.succeeded"])
        self.assertEqual(self.subscriber.of("order-1")[-1]["data"]["evidence"], "callback+requery")
        self.assertEqual(gateway.metric("tollgate_callbacks_total", source="accra", outcome="held"), 1)

    def test_a_forged_success_of_a_provider_that_cannot_deny_ends_unresolved(self):
        gateway = self.gateway()
        self.moolre(gateway, "order-2", amount="9999.00")
        self.until("order-2", ["payment.pending", "payment.unresolved"])
        self.apis.answers["order-2"] = "success"
        self.until("order-2", ["payment.pending", "payment.unresolved", "payment.succeeded"])
        self.assertEqual(self.subscriber.of("order-2")[-1]["data"]["amount"]["value"], "25.00")

    def test_with_never_it_is_published_on_its_own_word(self):
        gateway = self.gateway(moolre_lines='confirm = "never"')
        self.moolre(gateway, "order-3")
        self.until("order-3", ["payment.succeeded"])
        self.assertEqual(self.subscriber.of("order-3")[0]["data"]["evidence"], "shared_secret")

    def test_without_any_answer_it_is_published_on_its_own_word_in_the_end(self):
        self.apis.trouble = 500
        gateway = self.gateway()
        self.moolre(gateway, "order-4")
        self.until("order-4", ["payment.succeeded"])
        self.assertEqual(self.subscriber.of("order-4")[0]["data"]["evidence"], "shared_secret")

    def test_trouble_says_nothing_about_a_payment(self):
        gateway = self.gateway(QUICK + '\ngive_up_after = "1s"')
        self.startbutton(gateway, "transfer.pending", "payout-3")
        for trouble, outcome in ((401, "refused"), (403, "refused"), (500, "failed"), ("garbage", "failed"), ("other", "mismatched")):
            before = gateway.metric("tollgate_requeries_total", source="kenya", outcome=outcome)
            self.apis.trouble = trouble
            wait_for(lambda: gateway.metric("tollgate_requeries_total", source="kenya", outcome=outcome) > before + 1, 20,
                     f"questions that meet {trouble}")
            self.assertEqual(self.types("payout-3"), ["payout.pending"], trouble)
        self.apis.trouble = None
        self.apis.answers["payout-3"] = "failed"
        self.until("payout-3", ["payout.pending", "payout.failed"])
        self.assertNotIn("sk_status", "".join(gateway.lines))

    def test_giving_up_is_unresolved_and_never_failed(self):
        gateway = self.gateway(QUICK + '\ngive_up_after = "1s"')
        self.startbutton(gateway, "transfer.pending", "payout-4")
        self.until("payout-4", ["payout.pending", "payout.unresolved"])
        asked = self.apis.count("payout-4")
        self.assertGreaterEqual(asked, 3)
        self.stays("payout-4", ["payout.pending", "payout.unresolved"])
        self.assertEqual(self.apis.count("payout-4"), asked)
        self.startbutton(gateway, "transfer.successful", "payout-4")
        self.until("payout-4", ["payout.pending", "payout.unresolved", "payout.succeeded"])

    def test_a_contradiction_is_corrected_by_two_answers(self):
        gateway = self.gateway()
        self.apis.answers["payout-5"] = "failed"
        self.startbutton(gateway, "transfer.successful", "payout-5")
        self.startbutton(gateway, "transfer.failed", "payout-5")
        self.until("payout-5", ["payout.succeeded", "payout.conflict", "payout.failed"])
        first, _, last = self.subscriber.of("payout-5")
        self.assertEqual(last["data"]["corrects"], first["id"])
        self.assertEqual(last["data"]["evidence"], "requery")

    def test_what_waits_is_counted(self):
        gateway = self.gateway('first_after = "1h"\nbackoff = ["1h"]\nconfirm_timeout = "1h"\nconflict_recheck = "1h"')
        self.assertEqual(gateway.metric("tollgate_expectations_open", source="kenya"), 0)
        for number in range(5):
            self.startbutton(gateway, "transfer.pending", f"payout-{number}")
        self.apis.trouble = 500
        self.moolre(gateway, "order-held")
        gauges = lambda: [int(gateway.metric(f"tollgate_{name}", source=source)) for source in ("kenya", "accra")
                          for name in ("expectations_open", "held")]
        wait_for(lambda: gauges() == [5, 0, 1, 1], 25, "the gauges")
        time.sleep(1.1)
        self.startbutton(gateway, "transfer.successful", "payout-1")
        self.assertEqual(gateway.metric("tollgate_callback_lateness_seconds_count", source="kenya"), 1)
        self.assertGreater(gateway.metric("tollgate_callback_lateness_seconds_sum", source="kenya"), 1)
        wait_for(lambda: gauges() == [4, 0, 1, 1], 25, "the gauges")

    def test_a_crash_while_questions_are_due(self):
        gateway = self.gateway(QUICK.replace("200ms", "400ms"))
        references = [f"payout-crash-{number}" for number in range(40)]
        for reference in references:
            self.apis.answers[reference] = "successful"
            self.startbutton(gateway, "transfer.pending", reference)
        for _ in range(5):
            time.sleep(0.35)
            gateway.kill()
            gateway.start()
        # What was delivered and not yet saved when the gateway died comes again, under its id.
        for reference in references:
            wait_for(lambda: list(dict.fromkeys(self.types(reference))) == ["payout.pending", "payout.succeeded"], 20, f"the end of {reference}")
        self.assertEqual(len({event["id"] for event in self.subscriber.delivered}), 2 * len(references))


class Redis(Asking):
    engine = "redis"

    test_a_callback_that_never_comes = Embedded.test_a_callback_that_never_comes
    test_a_forged_success_of_a_provider_that_cannot_deny_ends_unresolved = \
        Embedded.test_a_forged_success_of_a_provider_that_cannot_deny_ends_unresolved
    test_a_crash_while_questions_are_due = Embedded.test_a_crash_while_questions_are_due


if __name__ == "__main__":
    unittest.main(verbosity=2)
