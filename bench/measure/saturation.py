"""One server in one round: what a callback costs when it has all that it can take, and how long one takes at half of that."""

import time

from measure import check
from measure.load import offer, send


def measured(server_class, server_core, load_core, load, plan):
    """Started, warmed, loaded, then offered half of its peak, and stopped.

    `plan`: count, connections, latency_seconds (0: none), forged, checked (whether it does the job at all).
    """
    count = max(int(plan.count * server_class.share), plan.connections)
    more = ["--forged-share", "1"] if plan.forged and server_class.verifies else []
    server = server_class(server_core)
    try:
        if plan.checked and server.verifies:
            faults = check.faults_of(server)
            if faults:
                raise SystemExit(f"{server.title} does not do the job:\n  " + "\n  ".join(faults))
        kept_before = server.kept() if server.verifies else 0
        # As many for each server: what is slow has no less to warm.
        acked = send(load, load_core, server.url, max(plan.count // 10, plan.connections), plan.connections, *more)["acked"]

        if hasattr(server, "redis"):
            server.redis.make_room()
        before, began = server.spent(), time.monotonic_ns()
        # Signed before: else the load would be the slower one of the two beside nginx.
        report = send(load, load_core, server.url, count, plan.connections, "--prepare", *more)
        spent_ns = {process: after - before[process] for process, after in server.spent().items()}
        acked += report["acked"]
        if report["forged_refused"] != report["forged"] and server.verifies:
            raise SystemExit(f"{server.title}: {report['forged']} forged callbacks, answered {report['answers']}: no figures")
        figures = {
            "us": {process: ns / count / 1000 for process, ns in spent_ns.items()},
            "total_us": sum(spent_ns.values()) / count / 1000,
            "per_second": count / report["seconds"],
            # Of one core, and while the load ran: starting it and signing are not in it.
            "busy": sum(spent_ns.values()) / 1e9 / report["seconds"],
            "wall_seconds": (time.monotonic_ns() - began) / 1e9,
            "report": report,
        }
        if plan.latency_seconds > 0 and not plan.forged:
            half = offer(load, load_core, server.url, figures["per_second"] / 2, plan.latency_seconds, plan.connections)
            acked += half["acked"]
            figures |= {"offered": half["offered_rate"], "latency_us": half["ack_latency_us"], "unsent": half["unsent"]}
        figures["callbacks"] = acked
        # What was acknowledged and is not in the store. Forged ones must leave no trace: then nothing was acknowledged.
        figures["lost"] = acked - (server.kept() - kept_before) if server.verifies else None
    finally:
        server.close()
    if figures["lost"]:
        raise SystemExit(f"{server.title}: {acked} callbacks acknowledged, {acked - figures['lost']} kept: no figures")
    return figures
