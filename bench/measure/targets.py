"""What bench/target measures: each target as a function from its options to rounds, and to the figures that they come to."""

import contextlib
import subprocess
import threading
import time

from measure import servers
from measure.figures import Figure
from measure.load import offer, report_of, send
from measure.machine import free_port
from measure.waiting import wait_until

SUBSCRIBER_SECRETS = {"TOLLGATE_LOAD_SUBSCRIBER_SECRET": servers.SUBSCRIBER_SECRET}


def ms(microseconds):
    return microseconds / 1000


class Place:
    """Where things run: the cores and the programs."""

    def __init__(self, build, cores):
        self.server_core, self.load_core = cores
        self.load = str(build / "bench" / "tollgate-load")
        self.fill = str(build / "bench" / "tollgate-fill")

    def send(self, server, count, connections, *options):
        return send(self.load, self.load_core, server.url, count, connections, *options)

    def offer(self, server, rate, seconds, connections, *options):
        return offer(self.load, self.load_core, server.url, rate, seconds, connections, *options)


def per_callback(server, work, count):
    """Microseconds of all the server's processes for each of `count` callbacks that `work` brings."""
    before = server.spent()
    work()
    return sum(after - before[name] for name, after in server.spent().items()) / count / 1000


# Target 4: how long an ACK takes, and how long the first delivery after it.

def subscribed(kind, port):
    """The server with a subscriber that takes everything."""
    table = f'[[subscriber]]\nname = "all"\nurl = "http://127.0.0.1:{port}/hooks"\nsecrets = ["${{SUBSCRIBER}}"]\n'
    return type(f"Subscribed{kind.__name__}", (kind,), {"extra": table})


def latency_round(place, kind, chosen):
    port = free_port()

    def run(server, *options):
        return report_of(place.load, place.load_core, "run", "--to", server.url, "--listen", f"127.0.0.1:{port}",
                         "--connections", chosen.connections, "--settle", 60, *options, secrets=SUBSCRIBER_SECRETS)

    server = subscribed(kind, port)(place.server_core)
    try:
        # Only what is acknowledged is a peak.
        full = run(server, "--count", chosen.count)
        peak = round(full["acked"] / full["seconds"])
        half = run(server, "--rate", peak // 2, "--duration", chosen.seconds)
    finally:
        server.close()
    return {"peak": peak, "offered": half["offered_rate"], "not_acked": half["sent"] - half["acked"], "ack_p99_ms": ms(half["ack_latency_us"]["p99"]),
            "lag_p99_ms": ms(half["delivery_lag_us"]["p99"]), "missing": half["missing"], "unsent": half["unsent"], "report": half}


def latency_figures(rounds):
    def of(name):
        return [each[name] for each in rounds]
    return [Figure("peak with its subscriber", "callbacks/s", of("peak")), Figure("offered", "callbacks/s", of("offered")),
            Figure("p99, intended send to ACK", "ms", of("ack_p99_ms"), 5),
            Figure("p99, ACK to first delivery", "ms", of("lag_p99_ms"), 10),
            Figure("sent and not acknowledged", "callbacks", of("not_acked"), 0),
            Figure("acknowledged and not delivered", "events", of("missing"), 0),
            Figure("due, and no connection was free", "callbacks", of("unsent"))]


# Target 6: a store with many payments in it.

def filled(place, kind, payments):
    """The server on a store that holds so many payments."""

    class Filled(kind):
        def store_lines(self):
            lines = super().store_lines()
            where = ["--embedded", str(self.folder / "data")]
            if hasattr(self, "redis"):
                where = ["--redis", self.redis_url()]
                # Filling would write gigabytes; the file is made once, when all is there.
                self.redis.ask("CONFIG", "SET", "appendonly", "no")
            before = self.kept_bytes()
            subprocess.run([place.fill, *where, "--payments", str(payments)], check=True)
            if self.payments() < payments:
                raise SystemExit(f"the store holds {self.payments()} payments instead of {payments}")
            self.bytes_each = (self.kept_bytes() - before) / payments
            if hasattr(self, "redis"):
                self.redis.ask("CONFIG", "SET", "appendonly", "yes")
                wait_until(lambda: self.redis.connection.info("aof_rewrite_in_progress") == "0"
                           and self.redis.connection.info("aof_rewrite_scheduled") == "0", "the append-only file", 3600)
            return lines

        def kept_bytes(self):
            if hasattr(self, "redis"):
                return int(self.redis.connection.info("used_memory"))
            folder = self.folder / "data"
            return sum(file.stat().st_size for file in folder.iterdir()) if folder.exists() else 0

        def payments(self):
            # A key or row each for a payment and its other id; beside them a few of the store's own.
            kept = self.redis.ask("DBSIZE") if hasattr(self, "redis") else self.rows_of("payment")
            return kept // 2

    return Filled(place.server_core)


def full_rounds(place, kind, chosen, told):
    rounds = []
    with contextlib.ExitStack() as stack:
        full = filled(place, kind, chosen.payments)
        stack.callback(full.close)
        place.send(full, max(chosen.count // 10, chosen.connections), chosen.connections)
        for number in range(chosen.rounds):
            empty = kind(place.server_core)
            try:
                place.send(empty, max(chosen.count // 10, chosen.connections), chosen.connections)
                costs = {}
                for name, server in (("empty", empty), ("full", full)):
                    if hasattr(server, "redis"):
                        server.redis.make_room()
                    kept = server.kept()
                    costs[name] = per_callback(
                        server, lambda server=server: place.send(server, chosen.count, chosen.connections, "--prepare"), chosen.count)
                    if server.kept() - kept != chosen.count:
                        raise SystemExit(f"{chosen.count} callbacks acknowledged, {server.kept() - kept} kept: no figures")
            finally:
                empty.close()
            rounds.append(costs | {"bytes_each": full.bytes_each})
            told(number, rounds[-1])
    return rounds


def full_figures(rounds, limit):
    return [Figure("empty store", "us per callback", [each["empty"] for each in rounds]),
            Figure("full store", "us per callback", [each["full"] for each in rounds]),
            Figure("full over empty", "ratio", [each["full"] / each["empty"] for each in rounds], limit),
            Figure("kept of a payment whose events are over", "bytes", [each["bytes_each"] for each in rounds])]


# Target 3, second half: a flood of forged callbacks.

def flood_round(place, kind, chosen):
    server = kind(place.server_core)
    try:
        peak = place.send(server, chosen.count, chosen.connections)["offered_rate"]
        genuine, forged = peak * chosen.genuine_share, peak * chosen.forged_share
        calm = place.offer(server, genuine, chosen.seconds, chosen.connections)
        kept = server.kept()
        flood = {}

        def send_forged():
            flood.update(place.offer(server, forged, chosen.seconds + 2, chosen.connections, "--forged-share", 1))

        thread = threading.Thread(target=send_forged)
        thread.start()
        try:
            # The flood is there before the first genuine one and until the last.
            time.sleep(1)
            flooded = place.offer(server, genuine, chosen.seconds, chosen.connections)
        finally:
            thread.join()
        lost = flooded["acked"] - (server.kept() - kept)
    finally:
        server.close()
    if not flood:
        raise SystemExit("the flood failed")
    return {"peak": peak, "genuine": calm["offered_rate"], "forged": flood["offered_rate"],
            "calm_p99_us": calm["ack_latency_us"]["p99"], "flooded_p99_us": flooded["ack_latency_us"]["p99"],
            "forged_accepted": flood["forged_accepted"], "lost": lost, "reports": [calm, flooded, flood]}


def flood_figures(rounds):
    def of(name):
        return [each[name] for each in rounds]
    return [Figure("peak", "callbacks/s", of("peak")), Figure("genuine ones offered", "callbacks/s", of("genuine")),
            Figure("forged ones offered", "callbacks/s", of("forged")),
            Figure("genuine p99 without the flood", "us", of("calm_p99_us")), Figure("genuine p99 in the flood", "us", of("flooded_p99_us")),
            Figure("in the flood over without", "ratio", [each["flooded_p99_us"] / each["calm_p99_us"] for each in rounds], 2),
            Figure("forged ones accepted", "callbacks", of("forged_accepted"), 0),
            Figure("acknowledged and not kept, or kept and forged", "callbacks", [abs(lost) for lost in of("lost")], 0)]
