"""A Tessera of its own for a test: started on a free port, stopped at the end."""

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.request


class Server:
    def __init__(self, binary):
        self.binary = binary
        self.folder = tempfile.TemporaryDirectory(prefix="tessera-online-retail-")
        self.data = os.path.join(self.folder.name, "data")
        self.token_file = os.path.join(self.folder.name, "token")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.log = open(os.path.join(self.folder.name, "server.log"), "w+b")
        self.process = subprocess.Popen(
            [binary, "serve", "--data", self.data, "--listen", self.url[7:],
             "--token-file", self.token_file],
            stdout=self.log, stderr=self.log)

    def __enter__(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/ready", timeout=5):
                    with open(self.token_file, encoding="ascii") as file:
                        self.token = file.read().strip()
                    return self
            except OSError:
                time.sleep(0.1)
        self.log.seek(0)
        raise RuntimeError("the server did not come up:\n" + self.log.read().decode(errors="replace"))

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __exit__(self, failed, *_):
        self.stop()
        if failed:
            self.log.seek(0)
            print("--- the server's last lines\n" + self.log.read().decode(errors="replace")[-3000:])
        self.log.close()
        self.folder.cleanup()

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": "Bearer " + self.token,
                                                  "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def run(self, *arguments):
        """The output of a `tessera` command; its failure is an error that shows what it said."""
        done = subprocess.run([self.binary, *arguments], env={**os.environ, "TESSERA_TOKEN": self.token},
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"tessera {' '.join(arguments[:1])} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def sql(self, query):
        answer = json.loads(self.run("sql", query, "--format", "json", "--url", self.url))
        if answer["truncated"]:
            raise RuntimeError("the answer was cut: " + query)
        return [tuple(row) for row in answer["rows"]]
