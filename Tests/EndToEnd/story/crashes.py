#!/usr/bin/env python3
"""API and worker die with SIGKILL at random while customers act; afterwards each change has its one entry, and each entry its change (AUD-022).

usage: crashes.py STATE_FILE [--script Scripts/dev] [--quiet] [--kills 200]

When a process dies, and what a customer does next, comes from seeds; what the two meet in between does not, and is what is looked for.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading

import httpx
from console import Console, StoryFailed, wait_until
from people import Person
from sandbox import Control, MailBox, pay, psql
from workers import LEASE

SEEDS = {"api": 22, "worker": 220, "Ada": 1, "Ben": 2, "Cleo": 3}

# The account by which the product looks whether use is noticed, and its key, are nobody's.
CANARY = "SELECT id FROM identity.account WHERE email LIKE 'activity-canary@%.invalid'"
# Changes and their entries, each as the ids that the rows and the entries have; an id that stands twice on one side only is a difference too.
PAIRS = {
    "accounts": (
        f"SELECT id FROM identity.account WHERE id NOT IN ({CANARY})",
        "SELECT ref_user FROM audit.entry WHERE type = 'user_registered'",
    ),
    "orgs": ("SELECT id FROM orgs.org", "SELECT ref_org FROM audit.entry WHERE type = 'org_created'"),
    "invitations": ("SELECT id FROM orgs.invitation", "SELECT ref_invitation FROM audit.entry WHERE type = 'org_invitation_created'"),
    "invitations taken back": (
        "SELECT id FROM orgs.invitation WHERE state = 'revoked'",
        "SELECT ref_invitation FROM audit.entry WHERE type = 'org_invitation_revoked'",
    ),
    "keys": (
        f"SELECT id FROM identity.api_key WHERE user_id NOT IN ({CANARY})",
        "SELECT ref_api_key FROM audit.entry WHERE type = 'api_key_created'",
    ),
    "keys withdrawn": (
        "SELECT id FROM identity.api_key WHERE revoked_at IS NOT NULL",
        "SELECT ref_api_key FROM audit.entry WHERE type = 'api_key_revoked'",
    ),
    "subscriptions": ("SELECT id FROM billing.subscription", "SELECT ref_subscription FROM audit.entry WHERE type = 'subscription_created'"),
    "graphs": ("SELECT id FROM graphs.graph", "SELECT ref_graph FROM audit.entry WHERE type = 'graph_create_requested'"),
    "graphs that run": (
        "SELECT id FROM graphs.graph WHERE status = 'active'", "SELECT ref_graph FROM audit.entry WHERE type = 'graph_provisioned'",
    ),
}  # fmt: skip


class Killer(threading.Thread):
    """Kills one process over and over, and starts it anew each time."""

    def __init__(self, script, name, kills):
        super().__init__(name=name)
        self.script, self.left = script, kills
        self.random = random.Random(SEEDS[name])
        self.kills = 0
        self.failure = None
        self.end = threading.Event()

    def start_process(self):
        settings = [LEASE] if self.name == "worker" else []
        result = subprocess.run([self.script, self.name, *settings], capture_output=True, text=True, timeout=120, check=False)
        if result.returncode != 0:
            raise StoryFailed(f"the {self.name} did not start: {result.stderr.strip()[-800:]}")
        return int(result.stdout)

    def run(self):
        try:
            process = self.start_process()
            while self.left and not self.end.is_set():
                # As long as a request or a few jobs take: it dies anywhere in what it does then.
                self.end.wait(self.random.uniform(0, 0.8))
                os.kill(process, signal.SIGKILL)
                self.left -= 1
                self.kills += 1
                process = self.start_process()
        except (OSError, StoryFailed, subprocess.TimeoutExpired) as error:
            self.failure = error


class Customer(threading.Thread):
    """Acts in an org of its own, whatever the answers are; what cannot be known from them is asked of the database at the end."""

    def __init__(self, state, name):
        super().__init__(name=name)
        self.person = Person(state["api_url"], name)
        self.mail = MailBox(state)
        self.random = random.Random(SEEDS[name])
        self.failure = None
        self.end = threading.Event()
        self.count, self.answered = 0, 0
        self.checkout = None

    def prepare(self):
        self.person.register()
        self.person.confirm(self.mail)
        answer = self.person.http("POST", "/v1/orgs", json={"name": f"{self.name} Ltd", "org_type": "team"})
        if answer.status_code != 201:
            raise StoryFailed(f"{self.name}'s org: HTTP {answer.status_code}: {answer.text[:300]}")
        self.org = answer.json()["id"]

    def ask(self, method, path, **options):
        """The answer, or none when the process died before there was one."""
        self.count += 1
        try:
            answer = self.person.http(method, path, **options)
        except httpx.HTTPError:
            self.end.wait(0.02)
            return None
        if answer.status_code < 300:
            self.answered += 1
        elif answer.status_code not in (404, 409, 410, 429, 500, 502, 503):
            raise StoryFailed(f"{self.name}: {method} {path}: HTTP {answer.status_code}: {answer.text[:300]}")
        return answer if answer.status_code < 300 else None

    def run(self):
        try:
            while not self.end.is_set():
                self.random.choice([self.rename, self.invite, self.take_back, self.make_key, self.withdraw_key, self.buy])()
        except StoryFailed as error:
            self.failure = error

    def rename(self):
        self.ask("PUT", f"/v1/orgs/{self.org}", json={"name": f"{self.name} {self.random.randrange(10**9)}"})

    def invite(self):
        body = {"email": f"guest{self.random.randrange(10**9)}@example.com", "role": "member"}
        self.ask("POST", f"/v1/orgs/{self.org}/invitations", json=body)

    def take_back(self):
        answer = self.ask("GET", f"/v1/orgs/{self.org}/invitations")
        pending = [i for i in answer.json()["invitations"] if i["status"] == "pending"] if answer else []
        if len(pending) > 3:
            self.ask("DELETE", f"/v1/orgs/{self.org}/invitations/{self.random.choice(pending)['id']}")

    def make_key(self):
        self.ask("POST", "/v1/user/api-keys", json={"name": f"key {self.random.randrange(10**9)}"})

    def withdraw_key(self):
        answer = self.ask("GET", "/v1/user/api-keys")
        keys = answer.json()["api_keys"] if answer else []
        if len(keys) > 3:
            self.ask("DELETE", f"/v1/user/api-keys/{self.random.choice(keys)['id']}")

    def buy(self):
        """One graph, once; a request that was not answered is made again with its key, as a client does it."""
        if self.checkout:
            return None
        body = {
            "plan_name": "ladybug-standard", "resource_type": "graph",
            "resource_config": {"graph_name": f"{self.name}base", "org_id": self.person.org_id},
        }  # fmt: skip
        headers = {"Idempotency-Key": f"buy-{self.name}"}
        answer = self.ask("POST", "/v1/billing/checkout", json=body, headers=headers)
        if answer is None:
            return None
        if pay(answer.json()["checkout_url"]).status_code not in (200, 303):
            raise StoryFailed(f"{self.name} could not pay")
        self.checkout = answer.json()["session_id"]
        return self.checkout


def compare(console, database):
    for what, (rows, entries) in PAIRS.items():
        found, told = (sorted(psql(database, statement).split()) for statement in (rows, entries))
        missing, extra = sorted(set(found) - set(told)), sorted(set(told) - set(found))
        console.check(found == told, f"{len(found)} {what}, each with its one entry", missing[:3], extra[:3], len(told))
    steps = json.loads(
        psql(
            database,
            """
            SELECT coalesce(json_agg(json_build_array(e.ref_org, c ->> 'old', c ->> 'new', o.name) ORDER BY e.recorded_at), '[]')
            FROM audit.entry AS e, jsonb_array_elements(e.changes) AS c, orgs.org AS o
            WHERE e.type = 'org_updated' AND c ->> 'field' = 'name' AND o.id = e.ref_org
            """,
        )
    )
    names = {}
    for org, old, new, now in steps:
        console.check(names.get(org, (old,))[0] == old, "a renaming begins with the name that the one before left", org, old)
        names[org] = (new, now)
    for org, (new, now) in names.items():
        console.check(new == now, "the last renaming of an org is its name", org, new, now)
    console.check(len(names) == 3 and len(steps) > 3, f"{len(steps)} renamings follow from one another", names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("state")
    parser.add_argument("--script", default="Scripts/dev")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--kills", type=int, default=200)
    arguments = parser.parse_args()
    with open(arguments.state, encoding="utf-8") as file:
        state = json.load(file)
    console = Console(arguments.quiet)
    console.begin("API and worker die at random")
    customers = [Customer(state, name) for name in ("Ada", "Ben", "Cleo")]
    killers = [Killer(arguments.script, name, arguments.kills // 2) for name in ("api", "worker")]
    threads = []
    try:
        console.step("three customers have an org each")
        for customer in customers:
            customer.prepare()
        console.step(f"they act, while API and worker are killed {arguments.kills} times")
        try:
            for thread in customers + killers:
                thread.start()
                threads.append(thread)
            for killer in killers:
                killer.join()
        finally:
            for thread in threads:
                thread.end.set()
            for thread in threads:
                thread.join()
        for thread in customers + killers:
            if thread.failure:
                raise StoryFailed(f"{thread.name}: {thread.failure}")
        console.check(sum(killer.kills for killer in killers) == arguments.kills // 2 * 2, f"{arguments.kills} times")
        for customer in customers:
            console.fact(f"{customer.name}: {customer.answered} of {customer.count} requests were done")
            console.check(customer.answered >= arguments.kills // 20, f"{customer.name} got something done", customer.answered)
        console.step("everybody's graph is paid and runs, and nothing is half done")
        for customer in customers:
            # Who never had an answer asks again with the same key, as a client does it.
            wait_until(f"{customer.name}'s sale", lambda c=customer: c.checkout or c.buy())
        # What the provider could not deliver it delivers again within some hours, and what was tried in vain is tried again.
        Control(state).advance(state["api_url"], 6 * 3_600)
        database = state["database_url"]
        # Work whose process has died three times is no longer tried: it waits for an operator, and is no more half told than what went on.
        stopped = "SELECT count(*) FROM jobs.saga WHERE kind = 'graphs.provision' AND state = 'stuck' AND stuck_because LIKE 'poison%'"
        settled = f"SELECT (SELECT count(*) FROM billing.subscription WHERE status = 'active') + ({stopped})"
        wait_until("the graphs", lambda: psql(database, settled) == str(len(customers)))
        wait_until("the sagas to end", lambda: psql(database, "SELECT count(*) FROM jobs.saga WHERE ended_at IS NULL AND state <> 'stuck'") == "0")
        console.fact(f"{psql(database, stopped)} of {len(customers)} graphs wait for an operator")
        console.step("the changes and the entries are compared")
        compare(console, database)
        console.end()
    except StoryFailed as error:
        print(f"\n✗ {error}", file=sys.stderr, flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
