"""Target 7: a store that takes less than what is offered. A proxy between the gateway and its Redis makes it slow."""

import math
import os
import pathlib
import resource
import subprocess
import sys
import threading
import time

from measure import figures, servers, targets
from measure.figures import Figure
from measure.load import report_of
from measure.waiting import wait_until


def before_all_others():
    """For subprocess: as far as we may, nothing on this machine keeps the new process waiting."""
    os.sched_setaffinity(0, range(os.cpu_count()))
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    except PermissionError:
        pass


class Speedometer:
    """Notes what has passed to Redis, ten times a second, from now on."""

    def __init__(self, server):
        self.server = server
        self.began = time.monotonic()
        self.samples = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.ended.wait(0.1):
            self.samples.append((time.monotonic() - self.began, self.server.passed()))

    def stop(self):
        self.ended.set()
        self.thread.join()

    def bytes_per_second(self, first, last):
        """Between two times since the beginning, as far as it was watched."""
        within = [sample for sample in self.samples if first <= sample[0] <= last]
        if len(within) < 2:
            return 0.0
        (began, before), (ended, after) = within[0], within[-1]
        return (after - before) / (ended - began)


class SlowRedis(servers.TollgateRedis):
    """Tollgate with a proxy between it and its Redis. The store's speed is a number of callbacks a second."""

    title = "Tollgate, Redis, everysec, slowed"
    receiver = "max_connections = 20000\nmax_connections_per_address = 20000"

    def redis_url(self):
        self.control = self.folder / "limit"
        proxy = pathlib.Path(__file__).with_name("slow_proxy.py")
        near = self.folder / "slow.sock"
        # Not among the server's processes: it stands for a store that is elsewhere.
        self.proxy = subprocess.Popen([sys.executable, str(proxy), str(near), str(self.redis.socket), str(self.control)],
                                      preexec_fn=before_all_others)
        wait_until(near.exists, "the proxy listening")
        return f"unix://{near}"

    def passed(self):
        """Bytes that have gone to Redis."""
        return int(self.control.with_name("limit.bytes").read_text())

    def limit(self, bytes_per_second):
        fresh = self.control.with_name("limit.new")
        fresh.write_text(str(int(bytes_per_second)))
        fresh.rename(self.control)

    def close(self):
        super().close()
        if hasattr(self, "proxy"):
            self.proxy.terminate()
            self.proxy.wait(timeout=10)


def measured(place, chosen):
    """Quiet, then more than the store can take, then quiet again."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    SlowRedis.store = f'spool_max = "{chosen.spool_max}"'
    server, speed = SlowRedis(place.server_core), None
    try:
        place.send(server, chosen.calibration, 64)
        before = server.passed()
        place.send(server, chosen.calibration, 64)
        wait_until(lambda: server.passed() > before, "the proxy's count")
        bytes_each = (server.passed() - before) / chosen.calibration
        server.limit(bytes_each * chosen.store_rate)

        quiet, burst, after = chosen.quiet, chosen.seconds, chosen.after
        speed = Speedometer(server)
        report = report_of(place.load, place.load_core, "provider", "--to", server.url, "--rate", chosen.store_rate // 2,
                           "--burst-rate", chosen.offered, "--burst-every", quiet + burst, "--burst-for", burst,
                           "--duration", quiet + burst + min(after, quiet), "--connections", 12_000, losses_allowed=True)
        # What only the spool has yet has its time, with a store that is fast again.
        server.limit(0)
        acked = 2 * chosen.calibration + report["acked"]
        deadline = time.monotonic() + 60
        while server.kept() < acked and time.monotonic() < deadline:
            time.sleep(0.2)
        kept = server.kept()
    finally:
        if speed:
            speed.stop()
        server.close()
    timeline = report["timeline"]
    calm_us = chosen.calm_ms * 1000
    recovery = figures.recovered_after(timeline, quiet + burst,
                                       lambda each: each["refused"] == 0 and each["lost"] == 0 and each["ack_p99_us"] <= calm_us)
    return {"bytes_each": bytes_each,
            "goodput": figures.mean_per_second(timeline, "acked", quiet + 2, quiet + burst - 1),
            "offered": figures.mean_per_second(timeline, "begun", quiet + 2, quiet + burst - 1),
            "taken": speed.bytes_per_second(quiet + 2, quiet + burst) / bytes_each,
            "refused": report["refused"], "unanswered": report["unanswered"], "unsent": report["unsent"],
            "refusal_p99_ms": targets.ms(report["refusal_latency_us"]["p99"]), "ack_p99_ms": targets.ms(report["ack_latency_us"]["p99"]),
            "recovery_s": recovery,
            "lost": max(acked - kept, 0), "report": report}


def figures_of(rounds, chosen):
    def of(name):
        return [each[name] for each in rounds]
    return [Figure("offered while it is too much", "callbacks/s", of("offered")),
            # Less than its speed: then it was not the store that held things up.
            Figure("taken by the store meanwhile", "callbacks/s", of("taken")),
            Figure("acknowledged meanwhile", "callbacks/s", of("goodput"), 0.9 * chosen.store_rate, at_least=True),
            Figure("p99 of a 503, from the intended send", "ms", of("refusal_p99_ms"), 50),
            Figure("refused", "callbacks", of("refused")),
            Figure("neither acknowledged nor refused", "callbacks", of("unanswered"), 0),
            Figure("due, and no connection was free", "callbacks", of("unsent")),
            Figure(f"until nothing is refused and p99 is below {chosen.calm_ms:g} ms", "s",
                   # None: not before the run's end.
                   [math.inf if each is None else each for each in of("recovery_s")], 5),
            Figure("acknowledged and not in Redis a minute later", "callbacks", of("lost"), 0)]
