#!/usr/bin/env python3
"""The programs that measure, with a handful of callbacks: that they come to an end, lose nothing, and write what they promise.

Environment: BUILD, the build folder. What the figures are is nobody's business here.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
BUILD = os.environ["BUILD"]


class ProgramsTest(unittest.TestCase):
    def run_program(self, program, *options):
        """Standard output and the JSON. A missed target is none of ours."""
        with tempfile.NamedTemporaryFile(suffix=".json") as report:
            done = subprocess.run([sys.executable, BENCH / program, *options, "--rounds", "1", "--build", BUILD, "--json", report.name],
                                  capture_output=True, text=True, check=False)
            said = done.stdout + done.stderr
            self.assertIn(done.returncode, (0, 1) if program == "target" else (0,), said)
            text = pathlib.Path(report.name).read_text()
            self.assertTrue(text, said)
            return done.stdout, json.loads(text)

    def figure(self, report, what):
        return next(figure for figure in report["figures"] if figure["what"] == what)

    def test_compare(self):
        out, report = self.run_program("compare", "--only", "nginx", "lean", "everysec", "embedded", "--count", "300",
                                       "--latency-seconds", "0.3")
        for name in ("everysec", "embedded"):
            row = report["table"][name]
            self.assertEqual(row["lost"], 0)
            self.assertGreater(row["callbacks"], 300)
            self.assertGreater(row["us"]["median"], 0)
            self.assertGreater(row["ratio"]["median"], 0)
            self.assertGreater(row["latency_us"]["p99"]["median"], 0)
        self.assertEqual(set(report["table"]["everysec"]["by_process"]), {"redis-server", "tollgate"})
        self.assertIn("| Tollgate, embedded store", out)
        for member in ("machine", "versions", "command", "settings", "rounds"):
            self.assertTrue(report[member], member)
        # And from the same file, what it takes.
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(report, file)
            file.flush()
            done = subprocess.run([sys.executable, BENCH / "capacity", file.name], capture_output=True, text=True, check=True)
        self.assertIn("| 1,300,000", done.stdout)

    def test_what_cannot_run_here_is_asked_for_in_vain(self):
        with tempfile.TemporaryDirectory() as folder:
            node = pathlib.Path(folder, "node")
            node.write_text("#!/bin/sh\necho v18.19.0\n")
            node.chmod(0o755)
            done = subprocess.run([sys.executable, BENCH / "compare", "--only", "fastify", "--build", BUILD], capture_output=True, text=True,
                                  env=dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}"), check=False)
        self.assertEqual((done.returncode, done.stderr), (1, "fastify: it needs Node 20 or newer with npm, and there is v18.19.0\n"))

    def test_one_id(self):
        _, report = self.run_program("compare", "--only", "everysec", "--count", "200", "--reference-only", "--latency-seconds", "0")
        self.assertEqual((report["table"]["everysec"]["lost"], report["settings"]["reference_only"]), (0, True))

    def test_forged(self):
        _, report = self.run_program("compare", "--only", "everysec", "--count", "200", "--forged")
        self.assertEqual((report["table"]["everysec"]["lost"], report["table"]["everysec"]["callbacks"]), (0, 0))

    def test_latency(self):
        _, report = self.run_program("target", "latency", "--count", "200", "--seconds", "0.5")
        self.assertEqual(self.figure(report, "acknowledged and not delivered")["values"], [0])

    def test_flood(self):
        _, report = self.run_program("target", "flood", "--count", "200", "--seconds", "0.5")
        self.assertEqual(self.figure(report, "forged ones accepted")["values"], [0])

    def test_full(self):
        for engine in ("everysec", "embedded"):
            _, report = self.run_program("target", "full", "--engine", engine, "--count", "200", "--payments", "2000")
            self.assertGreater(self.figure(report, "kept of a payment whose events are over")["values"][0], 0)

    def test_slow(self):
        _, report = self.run_program("target", "slow", "--store-rate", "100", "--offered", "200", "--quiet", "1", "--after", "1",
                                     "--seconds", "3", "--calibration", "200")
        self.assertEqual(self.figure(report, "acknowledged and not in Redis a minute later")["values"], [0])


if __name__ == "__main__":
    unittest.main()
