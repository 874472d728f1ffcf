"""Hostile HTTP from outside: whole, split at every byte, and through nginx and haproxy. Nothing crashes, hangs or answers 5xx, and the
gateway never sees a request that was not sent.

The judges are what the client reads, what a subscriber gets, and how many callbacks the gateway counts.
"""

import asyncio
import re
import socket
import time
import unittest

from probes import catalogue, callback, post
from proxies import BufferingNginx, Haproxy, Nginx
from support import SLOW, Gateway, Subscriber, wait_for

REQUEST_TIMEOUT = 3 * SLOW  # the gateway's, in these tests
BOUND = 20 * SLOW  # no probe may take longer
PARALLEL = 100
# Splits inside these change nothing that a parser looks at: some of them are enough.
PAYLOAD = re.compile(rb'[0-9a-f]{128}|\{"event":[^\r\n]*|([a-zA-Z0 ])\1{60,}')


async def exchange(port, parts, half_close=False):
    """Sends `parts` as packets of their own and reads until the end; what came, and how long it took."""
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    received = bytearray()
    with socket.socket() as peer:
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await loop.sock_connect(peer, ("127.0.0.1", port))
            for number, part in enumerate(parts):
                if number > 0:
                    await asyncio.sleep(0.002)
                await asyncio.wait_for(loop.sock_sendall(peer, part), BOUND)
            if half_close:
                peer.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass  # the verdict came first; it may still be read
        try:
            while piece := await asyncio.wait_for(loop.sock_recv(peer, 65536), BOUND):
                received += piece
        except ConnectionError:
            pass
    return bytes(received), time.monotonic() - began


def statuses_of(received, to_head=False):
    """The status of each answer. Anything that is no complete answer is an error."""
    statuses = []
    while received:
        head, end, rest = received.partition(b"\r\n\r\n")
        match = re.match(rb"HTTP/1\.1 (\d{3}) [A-Za-z0-9 -]*\r\n", head + b"\r\n")
        if not match or not end:
            raise AssertionError(f"no answer: {received[:300]!r}")
        if match[1] == b"100":
            received = rest
            continue
        size = 0 if to_head else int(re.search(rb"\r\ncontent-length: (\d+)", head.lower())[1])
        if len(rest) < size:
            raise AssertionError(f"an answer that breaks off: {received[:300]!r}")
        statuses.append(int(match[1]))
        received = rest[size:]
    return tuple(statuses)


def split_places(probe):
    """Everywhere; but in payload every 40th byte, and in what is huge about 60 places."""
    size = len(probe.data)
    if size > 4096:
        return sorted({1, 2, size - 2, size - 1, *range(16, size, size // 60)})
    payload = set()
    for match in PAYLOAD.finditer(probe.data):
        payload.update(place for place in range(match.start() + 2, match.end() - 1) if place % 40)
    return [place for place in range(1, size) if place not in payload]


async def for_all(jobs, parallel=PARALLEL):
    """Runs the coroutine functions, so many at a time; raises the first failure."""
    waiting = iter(jobs)

    async def work():
        for job in waiting:
            await job()

    await asyncio.gather(*(work() for _ in range(parallel)))


class Probes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.probes = catalogue()
        cls.finished = [probe for probe in cls.probes if not probe.waits]

    def setUp(self):
        self.subscriber = Subscriber()
        self.gateway = Gateway({"orders": (self.subscriber.url, "")})
        text = self.gateway.config.read_text()
        self.gateway.config.write_text(text.replace("drain =", f'request_timeout = "{int(1000 * REQUEST_TIMEOUT)}ms"\ndrain =', 1))
        self.gateway.start()
        self.failures = []

    def tearDown(self):
        self.assertEqual(self.gateway.stop(), 0, "the gateway ends as it should")
        self.subscriber.stop()
        self.assertEqual([line for line in self.gateway.lines if not line.startswith("{")], [], "sanitizers and asserts are silent")
        self.assertEqual(self.subscriber.problems, [])

    def callbacks(self):
        """How many callbacks the gateway has counted, by outcome."""
        series = re.findall(r'^tollgate_callbacks_total\{.*outcome="(\w+)".*\} (\d+)', self.gateway.api("/metrics")[1], re.M)
        return {outcome: int(value) for outcome, value in series}

    def delivered(self):
        with self.subscriber.lock:
            return {event["data"]["reference"] for event in self.subscriber.delivered}

    def check(self, count, references):
        """So many callbacks were seen, and just these became events."""
        seen = self.callbacks()
        self.assertFalse(self.failures, "\n".join(self.failures[:20]))
        self.assertEqual(sum(seen.values()), count, seen)
        self.assertEqual(seen.get("unavailable", 0) + seen.get("shed", 0), 0, "no 503")
        self.assertEqual(self.gateway.metric("tollgate_faults_total"), 0)
        self.all_delivered(references)

    def all_delivered(self, references):
        wait_for(lambda: not references - self.delivered(), 20, "every delivery")
        self.assertEqual(self.delivered() - references, set(), "events of requests that nobody sent")

    async def judge(self, probe, parts, behind, half_close=False):
        """`behind` has been sent behind it: (its bytes, the statuses that they get)."""
        try:
            received, seconds = await exchange(self.gateway.port, parts, half_close)
            wanted = probe.statuses if probe.closes else probe.statuses + behind
            if probe.waits and half_close:
                wanted = ()
            got = statuses_of(received, probe.data.startswith(b"HEAD "))
            if got != wanted:
                self.failures.append(f"{probe.name}: {got} instead of {wanted}; packets of {[len(part) for part in parts]} bytes")
            if probe.waits and not half_close and seconds < REQUEST_TIMEOUT * 0.9:
                self.failures.append(f"{probe.name}: given up on after {seconds:.1f} s")
        except (AssertionError, asyncio.TimeoutError) as error:
            self.failures.append(f"{probe.name}: {error!r}; packets of {[len(part) for part in parts]} bytes")

    def test_whole_with_a_genuine_callback_behind(self):
        jobs, count, references = [], 0, set()
        for probe in self.finished:
            behind = callback(probe.name + ".behind", b"Connection: close\r\n")
            # In one packet and in two: what is behind a refused request is ignored in either case.
            for parts in ([probe.data + behind], [probe.data, behind]):
                jobs.append(lambda probe=probe, parts=parts: self.judge(probe, parts, (200,)))
                count += probe.sees + (0 if probe.closes else 1)
            references.update(probe.accepts)
            if not probe.closes:
                references.add(probe.name + ".behind")
        asyncio.run(for_all(jobs))
        print(f"{len(self.finished)} probes, {len(jobs)} connections, {count} callbacks seen, {len(references)} accepted")
        self.check(count, references)

    def test_split_at_every_byte(self):
        behind = post("behind", b"Connection: close\r\n")
        jobs, count, references = [], 0, set()
        for probe in self.finished:
            for place in split_places(probe):
                parts = [probe.data[:place], probe.data[place:] + behind]
                jobs.append(lambda probe=probe, parts=parts: self.judge(probe, parts, (401,)))
                count += probe.sees + (0 if probe.closes else 1)
            references.update(probe.accepts)
        began = time.monotonic()
        asyncio.run(for_all(jobs))
        print(f"{len(jobs)} splits in {time.monotonic() - began:.1f} s, {count} callbacks seen")
        self.check(count, references)

    def test_unfinished_ones_end_at_the_deadline(self):
        unfinished = [probe for probe in self.probes if probe.waits]
        jobs = [lambda probe=probe: self.judge(probe, [probe.data], ()) for probe in unfinished]
        # A peer that says that nothing more will come is not waited for, and gets no answer to half a request.
        jobs += [lambda probe=probe: self.judge(probe, [probe.data], (), half_close=True) for probe in unfinished]
        asyncio.run(for_all(jobs))
        self.check(0, set())

    def test_a_peer_that_stops_sending_still_gets_its_answers(self):
        probes = [probe for probe in self.finished if not probe.closes]
        asyncio.run(for_all([lambda probe=probe: self.judge(probe, [probe.data], (), half_close=True) for probe in probes]))
        self.check(sum(probe.sees for probe in probes), {reference for probe in probes for reference in probe.accepts})

    def test_through_nginx(self):
        self.through(Nginx)

    def test_through_nginx_that_buffers(self):
        self.through(BufferingNginx)

    def test_through_haproxy(self):
        self.through(Haproxy)

    def through(self, kind):
        if kind.program is None:
            self.skipTest("not installed (deploy/packages test)")
        proxy = kind(self.gateway.port)
        self.addCleanup(lambda: proxy.process.poll() is None and proxy.stop())
        answered, server_errors = set(), []

        async def probe_and_canary(probe):
            try:
                behind = callback(probe.name + ".behind", b"Connection: close\r\n")
                received, _ = await exchange(proxy.port, [probe.data + behind])
                server_errors.extend(re.findall(rb'HTTP/1\.1 5\d\d [^\0]{0,400}"code":"unavailable"', received))
                # Whoever comes next, over an upstream connection that the probe may have used, gets the answer to what he sent.
                canary = probe.name + ".canary"
                received, _ = await exchange(proxy.port, [callback(canary, b"Connection: close\r\n")])
                if statuses_of(received) != (200,) or b'{"status":"ok"}' not in received:
                    self.failures.append(f"behind {probe.name} another client got {received!r}")
                answered.add(canary)
            except (AssertionError, asyncio.TimeoutError) as error:
                self.failures.append(f"{probe.name}: {error!r}")

        asyncio.run(for_all([lambda probe=probe: probe_and_canary(probe) for probe in self.finished], 30))
        seen = self.callbacks()
        proxy.stop()
        forwarded = proxy.forwarded()
        self.assertFalse(self.failures, "\n".join(self.failures[:20]))
        self.assertEqual(server_errors, [])
        self.assertEqual([line for line in forwarded if line[1] >= 500], [], "the gateway gave no 5xx")
        # Every callback that the gateway saw is a request that the proxy meant to send. Those that the gateway answered with 200 or 401
        # are what it counted; a proxy that loses its client before the answer has no status to show.
        answers = [status for _, status in forwarded if status in (200, 401)]
        lost = sum(1 for _, status in forwarded if status == 0)
        self.assertLessEqual(sum(seen.values()), len(answers) + lost)
        self.assertGreaterEqual(sum(seen.values()), len(answers))
        named = set(re.findall(r"probe=([\w.-]+)", "\n".join(target for target, _ in forwarded)))
        wait_for(lambda: not answered - self.delivered(), 20, "every delivery")
        self.assertEqual(self.delivered() - named, set(), "events of requests that the proxy never sent")
        print(f"{kind.__name__}: {len(forwarded)} forwarded, {sum(seen.values())} callbacks seen, {lost} without a status")


if __name__ == "__main__":
    unittest.main()
