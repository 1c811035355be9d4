#!/usr/bin/env python3
"""Prints 'N passed, N failed, N skipped' for ctest's JUnit report, alone on a line, as the last one.

Usage: test_summary.py REPORT.xml. Exits 1 when a test failed, or when none ran.
"""
import sys
import xml.etree.ElementTree as ET


def count(report):
    """(passed, failed, names of those skipped with why) of a ctest JUnit report."""
    passed, failed, skipped = 0, [], []
    for case in ET.parse(report).getroot().iter("testcase"):
        name = case.get("name")
        skip = case.find("skipped")
        if skip is not None and (skip.get("message") or "").startswith("SKIP_") or case.get("status") == "disabled":
            skipped.append((name, reason(case)))
        elif skip is not None or case.find("failure") is not None or case.get("status") != "run":
            failed.append(name)  # a program that could not be started counts as failed
        else:
            passed += 1
    return passed, failed, skipped


def reason(case):
    """The last line that a skipped test printed."""
    out = case.findtext("system-out") or ""
    lines = [line.strip() for line in out.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def main():
    try:
        passed, failed, skipped = count(sys.argv[1])
    except (OSError, ET.ParseError) as wrong:
        print(f"no test report: {wrong}", file=sys.stderr)
        return 1
    for name, why in skipped:
        print(f"skipped: {name}: {why}")
    for name in failed:
        print(f"failed: {name}")
    if passed + len(failed) == 0:
        print("no test ran")
    print(f"\n{passed} passed, {len(failed)} failed, {len(skipped)} skipped", flush=True)
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
