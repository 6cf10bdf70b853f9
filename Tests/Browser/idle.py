#!/usr/bin/env python3
"""Walks the keep page and the banner of idle cancellation in a real browser (IDL-T51, IDL-T52).

The page is the one that the product's tests hold against what is served (Fixtures), the script is the product's own; what answers behind them is told
here, so that it can be slow, fail and count. usage: idle.py
"""

import json
import pathlib
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from browser import Browser
from console import Console, StoryFailed, wait_until

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "Packages/Notifications/Sources/NotificationsHTTP/KeptBanner.swift"
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'none'"


def banner_script():
    text = re.search(r'script = #"""\n(.*?)\n\s*"""#', SOURCE.read_text(), re.S).group(1)
    return text.replace("\\#(", "(")


def notice(number, resource, via="activity"):
    return {"id": f"ntc_{number}", "kind": "subscription_kept", "resource": resource, "via": via, "renews_at": "2027-05-01T09:00:00Z"}


class Stage:
    """What the server says, and what it was asked."""

    def __init__(self):
        self.notices, self.posts, self.statuses = [], [], []
        self.gate = threading.Event()
        self.gate.set()
        self.used = False


def handler(stage):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, kind, text, policy=None):
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def fixture(self, name):
            policy = (HERE / "Fixtures" / f"{name}.policy").read_text().strip()
            self.answer(200, "text/html; charset=utf-8", (HERE / "Fixtures" / f"{name}.html").read_text(), policy)

        def do_GET(self):
            if self.path.startswith("/sub/keep"):
                self.fixture("keep-continues" if stage.used else "keep-pending")
            elif self.path == "/v1/user":
                self.answer(200, "application/json", json.dumps({"pending_notices": stage.notices, "pending_kept_banner": bool(stage.notices)}))
            elif self.path == "/assets/kept-banner.js":
                self.answer(200, "text/javascript; charset=utf-8", banner_script())
            elif self.path == "/banner":
                page = '<!DOCTYPE html><html lang="en"><title>b</title><main><trellis-kept-banner></trellis-kept-banner></main>'
                self.answer(200, "text/html; charset=utf-8", page + '<script src="/assets/kept-banner.js"></script></html>', POLICY)
            elif self.path == "/frame":
                self.answer(200, "text/html", '<!DOCTYPE html><title>f</title><main>frame</main><iframe src="/sub/keep?t=abc.def"></iframe>')
            else:
                self.answer(404, "text/plain", "")

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            stage.posts.append(self.path)
            stage.gate.wait(20)
            if self.path == "/sub/keep":
                stage.used = True
                self.fixture("keep-continues")
            else:
                self.answer(stage.statuses.pop(0) if stage.statuses else 204, "application/json", "")

    return Handler


class Tour:
    def __init__(self, browser, stage, base):
        self.browser, self.stage, self.base, self.console = browser, stage, base, Console()

    def check(self, condition, text, *facts):
        self.console.check(condition, text, *facts)

    def root(self, script):
        return self.browser.measure(f"(function (root) {{ return {script}; }})(document.querySelector('trellis-kept-banner').shadowRoot)")

    def show(self, *notices):
        self.stage.notices = list(notices)
        self.browser.open(self.base + "/banner")
        wait_until("the element", lambda: self.browser.measure("!!customElements.get('trellis-kept-banner')"))
        wanted = len(notices)
        wait_until("the notices", lambda: self.root("root.querySelectorAll('li').length") == wanted)

    def dismiss(self, number):
        self.root(f"root.querySelector('[data-notice=ntc_{number}] button').click()")

    def banner(self):
        self.console.step("IDL-T52, IDL-061, ADM-088: the banner with no notice, one and several")
        self.show()
        self.check(self.root("root.childElementCount") == 0, "without a notice there is nothing")
        self.show(notice(1, "Orders <img src=x>"))
        text = self.root("root.textContent")
        self.check("Orders <img src=x> continues" in text and "it is used" in text and "May 1, 2027" in text, "one says what, why and when", text)
        self.check(self.root("root.querySelectorAll('img').length") == 0, "a name is text")
        self.check(self.root("root.querySelector('section').getAttribute('role')") == "status", "screen readers hear of it")
        self.show(notice(1, "Orders"), notice(2, "Sales", "link"))
        self.check("2 subscriptions were kept" in self.root("root.textContent"), "several are counted")

        self.console.step("ADM-088: dismissing hides at once, and for good when the call is answered")
        self.stage.gate.clear()
        self.dismiss(1)
        self.check(self.root("root.querySelector('[data-notice=ntc_1]').hidden"), "it is hidden before the answer")
        self.check(self.root("!root.querySelector('section').hidden"), "the other one is still shown")
        self.stage.gate.set()
        wait_until("the answer", lambda: self.root("root.querySelectorAll('li').length") == 1)
        self.check(self.stage.posts == ["/v1/user/notices/ntc_1/acknowledge"], "one call was made", self.stage.posts)
        self.dismiss(2)
        wait_until("the answer", lambda: self.root("root.querySelectorAll('li').length") == 0)
        self.check(self.root("root.querySelector('section').hidden"), "with the last one the banner is gone")

        self.console.step("IDL-T52: a dismissal that fails brings it back")
        self.show(notice(3, "Orders"))
        self.stage.statuses = [500]
        self.stage.gate.clear()
        self.dismiss(3)
        self.check(self.root("root.querySelector('section').hidden"), "it is hidden before the answer")
        self.stage.gate.set()
        wait_until("the failure", lambda: self.root("!root.querySelector('section').hidden"))
        self.check(self.root("root.querySelector('[role=alert]').textContent").startswith("It could not"), "it says so")
        self.dismiss(3)
        wait_until("the answer", lambda: self.root("root.querySelectorAll('li').length") == 0)
        complaints = [line for line in self.browser.complaints() if "500" not in line]
        self.check(not complaints, "no policy was broken", complaints)

    def cdp(self, command, **parameters):
        return self.browser._ask("POST", self.browser.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def pretend(self, name, value, event):
        """Opens the keep page as a browser does that shows it to nobody, and gives the script that ends this."""
        script = (
            f"window.pretended = {value}; Object.defineProperty(document, '{name}', {{ get: () => window.pretended, configurable: true }});"
        )
        added = self.cdp("Page.addScriptToEvaluateOnNewDocument", source=script)["identifier"]
        self.open_pending()
        self.check(not self.stage.posts, f"while {name} is {value} nothing is sent")
        self.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=added)
        return f"(function () {{ delete document['{name}']; document.dispatchEvent(new Event('{event}')); return true; }})()"

    def open_pending(self):
        self.stage.used, self.stage.posts = False, []
        self.browser.open(self.base + "/sub/keep?t=abc.def")

    def says(self, words):
        """Whether the page says something; while it is replaced by the next one it says nothing."""
        try:
            return words in self.browser.text().lower()
        except StoryFailed:
            return False

    def kept(self, text):
        wait_until("the page of the outcome", lambda: self.says("continues"))
        self.check(self.stage.posts == ["/sub/keep"], text, self.stage.posts)

    def keep(self):
        self.console.step("IDL-T51, IDL-052, ADM-085: the keep page submits itself once")
        self.open_pending()
        self.kept("one call")
        complaints = self.browser.complaints()
        self.check(not complaints, "no policy was broken", complaints)
        self.browser._ask("POST", self.browser.session + "/back", {})
        self.browser.open(self.base + "/sub/keep?t=abc.def")
        self.kept("going back and opening it again sends nothing more")

        self.console.step("IDL-T51: unseen it waits")
        for name, value, event in (("visibilityState", "'hidden'", "visibilitychange"), ("prerendering", "true", "prerenderingchange")):
            end = self.pretend(name, value, event)
            self.browser.measure(end)
            self.kept(f"once {name} ends it is sent")

        self.console.step("IDL-T51: without script the button works, by keyboard, and in a frame nothing does")
        self.cdp("Emulation.setScriptExecutionDisabled", value=True)
        self.open_pending()
        text = self.browser.text()
        self.check("Orders <b>" in text and "1 May 2027, 09:00 UTC" in text and not self.stage.posts, "it is shown and nothing is sent", text)
        self.browser._ask("POST", self.browser._element("button[type=submit]") + "/value", {"text": "\ue007"})
        self.kept("the key Enter on the button keeps it")
        self.cdp("Emulation.setScriptExecutionDisabled", value=False)
        self.stage.used, self.stage.posts = False, []
        self.browser.open(self.base + "/frame")
        self.check(any("frame-ancestors" in line for line in self.browser.complaints()), "the browser refuses to frame it")
        self.check(not self.stage.posts, "a framed one does nothing")

    def tell(self):
        self.console.begin("Idle cancellation in a browser")
        self.banner()
        self.keep()
        self.console.end()


def main():
    stage = Stage()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(stage))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    browser = Browser(width=1000)
    try:
        Tour(browser, stage, f"http://127.0.0.1:{server.server_port}").tell()
    except StoryFailed as failure:
        sys.exit(f"\nNot as it should be: {failure}")
    finally:
        browser.close()
        server.shutdown()


main()
