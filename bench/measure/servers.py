"""What is compared: each serves POST on a port of 127.0.0.1, pinned to one core with all that it needs."""

import base64
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile

from measure.machine import free_port, pinned, processor_ns
from measure.redis import Redis
from measure.waiting import wait_until

SECRET = "sk_bench_0123456789abcdef0123456789abcdef"
SUBSCRIBER_KEY = b"subscriber-key-of-32-bytes-or-so"
SUBSCRIBER_SECRET = "whsec_" + base64.b64encode(SUBSCRIBER_KEY).decode()


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Missing(Exception):
    """What a server needs is not on this machine; says what, and what would help."""


class Server:
    """A server with a folder of its own, which goes when it is closed. Its processes keep the figures of `processes`."""

    path = "/in/bench"
    title = ""
    durability = "nothing is kept"
    verifies = True  # forged callbacks are refused, genuine ones are kept once
    share = 1.0  # of the callbacks that a round has: slow servers get fewer

    @classmethod
    def prepare(cls):
        """Before anything is measured. Raises Missing when something that it needs is not there."""

    def __init__(self, core):
        self.core = core
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-compare-"))
        self.port = free_port()
        self.processes = {}
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        raise NotImplementedError

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.path}"

    def spawn(self, name, command, **options):
        log = open(self.folder / f"{name}.log", "wb")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   preexec_fn=pinned(self.core), **options)
        log.close()
        self.processes[name] = process
        return process

    def output(self):
        return "\n".join(file.read_text(errors="replace")[-2000:] for file in self.folder.glob("*.log"))

    def wait_for(self, port, seconds=30):
        def ready():
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise SystemExit(f"{name} ended:\n{self.output()}")
            return answers(port)
        wait_until(ready, f"{type(self).__name__} listening", seconds)

    def spent(self):
        """Nanoseconds of processor time by process."""
        return {name: processor_ns(process.pid) for name, process in self.processes.items()}

    def kept(self):
        """Callbacks that are in the store, each counted once."""
        raise NotImplementedError

    def close(self):
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Nginx(Server):
    """nginx that answers 200 and does nothing: what HTTP itself costs."""

    title = "nginx `return 200`"
    verifies = False

    def start(self):
        config = self.folder / "nginx.conf"
        config.write_text(f"""
worker_processes 1;
daemon off;
pid {self.folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {self.folder}/body;
    proxy_temp_path {self.folder}/proxy;
    fastcgi_temp_path {self.folder}/fastcgi;
    uwsgi_temp_path {self.folder}/uwsgi;
    scgi_temp_path {self.folder}/scgi;
    server {{
        listen 127.0.0.1:{self.port} backlog=4096;
        location / {{ return 200; }}
    }}
}}
""")
        self.spawn("nginx", ["nginx", "-p", str(self.folder), "-c", str(config), "-e", "stderr"])
        self.wait_for(self.port)


class Tollgate(Server):
    """The gateway with one loop and no subscriber: verified, decided, stored, acknowledged."""

    program = None  # set by compare
    receiver = ""
    store = ""
    source = ""
    extra = ""

    def start(self):
        self.api_port = free_port()
        config = self.folder / "tollgate.toml"
        config.write_text(f"""
[receiver]
listen = "127.0.0.1:{self.port}"
threads = 1
drain = "100ms"
{self.receiver}
[api]
listen = "127.0.0.1:{self.api_port}"
[store]
path = "{self.folder}/data"
{self.store_lines()}
[[source]]
name = "bench"
provider = "startbutton"
secrets = ["${{SECRET}}"]
{self.source}
{self.extra}
""")
        self.spawn("tollgate", [self.program, "serve", "--config", str(config)],
                   env=dict(os.environ, SECRET=SECRET, SUBSCRIBER=SUBSCRIBER_SECRET))
        self.wait_for(self.port)

    def store_lines(self):
        return self.store


class TollgateEmbedded(Tollgate):
    """The embedded store: SQLite, one fsync per batch."""

    title = "Tollgate, embedded store"
    durability = "one fsync per batch"

    def kept(self):
        return self.rows_of("log")

    def rows_of(self, table):
        database = sqlite3.connect(f"file:{self.folder}/data/tollgate.db?mode=ro", uri=True)
        with contextlib.closing(database):
            return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


class TollgateRedis(Tollgate):
    title = "Tollgate, Redis, everysec"
    durability = "appendfsync everysec"
    appendfsync = "everysec"

    def store_lines(self):
        self.redis = Redis(self, self.appendfsync)
        return f'{self.store}\nengine = "redis"\n[store.redis]\nurl = "{self.redis_url()}"\n'

    def redis_url(self):
        return f"unix://{self.redis.socket}"

    def kept(self):
        return self.redis.events()


class TollgateAlways(TollgateRedis):
    """Redis, an fsync before each answer."""

    title = "Tollgate, Redis, always"
    durability = "appendfsync always"
    appendfsync = "always"
