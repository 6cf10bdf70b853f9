"""A real browser: headless Chromium through its driver, spoken to by the WebDriver protocol (W3C) without a library."""

import os
import re
import shutil
import signal
import subprocess
import tempfile

import httpx
from console import StoryFailed, wait_until

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window. It keeps nothing, and is gone with its folder when it is closed."""

    def __init__(self, width=320, height=900):
        self.folder = tempfile.mkdtemp(prefix="trellis-browser.")
        environment = os.environ | {"HOME": self.folder, "TMPDIR": self.folder}
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
            start_new_session=True,
        )  # fmt: skip
        try:
            port = None
            while port is None:
                line = self.driver.stdout.readline()
                if not line:
                    raise StoryFailed("the browser's driver does not start")
                found = re.search(r"successfully on port (\d+)", line)
                port = found and found.group(1)
            self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
            arguments = [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                "--disable-component-update", "--no-first-run", f"--user-data-dir={self.folder}/profile", f"--window-size={width},{height}",
            ]  # fmt: skip
            capabilities = {
                "browserName": "chrome",
                "goog:chromeOptions": {"args": arguments},
                "goog:loggingPrefs": {"browser": "ALL"},
            }
            session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
            self.session = "/session/" + session["sessionId"]
            self._ask("POST", self.session + "/window/rect", {"width": width, "height": height})
        except BaseException:
            self._end()
            raise

    def _ask(self, method, path, body=None):
        answer = self.http.request(method, path, json=body)
        value = answer.json()["value"]
        if answer.status_code != 200:
            raise StoryFailed(f"the browser refuses {path.rsplit('/', 1)[-1]}: {value.get('error')}: {value.get('message', '')[:300]}")
        return value

    def open(self, url):
        self._ask("POST", self.session + "/url", {"url": url})

    def _element(self, selector):
        try:
            found = self._ask("POST", self.session + "/element", {"using": "css selector", "value": selector})
        except StoryFailed as failure:
            source = self._ask("GET", self.session + "/source")
            raise StoryFailed(f"{self.address} has no {selector}: {source[:1500]}") from failure
        return f"{self.session}/element/{found[ELEMENT]}"

    def text(self, selector="main"):
        return self._ask("GET", self._element(selector) + "/text")

    def fill(self, selector, value):
        element = self._element(selector)
        self._ask("POST", element + "/clear", {})
        self._ask("POST", element + "/value", {"text": value})

    def click(self, selector):
        """Presses something that leads to another page, and waits for that page."""
        page = self._element("html")
        self._ask("POST", self._element(selector) + "/click", {})
        wait_until("the next page", lambda: self.http.get(page + "/name").status_code == 404)
        wait_until("the whole page", lambda: self.measure("document.readyState") == "complete")

    def measure(self, script):
        return self._ask("POST", self.session + "/execute/sync", {"script": f"return {script}", "args": []})

    @property
    def address(self):
        return self._ask("GET", self.session + "/url")

    @property
    def cookies(self):
        return self._ask("GET", self.session + "/cookie")

    def complaints(self):
        """The warnings and errors of the browser's console since it was asked last: refused styles, missing files, broken policies. That a page
        answers with a status of 400 is said there too, and is meant so."""
        log = [line for line in self._ask("POST", self.session + "/se/log", {"type": "browser"}) if line["level"] in ("WARNING", "SEVERE")]
        return [line["message"] for line in log if "the server responded with a status of 4" not in line["message"]]

    def close(self):
        try:
            self.http.delete(self.session)
        except httpx.HTTPError:
            pass
        self._end()

    def _end(self):
        # The driver and every process of the browser are one group. A caller that ignores SIGTERM has taught them to do so, too.
        os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()
        # A child of the browser may still write while it dies.
        wait_until("the browser's folder to go", lambda: shutil.rmtree(self.folder, ignore_errors=True) or not os.path.exists(self.folder))
