#!/usr/bin/env python3
"""The main job of the product, from registration to a dropped database, over HTTP only.

usage: story.py STATE_FILE [--script Scripts/dev] [--quiet] [plain] [webhooks] [kills]

STATE_FILE is what `Scripts/dev up --json STATE_FILE` wrote. The story is told once for each of the words:
`plain`, as it is; `webhooks`, with each webhook delivered twice and in reverse order; `kills`, with the worker killed at every step of
every saga, before the step's effect for the first graph and behind it, before the record, for the second.
"""

import argparse
import collections
import contextlib
import json
import sys

from console import Console, StoryFailed, wait_until
from people import Person, model
from sandbox import Control, MailBox, Stripe, pay, psql, uuid_of
from workers import Workers, places

DAY = 86_400
EXPECTED_ENTRIES = [
    "org_created", "checkout_started", "subscription_created", "subscription_activated", "graph_create_requested", "graph_provisioned",
    "subscription_renewed", "graph_deleted", "subscription_canceled", "graph_teardown_started", "final_backup_completed",
    "graph_deprovisioned", "graph_suspended",
]  # fmt: skip
# What a person is told, by the beginnings of the subjects. Mails of service come at most once, all others at least once (NOT-033).
EXPECTED_MAILS = collections.Counter({
    "Confirm your address": 1, "Receipt for": 3, "Ladybug Standard is active": 2, "Ladybug Standard has ended": 1,
    "Ladybug Standard ends on": 1, "Deletion of Atlas has started": 1, "Deletion of Borealis is set for": 2, "Atlas was deleted": 1,
    "Borealis is suspended": 1, "Borealis will be deleted on": 2, "Borealis was deleted": 1, "Credit of": 1,
    "A login to Atlas was created": 1, "A login to Borealis was created": 1, "Ladybug Standard renews on": 1,
})  # fmt: skip
EXPECTED_MAILS_OF_SERVICE = ["Atlas is ready", "Borealis is ready"]


class Story:
    def __init__(self, state, console, workers=None):
        self.state = state
        self.console = console
        self.workers = workers
        self.sold = []
        self.mail = MailBox(state)
        self.stripe = Stripe(state)
        self.control = Control(state)
        self.ada, self.ben, self.cleo = (Person(state["api_url"], name) for name in ["Ada", "Ben", "Cleo"])

    def killing(self, saga, side):
        """The worker dies at each step of the saga while this lasts, when the story is told so."""
        return self.workers.killed_at(places(saga, side)) if self.workers else contextlib.nullcontext()

    # The parts, in the order in which they are told.

    def registration(self):
        say, check = self.console.step, self.console.check
        say("Ada registers and gets a personal organisation")
        answer = self.ada.register()
        check(answer.org is not None, f"the answer names her organisation {self.ada.org_id}")
        say("Ada confirms her address with the mailed link")
        self.ada.confirm(self.mail)
        check(self.ada.me().email_verified, "the address is hers")
        say("Ada logs in")
        self.ada.login()
        check(self.ada.me().email == self.ada.email, "the token is hers")
        check([org.id for org in self.ada.orgs()] == [self.ada.org_id], "she is in that one organisation")
        say("Ben and Cleo register; Cleo joins Ada's organisation as a member, Ben knows nothing of it")
        self.ben.register()
        self.cleo.register()
        for person in [self.ben, self.cleo]:
            person.confirm(self.mail)
        check(len({self.ada.org_id, self.ben.org_id, self.cleo.org_id}) == 3, "each has an organisation of their own")
        self.join(self.cleo)
        check(self.ada.org_id in [org.id for org in self.cleo.orgs()], "Cleo is in Ada's as well")

    def join(self, person):
        """What an operator does: the API has no route by which a person is added to an organisation."""
        psql(
            self.state["database_url"],
            "INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at) VALUES"
            f" (gen_random_uuid(), '{uuid_of(self.ada.org_id)}', '{uuid_of(person.user_id)}', 'member', now(), 'operator', now())",
        )

    def no_payment_no_graph(self):
        say, check = self.console.step, self.console.check
        say("Ada reads the offering")
        tiers = {tier.name: tier for tier in self.ada.offering().graph_subscriptions.tiers}
        check("ladybug-standard" in tiers, f"tiers on offer: {', '.join(tiers)}")
        say("Ada asks for a graph without having paid")
        answer = self.ada.try_create_graph("Atlas")
        check(int(answer.status_code) == 402, "the answer is 402", answer.content)
        check(self.ada.graphs() == [], "and nothing was made")

    def buy(self, name):
        """A graph by way of a checkout: its id and the id of its subscription."""
        say, check = self.console.step, self.console.check
        say(f"Ada checks out a plan for the graph {name}")
        checkout = self.ada.checkout(name)
        check(checkout.requires_checkout and checkout.checkout_url, f"hosted page {checkout.checkout_url[:60]}…")
        say("She pays on the provider's hosted page with a test card")
        paid = pay(checkout.checkout_url)
        check(paid.status_code == 303, "the payment is taken", paid.status_code, paid.text[:200])
        say("The signed webhook arrives and the graph is provisioned; she follows the operation")

        def started():
            status = self.ada.checkout_status(checkout.session_id)
            if status.status in ("failed", "canceled"):
                raise StoryFailed(f"the checkout ended as {status.status}: {status.error}")
            return status.operation_id if isinstance(status.operation_id, str) else None

        graph_id = self.provisioned(wait_until("the operation of the checkout", started))
        final = self.ada.checkout_status(checkout.session_id)
        check(final.status == "active" and final.resource_id == graph_id, f"subscription {final.subscription_id} is active for it", final)
        return graph_id, final.subscription_id

    def create(self, name):
        """A graph for which the card on file is charged."""
        say, check = self.console.step, self.console.check
        say(f"Her card is on file now: Ada creates {name} at once")
        graph_id = self.provisioned(model(self.ada.try_create_graph(name), "OperationEnvelope").operation_id)
        paying = [item for item in self.ada.subscriptions() if item.resource_id == graph_id]
        check([item.status for item in paying] == ["active"], "one active subscription pays for it", paying)
        return graph_id, paying[0].id

    def provisioned(self, operation_id):
        check = self.console.check
        seen, (last, end) = self.ada.follow(operation_id)
        for event, data in seen:
            self.console.fact(f"{event:19} {data.get('progress_percent', ''):>3} {data.get('message', '')}")
        check(last == "operation_completed", "the stream ends with operation_completed", last, end)
        percents = [data["progress_percent"] for event, data in seen if event == "operation_progress"]
        check(percents == sorted(percents) and {0, 10, 30, 50, 70, 100} == set(percents), "by way of 0, 10, 30, 50, 70 and 100 %", percents)
        check(self.ada.follow(operation_id) == (seen, (last, end)), "who comes late reads the same frames")
        steps = self.ada.operation(operation_id)["steps"]
        timed = all(step["state"] == "done" and step["started_at"] <= step["ended_at"] for step in steps)
        check(timed and {"name", "attempt", "error", "next_retry_at"} <= set(steps[0]), f"{len(steps)} steps, each with its times", steps)
        graph_id = end["result"]["graph_id"]
        check(graph_id in [graph.graph_id for graph in self.ada.graphs()], f"graph {graph_id} is in her list")
        check(self.ada.http("GET", f"/v1/graphs/{graph_id}").json()["status"] == "active", "and active")
        return graph_id

    def use(self, graph_id):
        """Credentials that work: the address of the graph's database."""
        say, check = self.console.step, self.console.check
        say("Ada takes out credentials and writes nodes and edges with psql")
        answer = self.ada.http("POST", f"/v1/graphs/{graph_id}/credentials", json={"label": "story", "mode": "rw"})
        check(answer.status_code == 201, "credentials are issued, the password shown this once", answer.text[:300])
        url = answer.json()["connection_string"]
        psql(url, "INSERT INTO graph.node (label, key, props) VALUES ('Person', 'ada', '{\"age\": 36}'), ('Person', 'ben', '{}')")
        psql(
            url,
            "INSERT INTO graph.edge (type, src, dst) SELECT 'KNOWS', a.id, b.id FROM graph.node a, graph.node b"
            " WHERE a.key = 'ada' AND b.key = 'ben'",
        )
        known = psql(url, "SELECT b.key FROM graph.edge e JOIN graph.node a ON a.id = src JOIN graph.node b ON b.id = dst WHERE a.key = 'ada'")
        check(known == "ben", "ada KNOWS ben, says her database")
        return url

    def isolation(self, graph_id):
        say, check = self.console.step, self.console.check
        say("Ben cannot see any of it")
        check(self.ben.graphs() == [], "his list of graphs is empty")
        org_id = self.ada.org_id
        for path in [
            f"/v1/graphs/{graph_id}", f"/v1/graphs/{graph_id}/info", f"/v1/graphs/{graph_id}/credentials", f"/v1/orgs/{org_id}",
            f"/v1/billing/subscriptions/{org_id}", f"/v1/orgs/{org_id}/audit",
        ]:  # fmt: skip
            status = self.ben.http("GET", path).status_code
            check(status in (403, 404), f"{status} GET {path.replace(org_id, '…').replace(graph_id, '…')}")

    def renewal(self, subscription_id):
        say, check = self.console.step, self.console.check
        say("A month goes by")
        before = self.ada.subscription(subscription_id).current_period_end
        self.advance(32 * DAY)
        after = self.ada.subscription(subscription_id).current_period_end
        check(after > before, f"the subscription is renewed: paid until {after}, not {before}")

    def advance(self, seconds):
        """Moves the clock of the whole system; everything that falls due on the way is done when it answers."""
        now = self.control.advance(self.state["api_url"], seconds)
        self.console.fact(f"it is {now[:19]} now")
        for person in [self.ada, self.ben, self.cleo]:
            person.login()

    def delete_now(self, graph_id, subscription_id, url):
        say, check = self.console.step, self.console.check
        say("Deleting needs the right word and the right person")
        wrong = self.ada.delete_graph(graph_id, confirm="yes")
        check(int(wrong.status_code) == 400, "400 for a wrong confirmation", wrong.content)
        member = self.cleo.delete_graph(graph_id, confirm=graph_id)
        check(int(member.status_code) == 403, "403 for Cleo, who is no owner", member.content)
        stranger = self.ben.delete_graph(graph_id, confirm=graph_id)
        check(int(stranger.status_code) == 404, "404 for Ben, for whom there is no such graph", stranger.content)
        check(psql(url, "SELECT count(*) FROM graph.node WHERE label = 'Person'") == "2", "and the graph still works")
        say("Ada deletes the graph at once")
        accepted = self.accepted(self.ada.delete_graph(graph_id, confirm=graph_id))
        check(accepted["status"] == "deprovisioning_queued", f"accepted: {accepted['status']}")
        _, (last, end) = self.ada.follow(accepted["teardown_operation_id"])
        check(last == "operation_completed", "the teardown is complete", last, end)
        check(end["result"]["final_backup_id"], f"with a verified final backup {end['result']['final_backup_id']}", end)
        self.gone(graph_id, subscription_id, url)

    def accepted(self, answer):
        result = model(answer, "OperationEnvelope").result
        return result if isinstance(result, dict) else result.to_dict()

    def gone(self, graph_id, subscription_id, url):
        check = self.console.check
        check(psql(url, "SELECT 1", expect_failure=True), "her access to the database is gone")
        left = psql(self.state["database_url"], f"SELECT count(*) FROM pg_database WHERE datname LIKE '%{graph_id}%'")
        roles = psql(self.state["database_url"], f"SELECT count(*) FROM pg_roles WHERE rolname LIKE '%{graph_id}%'")
        check((left, roles) == ("0", "0"), "the database is dropped, with its roles", left, roles)
        check(self.ada.http("GET", f"/v1/graphs/{graph_id}").status_code == 404, "the API knows it no longer")
        check(self.ada.subscription(subscription_id).status == "canceled", "the subscription is canceled")
        self.sold.append(subscription_id)
        if not self.workers:
            self.provider_ended(subscription_id)

    def provider_ended(self, subscription_id):
        # A call that was under way when its worker died is left alone for as long as it may take: 100 s. Then its outcome is looked up.
        wait_until("the provider's cancellation", lambda: self.provider_status(subscription_id) == "canceled")
        self.console.check(True, f"the provider's subscription for {subscription_id} is canceled as well")

    def provider_status(self, subscription_id):
        for item in self.stripe.list("/v1/subscriptions", status="all"):
            if item["metadata"].get("trellis_subscription") == subscription_id:
                return item["status"]
        return None

    def delete_at_period_end(self, graph_id, url):
        say, check = self.console.step, self.console.check
        say("The second graph is to end with the period that is paid for")
        accepted = self.accepted(self.ada.delete_graph(graph_id, confirm=graph_id, at_period_end=True))
        check(accepted["status"] == "scheduled_for_deprovision", f"it ends at {accepted['ends_at']}", accepted)
        check(psql(url, "SELECT count(*) FROM graph.node WHERE label = 'Person'") == "2", "it is usable until then")
        say("The period ends: the graph is suspended, not destroyed")
        self.advance(32 * DAY)
        check(psql(url, "SELECT 1", expect_failure=True), "her access is closed")
        graph = self.ada.http("GET", f"/v1/graphs/{graph_id}").json()
        check(graph["status"] == "suspended" and graph["purge_at"], f"suspended, kept until {graph['purge_at']}", graph)

    def tear_down(self, graph_id, subscription_id, url):
        self.console.step("Seven days later it is torn down")
        self.advance(7 * DAY)
        wait_until("the end of the graph", lambda: self.ada.http("GET", f"/v1/graphs/{graph_id}").status_code == 404)
        self.gone(graph_id, subscription_id, url)

    def audit(self):
        say, check = self.console.step, self.console.check
        say("The audit trail of Ada's organisation")
        entries, cursor = [], None
        while True:
            query = {"limit": 100, **({"cursor": cursor} if cursor else {})}
            page = self.ada.http("GET", f"/v1/orgs/{self.ada.org_id}/audit", params=query).json()
            entries += page["entries"]
            cursor = page.get("next_cursor")
            if not cursor:
                break
        for entry in reversed(entries):
            references = ", ".join(f"{reference['kind']} {reference['id']}" for reference in entry["references"])
            self.console.fact(f"{entry['at'][:19]} {entry['type']:30} {references}")
        check(entries and all(entry["references"] for entry in entries), f"{len(entries)} entries, each with at least one reference")
        types = [entry["type"] for entry in entries]
        missing = [name for name in EXPECTED_ENTRIES if name not in types]
        check(not missing, "everything that happened is there", missing)
        for once, times in [("graph_provisioned", 2), ("final_backup_completed", 2), ("graph_deprovisioned", 2), ("subscription_activated", 2)]:
            check(types.count(once) == times, f"{once}: {times}, one for each graph", types.count(once))

    def charges(self):
        say, check = self.console.step, self.console.check
        say("What the provider knows")
        for subscription_id in self.sold:
            self.provider_ended(subscription_id)
        customer = next(item for item in self.stripe.list("/v1/customers") if item["metadata"].get("trellis_org") == self.ada.org_id)
        invoices = [item for item in self.stripe.list("/v1/invoices", customer=customer["id"]) if item["amount_paid"] > 0]
        for invoice in invoices:
            self.console.fact(f"{invoice['billing_reason']:24} {invoice['amount_paid'] / 100:.2f} {invoice['currency']}")
        reasons = sorted(invoice["billing_reason"] for invoice in invoices)
        check(reasons.count("subscription_create") == 2, "each graph was bought once", reasons)
        check(reasons.count("subscription_cycle") == 1, "and one was renewed once", reasons)

    def mails(self):
        say, check = self.console.step, self.console.check
        say("The mails that Ada received, from a real SMTP server")
        messages = self.mail.to(self.ada.email)
        for message in messages:
            self.console.fact(f"{message['subject']:60} {len(message['html'] or '')} bytes HTML, {len(message['text'] or '')} bytes text")
        check(all(message["html"] and message["text"] for message in messages), "each has an HTML and a text part")
        subjects = {message["message_id"]: message["subject"] for message in messages}
        known = collections.Counter(
            next((name for name in [*EXPECTED_MAILS, *EXPECTED_MAILS_OF_SERVICE] if subject.startswith(name)), subject)
            for subject in subjects.values()
        )
        service = sum(known.pop(name, 0) for name in EXPECTED_MAILS_OF_SERVICE)
        check(known == EXPECTED_MAILS, f"{len(subjects)} mails, one for each thing that she must know", known - EXPECTED_MAILS, EXPECTED_MAILS - known)
        # A worker that dies between sending and recording leaves it unknown whether it has sent.
        check(service == 2 if not self.workers else service <= 2, f"and {service} that tell her a graph is ready")
        check(len(messages) == len(subjects) or self.workers, "none came twice", [message["subject"] for message in messages])

    def tell(self):
        self.registration()
        self.no_payment_no_graph()
        with self.killing("graphs.provision", "begun"):
            atlas = self.buy("Atlas")
        atlas_url = self.use(atlas[0])
        self.isolation(atlas[0])
        self.renewal(atlas[1])
        with self.killing("graphs.teardown", "begun"):
            self.delete_now(*atlas, atlas_url)
        with self.killing("graphs.provision", "done"):
            borealis = self.create("Borealis")
        borealis_url = self.use(borealis[0])
        self.delete_at_period_end(borealis[0], borealis_url)
        with self.killing("graphs.teardown", "done"):
            self.tear_down(*borealis, borealis_url)
        self.charges()
        self.audit()
        self.mails()


TITLES = {
    "plain": "The story",
    "webhooks": "The story, with every webhook delivered twice and in reverse order",
    "kills": "The story, with the worker killed at every step of every saga",
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("state")
    parser.add_argument("--script", default="Scripts/dev")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("tellings", nargs="*", metavar="|".join(TITLES), default=["plain"])
    arguments = parser.parse_intermixed_args()
    if unknown := set(arguments.tellings) - set(TITLES):
        parser.error(f"there is no telling {', '.join(unknown)}")
    with open(arguments.state, encoding="utf-8") as file:
        state = json.load(file)
    console, control = Console(arguments.quiet), Control(state)
    try:
        for telling in arguments.tellings:
            console.begin(TITLES[telling])
            twice = telling == "webhooks"
            control.post("/_sandbox/deliveries", {"action": "policy", "order": "reverse" if twice else "natural", "copies": 2 if twice else 1})
            workers = Workers(arguments.script) if telling == "kills" else None
            Story(state, console, workers).tell()
            if workers:
                workers.start()
            console.end()
    except StoryFailed as error:
        print(f"\n✗ {error}", file=sys.stderr, flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
