#!/usr/bin/env python3
"""Cores, servers and nodes from costs: arithmetic that can be done on paper."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from measure.capacity import HEADINGS, Costs, Plan, cells, costs_of, limits, need  # noqa: E402

COSTS = Costs(gateway_us=10, redis_us=5, delivery_us=10, delivery_redis_us=1, wire_bytes=1_000, log_bytes=1_000, state_bytes=500)
PLAN = Plan(subscribers=2, utilisation=0.5, peak_to_average=4, cores_per_node=8, node_gbit=10, retention_hours=1, payment_days=1,
            callbacks_per_payment=2, redis_gb=10)


class NeedTest(unittest.TestCase):
    def test_of_cores(self):
        # 30 us a callback with its two deliveries: 3 cores busy at 100,000 a second, 6 at half use.
        one = need(100_000, COSTS, PLAN)
        self.assertEqual((one.gateway_cores, one.nodes), (6, 1))
        # 7 us in Redis: 0.7 busy, at half use 1.4.
        self.assertEqual(one.redis_servers, 2)

    def test_of_nodes_by_cores(self):
        self.assertEqual(need(200_000, COSTS, PLAN).gateway_cores, 12)
        self.assertEqual(need(200_000, COSTS, PLAN).nodes, 2)

    def test_of_nodes_by_their_network(self):
        # 24 Gbit/s in and out, of 5 usable ones each; with so many cores a node, one would do.
        wide = PLAN._replace(cores_per_node=1_000)
        self.assertAlmostEqual(need(1_000_000, COSTS, wide).gbit, 24.0)
        self.assertEqual(need(1_000_000, COSTS, wide).nodes, 5)

    def test_of_memory_is_by_the_average(self):
        one = need(8_000, COSTS, PLAN)
        self.assertAlmostEqual(one.log_gb, 2_000 * 3_600 * 1_000 / 1e9)
        self.assertAlmostEqual(one.state_gb, 1_000 * 86_400 * 500 / 1e9)
        self.assertEqual(one.redis_servers_for_memory, 6)  # 50.4 GB

    def test_something_is_always_needed(self):
        self.assertEqual(need(1, COSTS, PLAN)[:3], (1, 1, 1))

    def test_the_embedded_store_needs_no_redis(self):
        one = need(100_000, COSTS._replace(redis_us=0), PLAN)
        self.assertEqual((one.redis_servers, one.redis_servers_for_memory), (0, 0))

    def test_a_row_has_a_cell_for_every_heading(self):
        self.assertEqual(len(cells(1_000, need(1_000, COSTS, PLAN))), len(HEADINGS))


class LimitsTest(unittest.TestCase):
    def test_begin_with_what_breaks_first(self):
        found = limits(COSTS, PLAN)
        self.assertEqual(list(found.values()), sorted(found.values()))
        self.assertAlmostEqual(found["one core of the gateway"], 1e6 / 30)
        self.assertAlmostEqual(found["one Redis: its core"], 1e6 / 7)
        self.assertAlmostEqual(found["a node's 10 Gbit/s"], 10e9 / 24_000)
        # 3.6 MB of log and 21.6 MB of states for each callback a second, all day; the peak is four times as high.
        self.assertAlmostEqual(found["one Redis: 10 GB"], 4 * 10e9 / (3_600 * 1_000 + 86_400 * 500 / 2))

    def test_leave_out_a_redis_that_is_not_there(self):
        self.assertFalse([name for name in limits(COSTS._replace(redis_us=0), PLAN) if "Redis" in name])


class CostsTest(unittest.TestCase):
    COMPARISON = {"table": {"everysec": {"us": {"median": 26.0}, "by_process": {"tollgate": 17.0, "redis-server": 9.0}},
                            "embedded": {"us": {"median": 30.0}, "by_process": {"tollgate": 30.0}}}}

    def test_are_read_from_a_comparison(self):
        self.assertEqual(costs_of(self.COMPARISON, "everysec"), {"gateway_us": 17.0, "redis_us": 9.0})
        self.assertEqual(costs_of(self.COMPARISON, "embedded"), {"gateway_us": 30.0, "redis_us": 0.0})

    def test_and_of_deliveries(self):
        deliveries = {"table": {"a delivery: gateway": {"median": 14.0}, "a delivery: gateway and redis-server": {"median": 15.5}}}
        costs = costs_of(self.COMPARISON, "everysec", deliveries)
        self.assertEqual((costs["delivery_us"], costs["delivery_redis_us"]), (14.0, 1.5))


if __name__ == "__main__":
    unittest.main()
