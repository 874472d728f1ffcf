"""What the tests from outside share: the real gateway as a process, a scripted subscriber, and signatures made without our code."""

import atexit
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

TOLLGATE = os.environ["TOLLGATE"]
TOLLGATE_LOAD = os.environ.get("TOLLGATE_LOAD", "")
# Sanitizer builds are slower; what waits for the gateway waits this many times longer.
SLOW = float(os.environ.get("TOLLGATE_SLOW", "1"))

SOURCE_SECRET = "sk_test_0123456789abcdef0123456789abcdef"
UNIPESA_MERCHANT = "e0fecd91fcb24f348048193b3fb34875"
SUBSCRIBER_KEY = b"subscriber-key-of-32-bytes-or-so"
SUBSCRIBER_SECRET = "whsec_" + base64.b64encode(SUBSCRIBER_KEY).decode()


def wait_for(condition, seconds=10.0, what="the condition"):
    """Polls until `condition` gives something true, and returns that."""
    deadline = time.monotonic() + seconds * SLOW
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come true within {seconds * SLOW:.0f} s")


ports_given = set()


def free_port():
    """Never the same twice: the system may give one again as soon as it is free."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in ports_given:
            ports_given.add(port)
            return port


def sign(body, secret=SOURCE_SECRET):
    return hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()


def unipesa_pieces(members, prefix=""):
    """What a Unipesa-type platform signs of an object read by read_ordered(): (dotted name, value as text) in order."""
    pieces = []
    for name, value in members:
        if isinstance(value, list):
            pieces += unipesa_pieces(value, f"{prefix}{name}.")
        elif isinstance(value, float):  # as PHP writes it where it needs no exponent
            pieces.append((prefix + name, f"{value:.14G}"))
        elif name != "signature":
            pieces.append((prefix + name, str(value)))
    return pieces


def read_ordered(body):
    """JSON with objects as lists of (name, value), so that their order is kept."""
    return json.loads(body, object_pairs_hook=list)


def unipesa_sign(body, secret=SOURCE_SECRET):
    """The signature that belongs into `body`, whether it has one already or not."""
    text = "".join(name + value for name, value in unipesa_pieces(read_ordered(body)))
    return sign(text.encode(), secret)


def read_signed(printed):
    """Headers and body of what `tollgate sign` printed."""
    head, _, body = printed.partition(b"\n\n")
    return dict(line.split(": ", 1) for line in head.decode().splitlines()), body


class Subscriber:
    """An HTTP endpoint that checks every signature by its own means and keeps a ledger of what it was given.

    `answer(event)` may return another status than 200; it is called under a lock, in the order of arrival.
    """

    def __init__(self, answer=lambda event: 200, port=0):
        subscriber = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = subscriber.take(self.headers, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128
            open_connections = set()

            def process_request(self, request, client_address):
                self.open_connections.add(request)
                super().process_request(request, client_address)

            def shutdown_request(self, request):
                self.open_connections.discard(request)
                super().shutdown_request(request)

            def handle_error(self, request, client_address):
                if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
                    super().handle_error(request, client_address)

        self.answer = answer
        self.lock = threading.Lock()
        self.attempts = []  # every request: (id, event, status, headers)
        self.delivered = []  # events answered with 2xx, in order
        self.problems = []
        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def take(self, headers, body):
        message_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        signed = f"{message_id}.{stamp}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.new(SUBSCRIBER_KEY, signed, hashlib.sha256).digest()).decode()
        with self.lock:
            if expected not in headers["webhook-signature"].split(" "):
                self.problems.append(f"bad signature on {message_id}")
                return 401
            event = json.loads(body)
            if event["id"] != message_id:
                self.problems.append(f"webhook-id {message_id} carries {event['id']}")
            status = self.answer(event)
            self.keep(message_id, event, status, headers)
            return status

    def keep(self, message_id, event, status, headers):
        """Called under the lock."""
        self.attempts.append((message_id, event, status, dict(headers)))
        if 200 <= status < 300:
            self.delivered.append(event)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hooks"

    def of(self, reference):
        with self.lock:
            return [event for event in self.delivered if event["data"]["reference"] == reference]

    def distinct(self):
        with self.lock:
            return {event["id"]: event for event in self.delivered}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.server.open_connections):  # kept-alive ones would go on being served
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def source(provider, settings="", secret="STARTBUTTON_SECRET"):
    """Configuration of a source that is called as its provider is; `secret`: the variable that holds it."""
    return f"""
[[source]]
name = "{provider}"
provider = "{provider}"
secrets = ["${{{secret}}}"]
{settings}
"""


class Gateway:
    """`tollgate serve` on free ports with a configuration of its own, in a folder of its own."""

    def __init__(self, subscribers, extra="", sources=None, settings=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-test-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.config = self.folder / "tollgate.toml"
        self.data = self.folder / "data"
        self.port, self.api_port = free_port(), free_port()
        self.environment = dict(os.environ, STARTBUTTON_SECRET=SOURCE_SECRET, ORDERS_SECRET=SUBSCRIBER_SECRET)
        self.lines = []
        self.process = None
        self.write_config(subscribers, extra, settings)

    def write_config(self, subscribers, extra="", settings=""):
        text = f"""
[receiver]
listen = "127.0.0.1:{self.port}"
drain = "300ms"
[api]
listen = "127.0.0.1:{self.api_port}"
[store]
path = "{self.data}"
[[source]]
name = "kenya"
provider = "startbutton"
secrets = ["${{STARTBUTTON_SECRET}}"]
{settings}
{extra}
"""
        for name, (url, more) in subscribers.items():
            text += f"""
[[subscriber]]
name = "{name}"
url = "{url}"
secrets = ["${{ORDERS_SECRET}}"]
from = "beginning"
{more}
"""
        self.config.write_text(text)

    def command(self, *arguments, config=None, **options):
        return subprocess.run([TOLLGATE, *arguments, "--config", str(config or self.config)], env=self.environment,
                              capture_output=True, timeout=60 * SLOW, **options)

    def start(self):
        self.process = subprocess.Popen([TOLLGATE, "serve", "--config", str(self.config)], env=self.environment,
                                        stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self.read_log, args=(self.process,), daemon=True).start()
        wait_for(self.is_ready, 20, "readiness")
        return self

    def read_log(self, process):
        with process.stderr:
            for line in process.stderr:
                self.lines.append(line)

    def log_events(self, name):
        return [entry for entry in map(json.loads, list(self.lines)) if entry["event"] == name]

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError("the gateway ended: " + "".join(self.lines))
        try:
            return self.api("/readyz")[0] == 200
        except OSError:
            return False

    def api(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=5 * SLOW)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def metric(self, name, **labels):
        """The value of one series, 0 when it does not exist."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        for line in self.api("/metrics")[1].splitlines():
            series, _, value = line.rpartition(" ")
            if series.split("{")[0] == name and all(label in series for label in wanted):
                return float(value)
        return 0.0

    def rows(self):
        """How many rows every table has that a callback can leave something in."""
        with sqlite3.connect(f"file:{self.data}/tollgate.db?mode=ro", uri=True) as database:
            # Other ids of a payment have a blank in their name.
            tables = {"payment": "payment WHERE instr(reference, ' ') = 0", "callback": "callback", "log": "log"}
            return {table: database.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]
                    for table, rows in tables.items()}

    def post(self, body, signature=None, path="/in/kenya", headers=None):
        """One callback; the status and the body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10 * SLOW)
        try:
            all_headers = {"content-type": "application/json"}
            if signature is not None:
                all_headers["x-startbutton-signature"] = signature
            all_headers.update(headers or {})
            connection.request("POST", path, body, all_headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20 * SLOW)


def collection(event, reference, amount=300000, currency="KES", status=None, merchant=None, **extra):
    """A Startbutton collection callback, as bytes."""
    transaction = {
        "_id": "65a1", "transType": "collection", "status": status or event.split(".")[1], "merchantId": "m-1",
        "transactionReference": reference, "userTransactionReference": merchant or "order-" + reference,
        "customerEmail": "kass1@example.com", "amount": amount, "currency": currency,
    }
    data = {"transaction": transaction, "authorizationCode": None}
    data.update(extra)
    return json.dumps({"event": event, "data": data}).encode()


def transfer(event, reference, amount=150000):
    transaction = {"transType": "transfer", "status": event.split(".")[1], "transactionReference": reference,
                   "amount": amount, "currency": "KES"}
    return json.dumps({"event": event, "data": {"transaction": transaction}}).encode()
