"""Makes what Benchmarks/webhooks.sh sends, and reads back what the server ran for it.

    webhooks.py deliveries COUNT SECRET LUA     signed events, each with an id of its own, as a script for wrk
    webhooks.py send URL SECRET MARK            delivers one event whose ids hold MARK
    webhooks.py statements LOG DATABASE MARK    the statements of that delivery, out of the server's log, as a script for pgbench
"""

import hashlib
import hmac
import json
import re
import sys
import time
import urllib.request

import psycopg


def delivery(mark, secret, now):
    """An event of the size that a paid invoice has, and its signature."""
    line = {
        "id": f"il_{mark}", "object": "line_item", "amount": 4900, "currency": "usd", "description": "1 × Starter (at $49.00 / month)",
        "period": {"end": now + 2_592_000, "start": now}, "quantity": 1, "proration": False,
        "pricing": {"price_details": {"price": "price_1BenchStarterMonthly", "product": "prod_BenchStarter"}, "type": "price_details"},
    }
    event = {
        "id": f"evt_{mark}", "object": "event", "api_version": "2026-08-26.dahlia", "created": now, "livemode": False,
        "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None}, "type": "invoice.paid",
        "data": {
            "object": {
                "id": f"in_{mark}", "object": "invoice", "amount_due": 4900, "amount_paid": 4900, "amount_remaining": 0,
                "billing_reason": "subscription_cycle", "collection_method": "charge_automatically", "created": now, "currency": "usd",
                "customer": f"cus_{mark}", "customer_email": "ada@example.org", "livemode": False, "number": "ABCD1234-0001",
                "lines": {"object": "list", "data": [line], "has_more": False, "total_count": 1, "url": f"/v1/invoices/in_{mark}/lines"},
                "metadata": {}, "status": "paid", "subtotal": 4900, "total": 4900,
                "parent": {"type": "subscription_details", "subscription_details": {"subscription": f"sub_{mark}", "metadata": {}}},
            }
        },
    }
    body = json.dumps(event, indent=2)
    code = hmac.new(secret.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    return body, f"t={now},v1={code}"


def deliveries(count, secret, path):
    now = int(time.time())
    with open(path, "w") as out:
        out.write("local all = {\n")
        for number in range(count):
            body, signature = delivery(f"1B{now}X{number:012d}", secret, now)
            out.write(f"{{[==[{signature}]==], [==[{body}]==]}},\n")
        # Two runs send different halves: an event that is known already is less work.
        out.write(
            "}\nlocal pause = tonumber(os.getenv('PAUSE') or '0')\nlocal at = tonumber(os.getenv('FROM') or '0')\n"
            "request = function()\n  at = at % #all + 1\n"
            "  return wrk.format('POST', nil, {['Stripe-Signature'] = all[at][1], ['Content-Type'] = 'application/json'}, all[at][2])\nend\n"
            "if pause > 0 then delay = function() return math.random(0, 2 * pause) end end\n"
        )


def send(url, secret, mark):
    body, signature = delivery(mark, secret, int(time.time()))
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers)) as answer:
        assert answer.status == 200, answer.status


def logged(path):
    """The statements of the log, each with its parameters."""
    found, current = [], None
    for line in open(path, encoding="utf-8", errors="replace"):
        start = re.match(r"^\S+ \S+ \S+ \[(\d+)\](?: \S+)? LOG:  (?:execute [^:]+|statement): (.*)", line, re.S)
        detail = re.match(r"^\S+ \S+ \S+ \[(\d+)\](?: \S+)? DETAIL:  parameters: (.*)", line, re.S)
        if start:
            current = {"process": start[1], "sql": start[2], "values": ""}
            found.append((current, "sql"))
        elif detail and found:
            found[-1] = (found[-1][0], "values")
            found[-1][0]["values"] = detail[2]
        elif line.startswith("\t") and found:
            found[-1][0][found[-1][1]] += line[1:]
    return [entry for entry, _ in found]


VALUE = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')", re.S)


def array_columns(sql):
    """The column that each parameter becomes where arrays are laid side by side."""
    found = re.search(r"unnest\(\s*((?:\$\d+,?\s*)+)\)\s*WITH ORDINALITY AS \w+ \(([^)]*)\)", sql)
    if not found:
        return {}
    return dict(zip((int(n) for n in re.findall(r"\$(\d+)", found[1])), (name.strip() for name in found[2].split(","))))


def array_type(value, column):
    """What an array holds; everything else the server finds out by itself."""
    if not value.startswith("'{") or value.startswith("'{\"") and ":" in value.split(",")[0] and value[3:5] != "20" and "\\" not in value:
        return "unknown"
    if value == "'{NULL}'":
        # Nothing tells what is missing but the place where it would stand.
        return "uuid[]" if column == "org" else "text[]"
    return next(
        kind for start, kind in ((r"'\{\d+\}'", "smallint[]"), (r"'\{\"20\d\d-", "timestamptz[]"), (r"'\{\"\{", "jsonb[]"), ("", "text[]"))
        if re.match(start, value))


def statements(path, database, mark):
    entries = logged(path)
    # The connection on which the event was kept, from BEGIN to COMMIT.
    at = next(i for i, e in enumerate(entries) if f"evt_{mark}" in e["values"] and "inbound_event" in e["sql"])
    own = [i for i, e in enumerate(entries) if e["process"] == entries[at]["process"]]
    first = max(i for i in own if i <= at and entries[i]["sql"].strip().upper().startswith("BEGIN"))
    last = min(i for i in own if i >= at and entries[i]["sql"].strip().upper().startswith("COMMIT"))
    with psycopg.connect(database, autocommit=True) as connection:
        print("\\set r random(1, 1000000000000000)")
        values = [dict((int(n), v) for n, v in VALUE.findall(entries[i]["values"])) for i in own if first <= i <= last]
        # The id that we gave the event, as a uuid and as text.
        uuid = next(v.strip("'{}") for e in values for v in e.values() if re.fullmatch(r"'\{?[0-9a-f]{8}-[0-9a-f-]{27}\}?'", v))
        text = next(m[1] for e in values for v in e.values() for m in [re.search(r"[a-z]+_([0-9A-HJKMNP-TV-Z]{26})", v)] if m)
        fresh = {uuid: "'00000000-0000-7000-8' || lpad((:r::bigint % 1000)::text, 3, '0') || '-' || lpad(to_hex(:r::bigint / 1000), 12, '0')",
                 text: "lpad((:r::bigint)::text, 26, '0')", mark: "lpad((:r::bigint)::text, 20, '0')"}
        for i, parameters in zip((i for i in own if first <= i <= last), values):
            sql = entries[i]["sql"].strip().rstrip(";")
            types = []
            if parameters:
                columns = array_columns(sql)
                guesses = ", ".join(array_type(parameters[n], columns.get(n)) for n in sorted(parameters))
                connection.execute(f"PREPARE looked_at ({guesses}) AS {sql}")
                types = connection.execute("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'looked_at'").fetchone()[0]
                connection.execute("DEALLOCATE looked_at")

            def literal(match):
                number = int(match[1])
                value, kind = parameters[number], types[number - 1]
                if value == "NULL":
                    return f"NULL::{kind}"
                pieces = [value]
                for token, expression in fresh.items():
                    pieces = [part for piece in pieces for part in (
                        [piece] if not piece.startswith("'") else
                        [x for n, s in enumerate(piece[1:-1].split(token)) for x in ([f"({expression})"] if n else []) + [f"'{s}'"]])]
                # Colons would be taken for variables.
                pieces = [p if p.startswith("(") else p.replace(":", "' || chr(58) || '") for p in pieces if p != "''"] or ["''"]
                return f"({' || '.join(pieces)})::{kind}"

            print(" ".join(re.sub(r"\$(\d+)", literal, sql).split("\n")) + ";")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["deliveries", count, secret, path]:
            deliveries(int(count), secret, path)
        case ["send", url, secret, mark]:
            send(url, secret, mark)
        case ["statements", log, database, mark]:
            statements(log, database, mark)
        case _:
            sys.exit(__doc__)
