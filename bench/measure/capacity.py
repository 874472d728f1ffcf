"""How many cores, Redis servers and nodes a rate takes, from what was measured on one core. Arithmetic, nothing else."""

import math
from typing import NamedTuple


class Costs(NamedTuple):
    """Measured, for one callback (us: microseconds of processor time)."""

    gateway_us: float
    redis_us: float  # 0: the embedded store, whose time is the gateway's
    delivery_us: float = 0.0  # of the gateway, for each subscriber
    delivery_redis_us: float = 0.0
    wire_bytes: float = 1_100.0  # callback with its headers, TCP and its ACK, one way or the other
    log_bytes: float = 2_100.0  # that Redis keeps of an event and its callback until retention
    state_bytes: float = 570.0  # that it keeps of a payment with two callbacks and one other id


class Plan(NamedTuple):
    """What is wanted of the machines."""

    subscribers: int = 1
    utilisation: float = 0.6  # of a core; the rest is for bursts, repeats, and the loss of a node
    peak_to_average: float = 4.0  # cores are for the peak, memory for what a whole day brings
    cores_per_node: int = 16
    node_gbit: float = 10.0
    retention_hours: float = 24.0
    payment_days: float = 400.0
    callbacks_per_payment: float = 2.0
    redis_gb: float = 64.0


class Need(NamedTuple):
    gateway_cores: int
    redis_servers: int
    nodes: int
    gbit: float
    log_gb: float
    state_gb: float
    redis_servers_for_memory: int


def up(value):
    """Rounded up, but not because of a last binary digit."""
    return max(math.ceil(value - 1e-9), 0)


def busy(rate, us):
    """Cores' worth of processor time."""
    return rate * us / 1e6


def need(rate, costs, plan):
    """For `rate` callbacks a second at the peak."""
    gateway = busy(rate, costs.gateway_us + plan.subscribers * costs.delivery_us) / plan.utilisation
    # One Redis executes on one core, whatever the machine has.
    redis = busy(rate, costs.redis_us + plan.subscribers * costs.delivery_redis_us) / plan.utilisation
    gbit = rate * costs.wire_bytes * 8 * (1 + plan.subscribers) / 1e9
    average = rate / plan.peak_to_average
    log_gb = average * plan.retention_hours * 3_600 * costs.log_bytes / 1e9
    state_gb = average / plan.callbacks_per_payment * plan.payment_days * 86_400 * costs.state_bytes / 1e9
    cores = max(up(gateway), 1)
    nodes = max(up(cores / plan.cores_per_node), up(gbit / (plan.node_gbit * plan.utilisation)), 1)
    in_redis = costs.redis_us > 0
    return Need(cores, max(up(redis), 1) if in_redis else 0, nodes, gbit, log_gb, state_gb,
                up((log_gb + state_gb) / plan.redis_gb) if in_redis else 0)


def limits(costs, plan):
    """Peak rates at which one of each resource is full, the lowest first: what breaks first, and what then."""
    found = {
        "one core of the gateway": 1e6 / (costs.gateway_us + plan.subscribers * costs.delivery_us),
        f"a node's {plan.cores_per_node} cores": plan.cores_per_node * 1e6 / (costs.gateway_us + plan.subscribers * costs.delivery_us),
        f"a node's {plan.node_gbit:g} Gbit/s": plan.node_gbit * 1e9 / (8 * costs.wire_bytes * (1 + plan.subscribers)),
    }
    bytes_a_second = plan.retention_hours * 3_600 * costs.log_bytes + \
        plan.payment_days * 86_400 * costs.state_bytes / plan.callbacks_per_payment
    if costs.redis_us > 0:
        found["one Redis: its core"] = 1e6 / (costs.redis_us + plan.subscribers * costs.delivery_redis_us)
        found[f"one Redis: {plan.redis_gb:g} GB"] = plan.peak_to_average * plan.redis_gb * 1e9 / bytes_a_second
    return dict(sorted(found.items(), key=lambda each: each[1]))


HEADINGS = ["callbacks a second, peak", "gateway cores", "nodes", "Redis, for its core", "Redis, for memory", "Gbit/s", "log", "states"]


def gigabytes(value):
    return f"{value / 1000:,.1f} TB" if value >= 1000 else f"{value:,.1f} GB"


def cells(rate, one):
    return [f"{rate:,}", f"{one.gateway_cores:,}", f"{one.nodes:,}", f"{one.redis_servers:,}", f"{one.redis_servers_for_memory:,}",
            f"{one.gbit:.2f}", gigabytes(one.log_gb), gigabytes(one.state_gb)]


def costs_of(comparison, server, deliveries=None):
    """From the JSON of bench/compare, and of bench/compare --deliveries. KeyError: it holds no such server."""
    by_process = comparison["table"][server]["by_process"]
    redis_us = by_process.get("redis-server", 0.0)
    costs = {"gateway_us": comparison["table"][server]["us"]["median"] - redis_us, "redis_us": redis_us}
    if deliveries is not None:
        table = deliveries["table"]
        costs["delivery_us"] = table["a delivery: gateway"]["median"]
        costs["delivery_redis_us"] = table["a delivery: gateway and redis-server"]["median"] - costs["delivery_us"]
    return costs
