#!/usr/bin/env python3
"""Walks the pages that mailed links lead to, and the payment page, in a real browser.

usage: pages.py STATE_FILE
"""

import json
import re
import sys

import httpx
from browser import Browser
from console import Console, StoryFailed, wait_until
from people import PASSWORD, Person
from sandbox import Control, MailBox

NEW_PASSWORD = "Green-Lantern77q-Lamp"


class Tour:
    def __init__(self, state, browser):
        self.state, self.browser, self.console = state, browser, Console()
        self.mail, self.control = MailBox(state), Control(state)

    def link(self, address, subject, place):
        """The address that the newest mail with some words in its subject leads to, as it stands in its HTML part's text twin."""
        found = wait_until(f"the mail {subject}", lambda: [m for m in self.mail.to(address) if subject in m["subject"].lower()])
        link = re.search(rf"https?://\S*{place}\?token=[A-Za-z0-9_\-.~%]+", found[-1]["text"])
        if link is None:
            raise StoryFailed(f"the mail {subject} leads nowhere: {found[-1]['text'][:400]}")
        return link.group(0)

    def check(self, condition, text, *facts):
        self.console.check(condition, text, *facts, self.browser.text())

    def looks_well(self):
        """Nothing sticks out sideways at 320 px, nothing was refused by the page's policy, and no cookie was set."""
        wide = self.browser.measure("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.check(wide <= 0, "the page is not wider than a small telephone", wide)
        self.check(self.browser.measure("getComputedStyle(document.querySelector('main').parentElement).maxWidth") == "576px", "the style counts")
        complaints = self.browser.complaints()
        self.check(not complaints, "the browser has nothing to complain of", complaints)
        self.check(not self.browser.cookies, "there is no cookie")

    def says(self, words):
        self.check(words.lower() in self.browser.text().lower(), f"it says: {words}")

    def login(self, person, password):
        body = {"email": person.email, "password": password}
        answer = httpx.post(self.state["api_url"] + "/v1/auth/login", json=body, timeout=120)
        person.token = answer.json().get("token", person.token)
        return answer.status_code

    def wait_after_failure(self):
        # After a failure everybody of the network waits before the next try (ID-039).
        self.control.advance(self.state["api_url"], 120)

    def verification(self, ada):
        self.console.step("ID-084 ID-087: an address is confirmed by the button, not by opening the page")
        link = self.link(ada.email, "confirm", "/auth/verify-email")
        for _ in range(2):
            self.browser.open(link)
        self.looks_well()
        self.check(not ada.me().email_verified, "opening it twice changed nothing")
        self.browser.click("button[type=submit]")
        self.says("is confirmed")
        self.check(ada.me().email_verified, "the API agrees")
        self.browser.open(link)
        self.browser.click("button[type=submit]")
        self.says("used already")

    def disowning(self, fay):
        self.console.step("ID-019: who gets a mail about an account that is not theirs removes it, with the org that it has")
        self.browser.open(self.link(fay.email, "confirm", "/auth/disown-email"))
        self.looks_well()
        self.check(self.login(fay, PASSWORD) == 200, "opening it changed nothing")
        self.browser.click("button[type=submit]")
        self.says("is removed")
        self.check(self.login(fay, PASSWORD) == 401, "nobody signs in to the account any more")
        self.wait_after_failure()
        fay.register()
        self.check(self.login(fay, PASSWORD) == 200, "the address is free at once")

    def reset(self, ada):
        self.console.step("ID-090 ID-091: a password is set anew; a weak one and a slip of the finger use nothing up")
        httpx.post(self.state["api_url"] + "/v1/auth/password/forgot", json={"email": ada.email}, timeout=120)
        self.browser.open(self.link(ada.email, "reset", "/auth/reset-password"))
        self.looks_well()
        self.check(ada.email not in self.browser.text(), "the address is masked")
        for first, second, words in [
            ("weak", "weak", "at least"), (NEW_PASSWORD, PASSWORD, "not the same"), (NEW_PASSWORD, NEW_PASSWORD, "is set"),
        ]:  # fmt: skip
            self.browser.fill("#new_password", first)
            self.browser.fill("#confirm_password", second)
            self.browser.click("button[type=submit]")
            self.says(words)
        self.check(self.login(ada, NEW_PASSWORD) == 200, "the new password is in")
        self.check(self.login(ada, PASSWORD) == 401, "the old one is out")
        self.wait_after_failure()
        self.browser.open(self.link(ada.email, "reset", "/auth/reset-password"))
        self.says("does not work")

    def invite(self, ada, address):
        answer = ada.http("POST", f"/v1/orgs/{ada.org_id}/invitations", json={"email": address, "role": "member"})
        self.console.check(answer.status_code == 201, f"{address} is invited", answer.text)
        return answer.json()["id"], self.link(address, "invite", "/invitations")

    def invitations(self, ada):
        self.console.step("ADM-091 ORG-056 ORG-057: who is new registers, who has an account signs in, and opening accepts nothing")
        ben, eve = Person(self.state["api_url"], "Ben"), Person(self.state["api_url"], "Eve")
        _, link = self.invite(ada, eve.email)
        self.browser.open(link)
        self.looks_well()
        self.says(eve.email)
        self.browser.fill("#name", "Eve <b>")
        self.browser.fill("#new_password", PASSWORD)
        self.browser.click("input[value=register] ~ button")
        self.says("You are a member now")
        self.check(self.login(eve, PASSWORD) == 200, "Eve can sign in")

        ben.register()
        _, link = self.invite(ada, ben.email)
        self.browser.open(link)
        self.browser.fill("#password", "Not-The-Password-1")
        self.browser.click("input[value=accept] ~ button")
        self.check("member now" not in self.browser.text(), "a wrong password accepts nothing")
        self.wait_after_failure()
        self.browser.fill("#password", PASSWORD)
        self.browser.click("input[value=accept] ~ button")
        self.says("You are a member now")
        members = ada.http("GET", f"/v1/orgs/{ada.org_id}/members").json()["members"]
        self.check({"Eve <b>", "Ben", "Ada"} == {member["name"] for member in members}, "all three are members", members)

        invitation, link = self.invite(ada, "zoe@example.com")
        ada.http("DELETE", f"/v1/orgs/{ada.org_id}/invitations/{invitation}")
        self.browser.open(link)
        self.check(ada.name not in self.browser.text(), "a revoked one is a neutral page")
        self.looks_well()

    def payment(self, ada):
        self.console.step("STR-163: a plan is paid on the provider's hosted page")
        checkout = ada.checkout("Sales")
        self.browser.open(checkout.checkout_url)
        self.browser.fill("#number", "4242424242424242")
        self.check("Subscribe" in self.browser.text(), "the page shows what is bought")
        self.browser.click("button.main")
        self.says("Thank you")
        self.looks_well()
        status = wait_until("the payment", lambda: ada.checkout_status(checkout.session_id).status != "pending_payment")
        self.check(bool(status), "the API has heard of the payment")

    def tell(self):
        self.console.begin("Pages in a browser")
        ada = Person(self.state["api_url"], "Ada")
        ada.register()
        self.verification(ada)
        fay = Person(self.state["api_url"], "Fay")
        fay.register()
        self.disowning(fay)
        self.reset(ada)
        self.invitations(ada)
        self.payment(ada)
        self.console.end()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        state = json.load(file)
    browser = Browser()
    try:
        Tour(state, browser).tell()
    except StoryFailed as failure:
        sys.exit(f"\nNot as it should be: {failure}")
    finally:
        browser.close()


main()
