"""A Tessera of our own: started on a data folder, asked over HTTP, killed."""

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import time

READY_SECONDS = 600  # a replay of everything may take minutes; a server that died is noticed at once


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Refused(Exception):
    """The server would not start: `output` says why."""

    def __init__(self, code, output):
        super().__init__(f"the server ended with {code}: {output}")
        self.code = code
        self.output = output


class Server:
    """One run of `tessera serve`. Its output is kept in `log_path`."""

    def __init__(self, binary, data, extra=()):
        self.binary, self.data, self.extra = binary, data, list(extra)
        self.token_file = data + ".token"
        self.log_path = data + ".out"
        self.process = None
        self.port = 0

    def start(self):
        """Starts it and returns how long it took to be ready."""
        self.port = free_port()
        begun = time.monotonic()
        self.output = open(self.log_path, "ab")
        self.output_start = self.output.tell()
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}",
             "--token-file", self.token_file, *self.extra],
            stdout=self.output, stderr=subprocess.STDOUT)
        while time.monotonic() - begun < READY_SECONDS:
            if self.process.poll() is not None:
                raise Refused(self.process.returncode, self.printed())
            try:
                if self.request("GET", "/ready")[0] == 200 and os.path.exists(self.token_file):
                    return time.monotonic() - begun
            except OSError:
                pass
            time.sleep(0.02)
        raise TimeoutError(f"the server was not ready within {READY_SECONDS} s; its output: {self.log_path}")

    def printed(self):
        """What this run printed so far."""
        self.output.flush()
        with open(self.log_path, "rb") as output:
            output.seek(self.output_start)
            return output.read().decode(errors="replace")

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=120)
        if code != 0:
            raise Refused(code, self.printed())

    def token(self):
        with open(self.token_file) as file:
            return file.read().strip()

    def request(self, method, path, body=None, headers=None, timeout=30):
        """Status, headers and body of one answer, over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except http.client.HTTPException as broken:
            raise ConnectionError(str(broken)) from broken
        finally:
            connection.close()

    def ask(self, method, path, document=None, timeout=120):
        """A request with the administrator's token; the answer's JSON. Tries again while told to."""
        headers = {"Authorization": "Bearer " + self.token(), "Content-Type": "application/json"}
        body = None if document is None else json.dumps(document)
        for _ in range(100):
            status, _, text = self.request(method, path, body, headers, timeout)
            if status not in (429, 503):
                break
            time.sleep(0.1)
        if not 200 <= status < 300:
            raise RuntimeError(f"{method} {path}: {status} {text.decode(errors='replace')}")
        return json.loads(text)

    def sql(self, query):
        return self.ask("POST", "/v1/sql", {"query": query})["rows"]

    def peak_memory(self):
        """The most resident memory it ever had, in bytes."""
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0


def basic(write_key):
    return "Basic " + base64.b64encode(f"{write_key}:".encode()).decode()
