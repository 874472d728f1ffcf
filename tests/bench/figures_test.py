#!/usr/bin/env python3
"""What rounds come to: medians, ratios of one round, losses, and the table that is printed."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from measure.figures import (FIGURE_HEADINGS, HEADINGS, Figure, Spread, cells, markdown, mean_per_second, ratio,  # noqa: E402
                             recovered_after, summary)


def measurement(us, per_second, busy=1.0, lost=0, latency=None):
    figures = {"us": us, "total_us": sum(us.values()), "per_second": per_second, "busy": busy, "lost": lost, "callbacks": 1_000}
    if latency:
        figures |= {"offered": per_second / 2, "latency_us": {"p50": latency, "p99": latency * 10, "p999": latency * 20, "max": 1},
                    "unsent": 3}
    return figures


ROUNDS = [
    {"nginx": measurement({"nginx": 10.0}, 90_000, busy=0.5, lost=None),
     "always": measurement({"redis-server": 10.0, "tollgate": 20.0}, 30_000, latency=100)},
    {"nginx": measurement({"nginx": 20.0}, 80_000, busy=0.6, lost=None),
     "always": measurement({"redis-server": 20.0, "tollgate": 30.0}, 20_000, latency=300)},
    {"nginx": measurement({"nginx": 8.0}, 95_000, busy=0.7, lost=None),
     "always": measurement({"redis-server": 11.0, "tollgate": 21.0}, 29_000, latency=200)},
]


class SpreadTest(unittest.TestCase):
    def test_is_the_median_with_the_ends(self):
        self.assertEqual(Spread.of([3, 1, 2]), Spread(2, 1, 3))
        self.assertEqual(Spread.of([1, 2, 3, 10]).median, 2.5)

    def test_of_nothing_is_an_error(self):
        with self.assertRaises(Exception):
            Spread.of([])

    def test_reads_as_people_write_it(self):
        self.assertEqual(Spread(2.345, 1, 3).text(1), "2.3 (1.0 to 3.0)")


class RatioTest(unittest.TestCase):
    def test_is_taken_within_each_round(self):
        # The medians' ratio would be 30/10; the rounds' are 3, 2.5 and 4.
        self.assertEqual(ratio([30, 50, 32], [10, 20, 8]), Spread(3.0, 2.5, 4.0))

    def test_refuses_rounds_without_a_partner(self):
        with self.assertRaises(ValueError):
            ratio([1, 2], [1])


class SummaryTest(unittest.TestCase):
    def test_of_one_server(self):
        row = summary(ROUNDS, "always", "nginx")
        self.assertEqual(row["us"], {"median": 32.0, "least": 30.0, "most": 50.0})
        self.assertEqual(row["by_process"], {"redis-server": 11.0, "tollgate": 21.0})
        self.assertEqual(row["ratio"], {"median": 3.0, "least": 2.5, "most": 4.0})
        self.assertEqual(row["per_second"], 29_000)
        self.assertEqual(row["latency_us"]["p99"], {"median": 2_000, "least": 1_000, "most": 3_000})
        self.assertEqual((row["lost"], row["callbacks"], row["unsent"]), (0, 3_000, 9))
        self.assertEqual((row["busy"], row["waited"]), (1.0, False))
        self.assertEqual(row["ratio_by_process"]["tollgate"], {"median": 2.0, "least": 1.5, "most": 2.625})

    def test_says_when_the_server_waited(self):
        row = summary(ROUNDS, "nginx")
        self.assertEqual((row["busy"], row["waited"]), (0.6, True))

    def test_adds_up_what_was_lost(self):
        rounds = [{"x": measurement({"x": 1.0}, 1, lost=2)}, {"x": measurement({"x": 1.0}, 1, lost=0)}]
        self.assertEqual(summary(rounds, "x")["lost"], 2)


class TableTest(unittest.TestCase):
    def test_has_a_cell_for_every_heading(self):
        for name in ("nginx", "always"):
            self.assertEqual(len(cells("a title", "a durability", summary(ROUNDS, name, "nginx"))), len(HEADINGS))

    def test_says_what_was_checked(self):
        kept = cells("t", "d", summary(ROUNDS, "always", "nginx"))
        self.assertEqual(kept[-1], "0 of 3,000")
        self.assertEqual(kept[2], "32.0 (30.0 to 50.0)")
        self.assertEqual(kept[3], "redis-server 11.0 + tollgate 21.0")
        self.assertEqual(kept[5], "redis-server 1.00 (1.00 to 1.38), tollgate 2.00 (1.50 to 2.62)")
        self.assertEqual(kept[6:8], ["29,000", "100 %"])
        self.assertEqual(kept[-2], "9")
        floor = cells("t", "d", summary(ROUNDS, "nginx"))
        self.assertEqual((floor[-1], floor[4], floor[5], floor[6:8], floor[8]), ("not kept", "", "", ["90,000", "60 %"], ""))

    def test_is_markdown_in_columns(self):
        self.assertEqual(markdown(["a", "long"], [["wide", "b"]]), "| a    | long |\n|------|------|\n| wide | b    |")

    def test_refuses_a_row_with_a_cell_too_few(self):
        with self.assertRaises(Exception):
            markdown(["a", "b"], [["only one"]])


class FigureTest(unittest.TestCase):
    def test_holds_by_its_median(self):
        self.assertTrue(Figure("x", "ms", [1, 5, 9], 5).holds())
        self.assertFalse(Figure("x", "ms", [1, 6, 9], 5).holds())
        self.assertTrue(Figure("x", "/s", [1, 6, 9], 5, at_least=True).holds())
        self.assertFalse(Figure("x", "/s", [1, 4, 9], 5, at_least=True).holds())
        self.assertIsNone(Figure("x", "/s", [1]).holds())

    def test_nothing_lost_is_a_target_too(self):
        self.assertTrue(Figure("lost", "events", [0, 0, 0], 0).holds())
        self.assertFalse(Figure("lost", "events", [1, 1, 0], 0).holds())

    def test_says_what_was_asked_for(self):
        self.assertEqual(Figure("p99", "ms", [4, 6, 5], 5).cells(), ["p99", "5.00 (4.00 to 6.00)", "ms", "<= 5", "holds"])
        self.assertEqual(Figure("goodput", "/s", [4], 5, at_least=True).cells()[3:], [">= 5", "MISSED"])
        self.assertEqual(len(Figure("x", "ms", [1]).cells()), len(FIGURE_HEADINGS))


def second(number, acked=100, refused=0):
    return {"second": number, "acked": acked, "refused": refused}


class TimelineTest(unittest.TestCase):
    GOOD = staticmethod(lambda each: each["refused"] == 0)

    def test_recovers_when_nothing_bad_follows(self):
        timeline = [second(9, refused=5), second(10, refused=3), second(11), second(12, refused=1), second(13), second(14)]
        self.assertEqual(recovered_after(timeline, 10, self.GOOD), 3, "a relapse counts")
        self.assertEqual(recovered_after(timeline, 13, self.GOOD), 0)

    def test_has_not_recovered_when_the_end_is_bad_or_unknown(self):
        self.assertIsNone(recovered_after([second(10), second(11, refused=1)], 10, self.GOOD))
        self.assertIsNone(recovered_after([second(9)], 10, self.GOOD))

    def test_a_second_without_anything_counts_in_a_mean(self):
        self.assertEqual(mean_per_second([second(1), second(2), second(4), second(9)], "acked", 1, 4), 75)


if __name__ == "__main__":
    unittest.main()
