"""The machine that is measured on: which core does what, and how much processor time a process has used."""

import os
import pathlib
import platform
import socket
import subprocess


def cores():
    """One core for everything that serves, another for the load; both the same where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def pinned(core):
    """For subprocess: the new process and its children run on this core only."""
    return lambda: os.sched_setaffinity(0, {core})


def processor_ns(pid):
    """What all threads of a process and of its children have spent so far, in user space and in the kernel, in nanoseconds.

    The scheduler's own account: exact, where the clock ticks of /proc/PID/stat are hundredths of a second. A thread that has ended
    takes its part with it, so what is measured has to keep its threads.
    """
    tasks = pathlib.Path(f"/proc/{pid}/task")
    spent = 0
    for task in tasks.iterdir():
        spent += int((task / "schedstat").read_text().split()[0])
        for child in (task / "children").read_text().split():
            spent += processor_ns(child)
    return spent


PORTS_GIVEN = set()


def free_port():
    """Never the same twice: the system may give one again as soon as it is free."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in PORTS_GIVEN:
            PORTS_GIVEN.add(port)
            return port


def description():
    """What a figure has to be read with."""
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.machine())
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, {distribution()}"


def distribution():
    for line in open("/etc/os-release"):
        if line.startswith("PRETTY_NAME="):
            return line.split("=")[1].strip().strip('"')
    return "unknown"


def version_of(*command):
    """The first line that a program says of itself."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return f"no {command[0]}"
    return (done.stdout + done.stderr).strip().split("\n")[0]
