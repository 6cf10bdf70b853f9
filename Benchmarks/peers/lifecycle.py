"""How long a customer waits: 402 → paid → active, and delete-graph accepted → database gone.

usage: lifecycle.py STATE_FILE ROUNDS
STATE_FILE is what `Scripts/dev up --json` wrote. One person for each round, so that each round has a first payment and a hosted page.
The floor, in the same run: PostgreSQL's own CREATE DATABASE and DROP DATABASE from the same template on the same server.
"""

import json
import secrets
import statistics
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import psycopg


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def call(method, url, token=None, body=None, form=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        data = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with OPENER.open(request, timeout=30) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    return status, json.loads(content) if content[:1] in (b"{", b"[") else None


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise SystemExit("lifecycle: what was waited for did not come")
        time.sleep(0.003)


def round_trip(state, admin):
    api = state["api_url"]
    name = "p" + secrets.token_hex(6)
    status, person = call("POST", f"{api}/v1/auth/register",
                          body={"name": name, "email": f"{name}@example.com", "password": "Blue-Harbour-7-Lantern"})
    assert status == 201, person
    token, org = person["token"], person["org"]["id"]
    wish = {"metadata": {"graph_name": "Bench"}, "custom_schema": {"name": "b", "version": "1.0.0", "nodes": [{"name": "A"}]}}

    begun = time.monotonic()
    status, answer = call("POST", f"{api}/v1/graphs", token, wish)
    assert status == 402, (status, answer)
    status, checkout = call("POST", f"{api}/v1/billing/checkout", token,
                            {"plan_name": "ladybug-standard", "resource_type": "graph",
                             "resource_config": {"graph_name": "Bench", "org_id": org}})
    assert status == 201, checkout
    status, _ = call("POST", checkout["checkout_url"], form={"card": "4242424242424242"})
    assert status in (200, 302, 303), status
    graphs = until(lambda: [g for g in call("GET", f"{api}/v1/graphs", token)[1]["graphs"]])
    graph = graphs[0]["graphId"] if "graphId" in graphs[0] else graphs[0]["graph_id"]
    until(lambda: call("GET", f"{api}/v1/billing/checkout/{checkout['session_id']}/status", token)[1]["status"] in ("active", "completed"))
    active = time.monotonic() - begun

    def is_gone():
        return admin.execute("SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = %s)", (graph,)).fetchone()[0]

    assert not is_gone()
    begun = time.monotonic()
    status, answer = call("POST", f"{api}/v1/graphs/{graph}/operations/delete-graph", token, {"confirm": graph})
    assert status in (200, 202), (status, answer)
    accepted = time.monotonic()
    until(is_gone)
    return active, time.monotonic() - accepted, accepted - begun


def floor(admin):
    name = "floor_" + secrets.token_hex(4)
    begun = time.monotonic()
    admin.execute(f"CREATE DATABASE {name} TEMPLATE trellis_template")
    made = time.monotonic()
    admin.execute(f"DROP DATABASE {name}")
    return made - begun, time.monotonic() - made


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        state = json.load(file)
    rounds = int(sys.argv[2])
    admin = psycopg.connect(state["database_url"], autocommit=True)
    rows = []
    for number in range(rounds):
        row = round_trip(state, admin) + floor(admin)
        rows.append(row)
        print("round %2d  402 to active %6.0f ms   delete accepted to gone %6.0f ms   accepting %4.0f ms   floor create %4.0f ms, drop %4.0f ms"
              % (number + 1, *(1000 * value for value in row)), flush=True)
    medians = [1000 * statistics.median(column) for column in zip(*rows)]
    worst = [1000 * max(column) for column in zip(*rows)]
    print("median    402 to active %6.0f ms   delete accepted to gone %6.0f ms   accepting %4.0f ms   floor create %4.0f ms, drop %4.0f ms" % tuple(medians))
    print("worst     402 to active %6.0f ms   delete accepted to gone %6.0f ms   accepting %4.0f ms   floor create %4.0f ms, drop %4.0f ms" % tuple(worst))


main()
