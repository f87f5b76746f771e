"""A running `uavlake serve` and a plain HTTP client for it, with nothing but Python's own library."""

import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import time


class Reply:
    def __init__(self, reply):
        self.status, self.headers, self.body = reply.status, reply.headers, reply.read()

    def json(self):
        return json.loads(self.body)

    def error(self):
        return self.json()["error"]["text"]


class Server:
    """Serves a lake at a free port; `with` ends it by SIGTERM."""

    def __init__(self, program, lake, *options):
        self.program, self.lake, self.options = program, lake, options

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="uavlake-serve-")
        token = os.path.join(self.folder.name, "token")
        self.process = subprocess.Popen([self.program, "serve", "--json", "--port", "0", "--token-file", token, "-l", self.lake, *self.options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"uavlake serve did not start: {self.process.stderr.read()}")
        self.started = json.loads(line)
        self.link, self.address = self.started["link"], self.started["address"]
        self.base = f"http://{self.address}"
        self.port = int(self.address.rsplit(":", 1)[1])
        with open(token, encoding="ascii") as file:
            self.token = file.read().strip()
        self.token_mode = os.stat(token).st_mode & 0o777
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        self.folder.cleanup()

    def another_link(self):
        self.process.send_signal(signal.SIGUSR1)
        return json.loads(self.process.stdout.readline())["link"]

    def ask(self, path, method="GET", headers=None, body=None, sign_in=True):
        """One request as it stands: nothing is followed, completed or quoted."""
        all_headers = {"Authorization": f"Bearer {self.token}"} if sign_in else {}
        all_headers.update(headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, {name: value for name, value in all_headers.items() if value is not None})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path):
        reply = self.ask(path)
        if reply.status != 200:
            raise AssertionError(f"{path}: {reply.status} {reply.body[:300]}")
        return reply.json()

    def query(self, sql, limit=None, headers=None):
        body = {"sql": sql} if limit is None else {"sql": sql, "limit": limit}
        return self.ask("/api/v1/query", "POST", {"Content-Type": "application/json", **(headers or {})}, json.dumps(body))

    def raw(self, data, wait_s=30):
        """Bytes sent as they are; the bytes that come back until the server closes or says nothing more."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait_s) as connection:
            connection.sendall(data)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
                    if b"\r\n\r\n" in answer:
                        connection.settimeout(1)
            except TimeoutError:
                pass
            return answer


def run(program, *arguments, check=True, timeout=300):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode:
        raise SystemExit(f"uavlake {' '.join(arguments)} failed with {done.returncode}: {done.stderr}")
    return done


def small_lake(program, folder, flights=24, vehicles=4):
    """A lake of a few simulated flights in folder/lake, made from folder/logs."""
    lake, logs = os.path.join(folder, "lake"), os.path.join(folder, "logs")
    run(program, "init", "-l", lake)
    run(program, "simulate", "--out", logs, "--flights", str(flights), "--vehicles", str(vehicles), "--duration", "60", "--seed", "7")
    run(program, "add", logs, "-q", "-l", lake)
    return lake


def wait_for(what, seconds=30):
    """The first true value that `what` gives."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"did not come true in {seconds} s")
        time.sleep(0.1)
