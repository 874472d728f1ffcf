"""Which stage of a callback's way a sample of a profile belongs to. Nothing here profiles anything."""

import re

# In the order in which they are printed. A sample is the stage's of the frame nearest to where it was taken that names one; the first
# pattern that matches a frame decides.
STAGES = ("kernel", "HTTP", "verify", "normalise", "store", "ACK", "delivery", "redis-server", "other")
RULES = [(stage, re.compile(pattern)) for stage, pattern in (
    ("delivery", r"tollgate::delivery::|tollgate::net::(EndpointClient|ClientConnection|HttpClient|format_request)"),
    ("verify", r"::verify\(|::verify$|::check\(|::check$|SharedSecrets::match|equal_secrets|unipesa::(canonical|Grammar|splits)"),
    ("normalise", r"::normalise|::understand|without_secrets|masked_json|masked_text|tollgate::provider::|simdjson|JsonParser"),
    ("store", r"tollgate::store::|sqlite3|redisReader|redisFormat|sdsc?|AcceptQueue::flush|tollgate::event::"),
    ("ACK", r"Responder::|AcceptQueue::finished|Receiver::State::accepted|Route::(count|observe)|async_write|write_answer"),
    ("HTTP", r"tollgate::net::|boost::beast|boost::asio|tollgate::receiver::"),
)]
# Libraries that only one stage calls; Debian strips their inner names.
LIBRARIES = [(stage, re.compile(pattern)) for stage, pattern in (
    ("store", r"/lib(sqlite3|hiredis)\."), ("normalise", r"/libsimdjson\."),
)]
# What several call: it belongs to its caller, and only without one to the stage named here.
SHARED = [("verify", re.compile(r"/lib(crypto|ssl)\."))]
# The kernel's frames end in these; perf without symbols of the kernel prints its addresses.
KERNEL = re.compile(r"\[kernel|\[guest\.kernel|\.ko(\.|$|\])|\[vdso\]")


# Its threads have names of their own.
REDIS = re.compile(r"^(redis-server|bio_|io_thd_|jemalloc_bg)")


def stage_of(command, frames):
    """`frames`: (symbol, object file) from where the sample was taken to the outermost caller."""
    if REDIS.search(command):
        return "redis-server"
    if not frames:
        return "other"
    if KERNEL.search(frames[0][1]):
        return "kernel"
    for symbol, file in frames:
        for stage, rule in RULES:
            if rule.search(symbol):
                return stage
        for stage, rule in LIBRARIES:
            if rule.search(file):
                return stage
    for stage, rule in SHARED:
        if rule.search(frames[0][1]):
            return stage
    return "other"


HEAD = re.compile(r"^(?P<command>\S.*?)\s+\d+(?:/\d+)?\s+(?:\[\d+\]\s+)?[\d.]+:\s+(?:(?P<weight>\d+)\s+)?\S+:\s*(?P<rest>.*)$")
FRAME = re.compile(r"^\s*[0-9a-f]+\s+(?P<symbol>.+?)\s+\((?P<file>[^()]*(?:\([^()]*\))?[^()]*)\)\s*$")
ANNOTATED = re.compile(r"^\s*(?P<weight>[\d,]+)\s+\(\s*[\d.]+%\)\s+(?P<symbol>\S.*?)(?:\s+\[(?P<file>[^\]]+)\])?\s*$")


def without_offset(symbol):
    return re.sub(r"\+0x[0-9a-f]+$", "", symbol)


def perf_samples(lines):
    """(command, weight, frames) of each sample that `perf script` printed, with call chains or without."""
    head, frames = None, []
    for line in [*lines, ""]:
        frame = FRAME.match(line)
        started = None if frame and line[:1].isspace() else HEAD.match(line)
        if started or not line.strip():
            if head is not None:
                yield head[0], head[1], frames
            head, frames = None, []
        if started:
            head = (started["command"].strip(), int(started["weight"] or 1))
            frame = FRAME.match(started["rest"])
        if frame and head is not None:
            frames.append((without_offset(frame["symbol"]), frame["file"]))


def callgrind_samples(lines):
    """(command, weight, frames) of each function that `callgrind_annotate` printed, by its own cost."""
    for line in lines:
        found = ANNOTATED.match(line)
        if not found or found["symbol"].startswith("PROGRAM TOTALS"):
            continue
        # FILE:FUNCTION; the function may hold colons, a file's name does not.
        _, _, symbol = found["symbol"].partition(":")
        symbol = re.sub(r"'\d+$", "", symbol)
        yield "", int(found["weight"].replace(",", "")), [(symbol or found["symbol"], found["file"] or "")]


def summed(samples):
    """Weight by stage; every stage is there."""
    totals = dict.fromkeys(STAGES, 0)
    for command, weight, frames in samples:
        totals[stage_of(command, frames)] += weight
    return totals


def samples_of(lines):
    """Of either tool's output."""
    lines = list(lines)
    if any(ANNOTATED.match(line) for line in lines):
        return callgrind_samples(lines)
    return perf_samples(lines)


def rows(totals, total_us=None):
    """Cells of the table: stage, share, microseconds of a callback's `total_us`."""
    all_of_it = sum(totals.values())
    if all_of_it == 0:
        raise ValueError("no sample in it: what `perf script` or `callgrind_annotate` prints is needed")
    table = []
    for stage, weight in totals.items():
        if weight == 0:
            continue
        share = weight / all_of_it
        table.append([stage, f"{100 * share:.1f} %", f"{total_us * share:.2f}" if total_us is not None else ""])
    return table
