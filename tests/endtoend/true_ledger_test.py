"""A thousand payments over four providers whose callbacks stay away, come five times, too early, contradictory or for the wrong sum, and
whose status APIs are late, silent, wrong or refuse: each true end is published exactly once, and as many of each as the providers' own
ledger has. With TOLLGATE_FULL ten thousand.
"""

import unittest

from redis_support import FULL
from rehearsals import Rehearsal
from support import SLOW

COUNT = 10_000 if FULL else 1_000
CALLBACKS = {"never": 0.30, "repeated": 0.10, "out_of_order": 0.10, "contradictory": 0.05, "forged": 0.03, "stolen": 0.02}
ANSWERS = {"late": 0.05, "silent": 0.01, "contradictory": 0.02, "failing": 0.03, "limiting": 0.01, "not_found": 0.05, "token_expired": 0.01,
           "other_payment": 0.02, "garbage": 0.02}


class Embedded(unittest.TestCase):
    engine = "embedded"

    def test_each_true_end_is_published_exactly_once(self):
        rehearsal = Rehearsal(self.engine)
        self.addCleanup(rehearsal.stop)
        shares = [word for kind, share in CALLBACKS.items() for word in ("--callback", f"{kind}={share}")]
        shares += [word for kind, share in ANSWERS.items() for word in ("--answer", f"{kind}={share}")]
        rehearsal.begin("--count", str(COUNT), "--rate", str(100 / SLOW), "--wrong-amount", "0.02", "--not-succeeded", "0.15", *shares)
        report = rehearsal.end(self, COUNT / 100 + 150)
        for kind, share in CALLBACKS.items():
            self.assertEqual(report["payments"][kind], round(share * COUNT), kind)
        for kind in ANSWERS:
            self.assertGreater(report["answers"][kind], 0, kind)
        self.assertEqual(report["wrong_amounts"], round(0.02 * COUNT))
        self.assertEqual(report["forged_refused"], report["payments"]["forged"])
        self.assertEqual(sum(report["ledger"].values()), COUNT)
        for end in ("succeeded", "settled", "failed", "cancelled", "unresolved", "withheld"):
            self.assertGreater(report["ledger"][end], 0, end)
        self.assertGreater(report["corrections"], 0)


class Redis(Embedded):
    engine = "redis"


class TheJudge(unittest.TestCase):
    def test_it_finds_what_is_not_true(self):
        """A gateway that believes whoever has the secret publishes payments that nobody made: the same run must not pass."""
        rehearsal = Rehearsal("embedded", 'confirm = "never"')
        self.addCleanup(rehearsal.stop)
        rehearsal.begin("--count", "40", "--callback", "stolen=0.25", "--callback", "never=0.25", settle=8)
        exit_code, output, report = rehearsal.wait(60)
        self.assertEqual(exit_code, 1, output)
        self.assertFalse(report["clean"])
        self.assertEqual(report["faults"]["false_end"], report["payments"]["stolen"], output)
        self.assertEqual(report["faults"]["wrong_amount"], 0, output)
        self.assertNotEqual(report["ledger"], report["published"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
