"""Redis as a part of a server that is measured: its process, and as much of its protocol as the commands here need."""

import socket

from measure.waiting import wait_until


class Connection:
    """One command at a time on a unix socket."""

    def __init__(self, path, timeout=600):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))
        self.stream = self.socket.makefile("rb")

    def ask(self, *words):
        parts = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self.read()

    def read(self):
        line = self.stream.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.stream.read(int(rest) + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
        raise SystemExit(f"redis-server: {line.decode(errors='replace').strip() or 'closed the connection'}")

    def info(self, name):
        """One value of INFO."""
        for line in self.ask("INFO", "everything").splitlines():
            if line.startswith(name + ":"):
                return line.partition(":")[2]
        raise KeyError(name)

    def close(self):
        self.stream.close()
        self.socket.close()


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
        self.connection = Connection(self.socket)

    def ask(self, *words):
        return self.connection.ask(*words)

    def make_room(self, size=256 << 20, piece=4000):
        """Lets it use so many bytes and free them again: it keeps them for some seconds, and what it stores then falls into memory that
        it has had before, as it does where retention trims the log while it grows. On a virtual machine whose host takes free memory
        back, the first use of a page costs several microseconds, and it is chance who pays that.

        In small pieces, and in a transaction that is dropped: what jemalloc gets back of a single large one goes to the kernel at once,
        and what is stored goes to the append-only file.
        """
        self.ask("MULTI")
        echo = b"*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n" % (piece, b"x" * piece)
        at_once = 100
        for _ in range(size // piece // at_once):
            self.connection.socket.sendall(echo * at_once)
            for _ in range(at_once):
                self.connection.read()
        self.ask("DISCARD")

    def events(self, shards=16):
        """Events in the logs of a Tollgate's store."""
        return sum(self.ask("XLEN", f"tollgate:{{{shard}}}:log") for shard in range(shards))
