#!/usr/bin/env python3
"""Writes src/cel/zones.inc, the time zones that expressions know, out of Debian's tzdata: zones.py [/usr/share/zoneinfo].

The table is kept in the repository so that what a zone means changes by a commit, not with the machine. One line for
each set of zones that have always agreed:

    NAMES TAIL OFFSETS TRANSITIONS
    Europe/Berlin,… 3600/7200/3.5.0.7200/10.5.0.10800 3208,3600,7200 B-15ea6m0Ckmv3k0…

NAMES, with commas. TAIL, what holds after the last transition: an offset in seconds east of Greenwich; or standard
time's offset, summer's, and when summer begins and ends: month.week.weekday.seconds of local time (week 5 is the last,
weekday 0 Sunday). OFFSETS, with commas; the first holds before the first transition. TRANSITIONS: a capital for the
offset from then on (A is the first), and the seconds since the transition before (of the first: since 1970) in base 36.
"""
import datetime
import os
import re
import struct
import sys

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "cel", "zones.inc")
NOT_ZONES = {"Factory", "localtime", "posixrules"}  # no place's time, or this machine's


def read_zone(path):
    """(first offset, [(time, offset)], POSIX tail) of a TZif file of version 2 or later (RFC 9636)."""
    with open(path, "rb") as file:
        data = file.read()
    counts = struct.unpack(">6l", data[20:44])
    at = 44 + counts[3] * 5 + counts[4] * 6 + counts[5] + counts[2] * 8 + counts[1] + counts[0]
    count, types = struct.unpack(">6l", data[at + 20:at + 44])[3:5]
    at += 44
    times = struct.unpack(f">{count}q", data[at:at + count * 8])
    indices = data[at + count * 8:at + count * 9]
    at += count * 9
    offsets = [struct.unpack(">l", data[at + i * 6:at + i * 6 + 4])[0] for i in range(types)]
    tail = data[:-1].rsplit(b"\n", 1)[1].decode()
    return offsets[0], [(time, offsets[index]) for time, index in zip(times, indices)], tail


def seconds(text):
    """"[+-]h[:mm[:ss]]" in seconds."""
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")] + [0, 0]
    return sign * (parts[0] * 3600 + parts[1] * 60 + parts[2])


def tail_of(posix):
    """POSIX's TZ, whose offsets are west of Greenwich, as TAIL."""
    name = r"(?:<[^>]+>|[A-Za-z]+)"
    match = re.fullmatch(rf"{name}([+-]?[\d:]+)(?:{name}([+-]?[\d:]*),M([\d.]+)(?:/([-\d:]+))?,M([\d.]+)(?:/([-\d:]+))?)?",
                         posix)
    if match is None:
        sys.exit(f"zones: a rule of an unknown form: {posix}")
    standard = -seconds(match.group(1))
    if match.group(3) is None:
        return str(standard)
    summer = -seconds(match.group(2)) if match.group(2) else standard + 3600
    begins = f"{match.group(3)}.{seconds(match.group(4) or '2')}"
    ends = f"{match.group(5)}.{seconds(match.group(6) or '2')}"
    return f"{standard}/{summer}/{begins}/{ends}"


def base36(number):
    digits, sign, number = "", "-" if number < 0 else "", abs(number)
    while number or not digits:
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36] + digits
        number //= 36
    return sign + digits


def yearly(day, year, offset):
    """When "month.week.weekday.seconds" comes in `year`, in seconds since 1970, where `offset` holds until then."""
    month, week, weekday, after = map(int, day.split("."))
    date = datetime.date(year, month, 1)
    date += datetime.timedelta(days=(weekday - date.isoweekday()) % 7 + 7 * (week - 1))
    while date.month != month:
        date -= datetime.timedelta(days=7)
    return (date - datetime.date(1970, 1, 1)).days * 86400 + after - offset


def tail_transitions(tail, years):
    """[(time, offset)] that TAIL brings about in `years`."""
    if "/" not in tail:
        return []
    standard, summer, begins, ends = tail.split("/")
    return sorted([(yearly(begins, year, int(standard)), int(summer)) for year in years] +
                  [(yearly(ends, year, int(summer)), int(standard)) for year in years])


def changes(first, transitions):
    """`transitions` less those that only give the time a new name."""
    kept = []
    for time, offset in transitions:
        if offset != (kept[-1][1] if kept else first):
            kept.append((time, offset))
    return kept


def without_tail(transitions, tail):
    """`transitions` less those at the end that TAIL says as well; the last one stays."""
    if not transitions:
        return []
    last = datetime.datetime.fromtimestamp(transitions[-1][0], datetime.timezone.utc).year
    said = [one for one in tail_transitions(tail, range(1900, last + 1)) if one[0] <= transitions[-1][0]]
    same = 0
    while same < min(len(transitions), len(said)) and transitions[-1 - same] == said[-1 - same]:
        same += 1
    return transitions[:len(transitions) - same + 1] if same else transitions


def line_of(path):
    first, transitions, tail = read_zone(path)
    tail = tail_of(tail)
    offsets, parts, before = [first], [], 0
    for time, offset in without_tail(changes(first, transitions), tail):
        if offset not in offsets:
            offsets.append(offset)
        parts.append(f"{chr(ord('A') + offsets.index(offset))}{base36(time - before)}")
        before = time
    if len(offsets) > 26:
        sys.exit(f"zones: {path} has {len(offsets)} offsets, 26 at most")
    return f"{tail} {','.join(map(str, offsets))} {''.join(parts)}"


def names(folder):
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("posix", "right")]
        for file in files:
            path = os.path.join(where, file)
            with open(path, "rb") as opened:
                if file not in NOT_ZONES and opened.read(4) == b"TZif":
                    yield os.path.relpath(path, folder)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/zoneinfo"
    with open(os.path.join(folder, "tzdata.zi"), encoding="utf-8") as file:
        version = file.readline().split()[-1]
    zones = {}
    for name in names(folder):
        zones.setdefault(line_of(os.path.join(folder, name)), []).append(name)
    lines = sorted(f"{','.join(sorted(same))} {line}" for line, same in zones.items())
    with open(OUT, "w", encoding="utf-8") as out:
        out.write(f'// Written by tools/zones.py from tzdata {version}; it says what the lines mean.\nR"(' + "\n".join(lines) + ')"\n')
    print(f"zones: tzdata {version}: {sum(map(len, zones.values()))} zones, {len(lines)} lines")


if __name__ == "__main__":
    main()
