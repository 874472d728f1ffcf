"""kill -9 of the gateway, thirty times, while questions are due: every expectation is asked to its end, and each true end comes once."""

import os
import random
import time
import unittest

from rehearsals import Rehearsal
from support import SLOW

KILLS = int(os.environ.get("TOLLGATE_KILLS", "30"))
RATE = 15
SECONDS_A_KILL = 0.9


class Embedded(unittest.TestCase):
    engine = "embedded"

    def test_no_expectation_is_lost(self):
        rehearsal = Rehearsal(self.engine)
        self.addCleanup(rehearsal.stop)
        count = int(KILLS * SECONDS_A_KILL * RATE)
        rehearsal.begin("--count", str(count), "--rate", str(RATE / SLOW), "--callback", "never=0.6", "--callback", "repeated=0.1",
                        "--callback", "contradictory=0.1", "--not-succeeded", "0.2", "--answer", "not_found=0.2", "--answer", "late=0.1")
        rng = random.Random(20261130)
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.4, 1.2) * SLOW)
            rehearsal.gateway.kill()
            rehearsal.gateway.start()
        report = rehearsal.end(self, 180)
        print(f"{KILLS} kills, {count} payments, {report['questions']} questions, {report['repeats']} repeated deliveries")
        self.assertEqual(report["payments"]["never"], round(0.6 * count))
        self.assertEqual(sum(report["ledger"].values()), count)


class Redis(Embedded):
    engine = "redis"


if __name__ == "__main__":
    unittest.main(verbosity=2)
