"""What is compared: each serves POST on a port of 127.0.0.1, pinned to one core with all that it needs."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from measure.machine import free_port, pinned, processor_ns

SECRET = "sk_bench_0123456789abcdef0123456789abcdef"


def wait_until(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Server:
    """A server with a folder of its own, which goes when it is closed. Its processes keep the figures of `processes`."""

    path = "/in/bench"

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


class Redis:
    """redis-server on a unix socket of its own, as a part of another server.

    Its file is not rewritten meanwhile: a rewrite is done by a child, once per doubling of the file, and would fall into one round of
    several.
    """

    def __init__(self, server, appendfsync):
        self.socket = server.folder / "redis.sock"
        config = server.folder / "redis.conf"
        config.write_text(f'port 0\nunixsocket {self.socket}\ndir {server.folder}\nsave ""\nappendonly yes\n'
                          f"appendfsync {appendfsync}\nauto-aof-rewrite-percentage 0\nmaxmemory-policy noeviction\n")
        self.process = server.spawn("redis-server", ["redis-server", str(config)])
        wait_until(self.socket.exists, "redis-server listening")


class Tollgate(Server):
    """The gateway with one loop and no subscriber: verified, decided, stored, acknowledged."""

    program = None  # set by compare
    store = ""
    extra = ""

    def start(self):
        self.api_port = free_port()
        config = self.folder / "tollgate.toml"
        config.write_text(f"""
[receiver]
listen = "127.0.0.1:{self.port}"
threads = 1
drain = "100ms"
[api]
listen = "127.0.0.1:{self.api_port}"
[store]
path = "{self.folder}/data"
{self.store_lines()}
[[source]]
name = "bench"
provider = "startbutton"
secrets = ["${{SECRET}}"]
{self.extra}
""")
        self.spawn("tollgate", [self.program, "serve", "--config", str(config)], env=dict(os.environ, SECRET=SECRET))
        self.wait_for(self.port)

    def store_lines(self):
        return self.store


class TollgateEmbedded(Tollgate):
    """The embedded store: SQLite, one fsync per batch."""


class TollgateRedis(Tollgate):
    appendfsync = "everysec"

    def store_lines(self):
        redis = Redis(self, self.appendfsync)
        return f'engine = "redis"\n[store.redis]\nurl = "unix://{redis.socket}"\n'


class TollgateAlways(TollgateRedis):
    """Redis, an fsync before each answer."""

    appendfsync = "always"
