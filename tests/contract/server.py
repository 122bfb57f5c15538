"""A server with the demo's data, on a port of its own, on a new database of the server that HUBBUB_TEST_DATABASE_URL names."""

import json
import os
import secrets
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

TOKEN = secrets.token_hex(16)


def new_database(postgres):
    """Makes an empty database, as only a first start takes the token. Gives its address."""
    name = f"contract_{secrets.token_hex(8)}"
    subprocess.run(["psql", "--quiet", postgres, "--command", f"CREATE DATABASE {name}"], check=True)
    return urllib.parse.urlsplit(postgres)._replace(path=f"/{name}").geturl()


class Server:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        settings = {
            "HUBBUB_LISTEN": f"127.0.0.1:{port}",
            "HUBBUB_DATA_DIR": self.folder.name,
            "HUBBUB_ADMIN_TOKEN": TOKEN,
            "HUBBUB_RATE_LIMIT_PER_MINUTE": "0",
            "HUBBUB_PUBLIC_URL": self.url,
        }
        postgres = os.environ.get("HUBBUB_TEST_DATABASE_URL")
        if postgres:
            settings["HUBBUB_DATABASE_URL"] = new_database(postgres)
        self.log = open(Path(self.folder.name) / "server.log", "w+")
        program = os.environ["HUBBUB_TEST_PROGRAM"]
        self.process = subprocess.Popen(
            [program, "serve", "--demo"], env={**os.environ, **settings}, stdout=self.log, stderr=self.log
        )

    def __enter__(self):
        for _ in range(600):
            if self.process.poll() is not None:
                break
            try:
                if self.get("/readyz", anonymous=True)[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.2)
        self.log.seek(0)
        raise SystemExit("the server did not start:\n" + self.log.read()[-3000:])

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()
        self.folder.cleanup()

    def ask(self, method, path, body=None, anonymous=False):
        """Gives the code and the JSON of an answer."""
        headers = {} if anonymous else {"Authorization": f"Bearer {TOKEN}"}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                code, text = answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            code, text = refusal.code, refusal.read()
        try:
            return code, json.loads(text)
        except ValueError:
            return code, None

    def get(self, path, anonymous=False):
        return self.ask("GET", path, anonymous=anonymous)
