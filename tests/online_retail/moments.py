"""The year of the file as a year: what everybody is at some moments of it, against SQL as of each."""

import datetime
import json
import subprocess
import time

import meaning
from checks import check, check_values

# At the third, windows of 30, 60 and 90 days and what must follow within 60 days end for somebody, to the second.
MOMENTS = ["2011-06-01T00:00:00Z", "2011-10-15T00:00:00Z", "2011-10-25T13:39:00Z", "2011-12-09T12:50:00Z"]
PUBLISHED = "2011-10-15T12:00:00Z"
MOMENTS_BEHIND = ["2011-11-15T00:00:00Z", "2011-12-09T12:50:00Z"]


def last_ranking(moment):
    """Everyone is ranked on Mondays at 3:00."""
    at = datetime.datetime.fromisoformat(moment.removesuffix("Z")) - datetime.timedelta(hours=3)
    return (at - datetime.timedelta(days=at.weekday())).replace(hour=3, minute=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def sql_time(moment):
    return moment.replace("T", " ").removesuffix("Z")


def name_of(person):
    return person.get("user_id") or person["anonymous_id"]


def play(binary, log, arguments):
    """Everybody by moment, sizes of segments by ranking, and the counters at the end."""
    started = time.monotonic()
    done = subprocess.run([binary, log, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{binary} failed:\n{done.stderr}")
    people, sizes = {}, []
    for line in map(json.loads, done.stdout.splitlines()):
        if "sizes" in line:
            sizes.append(line)
        elif "segments" in line:
            people.setdefault(line["at"].replace(".000Z", "Z"), {})[name_of(line)] = line
        else:
            counters = line
    print(f"    played in {time.monotonic() - started:.1f} s: {counters}")
    return people, sizes


def check_moment(moment, people, truth, published):
    truth.executescript(meaning.VIEWS.format(now=sql_time(last_ranking(moment)), published=published))
    meaning.rank(truth)
    truth.executescript(meaning.VIEWS.format(now=sql_time(moment), published=published))
    print(f"    as of {moment}, ranked {last_ranking(moment)}")
    everybody = [who for who, in truth.execute("SELECT who FROM sums UNION SELECT who FROM countries")]
    check("people", everybody, people.keys())
    for segment, query in meaning.SEGMENTS.items():
        found = [(who,) for who, person in people.items() if segment in person["segments"]]
        check(f"members of {segment}", truth.execute(query).fetchall(), found)
    customers = {who: person["traits"] for who, person in people.items() if "user_id" in person}
    for trait, query in meaning.TRAITS.items():
        check_values(trait, dict(truth.execute(query)), {who: traits.get(trait) for who, traits in customers.items()})


def check_year(binary, log, truth, sizes_file):
    people, sizes = play(binary, log, ["--sizes", *MOMENTS])
    for moment in MOMENTS:
        check_moment(moment, people[moment], truth, "")
    if sizes_file:
        with open(sizes_file, "w", encoding="ascii") as file:
            json.dump(sizes, file)
    print(f"    definitions come at {PUBLISHED}, and their history after them")
    people, _ = play(binary, log, ["--publish", PUBLISHED, *MOMENTS_BEHIND])
    for moment in MOMENTS_BEHIND:
        check_moment(moment, people[moment], truth, sql_time(PUBLISHED))
