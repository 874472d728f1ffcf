"""What others would take for the same job (bench/peers), and the floor: each on one core, with all that it needs."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from measure.machine import version_of
from measure.redis import Redis
from measure.servers import SECRET, Missing, Server

PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"


class LeanServer(Server):
    """Beast on a plain socket with a fixed answer: what a program in C++ pays at least."""

    title = "lean Beast server, fixed answer"
    verifies = False
    program = None  # set by compare

    def start(self):
        self.spawn("lean_server", [self.program, str(self.port)])
        self.wait_for(self.port)


class FastifyBullmq(Server):
    """fastify and BullMQ, verified, once per job id."""

    title = "fastify + BullMQ"
    durability = "appendfsync everysec"
    share = 0.35
    installed = None  # where npm has put what it needs, once per run

    @classmethod
    def prepare(cls):
        """Installs it into a folder outside the tree, which `remove` takes away."""
        version = version_of("node", "--version")
        if not version.startswith("v") or int(version[1:].partition(".")[0]) < 20:
            raise Missing(f"it needs Node 20 or newer with npm, and there is {version}")
        cls.installed = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-peer-"))
        for file in (PEERS / "fastify-bullmq").iterdir():
            shutil.copy(file, cls.installed)
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"],
                              cwd=cls.installed, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            cls.remove()
            raise Missing(f"npm install failed: {done.stderr.strip()}")

    @staticmethod
    def versions():
        """What npm is asked for."""
        wanted = json.loads((PEERS / "fastify-bullmq" / "package.json").read_text())["dependencies"]
        return ", ".join(f"{name} {version}" for name, version in wanted.items())

    @classmethod
    def remove(cls):
        if cls.installed is not None:
            shutil.rmtree(cls.installed, ignore_errors=True)
            cls.installed = None

    def start(self):
        self.redis = Redis(self, "everysec")
        environment = dict(os.environ, PORT=str(self.port), REDIS_SOCKET=str(self.redis.socket), SECRET=SECRET,
                           NODE_ENV="production")
        self.spawn("node", ["node", str(self.installed / "server.js")], env=environment)
        self.wait_for(self.port)

    def kept(self):
        return self.redis.ask("LLEN", "bull:callbacks:wait")


class NginxLua(Server):
    """nginx with Lua, one script per request."""

    title = "nginx + Lua + Redis"
    durability = "appendfsync everysec"
    share = 0.5

    @classmethod
    def prepare(cls):
        if not pathlib.Path("/usr/lib/nginx/modules/ngx_http_lua_module.so").exists():
            raise Missing("nginx has no Lua here: deploy/packages bench")

    def start(self):
        self.redis = Redis(self, "everysec")
        config = (PEERS / "nginx-lua" / "nginx.conf").read_text()
        for name, value in (("FOLDER", self.folder), ("PORT", self.port), ("PEER", PEERS / "nginx-lua")):
            config = config.replace(f"@{name}@", str(value))
        file = self.folder / "nginx.conf"
        file.write_text(config)
        # Debian's nginx looks for modules below its prefix; -p is this server's own folder.
        (self.folder / "modules").symlink_to("/usr/lib/nginx/modules")
        # Started by root, its worker would be nobody, whom the socket in this folder is closed to.
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        self.spawn("nginx", ["nginx", "-p", str(self.folder), "-c", str(file), "-e", "stderr", *user],
                   env=dict(os.environ, REDIS_SOCKET=str(self.redis.socket), SECRET=SECRET))
        self.wait_for(self.port)

    def kept(self):
        return self.redis.ask("XLEN", "events")
