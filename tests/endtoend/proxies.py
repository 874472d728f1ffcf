"""nginx and haproxy before a gateway, as lenient as they can be set, with upstream connections that are kept: here smuggling would work.

Each writes a line for every request that it forwarded: `forwarded STATUS TARGET`, with the gateway's status, or 0 when it is not known.
"""

import atexit
import pathlib
import shutil
import socket
import subprocess
import tempfile

from support import free_port, wait_for


class Proxy:
    """One process in the foreground, with files of its own; `command` and `config` come from the kind of proxy."""

    def __init__(self, upstream_port):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tollgate-proxy-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = free_port()
        self.log = self.folder / "requests.log"
        self.log.touch()
        config = self.folder / "proxy.conf"
        config.write_text(self.config(upstream_port))
        with open(self.folder / "output.log", "wb") as output, open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(config), stdout=log, stderr=output)
        wait_for(self.listens, 10, type(self).__name__)

    def listens(self):
        assert self.process.poll() is None, (self.folder / "output.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False

    def forwarded(self):
        """(target, the gateway's status) of each request that it forwarded."""
        lines = [line.split(" ", 2) for line in self.log.read_text(errors="replace").splitlines()]
        return [(line[2], self.status(line[1])) for line in lines if line[0] == "forwarded"]

    def status(self, text):
        return int(text)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)


class Nginx(Proxy):
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin")
    buffering = "off"

    def command(self, config):
        return [self.program, "-p", str(self.folder), "-c", str(config), "-e", str(self.folder / "error.log")]

    def config(self, upstream_port):
        temporary = "\n".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return f"""
daemon off; master_process off; pid {self.folder}/pid; error_log {self.folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    {temporary}
    map $upstream_status $of_gateway {{ "" "never"; "-" "never"; default "forwarded"; }}
    map $upstream_bytes_received $status_of_gateway {{ "0" 0; "-" 0; "" 0; default $upstream_status; }}
    log_format requests '$of_gateway $status_of_gateway $request_uri';
    access_log {self.log} requests;
    ignore_invalid_headers off; underscores_in_headers on; merge_slashes off; client_max_body_size 10m; large_client_header_buffers 4 64k;
    client_header_timeout 2s; client_body_timeout 2s; keepalive_timeout 2s; send_timeout 2s; lingering_timeout 1s; lingering_time 1s;
    upstream gateway {{ server 127.0.0.1:{upstream_port} max_fails=0; keepalive 4; }}
    server {{
        listen 127.0.0.1:{self.port};
        location / {{
            proxy_pass http://gateway; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
            proxy_request_buffering {self.buffering}; proxy_next_upstream off; proxy_read_timeout 10s;
        }}
    }}
}}
"""


class BufferingNginx(Nginx):
    buffering = "on"


class Haproxy(Proxy):
    program = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin")

    def command(self, config):
        return [self.program, "-db", "-f", str(config)]

    def config(self, upstream_port):
        # One thread: a log line that meets another thread's write on stdout is dropped by haproxy, and the judge counts lines.
        # %s is the server's name, or <NOSRV>; a termination state other than - says that the status may not be the server's.
        return f"""
global
    log stdout len 8192 format raw local0
    maxconn 4096
    nbthread 1
defaults
    mode http
    log global
    option http-keep-alive
    option accept-invalid-http-request
    http-reuse always
    retries 0
    timeout connect 2s
    timeout client 2s
    timeout server 10s
    timeout http-request 2s
    timeout http-keep-alive 2s
frontend edge
    bind 127.0.0.1:{self.port}
    http-request set-var(txn.target) url
    log-format "%s %ST%ts %[var(txn.target)]"
    default_backend gateway
backend gateway
    server forwarded 127.0.0.1:{upstream_port}
"""

    def status(self, text):
        return int(text[:3]) if text[3] == "-" else 0
