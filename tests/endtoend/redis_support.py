"""A real redis-server of a test's own, a TCP proxy that can cut a node off from it, and gateway nodes that share it."""

import atexit
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from support import SLOW, Gateway, free_port, wait_for

FULL = bool(os.environ.get("TOLLGATE_FULL"))
DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
REDIS_PASSWORD = "of-the-tests-0123456789abcdef"
RETRY = 'retry = ["100ms", "200ms", "500ms", "1s", "1s", "1s", "1s", "1s", "1s", "1s"]'
# With these an ACK is on the disk; what follows in a test's own lines wins.
ALWAYS = "appendonly yes\nappendfsync always\nmaxmemory-policy noeviction\n"


class RedisError(Exception):
    pass


class RedisConnection:
    """As much of the protocol as tests need."""

    def __init__(self, port, timeout=10 * SLOW):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.stream = self.socket.makefile("rb")

    def command(self, *words):
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self.read()

    def read(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.stream.read(int(rest) + 2)[:-2]
        return None if rest == b"-1" else [self.read() for _ in range(int(rest))]

    def close(self):
        self.stream.close()
        self.socket.close()


class RedisServer:
    """redis-server on a free port, with its data in a folder of its own; it is killed and started again on the same data.

    `lines` come after ALWAYS. With `config` it is started from that file instead, port and folder given on the command line.
    """

    program = "redis-server"

    def __init__(self, lines="", config=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-redis-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = free_port()
        self.lines = lines
        self.config = pathlib.Path(config) if config else None
        self.process = None
        self.frozen = False
        self.login = []
        atexit.register(self.kill)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def arguments(self):
        if self.config:
            return [str(self.config), "--port", str(self.port), "--dir", str(self.folder)]
        file = self.folder / "redis.conf"
        file.write_text(f'bind 127.0.0.1\nport {self.port}\ndir {self.folder}\nsave ""\n{ALWAYS}{self.lines}')
        return [str(file)]

    def launch(self):
        """Starts it without waiting for anything. Repaired before, as deploy/README.md tells: of a transaction that a kill has cut in the middle
        Redis would keep a half in its file, which is done at the start after the next."""
        manifest = self.folder / "appendonlydir" / "appendonly.aof.manifest"
        if manifest.exists():
            subprocess.run(["redis-check-aof", "--fix", str(manifest)], input=b"y\n", check=True, stdout=subprocess.DEVNULL)
        with open(self.folder / "output.log", "ab") as output:
            self.process = subprocess.Popen([self.program, *self.arguments()], stdout=output, stderr=output,
                                            stdin=subprocess.DEVNULL)
        return self

    def start(self):
        self.launch()
        wait_for(self.answers, 20, "an answer of redis-server")
        return self

    def answers(self):
        assert self.process.poll() is None, self.output()
        try:
            self.command("PING")
            return True
        except RedisError as error:
            return str(error).startswith("NOAUTH")  # it is there, and wants to know who asks
        except OSError:
            return False

    def output(self):
        return (self.folder / "output.log").read_text(errors="replace")

    def connect(self, **options):
        connection = RedisConnection(self.port, **options)
        if self.login:
            connection.command("AUTH", *self.login)
        return connection

    def command(self, *words):
        connection = self.connect()
        try:
            return connection.command(*words)
        finally:
            connection.close()

    def kill(self):
        """-9, as a crash is; what it has written stays."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.kill()
        self.process.wait()
        self.frozen = False

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.thaw()
        self.process.terminate()
        try:
            self.process.wait(timeout=20 * SLOW)
        except subprocess.TimeoutExpired:
            self.kill()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        self.frozen = True

    def thaw(self):
        if self.frozen:
            self.process.send_signal(signal.SIGCONT)
        self.frozen = False

    def log_file(self):
        """The file that writes are appended to now."""
        manifest = (self.folder / "appendonlydir" / "appendonly.aof.manifest").read_text()
        names = re.findall(r"^file (\S+) .*type i", manifest, re.MULTILINE)
        return self.folder / "appendonlydir" / names[-1]

    def forget_behind(self, size):
        """Cuts the log file back to that size, as a power cut does whose last fsync was then. How many events go with it."""
        file = self.log_file()
        lost = file.read_bytes()[size:]
        os.truncate(file, size)
        return len(re.findall(rb"\$4\r\nxadd\r\n", lost, re.IGNORECASE))


class Sentinels:
    """Three Sentinels that watch a master; they take some seconds to agree that it is gone. With one second they would take a new master for
    down as soon as it is theirs: that is when they ping it first."""

    def __init__(self, master, name="mymaster", quorum=2):
        self.name = name
        self.servers = []
        for _ in range(3):
            server = RedisServer()
            file = server.folder / "sentinel.conf"  # which Sentinel writes as well
            file.write_text(f"bind 127.0.0.1\nport {server.port}\ndir {server.folder}\n"
                            f"sentinel monitor {name} 127.0.0.1 {master.port} {quorum}\n"
                            f"sentinel down-after-milliseconds {name} {int(2500 * SLOW)}\n"
                            f"sentinel failover-timeout {name} {int(3000 * SLOW)}\n")
            server.arguments = lambda file=file: [str(file), "--sentinel"]
            self.servers.append(server.start())

    @property
    def nodes(self):
        return [f"127.0.0.1:{server.port}" for server in self.servers]

    def master_port(self):
        answer = self.servers[0].command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.name)
        return int(answer[1]) if answer else None

    def stop(self):
        for server in self.servers:
            server.stop()


class Cable:
    """A TCP proxy between one node and Redis: cut() breaks what is open and refuses what is new, mend() lets it through again."""

    def __init__(self, port):
        self.target = port
        self.port = free_port()
        self.lock = threading.Lock()
        self.open = set()
        self.listener = None
        self.mend()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def mend(self):
        if self.listener is not None:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.listener = listener
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            with self.lock:
                if self.listener is not listener:  # cut meanwhile
                    near.close()
                    far.close()
                    continue
                self.open.update((near, far))
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(a, b, b is far), daemon=True).start()

    def pump(self, a, b, towards_redis):
        try:
            while data := a.recv(8192):
                if towards_redis:
                    self.take(len(data))
                b.sendall(data)
        except OSError:
            pass
        for end in (a, b):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        with self.lock:
            self.open.discard(a)
        a.close()

    def cut(self):
        with self.lock:
            listener, self.listener = self.listener, None
            ends = list(self.open)
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def take(self, size):
        """Before so many bytes go to Redis."""

    stop = cut


class SlowCable(Cable):
    """A Cable that passes only `rate` bytes a second towards Redis, over all its connections; None: as many as come."""

    def __init__(self, port):
        self.rate = None
        self.free_at = 0.0
        self.passed = 0
        self.turns = threading.Lock()
        super().__init__(port)

    def take(self, size):
        with self.turns:
            self.passed += size
            if self.rate is None:
                return
            self.free_at = max(self.free_at, time.monotonic()) + size / self.rate
            wait = self.free_at - time.monotonic()
        time.sleep(max(wait, 0.0))


class Node(Gateway):
    """A gateway on the Redis at `url`; `redis` and `store` are more lines of [store.redis] and [store]."""

    def __init__(self, url, subscribers, redis="", store="", password=REDIS_PASSWORD, **more):
        self.url, self.redis, self.store = url, redis, store
        super().__init__(subscribers, **more)
        self.environment["REDIS_PASSWORD"] = password

    def write_config(self, *arguments, **options):
        super().write_config(*arguments, **options)
        path = f'path = "{self.data}"\n'
        text = self.config.read_text()
        assert text.count(path) == 1
        self.config.write_text(text.replace(
            path, f'{path}engine = "redis"\n{self.store}\n[store.redis]\nurl = "{self.url}"\n{self.redis}\n'))

    def readiness(self):
        """Status, and what an ACK is worth."""
        status, body = self.api("/readyz")
        return status, json.loads(body)["acknowledged_means"]

    def spooled(self):
        return int(self.metric("tollgate_spool_events"))

    def took(self, outcome):
        """How many callbacks ended so since this process began."""
        return int(self.metric("tollgate_callbacks_total", source="kenya", outcome=outcome))

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.thaw()
        return super().stop()

    def wait_connected(self, seconds=20):
        """Until Redis, and not only the spool, takes what comes."""
        wait_for(lambda: self.spooled() == 0 and self.log_events("redis_connected"), seconds, "the connection to Redis")
        sleep(0.3)  # each loop has a connection of its own, and only one of them is written about


def password_hash(password=REDIS_PASSWORD):
    return hashlib.sha256(password.encode()).hexdigest()


def deployed_config(folder, password=REDIS_PASSWORD):
    """deploy/redis.conf with both passwords filled in, as its head says."""
    text = (DEPLOY / "redis.conf").read_text()
    for user in ("tollgate", "operator"):
        assert text.count(f"\nuser {user} on ") == 1
        text = text.replace(f"\nuser {user} on ", f"\nuser {user} on #{password_hash(password)} ")
    file = folder / "deployed.conf"
    file.write_text(text)
    return file


def sleep(seconds):
    """For what has to last a while, not for what can be waited for."""
    time.sleep(seconds * SLOW)
