#!/usr/bin/env python3
"""Walks the operators' console in a real browser (ADM-082): sign-in with a virtual authenticator, every page, every form, without script, by keyboard,
narrow, dark, on a slow network, with hostile names, and with a stream that is cut. Whatever the browser complains of ends it.

usage: operators.py FACTS    (a JSON object, as ConsoleBrowserTests.swift writes it); pictures are kept in .local/screenshots
"""

import base64
import json
import pathlib
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
from browser import Browser
from console import Console, StoryFailed, wait_until

PICTURES = pathlib.Path(__file__).resolve().parents[2] / ".local" / "screenshots"
REASON = "asked for in ticket 4711"
# What WCAG 2.2 asks of every page and a program can see: one main part, one first heading, headings in order, names on fields, heads on tables.
ACCESSIBLE = """(() => {
  const wrong = [];
  const levels = [...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1]));
  if (document.querySelectorAll('main').length !== 1) wrong.push('main');
  if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1) wrong.push('h1');
  levels.forEach((level, index) => { if (index && level > levels[index - 1] + 1) wrong.push('order of headings'); });
  if (document.documentElement.lang !== 'en' || !document.title) wrong.push('language or title');
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea')) if (!field.labels.length) wrong.push('label of ' + field.name);
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption) wrong.push('caption');
    for (const head of table.querySelectorAll('th')) if (!head.scope) wrong.push('scope');
  }
  for (const place of document.querySelectorAll('button, nav a')) if (place.checkVisibility() && place.getBoundingClientRect().height < 43.5) wrong.push('height of ' + place.textContent);
  if (!document.querySelector('a.skip')) wrong.push('skip link');
  const linear = (text) => { const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const paper = (element) => { for (let at = element; at; at = at.parentElement) { const color = getComputedStyle(at).backgroundColor; if (!/, 0\\)$/.test(color)) return color; } return 'rgb(255, 255, 255)'; };
  for (const element of document.querySelectorAll('main *, nav a')) {
    if (!element.checkVisibility() || !element.textContent.trim() || element.childElementCount || element.closest('[hidden]') || element.tagName === 'OPTION') continue;
    const pair = [linear(getComputedStyle(element).color), linear(paper(element))].sort((a, b) => b - a);
    if ((pair[0] + 0.05) / (pair[1] + 0.05) < 4.5) wrong.push('contrast of ' + element.tagName + ' ' + element.textContent.slice(0, 20));
  }
  return wrong;
})()"""


class Tour:
    def __init__(self, facts, browser):
        self.facts, self.browser, self.console = facts, browser, Console()
        self.read, self.written, self.pictures = set(), set(), 0

    def check(self, condition, text, *facts):
        self.console.check(condition, text, *facts, self.browser.text("body")[:600])

    def cdp(self, command, **parameters):
        return self.browser._ask("POST", self.browser.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def scripts(self, are_on):
        self.cdp("Emulation.setScriptExecutionDisabled", value=not are_on)

    def picture(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        data = self.browser._ask("GET", self.browser.session + "/screenshot")
        (PICTURES / f"console-{self.pictures:02}-{name}.png").write_bytes(base64.b64decode(data))
        self.pictures += 1

    def pattern(self, path, patterns):
        """The page of the table that an address is of."""
        for pattern in sorted(patterns, key=lambda text: text.count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
                return pattern
        return None

    def visit(self, path):
        self.browser.open(self.facts["origin"] + path)
        found = self.pattern(path.split("?")[0], self.facts["reads"])
        if found:
            self.read.add(found)
        self.looks_well(path)

    def looks_well(self, path):
        wide = self.browser.measure("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.check(wide <= 0, f"{path} has no sideways scrolling", wide)
        wrong = self.browser.measure(ACCESSIBLE)
        self.check(not wrong, f"{path} can be used by everybody", wrong)
        strange = self.browser.measure("document.querySelectorAll('main script, main img, main iframe, main style').length")
        self.check(strange == 0, f"{path} holds no foreign markup")
        self.quiet(path)

    def quiet(self, path):
        complaints = self.browser.complaints()
        self.check(not complaints, f"{path} leaves the browser nothing to complain of", complaints)

    def says(self, words):
        self.check(words.lower() in self.browser.text("body").lower(), f"it says: {words}")

    def key(self, text):
        """Presses keys wherever the focus is."""
        actions = [step for letter in text for step in ({"type": "keyDown", "value": letter}, {"type": "keyUp", "value": letter})]
        self.browser._ask("POST", self.browser.session + "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    # The steps

    def sign_in(self):
        self.console.step("sign-in with a virtual authenticator, after the link of an enrolment")
        self.browser.open(self.facts["origin"] + "/console")
        self.check(self.browser.address.endswith("/console/sign-in"), "nobody is in before")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        }  # fmt: skip
        self.browser._ask("POST", self.browser.session + "/webauthn/authenticator", options)
        self.browser.open(self.facts["link"])
        self.says("Ada <b>")
        self.looks_well("/console/enrol")
        self.picture("enrol")
        self.browser.click("form[data-ceremony=enrol] button")
        self.says("passkey is kept")
        self.picture("sign-in")
        self.browser.click("form[data-ceremony=sign-in] button")
        self.check(self.browser.address == self.facts["origin"] + "/console", "the passkey opens the console", self.browser.address)
        cookie = self.browser.cookies[0]
        self.check(cookie["name"] == "__Host-trellis-console" and cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Strict", "the cookie")
        self.quiet("/console")

    def reads(self, name, missing=True):
        org = self.facts["orgs"][0]
        for path in self.facts["reads"]:
            # What is not there looks the same wherever it is missing.
            if not missing and "{" in path.replace("{org_id}", "").replace("{subject_id}", ""):
                continue
            self.visit(path.replace("{org_id}", org).replace("{subject_id}", org))
            self.picture(f"{name}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}")

    def hostile(self):
        self.console.step("ADM-083: names that nobody should choose are text")
        self.visit("/console/orgs")
        text = self.browser.text()
        for name in self.facts["hostile"]:
            self.check(name in text, f"{name[:30]!r} is shown as it is")
        self.check("broken" not in self.browser.measure("document.title"), "nothing of it ran")
        for org in self.facts["orgs"]:
            self.visit(f"/console/orgs/{org}")

    def write(self, pattern, fields, path=None, typed=None, by_keyboard=False):
        """Fills a form in, looks at it again, confirms it."""
        path = path or pattern
        self.browser.open(self.facts["origin"] + path)
        self.looks_well(path)
        for name, value in {**fields, "reason": REASON}.items():
            selector = "#reason" if name == "reason" else f"#field-{name}"
            element = self.browser._element(selector)
            if self.browser.measure(f"document.querySelector('{selector}').tagName") == "SELECT":
                self.browser._ask("POST", self.browser._element(f"{selector} option[value={value}]") + "/click", {})
            elif by_keyboard:
                self.browser._ask("POST", element + "/value", {"text": value})
            else:
                self.browser.fill(selector, value)
        self.send(by_keyboard)
        self.says("Nothing has been done yet")
        self.looks_well(path)
        if typed:
            self.browser.fill("#typed", typed)
        self.send(by_keyboard)
        self.written.add(pattern)
        self.check(self.is_taken(), f"{path} is done")
        self.quiet(path)

    def send(self, by_keyboard):
        if not by_keyboard:
            self.browser.click("main form button[type=submit]")
            return
        page = self.browser._element("html")
        for _ in range(40):
            if self.browser.measure("document.activeElement.matches('main form button[type=submit]')"):
                break
            self.key("\ue004")
        self.check(self.browser.measure("document.activeElement.matches('main form button[type=submit]')"), "the tabulator comes to the button")
        outline = self.browser.measure("getComputedStyle(document.activeElement).outlineStyle")
        self.check(outline != "none", "the focus is seen", outline)
        self.key("\ue007")
        wait_until("the next page", lambda: self.browser.http.get(page + "/name").status_code == 404)
        wait_until("the whole page", lambda: self.browser.measure("document.readyState") == "complete")

    def writes(self):
        org, spare = self.facts["orgs"][0], self.facts["spare"]
        self.console.step("every form, without script")
        self.scripts(False)
        self.write("/console/orgs/{org_id}/limits", {"max_graphs": "unlimited", "max_members": "25"}, f"/console/orgs/{org}/limits")
        self.says("unlimited")
        self.write("/console/orgs/{org_id}/freeze", {"cause": "abuse"}, f"/console/orgs/{org}/freeze", typed=org)
        self.says("frozen")
        self.picture("frozen")
        self.write("/console/orgs/{org_id}/thaw", {}, f"/console/orgs/{org}/thaw")
        self.write("/console/notes/{subject_id}/add", {"text": "<b>called</b> Ada"}, f"/console/notes/{org}/add")
        self.says("<b>called</b> Ada")
        self.write("/console/throttles/block", {"address": "203.0.113.9", "until": self.facts["until"]})
        self.says("203.0.113.9/32")
        self.write("/console/throttles/unblock", {"address": "203.0.113.9"})
        self.says("No network is shut out")
        self.write("/console/legal-holds/set", {"subject_id": org})
        self.browser.click("td.acts a")
        path = self.browser.address.removeprefix(self.facts["origin"])
        self.write("/console/legal-holds/{hold_id}/lift", {}, path, typed=path.split("/")[3])
        self.check("/console/approvals/apr_" in self.browser.address, "what takes two leads to where it waits", self.browser.address)
        self.says("let go by two")
        waiting = self.browser.address.removeprefix(self.facts["origin"]).split("?")[0]
        self.looks_well(waiting)
        self.refused_to_oneself(waiting + "/approve")
        self.scripts(True)

        self.console.step("the rest by keyboard alone, and with script")
        self.write("/console/log-levels/change", {"component": "jobs", "level": "debug", "minutes": "5"}, by_keyboard=True)
        self.says("debug")
        self.write("/console/operators/invite", {"name": "Nia", "role": "support"}, by_keyboard=True)
        self.says("/console/enrol?token=ope_")
        self.write("/console/operators/{operator_id}/disable", {}, f"/console/operators/{spare}/disable", typed=spare)
        self.commands()
        self.check(self.written | {"/console/sessions/{session_id}/end"} == set(self.facts["writes"]), "no form was left out", self.written)

    def is_taken(self):
        """Whether a form was done, or waits for a second operator."""
        return "Done: " in self.browser.text("body") or "/console/approvals/apr_" in self.browser.address

    def refused_to_oneself(self, path):
        self.browser.open(self.facts["origin"] + path)
        self.browser.fill("#reason", REASON)
        self.browser.click("main form button[type=submit]")
        self.browser.click("main form button[type=submit]")
        self.says("cannot consent to it")
        self.looks_well(path)

    def commands(self):
        """The forms over rows of lists: each is filled in and confirmed; what there is is commanded, what there is not is refused on a page of its own."""
        self.console.step("commands over lists are done, or refused with a word and the request's id")
        subjects = {"lane": "lifecycle", "control": "provider_writes"}
        done = set()
        for pattern in self.facts["writes"]:
            if pattern in self.written or pattern == "/console/sessions/{session_id}/end":
                continue
            name = (re.findall(r"\{(\w+)\}", pattern) or [""])[0]
            subject = subjects.get(name, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
            path = re.sub(r"\{\w+\}", subject, pattern)
            self.browser.open(self.facts["origin"] + path)
            self.looks_well(path)
            for field in self.browser.measure("[...document.querySelectorAll('main form input[id^=field-]')].filter((field) => field.required).map((field) => field.id)"):
                self.browser.fill("#" + field, "5" if field == "field-amount" else "usd" if field == "field-currency" else "x")
            self.browser.fill("#reason", REASON)
            self.browser.click("main form button[type=submit]")
            if "Nothing has been done yet" in self.browser.text("body"):
                self.looks_well(path)
                if self.browser.measure("!!document.querySelector('#typed')"):
                    button = self.browser.measure("document.querySelector('main form button[type=submit]').textContent")
                    self.browser.fill("#typed", subject if name else button)
                self.browser.click("main form button[type=submit]")
            text = self.browser.text("body")
            if self.is_taken():
                done.add(pattern)
            elif "There is no such" in text:
                self.check("req_" in text, f"{path} says that there is none, and in which request")
            else:
                tied = self.browser.measure("!!document.querySelector('main form #reason') && document.querySelector('main form #reason').value")
                self.check(tied == REASON, f"{path} is refused on its own page, and what was typed is still there", tied)
            self.looks_well(path)
            self.written.add(pattern)
        commanded = {f"/console/lanes/{{lane}}/{word}" for word in ("pause", "resume")} | {f"/console/controls/{{control}}/{word}" for word in ("engage", "release")}
        self.check(commanded <= done, "what there is was commanded", done)

    def states(self):
        self.console.step("what is refused says so on a page of its own")
        self.browser.open(self.facts["origin"] + f"/console/orgs/{self.facts['orgs'][0]}/limits")
        self.browser.fill("#field-max_graphs", "many")
        self.browser.fill("#reason", REASON)
        self.browser.click("main form button[type=submit]")
        self.says("must be a whole number")
        self.check(self.browser.measure("document.querySelector('#field-max_graphs').value") == "many", "what was typed is still there")
        tied = self.browser.measure("document.getElementById(document.querySelector('#field-max_graphs').getAttribute('aria-describedby')).textContent")
        self.check("max_graphs" in tied and self.browser.measure("document.querySelectorAll('[aria-invalid]').length") == 1, "the words are tied to the field", tied)
        self.looks_well("/console/orgs/{org_id}/limits")
        self.picture("refused")
        self.browser.open(self.facts["origin"] + "/console/orgs/org_01ARZ3NDEKTSV4RRFFQ69G5FAV")
        self.says("There is no such thing")
        self.check("req_" in self.browser.text(), "the request's id is shown")
        self.browser.open(self.facts["origin"] + "/console/throttles")
        self.says("No network is shut out")
        self.quiet("/console/throttles")

    def entries(self):
        return self.browser.measure("[...document.querySelectorAll('[data-stream] li')].map((item) => item.dataset.entry)")

    def stream(self):
        self.console.step("ADM-074: what happens is shown as it happens, and an interruption loses and doubles nothing")
        self.visit("/console")
        def opened():
            return self.browser.measure("Number(document.querySelector('[data-stream]').dataset.opened || 0)")

        wait_until("the stream", opened)
        before = self.browser.measure("document.querySelectorAll('[data-stream] li').length")
        headers, calls = {"Authorization": f"Bearer {self.facts['token']}"}, 0
        # The server ends each stream after three seconds; calls go on meanwhile, each of which is an entry.
        while opened() < 3:
            httpx.get(self.facts["origin"].replace("localhost", "127.0.0.1") + "/v1/admin/rate-limits", headers=headers).raise_for_status()
            calls += 1
            wait_until("the entry", lambda: self.text_count("rate-limits answered 200") >= calls)
        shown = self.entries()
        self.check(len(shown) == len(set(shown)), "none is shown twice")
        self.check(len(shown) >= before + calls, "every call is there", before, calls, len(shown))
        self.picture("stream")
        self.cdp("Network.enable")
        offline = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.cdp("Network.emulateNetworkConditions", offline=True, **offline)
        httpx.get(self.facts["origin"].replace("localhost", "127.0.0.1") + "/v1/admin/rate-limits", headers=headers).raise_for_status()
        self.cdp("Network.emulateNetworkConditions", offline=False, **offline)
        wait_until("what happened meanwhile", lambda: self.text_count("rate-limits answered 200") >= calls + 1)
        self.check(len(self.entries()) == len(set(self.entries())), "and after a cut none is shown twice")
        # A cut is told as an error of the network, which it was.
        complaints = [line for line in self.browser.complaints() if "ERR_INTERNET_DISCONNECTED" not in line and "ERR_NETWORK" not in line]
        self.check(not complaints, "nothing else was complained of", complaints)
        self.scripts(False)
        self.browser.open(self.facts["origin"] + "/console")
        self.check(self.browser.measure("!!document.querySelector('meta[http-equiv=refresh][content=\"5\"]')"), "without script the page loads itself again")
        self.scripts(True)

    def text_count(self, words):
        return self.browser.measure(f"[...document.querySelectorAll('[data-stream] li')].filter((item) => item.textContent.includes('{words}')).length")

    def looks(self):
        for name, width, dark in [("narrow", 320, False), ("dark", 320, True), ("tablet", 768, True), ("wide", 1600, False)]:
            self.console.step(f"{name}: {width} px wide, {'dark' if dark else 'light'}")
            self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
            self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
            self.reads(name, missing=False)
            paper = self.browser.measure("getComputedStyle(document.body).backgroundColor")
            self.check((paper == "rgb(22, 22, 31)") == dark, "the scheme counts", paper)
        self.cdp("Emulation.setEmulatedMedia", features=[])
        self.cdp("Emulation.clearDeviceMetricsOverride")

        self.console.step("a slow network: nothing is missing, and nothing comes from elsewhere")
        self.cdp("Network.enable")
        self.cdp("Network.emulateNetworkConditions", offline=False, latency=400, downloadThroughput=50_000, uploadThroughput=20_000)
        self.visit("/console/orgs")
        weight = self.browser.measure("performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).reduce((sum, file) => sum + file.encodedBodySize, 0)")
        self.check(weight < 102_400, "the page weighs less than 100 KiB", weight)
        hosts = self.browser.measure("[...new Set(performance.getEntriesByType('resource').map((file) => new URL(file.name).origin))]")
        self.check(hosts == [self.facts["origin"]], "everything is the console's own", hosts)
        self.cdp("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)

    def keyboard(self):
        self.console.step("by keyboard: the first stop leads past the menu, and every link of it is reached")
        self.visit("/console/orgs")
        self.key("\ue004")
        self.check(self.browser.measure("document.activeElement.className") == "skip", "the first stop is the way to the content")
        seen = set()
        for _ in range(30):
            self.key("\ue004")
            seen.add(self.browser.measure("document.activeElement.getAttribute('href') || ''"))
        menu = set(self.browser.measure("[...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'))"))
        self.check(menu <= seen, "every page of the menu", menu - seen)

    def attack(self):
        self.console.step("SEC-066: a form of another site does nothing")
        target = f"{self.facts['origin']}/console/orgs/{self.facts['orgs'][1]}/freeze"

        class Foreign(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                body = f'<!DOCTYPE html><title>x</title><form method="post" action="{target}"><input name="cause" value="abuse"><input name="reason" value="{REASON}"><input name="once" value="x"><button>x</button></form>'
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body.encode())

        server = HTTPServer(("127.0.0.1", 0), Foreign)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.browser.open(f"http://127.0.0.1:{server.server_port}/")
        self.browser.click("button")
        self.check("/console/sign-in" in self.browser.address or "another site" in self.browser.text("body"), "it is refused", self.browser.address)
        server.shutdown()
        self.visit(f"/console/orgs/{self.facts['orgs'][1]}")
        self.check("frozen" not in self.browser.text("dl").lower().replace("frozen reason", ""), "nothing was done")

    def leave(self):
        self.console.step("the last form ends the own session; behind it everything is closed")
        self.visit("/console/sessions")
        self.browser.click("td.acts a")
        path = self.browser.address.removeprefix(self.facts["origin"])
        self.browser.fill("#reason", REASON)
        self.browser.click("main form button[type=submit]")
        self.browser.click("main form button[type=submit]")
        self.written.add(self.pattern(path, self.facts["writes"]))
        for path in self.facts["reads"]:
            self.browser.open(self.facts["origin"] + path.replace("{org_id}", self.facts["orgs"][0]).replace("{subject_id}", self.facts["orgs"][0]))
            self.check(self.browser.address.endswith("/console/sign-in"), f"{path} is closed")
        self.browser.click("form[data-ceremony=sign-in] button")
        self.browser.click("header form button")
        self.check(self.browser.address.endswith("/console/sign-in"), "signing out leads to the door")
        self.check(not self.browser.cookies, "and takes the cookie")
        self.check(self.written == set(self.facts["writes"]), "every form was used", set(self.facts["writes"]) - self.written)
        self.check(self.read == set(self.facts["reads"]), "every page was read", set(self.facts["reads"]) - self.read)

    def tell(self):
        self.console.begin("The console in a browser")
        self.sign_in()
        self.console.step("every page, as it is")
        self.reads("plain")
        self.console.step("every page, without script")
        self.scripts(False)
        self.reads("no-script")
        self.scripts(True)
        self.hostile()
        self.keyboard()
        self.writes()
        self.states()
        self.stream()
        self.looks()
        self.attack()
        self.leave()
        self.console.end()


def main():
    browser = Browser(width=1000)
    try:
        Tour(json.loads(sys.argv[1]), browser).tell()
    except StoryFailed as failure:
        sys.exit(f"\nNot as it should be: {failure}")
    finally:
        browser.close()


main()
