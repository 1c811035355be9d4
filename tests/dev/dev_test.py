#!/usr/bin/env python3
"""./dev explains itself, its lists are well-formed, and its closing line counts right."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import test_summary  # noqa: E402


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def lines_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return [line.split() for line in file if line.strip() and not line.startswith("#")]


class Help(unittest.TestCase):
    COMMANDS = ["setup", "build", "test", "demo", "serve", "bench", "fuzz", "format", "lint"]

    def test_it_lists_every_command(self):
        code, text = run("./dev", "help")
        self.assertEqual(code, 0)
        self.assertEqual(re.findall(r"^  \./dev (\w+)", text, re.M), ["help"] + self.COMMANDS)

    def test_every_command_explains_itself_and_does_nothing_else(self):
        for command in self.COMMANDS:
            with self.subTest(command):
                code, text = run("./dev", command, "--help")
                self.assertEqual(code, 0)
                self.assertTrue(text.startswith(f"./dev {command}"), text)

    def test_an_unknown_command_or_option_is_refused(self):
        for words in (["fly"], ["test", "--fast"], ["build", "--fast"], ["setup", "--all"]):
            with self.subTest(words):
                code, text = run("./dev", *words)
                self.assertEqual(code, 1)
                self.assertIn(f"'{words[-1]}'", text)

    def test_the_scripts_parse(self):
        for script in ("dev", "tools/setup.sh", "tools/demo.sh", "tests/clients/run.sh",
                       "tests/cel_conformance/run.sh", ".ci/run"):
            with self.subTest(script):
                self.assertEqual(run("bash", "-n", script), (0, ""))


class Lists(unittest.TestCase):
    def test_packages_name_a_set_and_a_package_once(self):
        lines = lines_of("tools/packages.txt")
        self.assertTrue(all(len(line) == 2 and line[0] in ("build", "test", "clang") for line in lines))
        self.assertEqual(len(lines), len({package for _, package in lines}))

    def test_fetched_packages_are_pinned(self):
        for package, version, sha512, member, target in lines_of("tools/npm-packages.txt"):
            with self.subTest(package):
                self.assertRegex(version, r"^\d+\.\d+\.\d+")
                self.assertRegex(sha512, r"^[0-9a-f]{128}$")
                self.assertTrue(member.startswith("package/") and not target.startswith("/"))

    def test_the_lock_file_names_no_registry(self):
        with open(os.path.join(ROOT, "tests/clients/package-lock.json"), encoding="utf-8") as file:
            self.assertNotIn('"resolved"', file.read())


class Summary(unittest.TestCase):
    RUN = '<testcase name="a" status="run"/>'
    FAILED = '<testcase name="b" status="fail"><failure message=""/></testcase>'
    ABSENT = '<testcase name="c" status="notrun"><skipped message="Unable to find executable: c"/></testcase>'
    SKIPPED = ('<testcase name="d" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>'
               "<system-out>starting\nthere is no chromium\n</system-out></testcase>")

    def count(self, *cases):
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as report:
            report.write(f"<testsuite>{''.join(cases)}</testsuite>")
            report.flush()
            code, text = run(sys.executable, "tools/test_summary.py", report.name)
            passed, failed, skipped = test_summary.count(report.name)
            self.assertEqual(text.strip().splitlines()[-1],
                             f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
            return code, passed, failed, skipped

    def test_what_ran_well_passed(self):
        self.assertEqual(self.count(self.RUN, self.RUN), (0, 2, [], []))

    def test_what_failed_or_could_not_start_failed(self):
        self.assertEqual(self.count(self.RUN, self.FAILED, self.ABSENT), (1, 1, ["b", "c"], []))

    def test_what_was_skipped_says_why(self):
        self.assertEqual(self.count(self.RUN, self.SKIPPED), (0, 1, [], [("d", "there is no chromium")]))

    def test_nothing_run_is_no_success(self):
        self.assertEqual(self.count(self.SKIPPED)[0], 1)
        self.assertEqual(self.count()[0], 1)

    def test_no_report_is_no_success(self):
        self.assertEqual(run(sys.executable, "tools/test_summary.py", "/nonexistent.xml")[0], 1)


if __name__ == "__main__":
    unittest.main()
