"""What the tools of the benchmarks share: an API's client on one connection, and statements by psql."""

import http.client
import json
import subprocess
from urllib.parse import urlencode, urlsplit

PASSWORD = "Correct-Horse-7-Battery"


class Client:
    """Calls an API on one connection; an answer that is none of success ends the program."""

    def __init__(self, base, timeout=None):
        self.connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=timeout)

    def send(self, method, path, token=None, body=None, form=None):
        """Gives the answer's bytes, which is what a caller waits for; reading them as JSON is another's time. `form` is sent in the place of JSON."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        content = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            content = urlencode(form)
        elif body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body)
        self.connection.request(method, path, content, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:300]}")
        return content

    def call(self, method, path, token=None, body=None, form=None):
        content = self.send(method, path, token, body, form)
        return json.loads(content) if content else None

    def register(self, name, email):
        """Gives the answer of a registration."""
        return self.call("POST", "/v1/auth/register", body={"name": name, "email": email, "password": PASSWORD})


class Database:
    """Runs statements as the administrator."""

    def __init__(self, url):
        self.url = url

    def run(self, text):
        """Gives what the statements print; one that fails ends the program with what the server says."""
        done = subprocess.run(
            ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", self.url, "-c", text], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout.strip()
