"""tollgate-load as the client: the same callbacks for every server, signed anew for each run."""

import json
import os
import subprocess
import tempfile

from measure.machine import pinned
from measure.servers import SECRET


def report_of(load, core, command, *options, secrets=(), losses_allowed=False):
    """Runs tollgate-load with these arguments and gives its report. Refuses figures of a run that lost something."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        full = [load, command, *map(str, options), "--json", report.name]
        done = subprocess.run(full, env=dict(os.environ, TOLLGATE_LOAD_SECRET=SECRET, **dict(secrets)), preexec_fn=pinned(core),
                              capture_output=True, text=True, check=False)
        if done.returncode != 0 and not (losses_allowed and done.returncode == 1):
            raise SystemExit(f"{' '.join(full)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return json.load(report)


def send(load, core, url, count, connections, *options):
    """Sends `count` callbacks as fast as they are answered."""
    return report_of(load, core, "provider", "--to", url, "--count", count, "--connections", connections, *options)


def offer(load, core, url, rate, seconds, connections, *options):
    """Sends `rate` callbacks a second, whatever the server does; latencies count from when each was meant to leave."""
    return report_of(load, core, "provider", "--to", url, "--rate", round(rate), "--duration", seconds,
                     "--connections", connections, *options)
