"""Segments to measure with, and how long it takes from an event to the stream of who enters."""

import http.client
import json
import re
import threading
import time

PRODUCTS = ["Whole Milk 1 l", "Sourdough Bread", "Olive Oil 500 ml", "Bananas 1 kg", "Espresso Beans", "Oat Drink 1 l",
            "Free-range Eggs", "Tomatoes 500 g"]
PAGES = ["Home", "Dairy", "Bakery", "Fruit", "Recipes", "Offers", "Basket", "Account"]


def condition(i):
    """The i-th of a mix: most about what the generator sends, some about what it does not."""
    n = i // 10
    return [
        f'events("Product Added").count() >= {5 + 3 * n}',
        f'events("Product Added").filter(e, e.properties.name == "{PRODUCTS[n % 8]}").count() >= {2 + n // 8}',
        f'events("Product Added").sum(e, e.properties.price) > {20 + 15 * n}.0',
        f'events("Product Added").filter(e, e.properties.product_id == "P-{10000 + n * 7 % 977}").exists()',
        f'pages("{PAGES[n % 8]}").count() >= {1 + n // 8} && traits.plan == "family"',
        f'traits.city == "Berlin" && traits.favourite == "{PRODUCTS[n % 8]}" && events("Product Added").count() > {n}',
        f'events("Order Completed").sum(e, e.properties.total) > {100 * n}.0 && events("Order Refunded").count() == 0',
        f'events("Campaign {n} Opened").count() >= 1',
        f'events("Product Added").filter(e, e.properties.price > {n % 9}.0).count() > {10 + n}',
        f'in_segment("bench-{10 * n}") && !in_segment("bench-{10 * n + 2}")',
    ][i % 10]


def windowed(i):
    """The same mix, of which a third looks at windows of one to ninety days."""
    text = condition(i)
    if i % 3 != 0:
        return text
    return re.sub(r'(events|pages)\("([^"]+)"', rf'\1("\2", duration("{1 + i // 10 * 9 % 90}d")', text)


def publish(server, count, make=condition):
    """Publishes `count` segments, and the one that the probe enters, in one set."""
    texts = {f"bench-{i}": make(i) for i in range(count)}
    if count < 10:  # whole tens name each other
        texts = {name: text for name, text in texts.items() if "in_segment" not in text}
    texts["bench-probe"] = 'events("Probed").count() >= 1'
    changes = [{"action": "publish", "kind": "segment", "name": name,
                "document": {"kind": "segment", "name": name, "condition": text}} for name, text in texts.items()]
    return server.ask("POST", "/v1/definitions/apply", {"changes": changes})


def publish_one(server, name, text):
    return server.ask("POST", "/v1/definitions/apply", {"changes": [
        {"action": "publish", "kind": "segment", "name": name,
         "document": {"kind": "segment", "name": name, "condition": text}}]})


def members(server, name):
    return server.ask("GET", f"/v1/segments/{name}")["members"]


class Probe(threading.Thread):
    """Sends people who were never seen, one after another, and waits for each on the stream of changes."""

    def __init__(self, port, token, write_key, seconds):
        super().__init__()
        self.port, self.token, self.write_key, self.seconds = port, token, write_key, seconds
        self.latencies_ms = []

    def run(self):
        stream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        stream.request("GET", "/v1/segments/changes?segment=bench-probe",
                       headers={"Authorization": "Bearer " + self.token})
        lines = stream.getresponse()
        sender = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        end = time.monotonic() + self.seconds
        number = 0
        while time.monotonic() < end:
            number += 1
            body = json.dumps({"userId": f"probe-{time.time_ns()}-{number}", "event": "Probed",
                               "writeKey": self.write_key})
            begun = time.monotonic()
            sender.request("POST", "/v1/track", body, {"Content-Type": "application/json"})
            sender.getresponse().read()
            while b"bench-probe" not in lines.readline():
                pass
            self.latencies_ms.append((time.monotonic() - begun) * 1000)
            time.sleep(0.01)
        stream.close()

    def percentile(self, share):
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
