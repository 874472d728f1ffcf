"""The machine's clock is set while payments are awaited: nothing is asked, decided or given up before its time, and asking goes on.

The gateway runs under libfaketime, which shifts its wall clock and leaves the steady one alone.
"""

import glob
import time
import unittest

from redis_support import sleep
from requery_test import Asking
from support import wait_for

LIBRARIES = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
HOURS = 30


@unittest.skipUnless(LIBRARIES, "libfaketime is not installed (deploy/packages test)")
class Clock(Asking):
    def begin(self, requery):
        def preload(gateway):
            self.shift = gateway.folder / "clock"
            self.shift.write_text("+0")
            gateway.environment.update(LD_PRELOAD=LIBRARIES[0], FAKETIME_TIMESTAMP_FILE=str(self.shift), FAKETIME_NO_CACHE="1",
                                       FAKETIME_DONT_FAKE_MONOTONIC="1",
                                       ASAN_OPTIONS="verify_asan_link_order=0")

        self.running = self.gateway(requery, prepare=preload)

    def set_clock(self, by_hours):
        self.shift.write_text(f"{by_hours:+}h")
        wait_for(lambda: self.running.log_events("wall_clock_set"), 10, "a word about the clock")

    def pending(self, count, answer):
        self.references = [f"payout-{number}" for number in range(count)]
        for reference in self.references:
            self.apis.answers[reference] = answer
            self.startbutton(self.running, "transfer.pending", reference)

    def asked(self):
        return sum(self.apis.count(reference) for reference in self.references)

    def test_forward(self):
        self.begin('first_after = "8s"\nbackoff = ["1s"]\ngive_up_after = "1h"\nconflict_recheck = "10m"')
        began = time.monotonic()
        self.pending(20, "pending")
        self.set_clock(HOURS)
        step, = self.running.log_events("wall_clock_set")
        self.assertAlmostEqual(step["by_ms"], HOURS * 3_600_000, delta=5_000)
        while time.monotonic() - began < 6:
            self.assertEqual(self.asked(), 0, "nothing fires because the clock was set")
            time.sleep(0.2)
        wait_for(lambda: all(self.apis.count(reference) >= 5 for reference in self.references), 30, "five answers about each")
        for reference in self.references:
            self.assertEqual(self.types(reference), ["payout.pending"], "nobody gives up within seconds")

    def test_back(self):
        self.begin('first_after = "4s"\nbackoff = ["1s"]\ngive_up_after = "1h"\nconfirm_timeout = "1s"\nconflict_recheck = "1s"')
        self.pending(20, lambda asked: "pending" if asked < 3 else "successful")
        sleep(0.5)
        self.set_clock(-HOURS)
        for reference in self.references:
            self.until(reference, ["payout.pending", "payout.succeeded"])
            self.assertEqual(self.apis.count(reference), 3)

    def test_thirty_hours_of_downtime(self):
        """Longer than give_up_after, and longer than what is held waits: only the provider's answers count."""
        self.begin('first_after = "500ms"\nbackoff = ["500ms"]\ngive_up_after = "24h"\nconfirm_timeout = "24h"\nconflict_recheck = "10m"')
        self.pending(20, "pending")
        self.moolre(self.running, "held")
        # Two answers about each already, so that one more would do if time passed alone counted.
        wait_for(lambda: all(self.apis.count(reference) >= 2 for reference in self.references), 20, "two answers about each")
        wait_for(lambda: len(self.subscriber.distinct()) == 21, 10, "what is pending, as callbacks and answers say")
        self.running.kill()
        asked = self.asked()
        self.shift.write_text(f"+{HOURS}h")
        self.apis.trouble = 500
        self.running.start()
        wait_for(lambda: self.asked() >= asked + 5, 30, "questions that bring no answer")
        self.apis.trouble = None
        before = {reference: self.apis.count(reference) for reference in [*self.references, "held"]}
        # About what is held less and less often is asked.
        wait_for(lambda: all(self.apis.count(each) >= count + 3 for each, count in before.items()), 90, "three answers about each")
        for reference in self.references:
            self.assertEqual(self.types(reference), ["payout.pending"], "nobody asked for thirty hours, so nobody gives up")
            self.apis.answers[reference] = "successful"
        self.assertEqual(self.types("held"), ["payment.pending"], "patience with what is held begins anew as well")
        self.apis.answers["held"] = "success"
        for reference in self.references:
            self.until(reference, ["payout.pending", "payout.succeeded"])
        wait_for(lambda: self.types("held") == ["payment.pending", "payment.succeeded"], 60, "what was held")


if __name__ == "__main__":
    unittest.main(verbosity=2)
