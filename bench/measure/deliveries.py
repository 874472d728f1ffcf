"""What a delivery costs: the gateway with one and with ten subscribers beside a lean client that only sends."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import urllib.request

from measure.figures import Spread, ratio
from measure.load import send
from measure.machine import free_port, pinned
from measure.servers import SUBSCRIBER_KEY, SUBSCRIBER_SECRET, TollgateRedis
from measure.waiting import wait_until



class Subscriber:
    """`tollgate-load subscriber`, which checks each signature, on the core of the load."""

    def __init__(self, load, core):
        self.port = free_port()
        self.process = subprocess.Popen([load, "subscriber", "--listen", f"127.0.0.1:{self.port}"],
                                        env=dict(os.environ, TOLLGATE_LOAD_SUBSCRIBER_SECRET=SUBSCRIBER_SECRET),
                                        preexec_fn=pinned(core), stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def close(self):
        self.process.terminate()
        self.process.communicate(timeout=20)


def delivery(port):
    """A request as the gateway sends it, signed, with an event of its usual size."""
    event = {"id": "evt_0123456789abcdef0123456789abcdef", "type": "payment.succeeded", "timestamp": "2026-01-01T00:00:00.000Z",
             "data": {"source": "bench", "provider": "startbutton", "reference": "bench-1", "sequence": 1,
                      "status": "succeeded", "amount": {"value": "3000.00", "minor": 300000, "currency": "KES"},
                      "details": {"narration": "x" * 560}}}
    body = json.dumps(event, separators=(",", ":"))
    stamp = int(time.time())
    mac = hmac.new(SUBSCRIBER_KEY, f"{event['id']}.{stamp}.{body}".encode(), hashlib.sha256).digest()
    return (f"POST /hooks HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nwebhook-id: {event['id']}\r\n"
            f"webhook-timestamp: {stamp}\r\nwebhook-signature: v1,{base64.b64encode(mac).decode()}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def lean_client(build, load, cores, count, connections):
    """Microseconds of one request and its answer, of the sender alone."""
    server_core, load_core = cores
    subscriber = Subscriber(load, load_core)
    try:
        request = build / "lean_client.request"
        request.write_bytes(delivery(subscriber.port))
        command = [build / "bench" / "lean_client", str(subscriber.port), request, str(count), str(connections)]
        process = subprocess.Popen(command, preexec_fn=pinned(server_core))
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            raise SystemExit("lean_client failed")
        return (usage.ru_utime + usage.ru_stime) * 1e6 / count
    finally:
        subscriber.close()


def gateway_with(subscribers, port):
    """A gateway on Redis (everysec) whose subscribers all listen, or refuse, on `port`."""
    tables = [f'\n[[subscriber]]\nname = "s{number}"\nurl = "http://127.0.0.1:{port}/hooks"\nsecrets = ["${{SUBSCRIBER}}"]\n'
              for number in range(subscribers)]
    return type("Subscribed", (TollgateRedis,), {"extra": "".join(tables)})


def delivered(server):
    text = urllib.request.urlopen(f"http://127.0.0.1:{server.api_port}/metrics").read().decode()
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines()
               if line.startswith("tollgate_deliveries_total{") and 'outcome="delivered"' in line)


def spent_by(load, cores, subscribers, count, is_up):
    """Microseconds per callback of gateway and Redis, until every subscriber has it; or while all of them refuse connections."""
    server_core, load_core = cores
    subscriber = Subscriber(load, load_core) if is_up else None
    server = gateway_with(subscribers, subscriber.port if is_up else free_port())(server_core)
    try:
        warm = max(count // 20, 1_000)

        def pass_on(callbacks, all_of_them):
            if send(load, load_core, server.url, callbacks, 64)["acked"] != callbacks:
                raise SystemExit("a callback was not acknowledged: no figures")
            if is_up:
                wait_until(lambda: delivered(server) >= all_of_them * subscribers, "all deliveries", 300)

        pass_on(warm, warm)
        before = server.spent()
        pass_on(count, warm + count)
        if server.kept() != warm + count:
            raise SystemExit(f"{warm + count} callbacks acknowledged, {server.kept()} kept: no figures")
        return {name: (after - before[name]) / count / 1000 for name, after in server.spent().items()}
    finally:
        server.close()
        if subscriber:
            subscriber.close()


def measured(build, cores, count):
    """One round. `ingest`: all subscribers are down. `delivery`: what the other nine of ten subscribers add, each."""
    load = str(build / "bench" / "tollgate-load")
    ingest = {n: spent_by(load, cores, n, count, False) for n in (1, 10)}
    passed_on = {n: spent_by(load, cores, n, count // 4, True) for n in (1, 10)}
    return {"lean_client": lean_client(build, load, cores, count, 8), "ingest": ingest, "passed_on": passed_on,
            "delivery": {name: (passed_on[10][name] - passed_on[1][name]) / 9 for name in passed_on[1]}}


def summary(rounds):
    """What is printed of all rounds: by what it is, a spread."""
    lean = [each["lean_client"] for each in rounds]
    gateway = [each["delivery"]["tollgate"] for each in rounds]
    both = [sum(each["delivery"].values()) for each in rounds]
    ingest = {n: [sum(each["ingest"][n].values()) for each in rounds] for n in (1, 10)}
    return {
        "a request of the lean client": Spread.of(lean),
        "a delivery: gateway": Spread.of(gateway),
        "a delivery: gateway and redis-server": Spread.of(both),
        "a delivery, gateway: ratio to the lean client": ratio(gateway, lean),
        "a delivery, gateway and redis-server: ratio to the lean client": ratio(both, lean),
        "ingest, all are down: one subscriber": Spread.of(ingest[1]),
        "ingest, all are down: ten subscribers": Spread.of(ingest[10]),
        "ingest: ratio of ten to one": ratio(ingest[10], ingest[1]),
    }
