"""A gateway with all four providers and their played status APIs, and tollgate-load's rehearsal against it.

The rehearsal is merchant, providers and subscriber in one: its ledger of what truly happened to each payment is the judge.
"""

import json
import os
import subprocess

from redis_support import RETRY, Node, RedisServer
from support import SLOW, SOURCE_SECRET, SUBSCRIBER_SECRET, TOLLGATE_LOAD, UNIPESA_MERCHANT, Gateway, free_port

SECRETS = {
    "STARTBUTTON_SECRET": SOURCE_SECRET,
    "HONEYCOIN_SECRET": "whs-3f0b2a91c4d87e65", "HONEYCOIN_API_KEY": "hck-71c0d2e5b9a84f36", "HONEYCOIN_PUBLIC_KEY": "hcp-5e9a84f371c0d2b6",
    "UNIPESA_SECRET": "ups-cf11635572c1e8d7", "UNIPESA_PUBLIC_ID": "f54ec96649be11ebb378",
    "MOOLRE_SECRET": "mos-8d1f6C0b77aE4b52", "MOOLRE_API_USER": "mou-9f3D0c55", "MOOLRE_API_PUBKEY": "mop-e1B2a9d48d1f6C0b",
    "MOOLRE_ACCOUNT_NUMBER": "100000000001",
}
# (source, provider, settings, credentials)
SOURCES = (
    ("kenya", "startbutton", "", 'secret = "${STARTBUTTON_SECRET}"'),
    ("nairobi", "honeycoin", "", 'api_key = "${HONEYCOIN_API_KEY}", public_key = "${HONEYCOIN_PUBLIC_KEY}"'),
    ("dakar", "unipesa", f'settings = {{ merchant_id = "{UNIPESA_MERCHANT}", currency = "XOF" }}',
     'public_id = "${UNIPESA_PUBLIC_ID}", secret = "${UNIPESA_SECRET}"'),
    ("accra", "moolre", "", 'api_user = "${MOOLRE_API_USER}", api_pubkey = "${MOOLRE_API_PUBKEY}", account_number = "${MOOLRE_ACCOUNT_NUMBER}"'),
)
# As quick as the story can be told: what is minutes and hours in life.
TIMES = """first_after = "1s"
backoff = ["1s"]
confirm_timeout = "10s"
on_unconfirmed = "hold"
conflict_recheck = "2s"
give_up_after = "8s"
rate = 200
"""


class Rehearsal:
    """`engine`: "embedded" or "redis"; `lines`: more of every source's configuration. Everything is stopped by stop()."""

    def __init__(self, engine, lines=""):
        self.lines = lines
        self.port, self.status_port = free_port(), free_port()
        self.redis = RedisServer().start() if engine == "redis" else None
        subscribers = {"orders": (f"http://127.0.0.1:{self.port}/hooks", RETRY)}
        options = dict(settings=self.requery(SOURCES[0]), extra="".join(map(self.source, SOURCES[1:])))
        self.gateway = Node(self.redis.url, subscribers, **options) if self.redis else Gateway(subscribers, **options)
        self.gateway.environment.update(SECRETS)
        self.load = None

    def requery(self, source):
        return f'{self.lines}\n[source.requery]\nbase_url = "http://127.0.0.1:{self.status_port}"\ncredentials = {{ {source[3]} }}\n{TIMES}'

    def source(self, source):
        name, provider, settings, _ = source
        secret = f"{provider.upper()}_SECRET"
        return f'\n[[source]]\nname = "{name}"\nprovider = "{provider}"\nsecrets = ["${{{secret}}}"]\n{settings}\n{self.requery(source)}'

    def begin(self, *arguments, settle=90):
        """Starts the gateway and the rehearsal, which waits `settle` seconds at most at its end; `arguments` are its own."""
        self.gateway.start()
        self.report_file = self.gateway.folder / "report.json"
        sources = [word for name, provider, _, _ in SOURCES for word in ("--source", f"{name}={provider}")]
        self.load = subprocess.Popen(
            [TOLLGATE_LOAD, "rehearse", "--to", f"http://127.0.0.1:{self.gateway.port}",
             "--api", f"http://127.0.0.1:{self.gateway.api_port}", *sources,
             "--listen", f"127.0.0.1:{self.port}", "--status-listen", f"127.0.0.1:{self.status_port}",
             "--merchant-id", UNIPESA_MERCHANT, "--settle", str(int(settle * SLOW)), "--json", str(self.report_file), *arguments],
            env=dict(os.environ, TOLLGATE_LOAD_SUBSCRIBER_SECRET=SUBSCRIBER_SECRET, **SECRETS),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait(self, seconds):
        """Until its end; exit code, what it printed, and the report."""
        output, _ = self.load.communicate(timeout=seconds * SLOW)
        print(output)
        return self.load.returncode, output, json.loads(self.report_file.read_text())

    def end(self, test, seconds):
        """Waits for its end; the report, which has to be a clean one."""
        exit_code, output, report = self.wait(seconds)
        test.assertEqual(exit_code, 0, output)
        test.assertTrue(report["clean"])
        test.assertEqual(report["ledger"], report["published"])
        test.assertEqual([name for name, count in report["faults"].items() if count], [])
        test.assertEqual(self.gateway.stop(), 0)
        log = "".join(self.gateway.lines)
        for name, secret in SECRETS.items():
            test.assertNotIn(secret, log, name)
        return report

    def stop(self):
        if self.load is not None and self.load.poll() is None:
            self.load.kill()
            self.load.communicate()
        self.gateway.stop()
        if self.redis is not None:
            self.redis.stop()
