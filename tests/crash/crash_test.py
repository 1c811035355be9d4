#!/usr/bin/env python3
"""kill -9, again and again, under load. Nothing acknowledged may be missing, nothing may be there twice, and the state
must be what the log alone comes to.

    crash_test.py --tessera build/release/bin/tessera [--rounds 100] [--seed N] [--keep]

Each round: a server on the same data folder; senders on several connections send batches (new events, some of which
bring two people together; events that were acknowledged before; events whose answer never came), until the server is
killed at a random moment. At the end every message id that was acknowledged is in the history once, the people's counts
add up to the same number, and the digest equals that of a fresh server that has only the log. Then the log's files are
damaged: a half-written end must be cut off and told, any other damage must stop the start and be told.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time

from server import Refused, Server, basic

SENDERS = 6
PEOPLE = 400
CUT_SECONDS = 1


class Sender(threading.Thread):
    """Sends batches until the server dies, and remembers what was acknowledged and what is in doubt."""

    def __init__(self, server, write_key, seed, book):
        super().__init__(daemon=True)
        self.server, self.write_key, self.book = server, write_key, book
        self.random = random.Random(seed)
        self.failure = None

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        headers = {"Authorization": basic(self.write_key), "Content-Type": "application/json"}
        while True:
            events = self.book.next_events(self.random)
            try:
                connection.request("POST", "/v1/batch", json.dumps({"batch": events}), headers)
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                return  # the server is dead: what this batch came to is not known
            if answer.status in (429, 503):
                time.sleep(0.02)
                continue
            position = answer.headers.get("Tessera-Position")
            if answer.status != 200 or b"rejected" in text or position is None:
                self.failure = f"{answer.status} {position} {text.decode(errors='replace')}"
                return
            self.book.acknowledge(events, int(position))


class Book:
    """All events that were ever sent, and which of them are known to be kept. Shared by the senders."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent = {}          # message id → event
        self.acknowledged = set()
        self.doubtful = []      # message ids that were sent before the last kill and never acknowledged
        self.position = 0
        self.repeats = 0

    def next_events(self, rng):
        with self.lock:
            events = [self.new_event(rng) for _ in range(rng.randint(1, 60))]
            if self.doubtful and rng.random() < 0.7:
                for _ in range(min(len(self.doubtful), rng.randint(1, 40))):
                    events.append(self.sent[self.doubtful.pop()])
                    self.repeats += 1
            if self.acknowledged and rng.random() < 0.3:
                for message_id in rng.sample(list(self.sent)[-2000:], min(len(self.sent), rng.randint(1, 10), 2000)):
                    events.append(self.sent[message_id])
                    self.repeats += 1
        rng.shuffle(events)
        return events

    def new_event(self, rng):
        message_id = f"m{len(self.sent):08d}"
        person = rng.randrange(PEOPLE)
        kind = rng.random()
        if kind < 0.1:  # a browser that nobody knows
            event = {"type": "page", "name": "Home", "anonymousId": f"a{rng.randrange(PEOPLE * 4)}"}
        elif kind < 0.2:  # it turns out to be somebody's
            event = {"type": "identify", "userId": f"u{person}", "anonymousId": f"a{person * 4 + rng.randrange(4)}",
                     "traits": {"email": f"u{person}@example.com", "visits": rng.randrange(1000)}}
        else:
            event = {"type": "track", "event": "Order Completed", "userId": f"u{person}",
                     "properties": {"total": rng.randrange(10000) / 100}}
        event["messageId"] = message_id
        self.sent[message_id] = event
        return event

    def acknowledge(self, events, position):
        with self.lock:
            self.acknowledged.update(event["messageId"] for event in events)
            self.position = max(self.position, position)

    def killed(self):
        with self.lock:
            self.doubtful = [message_id for message_id in self.sent if message_id not in self.acknowledged]


class Trial:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.rng = random.Random(options.seed)
        self.book = Book()
        self.data = os.path.join(folder, "data")

    def new_server(self, data=None):
        return Server(self.options.tessera, data or self.data, ["--cut-seconds", str(CUT_SECONDS), "--disk-reserve", "0.01",
                                                                "--cache-mb", "64", "--analytics-mb", "256", "--log-segment-mb", "1"])

    def run(self):
        server = self.new_server()
        server.start()
        self.write_key = server.ask("PUT", "/v1/sources/shop", {"trust": "server"})["write_key"]
        for number in range(1, self.options.rounds + 1):
            self.round(server, number)
        self.finish(server)
        self.check_history(server)
        self.check_people(server)
        server.kill()
        self.check_digest()
        self.check_damage()

    def round(self, server, number):
        """Load until the kill, at a random moment; then a new server on the same data."""
        senders = [Sender(server, self.write_key, self.rng.random(), self.book) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        # Some kills come at once, most within a second, some after several cuts.
        time.sleep(self.rng.choice([0.02, 0.2, 0.5, 1.0, 1.0, 2.5]) * (0.5 + self.rng.random()))
        server.kill()
        for sender in senders:
            sender.join(timeout=90)
            expect(not sender.is_alive(), "a sender still waits for a dead server")
            expect(sender.failure is None, f"a batch was refused: {sender.failure}")
        self.book.killed()
        seconds = server.start()
        status = server.ask("GET", "/v1/status")
        expect(status["applied"] >= self.book.position,
               f"the log is at {status['applied']}, but {self.book.position} was acknowledged")
        print(f"round {number}: {len(self.book.acknowledged)} of {len(self.book.sent)} events acknowledged, "
              f"ready again in {seconds:.2f} s", flush=True)

    def finish(self, server):
        """Sends what is in doubt until all is acknowledged, and waits until the history has it."""
        headers = {"Authorization": basic(self.write_key), "Content-Type": "application/json"}
        doubtful = list(self.book.doubtful)
        for start in range(0, len(doubtful), 200):
            events = [self.book.sent[message_id] for message_id in doubtful[start:start + 200]]
            for _ in range(100):
                status, answer, text = server.request("POST", "/v1/batch", json.dumps({"batch": events}), headers)
                if status not in (429, 503):
                    break
                time.sleep(0.1)
            expect(status == 200 and b"rejected" not in text, f"a batch was refused: {status} {text}")
            self.book.acknowledge(events, int(answer["Tessera-Position"]))
        server.ask("POST", "/v1/admin/cut")  # durable means that the history has it

    def check_history(self, server):
        rows, ids = server.sql("SELECT count(*), count(DISTINCT message_id) FROM events WHERE message_id LIKE 'm%'")[0]
        expect(int(rows) == int(ids), f"{int(rows) - int(ids)} events are in the history twice")
        expect(int(ids) == len(self.book.sent), f"{len(self.book.sent)} events were sent, the history has {ids}")
        found = set()
        for start in range(0, len(self.book.sent), 50000):
            low, high = f"m{start:08d}", f"m{start + 50000:08d}"
            found.update(row[0] for row in server.sql(
                f"SELECT message_id FROM events WHERE message_id >= '{low}' AND message_id < '{high}'"))
        missing = self.book.acknowledged - found
        expect(not missing, f"{len(missing)} acknowledged events are missing, e.g. {sorted(missing)[:5]}")
        total = sum(event["properties"]["total"] for event in self.book.sent.values() if event["type"] == "track")
        stored = float(server.sql("SELECT sum(CAST(properties->>'total' AS DOUBLE)) FROM events WHERE type = 'track'")[0][0])
        expect(abs(total - stored) < 0.01, f"the totals sent add up to {total:.2f}, those in the history to {stored:.2f}")

    def check_people(self, server):
        """What each person did, counted by the engine, against the senders' book."""
        expected = {}
        for event in self.book.sent.values():
            if event["type"] == "track":
                expected[event["userId"]] = expected.get(event["userId"], 0) + 1
        for user, count in expected.items():
            person = server.ask("GET", f"/v1/profiles/user_id:{user}")
            found = sum(e["count"] for e in person["events"] if e["name"] == "Order Completed")
            expect(found == count, f"{user} completed {count} orders, their profile says {found}")
        status = server.ask("GET", "/v1/status")
        expect(status["events"] == len(self.book.sent),
               f"{len(self.book.sent)} events were sent, {status['events']} took effect")
        print(f"{status['events']} events, {status['duplicates']} duplicates dropped, {status['profiles']} people, "
              f"{status['merges']} merges", flush=True)

    def check_digest(self):
        """A server with the last cut and one with nothing but the log come to the same state."""
        fresh = os.path.join(self.folder, "fresh")
        shutil.copytree(os.path.join(self.data, "log"), os.path.join(fresh, "log"))
        digests = []
        for data in (self.data, fresh):
            server = self.new_server(data)
            server.start()
            digests.append(server.ask("GET", "/v1/admin/digest"))
            rows = server.sql("SELECT count(*), count(DISTINCT message_id) FROM events WHERE message_id LIKE 'm%'")[0]
            expect([int(n) for n in rows] == [len(self.book.sent)] * 2, f"the history of {data} has {rows}")
            server.kill()
        expect(digests[0] == digests[1], f"the digest is {digests[0]}, the log replayed from nothing gives {digests[1]}")
        print(f"digest {digests[0]['digest']} at {digests[0]['position']}, the same from the log alone", flush=True)

    def check_damage(self):
        """On copies of the log alone."""
        segments = sorted(os.listdir(os.path.join(self.data, "log")))
        last = segments[-1]

        torn = self.copy_of_log("torn")
        path = os.path.join(torn, "log", last)
        if os.path.getsize(path) > 100:
            os.truncate(path, os.path.getsize(path) - 7)
        else:  # begun just now: the start of a frame is there
            with open(path, "ab") as file:
                file.write(b"\x17" * 7)
        server = self.new_server(torn)
        server.start()
        expect("cut off" in server.printed() and last in server.printed(),
               f"the torn end was not told: {server.printed()}")
        server.kill()
        print("a torn end is cut off, and told", flush=True)

        damaged = self.copy_of_log("damaged")
        path = os.path.join(damaged, "log", segments[0])
        place = os.path.getsize(path) // 2
        with open(path, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 0x10]))
        server = self.new_server(damaged)
        try:
            server.start()
        except Refused as refused:
            expect(refused.code > 0, f"the server died of signal {-refused.code}")
            expect(segments[0] in refused.output and "byte" in refused.output,
                   f"the damage was told without file and place: {refused.output}")
            print(f"a flipped bit is told: {refused.output.strip().splitlines()[-1]}", flush=True)
        else:
            server.kill()
            expect(False, f"a flipped bit at byte {place} of {segments[0]} was swallowed")

    def copy_of_log(self, name):
        copy = os.path.join(self.folder, name)
        shutil.copytree(os.path.join(self.data, "log"), os.path.join(copy, "log"))
        return copy


class Wrong(Exception):
    pass


def expect(condition, otherwise):
    if not condition:
        raise Wrong(otherwise)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tessera", default="build/release/bin/tessera")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="keep the data folder")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.rounds} rounds", flush=True)
    folder = tempfile.mkdtemp(prefix="tessera-crash-")
    try:
        Trial(options, folder).run()
    except (Wrong, Refused, RuntimeError, TimeoutError, OSError) as wrong:
        print(f"FAILED with --seed {options.seed}: {wrong}\nThe data is in {folder}", file=sys.stderr)
        return 1
    if options.keep:
        print(f"The data is in {folder}")
    else:
        shutil.rmtree(folder)
    print(f"{options.rounds} kills, nothing lost, nothing twice")
    return 0


if __name__ == "__main__":
    sys.exit(main())
