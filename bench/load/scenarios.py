#!/usr/bin/env python3
"""The speed of a real server on this machine, load generator included; called by bench/run.sh. Method: bench/RESULTS.md.

Prints a table and writes the figures as JSON. Nothing here passes or fails by a time.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "crash"))
import segments  # noqa: E402
from server import Server, free_port  # noqa: E402

SCENARIOS = ["bare", "batch", "single", "half", "reads", "recovery", "replay_cold", "replay_all", "segments",
             "windows", "due", "history"]

STEADY_RATE = 30_000  # events/s beside which the stream of changes is measured

# What the product is to reach, by the row's key: (figure, unit, whether more is better).
TARGETS = {
    "batch": (100_000, "events/s", True),
    "single": (25_000, "requests/s", True),
    "half": (20, "ms p99", False),
    "reads": (2, "ms p99", False),
    "replay": (200_000, "events/s", True),
    "ready": (15, "s", False),
    "segments_100": (100_000, "events/s", True),
    "stream": (100, "ms p99", False),
    "windows": (100_000, "events/s", True),
    "due": (3, "s", False),
    "history": (60, "s", False),
    "history_beside": (30, "ms p99", False),
    "preview": (1, "s", False),
    "memory": (3.0, "GiB", False),
}


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.seconds = 10 if options.quick else 60
        self.short = 10 if options.quick else 30
        self.rows = []      # (key, what, figure, unit, note)
        self.raw = {}       # everything the generator said
        self.server = None
        self.peak = 0

    def generator(self, *arguments):
        command = [os.path.join(self.options.build, "bin", "bench_load"), *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def load(self, name, *arguments):
        """Runs one load against the server; what it measured, with the processor time that the server took."""
        before = self.processor()
        loads = self.generator(*arguments, "--port", self.server.port, "--token-file", self.server.token_file,
                               "--profiles", self.options.profiles)
        figures = finished(loads)
        figures["server_cpu_s"] = round(self.processor() - before, 2)
        self.raw[name] = figures
        return figures

    def processor(self):
        with open(f"/proc/{self.server.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def threads(self):
        """Processor seconds of each of the server's threads, by name."""
        seconds = {}
        tasks = f"/proc/{self.server.process.pid}/task"
        for task in os.listdir(tasks):
            try:
                with open(f"{tasks}/{task}/stat") as stat:
                    name, fields = stat.read().split("(", 1)[1].rsplit(")", 1)
            except FileNotFoundError:
                continue
            used = sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")
            seconds[name] = round(seconds.get(name, 0) + used, 2)
        return dict(sorted(seconds.items(), key=lambda item: -item[1]))

    def row(self, key, what, figure, unit, note=""):
        self.rows.append((key, what, figure, unit, note))
        print(f"  {what}: {figure:,.6g} {unit} {note}", flush=True)

    def start(self, *extra, data=None):
        self.server = Server(os.path.join(self.options.build, "bin", "tessera"),
                             data or os.path.join(self.folder, "data"), extra)
        return self.server.start()

    def end(self, kill=False):
        self.peak = max(self.peak, self.server.peak_memory())
        if kill:
            self.server.kill()
        else:
            self.server.stop()

    def settle(self):
        """Waits until all that was sent has taken effect, so that nothing weighs on what is measured next; seconds."""
        begun = time.monotonic()
        while time.monotonic() - begun < 300:
            status = self.server.ask("GET", "/v1/status")
            if status["applied"] >= status["synced"]:
                break
            time.sleep(0.1)
        return time.monotonic() - begun

    # ---- The scenarios, in the order they run.

    def bare(self):
        """The same run's limits without Tessera: the log alone, HTTP alone."""
        folder = os.path.join(self.folder, "bare-log")
        log = subprocess.run([os.path.join(self.options.build, "bin", "bench_log"), folder, "3"], check=True,
                             stdout=subprocess.PIPE, text=True)
        shutil.rmtree(folder)
        self.raw["bare_log"] = json.loads(log.stdout)
        self.row("bare_log", "log alone, 300-byte records synced per 100", self.raw["bare_log"]["log_synced_by_100_per_s"],
                 "records/s")
        self.row("bare_log_2000", "log alone, synced per 2,000", self.raw["bare_log"]["log_synced_by_2000_per_s"],
                 "records/s")
        port = free_port()
        null_server = self.generator("null-server", "--port", port)
        try:
            time.sleep(0.3)
            for mode, unit, depth in (("batch", "events", 1), ("single", "requests", 4)):
                loads = self.generator(mode, "--port", port, "--write-key", "none", "--seconds", 5, "--depth", depth)
                figures = finished(loads)
                self.raw["bare_" + mode] = figures
                self.row("bare_" + mode, f"HTTP alone, {mode}", figures[unit + "_per_s"], unit + "/s")
        finally:
            null_server.kill()
            null_server.wait()

    def create(self):
        figures = self.load("create", "create", "--connections", 16)
        self.row("create", f"{self.options.profiles:,} people made", figures["events_per_s"], "events/s",
                 f"in {figures['seconds']:.0f} s")

    def batch(self):
        figures = self.load("batch", "batch", "--seconds", self.seconds, "--connections", 16)
        self.top = figures["requests_per_s"]
        status = self.server.ask("GET", "/v1/status")
        self.raw["status_after_batch"] = status
        self.raw["threads_after_batch"] = self.threads()
        behind = status["synced"] - status["applied"]
        late = self.settle()
        self.row("batch", "ingest, batches of 100", figures["events_per_s"], "events/s",
                 f"{figures['refused']} refused, slowest second {figures['slowest_second']:,}, {behind:,} not applied yet, "
                 f"{figures['server_cpu_s'] / max(figures['events'], 1) * 1e6:.1f} µs of CPU an event")
        self.row("applied", "the same, until all of it had taken effect", figures["events"] / (figures["seconds"] + late),
                 "events/s", f"{late:.1f} s later")

    def single(self):
        figures = self.load("single", "single", "--seconds", self.short, "--connections", 32, "--depth", 8)
        self.row("single", "ingest, one event a request", figures["requests_per_s"], "requests/s",
                 f"p99 {figures['p99_us'] / 1000:.1f} ms, {figures['refused']} refused")

    def half(self):
        figures = self.load("half", "batch", "--seconds", self.short, "--connections", 32, "--rate", self.top / 2)
        self.row("half", f"acknowledgement at half the top rate ({self.top * 50:,.0f} events/s)",
                 figures["p99_us"] / 1000, "ms p99",
                 f"p50 {figures['p50_us'] / 1000:.1f}, p99.9 {figures['p999_us'] / 1000:.1f}, max {figures['max_us'] / 1000:.0f}")

    def reads(self):
        arguments = ("--port", self.server.port, "--token-file", self.server.token_file, "--profiles", self.options.profiles)
        ingest = self.generator("batch", "--seconds", self.short + 2, "--connections", 16, "--rate", self.top / 2, *arguments)
        time.sleep(1)
        figures = self.load("reads", "read", "--seconds", self.short, "--connections", 16, "--rate", 10_000)
        beside = finished(ingest)
        self.raw["reads_beside"] = beside
        self.row("reads", "profile reads at 10,000/s beside half the top rate", figures["p99_us"] / 1000, "ms p99",
                 f"{figures['requests_per_s']:,.0f}/s, p50 {figures['p50_us'] / 1000:.2f}, p99.9 {figures['p999_us'] / 1000:.1f}; "
                 f"ingest beside {beside['events_per_s']:,.0f} events/s")

    def recovery(self):
        """kill -9 in full load, with the cuts as they are by default: how soon it serves again."""
        ingest = self.generator("batch", "--seconds", 15, "--connections", 8, "--port", self.server.port, "--token-file",
                                self.server.token_file, "--profiles", self.options.profiles)
        time.sleep(12)
        self.end(kill=True)
        ingest.kill()
        ingest.wait()
        ready = self.start()
        self.raw["recovery"] = self.server.printed()
        self.row("ready", "serving again after kill -9 in full load", ready, "s", replayed(self.server.printed())[1])

    def replay_cold(self):
        """Restart from the last cut, the page cache dropped, a million records uncut: state comes from disk."""
        self.end()
        self.start("--cut-seconds", "3600")
        self.load("before_replay", "batch", "--requests", 9000, "--connections", 8)
        self.server.kill()
        cold = drop_page_cache()
        self.start()
        rate, said = replayed(self.server.printed())
        self.row("replay", "replay since the last cut, " + ("cold" if cold else "page cache kept"), rate, "records/s", said)

    def replay_all(self):
        """The whole log into nothing: state is made as it goes, so its cache is warm."""
        self.end()
        fresh = os.path.join(self.folder, "fresh")
        shutil.copytree(os.path.join(self.folder, "data", "log"), os.path.join(fresh, "log"))
        self.start(data=fresh)
        rate, said = replayed(self.server.printed())
        self.row("replay_all", "replay of the whole log into nothing, warm", rate, "records/s", said)

    def segments(self):
        """Ingest with segments published, until all has taken effect; each number of them on people of their own."""
        self.end()
        for count in (0, 1, 10, 100, 1000):
            self.start(data=os.path.join(self.folder, f"segments-{count}"))
            if count:
                segments.publish(self.server, count)
            self.load("create", "create", "--connections", 16)
            self.settle()
            figures = self.load(f"segments_{count}", "batch", "--seconds", self.short, "--connections", 16)
            late = self.settle()
            engine = self.threads()["engine"] / (figures["events"] + self.options.profiles) * 1e6
            self.row(f"segments_{count}", f"ingest with {count:,} segments, until all of it had taken effect",
                     figures["events"] / (figures["seconds"] + late), "events/s",
                     f"{figures['events_per_s']:,.0f} acknowledged, engine {engine:.1f} µs an event")
            if count == 100:
                self.stream()
            self.end()
        self.start()

    def windows(self):
        """As segments, with 100, after as many events as there are to be entries: without windows, then a third with."""
        self.end()
        for key, make, what in (("no_windows", segments.condition, "none of them windowed"),
                                ("windows", segments.windowed, "a third of them windowed")):
            self.start(data=os.path.join(self.folder, key))
            segments.publish(self.server, 100, make)
            self.load("create", "create", "--connections", 16)
            before = self.load(key + "_before", "batch", "--requests", self.options.entries // 100, "--connections", 16)
            self.settle()
            engine_before = self.threads()["engine"]
            figures = self.load(key, "batch", "--seconds", self.short, "--connections", 16)
            late = self.settle()
            engine = (self.threads()["engine"] - engine_before) / figures["events"] * 1e6
            self.row(key, f"ingest with 100 segments, {what}, until all of it had taken effect",
                     figures["events"] / (figures["seconds"] + late), "events/s",
                     f"{figures['events_per_s']:,.0f} acknowledged, engine {engine:.1f} µs an event, "
                     f"{before['events']:,} events before")
            self.end()
        self.start()

    def due(self):
        """People who fall due in the second in which their windows end."""
        self.end()
        self.start(data=os.path.join(self.folder, "due"))
        segments.publish_one(self.server, "just-now", 'events("Product Added", duration("20s")).exists() || '
                             'pages(duration("20s")).exists() || events("Order Completed", duration("20s")).exists()')
        self.load("due", "batch", "--requests", 2 * self.options.profiles // 100, "--connections", 16)
        self.settle()
        most = segments.members(self.server, "just-now")
        begun = None
        passed = most
        while passed > 0:
            passed = segments.members(self.server, "just-now")
            if passed < most and begun is None:
                begun = time.monotonic()
            time.sleep(0.02)
        took = time.monotonic() - (begun or time.monotonic())
        figures = self.raw["due"]
        self.row("due", f"{most:,} people falling due over {figures['seconds']:.1f} s, from the first to the last who left", took, "s",
                 f"{most / max(took, 0.001):,.0f} a second")
        self.end()
        self.start()

    def history(self):
        """A windowed question is filled from the history while events come in; and what it would be is told before."""
        self.end()
        self.start(data=os.path.join(self.folder, "history"))
        self.load("create", "create", "--connections", 16)
        before = self.load("history_before", "batch", "--requests", self.options.history // 100, "--connections", 16)
        self.settle()
        text = 'events("Product Added", duration("90d")).sum(e, e.properties.price) > 20.0'
        begun = time.monotonic()
        told = self.server.ask("POST", "/v1/segments/preview", {"condition": text})
        self.row("preview", f"preview of it over {told['people']:,} people", time.monotonic() - begun, "s",
                 f"about {told['count']['estimate']:,} ({told['count']['low']:,} to {told['count']['high']:,})")
        ingest = self.generator("batch", "--seconds", 2 * self.short, "--connections", 16, "--rate", 200, "--port", self.server.port,
                                "--token-file", self.server.token_file, "--profiles", self.options.profiles)
        time.sleep(2)
        begun = time.monotonic()
        segments.publish_one(self.server, "spenders", text)
        read_after = 0
        while True:
            segment = self.server.ask("GET", "/v1/segments/spenders")
            if segment.get("filling", {}).get("stage") == "history":
                read_after = time.monotonic() - begun
            if not segment.get("pending") and "filling" not in segment:
                break
            time.sleep(0.05)
        took = time.monotonic() - begun
        beside = finished(ingest)
        self.raw["history_beside"] = beside
        self.row("history", f"a windowed question filled from {before['events'] + self.options.profiles:,} events", took, "s",
                 f"{segment['members']:,} members; the history was read after {read_after:.1f} s, then everybody looked at")
        self.row("history_beside", "acknowledgement beside it, at 20,000 events/s", beside["p99_us"] / 1000, "ms p99",
                 f"p50 {beside['p50_us'] / 1000:.1f}, max {beside['max_us'] / 1000:.0f}")
        self.end()
        self.start()

    def stream(self):
        """From an event that is sent to the line on the stream of changes, beside a steady rate."""
        source = self.server.ask("PUT", "/v1/sources/probe", {"trust": "server"})
        ingest = self.generator("batch", "--seconds", self.short + 2, "--connections", 16, "--rate", STEADY_RATE / 100, "--port",
                                self.server.port, "--token-file", self.server.token_file, "--profiles",
                                self.options.profiles)
        time.sleep(1)
        probe = segments.Probe(self.server.port, self.server.token(), source["write_key"], self.short)
        probe.start()
        probe.join()
        beside = finished(ingest)
        self.settle()
        self.row("stream", "event to stream of changes, 100 segments", probe.percentile(0.99), "ms p99",
                 f"p50 {probe.percentile(0.5):.1f}, max {max(probe.latencies_ms):.0f}, {len(probe.latencies_ms):,} people; "
                 f"ingest beside {beside['events_per_s']:,.0f} events/s")

    def run(self):
        todo = self.options.only or SCENARIOS
        if "bare" in todo:
            self.bare()
        if set(todo) - {"bare"}:
            self.start()
            self.create()
            self.top = self.options.top / 100
            for name in todo:
                if name != "bare":
                    self.settle()
                    getattr(self, name)()
            self.end()
            self.row("memory", "resident memory, the most it had", self.peak / 2**30, "GiB")


def finished(process):
    text, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the load generator ended with {process.returncode}")
    return json.loads(text)


def replayed(printed):
    """Records a second, and the words, of the server's line about its replay."""
    found = re.search(r"Replayed (\d+) records .* in ([\d.]+) s \((\d+) a second\)", printed)
    if not found:
        return 0, "nothing was replayed"
    return int(found[3]), f"{int(found[1]):,} records in {found[2]} s"


def drop_page_cache():
    os.sync()
    try:
        with open("/proc/sys/vm/drop_caches", "w") as file:
            file.write("3")
        return True
    except OSError:
        return False


def table(rows):
    lines = ["| what | figure | target | |", "|---|---|---|---|"]
    for key, what, figure, unit, note in rows:
        shown = f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}"
        target = ""
        if key in TARGETS:
            wanted, target_unit, more = TARGETS[key]
            target = f"{'≥' if more else '≤'} {wanted:,} {target_unit}"
        lines.append(f"| {what} | {shown} {unit} | {target} | {note} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--quick", action="store_true", help="10 s each, 200,000 people")
    parser.add_argument("--profiles", type=int)
    parser.add_argument("--history", type=int, help="events before a question about them is published")
    parser.add_argument("--entries", type=int, help="entries in windows before they are measured")
    parser.add_argument("--only", nargs="+", metavar="NAME",
                        choices=SCENARIOS)
    parser.add_argument("--top", type=float, default=100_000, help="the top rate, events/s, if `batch` is not run")
    parser.add_argument("--data", help="a folder on the disk to measure; a new one in it is used and removed")
    parser.add_argument("--json", default=os.path.join(ROOT, "build", "bench.json"))
    options = parser.parse_args()
    options.profiles = options.profiles or (200_000 if options.quick else 1_000_000)
    options.history = options.history or (1_000_000 if options.quick else 10_000_000)
    options.entries = options.entries or (1_000_000 if options.quick else 10_000_000)
    folder = tempfile.mkdtemp(prefix="tessera-bench-", dir=options.data or os.path.join(ROOT, "build"))
    bench = Bench(options, folder)
    try:
        bench.run()
    finally:
        if bench.server is not None:
            bench.server.kill()
        shutil.rmtree(folder, ignore_errors=True)
        with open(options.json, "w") as file:
            json.dump({"rows": bench.rows, "raw": bench.raw}, file, indent=1)
    print(f"\n{table(bench.rows)}\n\nAll figures: {options.json}")


if __name__ == "__main__":
    main()
