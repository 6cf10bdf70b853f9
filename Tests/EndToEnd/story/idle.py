#!/usr/bin/env python3
"""Subscriptions that nobody uses, over HTTP only: the timeline of the rule and its variants (IDL-T41).

usage: idle.py STATE_FILE [--quiet]

Everybody subscribes on the same day and uses the graph once, a week later. Dora never comes back. Alma's integration calls with a key after the
decision, Bela clicks the link of the mail and never signs in, Cleo signs in after the decision and before the provider has been told, and Elsa signs in
after the mail and is told by a notice.
"""

import argparse
import calendar
import datetime
import json
import re
import sys

import httpx
from console import Console, StoryFailed, wait_until
from people import Person, model
from robosystems_client.api.billing import get_org_subscription
from robosystems_client.api.user import get_current_user
from sandbox import Control, MailBox, Stripe, pay, psql, uuid_of

DAY = 86_400


def months_after(start, count):
    """The same day and time of day some months on; the last of the month where there is no such day."""
    month = start.month - 1 + count
    year, month = start.year + month // 12, month % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))


class Subscriber(Person):
    """A person with one graph and its subscription."""

    def buy(self):
        checkout = self.checkout(self.name + "base")
        if pay(checkout.checkout_url).status_code != 303:
            raise StoryFailed(f"{self.name} could not pay")

        def running():
            status = self.checkout_status(checkout.session_id)
            return status if status.status == "active" and isinstance(status.resource_id, str) else None

        status = wait_until(f"{self.name}'s graph", running)
        self.graph_id, self.subscription_id = status.resource_id, status.subscription_id

    def use(self):
        self.login()
        if self.http("GET", f"/v1/graphs/{self.graph_id}").status_code != 200:
            raise StoryFailed(f"{self.name} cannot use the graph")

    def make_key(self):
        self.login()
        answer = self.http("POST", "/v1/user/api-keys", json={"name": "integration"})
        self.key = answer.json()["key"]

    def call_with_key(self):
        return httpx.get(f"{self.api_url}/v1/user", headers={"X-API-Key": self.key}, timeout=120).status_code


class IdleStory:
    def __init__(self, state, console):
        self.state, self.console = state, console
        self.mail, self.stripe, self.control = MailBox(state), Stripe(state), Control(state)
        self.people = [Subscriber(state["api_url"], name) for name in ["Dora", "Alma", "Bela", "Cleo", "Elsa"]]
        self.dora, self.alma, self.bela, self.cleo, self.elsa = self.people

    def sql(self, text):
        return psql(self.state["database_url"], text)

    def go_to(self, time):
        """Moves the clock of the whole system to a time; nobody signs in on the way."""
        now = datetime.datetime.fromisoformat(self.control.advance(self.state["api_url"], 1))
        now = datetime.datetime.fromisoformat(self.control.advance(self.state["api_url"], int((time - now).total_seconds())))
        self.console.fact(f"it is {now.isoformat()[:16]} now")

    def provider(self, person):
        for item in self.stripe.list("/v1/subscriptions", status="all"):
            if item["metadata"].get("trellis_subscription") == person.subscription_id:
                return item
        raise StoryFailed(f"the provider does not know {person.name}'s subscription")

    def ends(self, person):
        """When the provider ends the subscription, or nothing."""
        item = self.provider(person)
        end = item.get("cancel_at") or (item["items"]["data"][0]["current_period_end"] if item["cancel_at_period_end"] else None)
        return end and datetime.datetime.fromtimestamp(end, datetime.timezone.utc)

    def mails(self, person, words):
        return [mail for mail in self.mail.to(person.email) if words in mail["subject"]]

    def skips(self, person):
        """Why the rule left the subscription alone, in the order in which it looked."""
        found = self.sql(
            "SELECT outcome FROM billing.idle_evaluation"
            f" WHERE subscription_id = '{uuid_of(person.subscription_id)}' ORDER BY at, id"
        )
        return found.split()

    def case(self, person):
        return self.sql(f"SELECT state FROM billing.idle_case WHERE subscription_id = '{uuid_of(person.subscription_id)}'")

    def graph_status(self, person):
        return self.sql(f"SELECT status FROM graphs.graph WHERE id = '{person.graph_id}'")

    def read(self, person, state):
        """The published client reads the person and the subscription, and keeps what it does not know (IDL-T44)."""
        answers = {
            "UserResponse": get_current_user.sync_detailed(client=person.client),
            "GraphSubscriptionResponse": get_org_subscription.sync_detailed(person.org_id, person.subscription_id, client=person.client),
        }
        for kind, answer in answers.items():
            sent, kept = json.loads(answer.content), model(answer, kind).to_dict()
            self.console.check(set(sent) <= set(kept), f"the published client reads {kind} of a subscription that is {state}", set(sent) - set(kept))
        return json.loads(answers["UserResponse"].content), json.loads(answers["GraphSubscriptionResponse"].content)

    # The parts, in the order in which they are told.

    def subscribe(self):
        say, check = self.console.step, self.console.check
        say("Five people subscribe to a graph each; Alma has a key for an integration")
        # On a day that every month has, so that no period's end is moved to the last day of a shorter month.
        today = datetime.datetime.fromisoformat(self.control.advance(self.state["api_url"], 1)).day
        if today > 26:
            self.control.advance(self.state["api_url"], (33 - today) * DAY)
        # Cleo a day before the others, so that hers is decided while nothing is under way for them.
        for person in [self.cleo, *(person for person in self.people if person is not self.cleo)]:
            person.register()
            person.confirm(self.mail)
            person.buy()
            if person is self.cleo:
                self.control.advance(self.state["api_url"], DAY)
        self.alma.make_key()
        begin = max(self.provider(person)["items"]["data"][0]["current_period_start"] for person in self.people)
        self.start = datetime.datetime.fromtimestamp(begin, datetime.timezone.utc)
        check(True, f"the periods begin on {self.start.isoformat()[:16]}")
        say("A week later all of them use it, and never again")
        self.go_to(self.start + datetime.timedelta(days=7))
        for person in self.people:
            person.use()
        _, subscription = self.read(self.elsa, "used")
        check(subscription["status"] == "active", "it is active", subscription)

    def first_renewals(self):
        say, check = self.console.step, self.console.check
        for count, why in [(1, "first_period"), (2, "still_active")]:
            say(f"Renewal {count} is announced, and comes")
            self.go_to(months_after(self.start, count) - datetime.timedelta(days=6))
            check(all(self.skips(person)[-1:] == [why] for person in self.people), f"left alone: {why}", *[self.skips(p) for p in self.people])
            check(not any(self.ends(person) for person in self.people), "no renewal is called off")

    def decision(self):
        say, check = self.console.step, self.console.check
        say("Renewal 3 is announced: nobody came in two periods")
        self.end = months_after(self.start, 3)
        say("Cleo's is decided while orders to the provider are held; she signs in before it has heard of it")
        self.sql("INSERT INTO jobs.pause (lane, reason, paused_at) VALUES (1, 'story', now())")
        self.go_to(self.end - datetime.timedelta(days=7, hours=12))
        check(self.skips(self.cleo)[-1:] == ["fired"], "it is decided", self.skips(self.cleo))
        check(self.ends(self.cleo) is None and self.case(self.cleo) == "decided", "the provider knows nothing", self.case(self.cleo))
        self.cleo.use()
        self.sql("DELETE FROM jobs.pause")
        wait_until("the end of the case", lambda: self.case(self.cleo) == "superseded")
        say("The others' are decided")
        others = [person for person in self.people if person is not self.cleo]
        self.go_to(self.end - datetime.timedelta(days=7, seconds=-3_600))
        check(self.ends(self.cleo) is None and not self.mails(self.cleo, "will not renew"), "Cleo's renews, and she never heard of it")
        for person in others:
            check(abs(self.ends(person) - self.end) < datetime.timedelta(minutes=10), f"{person.name}'s ends on {self.ends(person)}")
            subject = self.mails(person, "will not renew")
            check(len(subject) == 1, f"{person.name} is told once", [mail["subject"] for mail in self.mail.to(person.email)])

    def variants(self):
        say, check = self.console.step, self.console.check
        say("Alma's integration calls with its key three days later")
        self.go_to(self.end - datetime.timedelta(days=4))
        check(self.alma.call_with_key() == 200, "the call is answered")
        wait_until("the provider's renewal", lambda: self.ends(self.alma) is None)
        check(True, "within seconds the subscription renews again")
        say("Bela clicks the link of the mail and sends the page's form; nobody signs in")
        text = self.mails(self.bela, "will not renew")[0]["text"]
        link = re.search(r"https?://\S+/sub/keep\?t=\S+", text).group(0)
        check(httpx.get(link, timeout=120).status_code == 200, "opening the page changes nothing")
        check(self.ends(self.bela) is not None, "the end stands")
        form = httpx.post(link, timeout=120)
        check(form.status_code == 200, "the form is taken", form.text[:300])
        wait_until("the provider's renewal", lambda: self.ends(self.bela) is None)
        say("Elsa signs in, is told what happened, and puts the notice away")
        self.sql("INSERT INTO jobs.pause (lane, reason, paused_at) VALUES (1, 'story', now())")
        self.elsa.login()
        _, subscription = self.read(self.elsa, "called off and being taken back")
        check(subscription["ends_at"] is not None and subscription["status"] == "canceled", "it has an end", subscription)
        self.sql("DELETE FROM jobs.pause")
        self.elsa.use()
        wait_until("the provider's renewal", lambda: self.ends(self.elsa) is None)
        self.read(self.elsa, "kept")
        notices = wait_until("the notice", lambda: [n for n in self.elsa.http("GET", "/v1/user").json().get("pending_notices", [])])
        check([notice["kind"] for notice in notices] == ["subscription_kept"], "a notice says that it continues", notices)
        done = self.elsa.http("POST", f"/v1/user/notices/{notices[0]['id']}/acknowledge")
        check(done.status_code == 204, "it is put away", done.text)
        check(self.elsa.http("GET", "/v1/user").json().get("pending_notices") == [], "and does not come back")
        for person in [self.alma, self.bela, self.elsa]:
            wait_until(f"{person.name}'s mail", lambda person=person: self.mails(person, "continues") or None)

    def the_end(self):
        say, check = self.console.step, self.console.check
        say("The period ends: Dora's subscription with it, the others renew")
        self.go_to(self.end + datetime.timedelta(hours=2))
        check(self.provider(self.dora)["status"] == "canceled", "the provider has ended Dora's")
        check(self.graph_status(self.dora) == "suspended", "her graph is suspended", self.graph_status(self.dora))
        paid = [item for item in self.stripe.list("/v1/invoices", customer=self.provider(self.dora)["customer"]) if item["amount_paid"] > 0]
        check(len(paid) == 3, "three months were billed", len(paid))
        self.dora.login()
        _, subscription = self.read(self.dora, "ended")
        check(subscription["status"] == "canceled", "Dora sees that it has ended", subscription)
        for person in [self.alma, self.bela, self.elsa, self.cleo]:
            check(self.provider(person)["status"] == "active" and self.graph_status(person) == "active", f"{person.name}'s goes on")
        say("Seven days later Dora's graph is backed up and dropped")
        self.go_to(self.end + datetime.timedelta(days=7, hours=12))
        wait_until("the end of the graph", lambda: self.graph_status(self.dora) not in ("suspended", "active"))
        dropped = wait_until(
            "the drop", lambda: self.sql(f"SELECT 1 FROM pg_database WHERE datname LIKE '%{self.dora.graph_id}%'") == ""
        )
        check(dropped, "the database is gone")
        until = self.sql(
            f"SELECT max(round(extract(epoch FROM expires_at - created_at) / 86400))::int FROM graphs.graph_backup"
            f" WHERE graph_id = '{self.dora.graph_id}'"
        )
        check(until == "90", "the final backup is kept for 90 days", until)

    def next_renewal(self):
        say, check = self.console.step, self.console.check
        say("Renewal 4 is announced")
        end = months_after(self.start, 4)
        self.go_to(end - datetime.timedelta(days=6))
        check(self.skips(self.alma)[-1:] == ["still_active"], "Alma's integration counts as use", self.skips(self.alma))
        check(self.ends(self.alma) is None, "hers renews")
        check(abs(self.ends(self.bela) - end) < datetime.timedelta(minutes=10), f"Bela's is called off again, for {self.ends(self.bela)}")
        check(len(self.mails(self.bela, "will not renew")) == 2, "and Bela is told again")

    def audit(self):
        say, check = self.console.step, self.console.check
        say("What the log says")
        self.elsa.login()
        for type, words in [("subscription_auto_canceled", "the decision"), ("subscription_kept", "and that it was taken back")]:
            page = self.elsa.http("GET", f"/v1/orgs/{self.elsa.org_id}/audit", params={"type": type}).json()
            check({entry["type"] for entry in page["entries"]} == {type}, words, page)

    def tell(self):
        self.subscribe()
        self.first_renewals()
        self.decision()
        self.variants()
        self.the_end()
        self.next_renewal()
        self.audit()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("state")
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args()
    with open(arguments.state, encoding="utf-8") as file:
        state = json.load(file)
    console = Console(arguments.quiet)
    try:
        console.begin("Subscriptions that nobody uses")
        IdleStory(state, console).tell()
        console.end()
    except StoryFailed as error:
        print(f"\n✗ {error}", file=sys.stderr, flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
