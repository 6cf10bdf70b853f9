"""What stands outside of the product: the payment provider's hosted page, the mail box, and the graph's own database."""

import subprocess
import uuid
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
from console import StoryFailed


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append({"action": attributes.get("action", ""), "method": attributes.get("method", "get"), "fields": {}})
        elif tag in ("input", "button") and self.forms and attributes.get("name"):
            self.forms[-1]["fields"].setdefault(attributes["name"], attributes.get("value", ""))


def pay(checkout_url, card="4242424242424242"):
    """Opens the hosted payment page as a browser without script does, fills in the card, and sends the form."""
    page = httpx.get(checkout_url, timeout=120)
    if page.status_code != 200:
        raise StoryFailed(f"the payment page answers HTTP {page.status_code}")
    parser = _Forms()
    parser.feed(page.text)
    form = next((form for form in parser.forms if "number" in form["fields"]), None)
    if form is None:
        raise StoryFailed(f"the payment page has no card form: {page.text[:400]!r}")
    fields = {"number": card} | {name: "ada@example.com" for name in form["fields"] if name == "email"}
    answer = httpx.post(urljoin(checkout_url, form["action"]), data=fields, timeout=120)
    return answer


class Control:
    """The control interface of the payment simulator."""

    def __init__(self, state):
        self.url = state["sandbox_url"]
        self.headers = {"Authorization": f"Bearer {state['sandbox_control_token']}"}

    def post(self, path, body):
        answer = httpx.post(self.url + path, json=body, headers=self.headers, timeout=600)
        if answer.status_code >= 300:
            raise StoryFailed(f"simulator {path}: HTTP {answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else None

    def advance(self, api_url, seconds):
        """Moves the clock of API, workers and simulator together, and gives where it stands."""
        answer = httpx.post(
            f"{api_url}/v1/sandbox/clock",
            # Workers that are killed at every step are slow.
            json={"advance_by_seconds": seconds, "patience_seconds": 540},
            headers=self.headers,
            timeout=600,
        )
        if answer.status_code != 200:
            raise StoryFailed(f"the clock did not move: HTTP {answer.status_code}: {answer.text[:500]}")
        return answer.json()["to"]


class Stripe:
    """The provider's own API, to see what the provider believes."""

    def __init__(self, state):
        self.url = state["stripe_api_base"]
        self.headers = {"Authorization": f"Bearer {state['stripe_secret_key']}"}

    def list(self, path, **query):
        """All elements of a list, page by page."""
        after = {}
        while True:
            answer = httpx.get(self.url + path, params={"limit": 100, **query, **after}, headers=self.headers, timeout=120)
            if answer.status_code != 200:
                raise StoryFailed(f"provider {path}: HTTP {answer.status_code}: {answer.text[:300]}")
            page = answer.json()
            yield from page["data"]
            if not page["has_more"]:
                return
            after = {"starting_after": page["data"][-1]["id"]}


class MailBox:
    """What the mail catcher received over SMTP."""

    def __init__(self, state):
        self.url = state["mail_url"]

    def to(self, address):
        answer = httpx.get(self.url + "/messages", params={"to": address}, timeout=120)
        return answer.json()["messages"]


def psql(url, sql, expect_failure=False):
    """Runs SQL in a graph's own database, as a customer does."""
    result = subprocess.run(
        ["psql", url, "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql], capture_output=True, text=True, timeout=120, check=False
    )
    if expect_failure:
        return result.returncode != 0
    if result.returncode != 0:
        raise StoryFailed(f"psql: {result.stderr.strip()[:400]}")
    return result.stdout.strip()


def uuid_of(identifier):
    """The UUID of an id such as org_01HZY…: 26 letters and digits of Crockford's alphabet."""
    number = 0
    for letter in identifier.rsplit("_", 1)[1]:
        number = number * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter)
    return uuid.UUID(int=number)
