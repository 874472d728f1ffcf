"""What rounds come to: medians, spreads, ratios, and the table. Nothing here measures anything."""

import statistics
from typing import NamedTuple


class Spread(NamedTuple):
    """The median of some rounds with the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values):
        values = list(values)
        return cls(statistics.median(values), min(values), max(values))

    def text(self, digits=2):
        return f"{self.median:.{digits}f} ({self.least:.{digits}f} to {self.most:.{digits}f})"


def ratio(values, baselines):
    """Each round's value over the same round's baseline: what disturbs a round disturbs both."""
    return Spread.of(value / baseline for value, baseline in zip(values, baselines, strict=True))


def summary(rounds, name, baseline=None):
    """One server's row of the table, from `rounds`: per round a dictionary from server to its measurement."""
    own = [each[name] for each in rounds]
    row = {
        "us": Spread.of(one["total_us"] for one in own)._asdict(),
        "by_process": {process: statistics.median(one["us"][process] for one in own) for process in own[0]["us"]},
        "per_second": statistics.median(one["per_second"] for one in own),
        # Of its core. With less than nearly all of it the server waited: for the load, or for its disk.
        "busy": statistics.median(one["busy"] for one in own),
        "waited": statistics.median(one["busy"] for one in own) < 0.9,
        "lost": sum(one["lost"] for one in own if one["lost"] is not None) if own[0]["lost"] is not None else None,
        "callbacks": sum(one["callbacks"] for one in own),
    }
    if baseline is not None:
        base = [each[baseline]["total_us"] for each in rounds]
        row["ratio"] = ratio((one["total_us"] for one in own), base)._asdict()
        row["ratio_by_process"] = {process: ratio((one["us"][process] for one in own), base)._asdict() for process in own[0]["us"]}
    if all("latency_us" in one for one in own):
        row["offered"] = statistics.median(one["offered"] for one in own)
        row["latency_us"] = {name: Spread.of(one["latency_us"][name] for one in own)._asdict() for name in ("p50", "p99", "p999")}
        row["unsent"] = sum(one["unsent"] for one in own)
    return row


HEADINGS = ["server", "durability", "us per callback", "by process", "ratio to nginx", "of it", "a second", "of its core",
            "offered a second", "p50 us", "p99 us", "p99.9 us", "unsent", "lost"]


def cells(title, durability, row):
    """The row as text, in the order of HEADINGS."""
    def latency(name):
        return f"{row['latency_us'][name]['median']:,.0f}" if "latency_us" in row else ""

    by_process = row["by_process"]
    shares = row.get("ratio_by_process", {})
    return [title, durability, Spread(**row["us"]).text(1),
            " + ".join(f"{process} {us:.1f}" for process, us in by_process.items()) if len(by_process) > 1 else "",
            Spread(**row["ratio"]).text() if "ratio" in row else "",
            ", ".join(f"{process} {Spread(**share).text()}" for process, share in shares.items()) if len(shares) > 1 else "",
            f"{row['per_second']:,.0f}", f"{100 * row['busy']:.0f} %",
            f"{row['offered']:,.0f}" if "offered" in row else "",
            latency("p50"), latency("p99"), latency("p999"), f"{row['unsent']:,}" if "unsent" in row else "",
            "not kept" if row["lost"] is None else f"{row['lost']} of {row['callbacks']:,}"]


def markdown(headings, rows):
    """A table as Markdown has it, columns of one width, so that it can be read as it is, too."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    texts = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines]
    texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(texts)


class Figure(NamedTuple):
    """What a target is about, in all rounds, and the target: `limit` at most, or at least; None: only told."""

    what: str
    unit: str
    values: list
    limit: float | None = None
    at_least: bool = False

    def holds(self):
        """By the median: None when there is no target."""
        if self.limit is None:
            return None
        median = statistics.median(self.values)
        return median >= self.limit if self.at_least else median <= self.limit

    def cells(self):
        sign = ">=" if self.at_least else "<="
        verdict = {None: "", True: "holds", False: "MISSED"}[self.holds()]
        return [self.what, Spread.of(self.values).text(), self.unit,
                "" if self.limit is None else f"{sign} {self.limit:g}", verdict]


FIGURE_HEADINGS = ["figure", "median (least to most)", "unit", "target", ""]


def recovered_after(seconds, end, is_good):
    """Seconds from `end` until every second that follows is good; None when the last is not.

    `seconds`: a timeline of tollgate-load; one in which nothing happened is not in it, and is not looked at.
    """
    later = sorted((each for each in seconds if each["second"] >= end), key=lambda each: each["second"])
    if not later or not is_good(later[-1]):
        return None
    bad = [each["second"] for each in later if not is_good(each)]
    return max(bad) + 1 - end if bad else 0


def mean_per_second(seconds, name, first, last):
    """Of a timeline's figure, over the seconds first to last, those in which nothing happened included."""
    return sum(each[name] for each in seconds if first <= each["second"] <= last) / (last - first + 1)
