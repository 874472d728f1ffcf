"""tollgate-load as the client: the same callbacks for every server, signed anew for each run."""

import json
import os
import subprocess
import tempfile

from measure.machine import pinned
from measure.servers import SECRET


def send(load, core, url, count, connections, *options):
    """Sends `count` callbacks as fast as they are answered, and gives the report. Refuses figures of a run that lost something."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [load, "provider", "--to", url, "--count", str(count), "--connections", str(connections), *options,
                   "--json", report.name]
        done = subprocess.run(command, env=dict(os.environ, TOLLGATE_LOAD_SECRET=SECRET), preexec_fn=pinned(core),
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return json.load(report)
