#!/usr/bin/env python3
"""Imports the Online Retail data set into a server and holds what comes out to SQL over the file.

  online_retail_test.py --tessera BINARY --year BINARY [--data FILE.csv.gz] [--sample N] [--sizes FILE]

Exit code 77: skipped, the data set is not here.
"""

import argparse
import os
import re
import sys
import time

import meaning
import moments
import oracle
from checks import check, check_values
from server import Server

REPOSITORY = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
OUTSIDE = os.environ.get("TESSERA_OUTSIDE", os.path.join(REPOSITORY, "..", "shared"))
DATA = os.path.join(OUTSIDE, "data", "online-retail", "online-retail.csv.gz")
MAPPING = os.path.join(REPOSITORY, "examples", "online-retail", "mapping.yaml")
DEFINITIONS = os.path.join(REPOSITORY, "examples", "online-retail", "definitions")
SKIPPED = 77

# The same numbers asked of both: of SQLite over the file's rows, of Tessera over its events.
REVENUE = "revenue per customer and month"
ORDERS = "orders, refunds, first and last order per customer"
ANONYMOUS = "revenue and invoices without a customer per month"
BASKETS = "lines and items per event"
COUNTRY = "country of each customer"

MILLI = "CAST(1000 * CAST(properties->>'$.revenue' AS DECIMAL(18, 3)) AS BIGINT)"

EXPECTED = {
    REVENUE: "SELECT customer, substr(at, 1, 7), sum(quantity * milli) FROM lines WHERE customer <> '' GROUP BY 1, 2",
    ORDERS: "SELECT customer, count(*) FILTER (WHERE event = 'Order Completed'),"
            " count(*) FILTER (WHERE event = 'Order Refunded'), min(at) FILTER (WHERE event = 'Order Completed'),"
            " max(at) FILTER (WHERE event = 'Order Completed') FROM invoices WHERE customer <> '' GROUP BY 1",
    ANONYMOUS: "SELECT substr(at, 1, 7), event, count(*), sum(milli) FROM invoices WHERE customer = '' GROUP BY 1, 2",
    BASKETS: "SELECT event, count(*), sum(quantity) FROM lines JOIN invoices USING (invoice) GROUP BY 1",
    COUNTRY: "SELECT customer, country FROM (SELECT customer, country, max(line) FROM lines WHERE customer <> '' GROUP BY 1)",
}
ACTUAL = {
    REVENUE: f"SELECT user_id, strftime(occurred_at, '%Y-%m'), CAST(sum({MILLI}) AS BIGINT) FROM events"
             " WHERE type = 'track' AND user_id IS NOT NULL GROUP BY ALL",
    ORDERS: "SELECT user_id, count(*) FILTER (WHERE event = 'Order Completed'),"
            " count(*) FILTER (WHERE event = 'Order Refunded'),"
            " strftime(min(occurred_at) FILTER (WHERE event = 'Order Completed'), '%Y-%m-%d %H:%M:%S'),"
            " strftime(max(occurred_at) FILTER (WHERE event = 'Order Completed'), '%Y-%m-%d %H:%M:%S')"
            " FROM events WHERE type = 'track' AND user_id IS NOT NULL GROUP BY ALL",
    ANONYMOUS: f"SELECT strftime(occurred_at, '%Y-%m'), event, count(*), CAST(sum({MILLI}) AS BIGINT) FROM events"
               " WHERE type = 'track' AND source = 'wholesale' AND user_id IS NULL GROUP BY ALL",
    BASKETS: "SELECT event, CAST(sum(json_array_length(properties->'$.products')) AS BIGINT),"
             " CAST(sum(CAST(properties->>'$.items' AS BIGINT)) AS BIGINT) FROM events"
             " WHERE type = 'track' AND source = 'wholesale' GROUP BY ALL",
    COUNTRY: "SELECT user_id, traits->>'$.country' FROM events WHERE type = 'identify'",
}


def check_history(server, truth):
    for what, query in EXPECTED.items():
        check(what, truth.execute(query).fetchall(), server.sql(ACTUAL[what]))


def check_profiles(server, truth, sample):
    """Of every how-many-th customer: the profile's counts and times, and its country."""
    customers = truth.execute(EXPECTED[ORDERS] + " ORDER BY customer").fetchall()
    countries = dict(truth.execute(EXPECTED[COUNTRY]))
    step = max(1, len(customers) // sample)
    checked = customers[::step]
    for customer, orders, refunds, first, last in checked:
        profile = server.ask("GET", f"/v1/profiles/user_id:{customer}")
        seen = {event["name"]: event for event in profile["events"] if event["type"] == "track"}
        found = (seen.get("Order Completed", {}).get("count", 0), seen.get("Order Refunded", {}).get("count", 0))
        assert found == (orders, refunds), f"profile {customer}: {found} orders and refunds, not {(orders, refunds)}"
        if orders:
            times = (seen["Order Completed"]["first_at"], seen["Order Completed"]["last_at"])
            expected = tuple(at.replace(" ", "T") + ".000Z" for at in (first, last))
            assert times == expected, f"profile {customer}: first and last order {times}, not {expected}"
        country = profile["traits"].get("country")
        assert country == countries[customer], f"profile {customer}: country {country}, not {countries[customer]}"
    print(f"ok  profiles: counts, first and last order, country of {len(checked)} customers are equal")


def publish(server):
    """All definitions in one set, before there is anybody whom they could be about."""
    print(server.run("apply", DEFINITIONS, "--url", server.url).splitlines()[-1])
    wait(lambda: "filling" not in server.ask("GET", "/v1/segments"), "segments are filled")


def wait(is_so, what):
    deadline = time.monotonic() + 180
    while not is_so():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


def members(server, segment):
    """By customer number or invoice: what is known of each member."""
    found, path = {}, f"/v1/segments/{segment}/members?profiles=true&limit=200"
    page = server.ask("GET", path)
    while True:
        for member in page["members"]:
            who = {identifier["type"]: identifier["value"] for identifier in member["identifiers"]}
            name = who.get("user_id") or who["anonymous_id"]
            assert name not in found, f"{name} is in {segment} twice"
            found[name] = member["traits"]
        if "next" not in page:
            return found
        page = server.ask("GET", f"{path}&after={page['next']}")


def check_segments(server, truth):
    """Who is in which segment, and what is computed of each customer."""
    counts = {segment["name"]: segment["members"] for segment in server.ask("GET", "/v1/segments")["segments"]}
    assert counts.keys() == meaning.SEGMENTS.keys(), f"not all segments are here: {counts}"
    for segment, query in meaning.SEGMENTS.items():
        if segment in meaning.RANKED:
            continue
        found = members(server, segment)
        check(f"members of {segment}", truth.execute(query).fetchall(), [(who,) for who in found])
        assert counts[segment] == len(found), f"{segment} tells {counts[segment]} members, not {len(found)}"
    of_customers = members(server, "customers")
    for trait, query in meaning.TRAITS.items():
        if trait in meaning.MOVING:
            continue
        check_values(trait, dict(truth.execute(query)), {who: traits.get(trait) for who, traits in of_customers.items()})
    moved = dict(server.sql(
        "SELECT properties->>'$.segment', count(*) FILTER (WHERE event = 'Segment Entered')"
        " - count(*) FILTER (WHERE event = 'Segment Exited') FROM events WHERE source = 'tessera' GROUP BY ALL"))
    check("who entered and did not leave, by the history", counts.items(), [(name, moved.get(name, 0)) for name in counts])


def check_reasons(server, truth):
    """Of the fallen stars, and of as many others: the answer to why they are in the segment agrees."""
    fallen = {who for who, in truth.execute(meaning.SEGMENTS["fallen-stars"])}
    others = {who for who, in truth.execute(meaning.SEGMENTS["top-spenders"] + " LIMIT 3")}
    for customer in fallen | others:
        why = server.ask("GET", f"/v1/profiles/user_id:{customer}/segments/fallen-stars")
        found = (why["member"], why["explanation"]["holds"])
        assert found == (customer in fallen,) * 2, f"why {customer} is a fallen star or not: {why}"
    print(f"ok  reasons: those of {len(fallen | others)} customers agree with who is a fallen star")


def run_import(server, key, data, rejects):
    started = time.monotonic()
    said = server.run("import", data, "--source", "wholesale", "--mapping", MAPPING, "--url", server.url,
                      "--write-key", key, "--rejects", rejects)
    numbers = {name.strip(): int(number.replace(",", ""))
               for name, number in re.findall(r"^(rows \w+|events \w+) +([\d,]+)", said, re.MULTILINE)}
    print(f"    imported in {time.monotonic() - started:.1f} s: {numbers}")
    return numbers


def counts(server):
    return server.sql("SELECT type, event, count(*), count(DISTINCT message_id), count(DISTINCT profile_id) FROM events"
                      " GROUP BY ALL ORDER BY ALL")


def run(binary, year, data, sample, sizes):
    truth = oracle.load(data)
    truth.executescript(meaning.VIEWS.format(now=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()), published=""))
    lines, = truth.execute("SELECT count(*) FROM lines").fetchone()
    invoices, = truth.execute("SELECT count(*) FROM invoices").fetchone()
    customers, = truth.execute("SELECT count(DISTINCT customer) FROM invoices WHERE customer <> ''").fetchone()
    expected = {"rows read": lines, "rows rejected": 0, "events made": invoices + customers,
                "events accepted": invoices + customers, "events rejected": 0}
    with Server(binary) as server:
        key = server.ask("PUT", "/v1/sources/wholesale", {"trust": "server"})["write_key"]
        publish(server)
        rejects = os.path.join(server.folder.name, "rejects.csv")
        assert run_import(server, key, data, rejects) == expected, f"not {expected}"
        wait(lambda: server.sql("SELECT count(*) FROM events WHERE source = 'wholesale'") == [(invoices + customers,)],
             "the history has all events")
        check("events and people", [(customers, invoices)],
              server.sql("SELECT count(*) FILTER (WHERE type = 'identify'), count(*) FILTER (WHERE type = 'track')"
                         " FROM events WHERE source = 'wholesale'"))
        nobody, = truth.execute("SELECT count(*) FROM invoices WHERE customer = ''").fetchone()
        check("people: each customer, and each invoice without one", [(customers + nobody,)],
              server.sql("SELECT count(DISTINCT profile_id) FROM events WHERE source = 'wholesale'"))
        check_history(server, truth)
        check_profiles(server, truth, sample)
        check_segments(server, truth)
        check_reasons(server, truth)
        before = counts(server)
        assert run_import(server, key, data, rejects) == expected, f"not {expected}"
        check("counts after importing again", before, counts(server))
        check_profiles(server, truth, sample)
        check_segments(server, truth)
        assert server.sql("SELECT count(*) FROM quarantine") == [(0,)], "something is in the quarantine"
        server.stop()
        moments.check_year(year, os.path.join(server.data, "log"), truth, sizes)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--tessera", required=True)
    options.add_argument("--year", required=True)
    options.add_argument("--data", default=DATA)
    options.add_argument("--sample", type=int, default=200)
    options.add_argument("--sizes", help="a file for how many were in each segment, week by week")
    given = options.parse_args()
    if not os.path.exists(given.data):
        print(f"skipped: the data set is not at {os.path.normpath(given.data)} (UCI \"Online Retail\", CC BY 4.0)")
        return SKIPPED
    run(given.tessera, given.year, given.data, given.sample, given.sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
