"""Fills the payment simulator with subscriptions, and writes the rows that we have of them, as psql takes them."""

import json
import multiprocessing
import sys
import uuid

from client import Client
from simulator import KEY, bracketed

EACH = 100


def fill(order):
    """A customer of one org with its subscriptions; the lines of the three tables."""
    base, price, number = order
    client = Client(base, timeout=600)

    def call(path, **fields):
        return client.call("POST", path, KEY, form={bracketed(name): value for name, value in fields.items()})

    org = f"{1_700_000_000_000 + number:012x}"
    org = str(uuid.UUID(org + "7" + uuid.uuid4().hex[13:]))
    customer = call("/v1/customers", email=f"org{number}@example.com")["id"]
    method = call("/v1/payment_methods/pm_card_visa/attach", customer=customer)["id"]
    call(f"/v1/customers/{customer}", invoice_settings__default_payment_method=method)
    subscriptions, invoices = [], []
    for one in range(EACH):
        made = call("/v1/subscriptions", customer=customer, items__0__price=price)
        item = made["items"]["data"][0]
        start = made.get("current_period_start") or item["current_period_start"]
        end = made.get("current_period_end") or item["current_period_end"]
        subscriptions.append(f"{org}\t{number * EACH + one}\t{made['id']}\t{item['id']}\t{price}\t{start}\t{end}")
    after = None
    while True:
        page = client.call("GET", f"/v1/invoices?limit=100&customer={customer}" + (f"&starting_after={after}" if after else ""), KEY)
        invoices += [f"{org}\t{i['id']}\t{i['total']}\t{i['amount_paid']}\t{i['status']}\t{i['created']}" for i in page["data"]]
        if not page["has_more"]:
            break
        after = page["data"][-1]["id"]
    return org, customer, subscriptions, invoices


def main():
    base, count, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    client = Client(base)
    product = client.call("POST", "/v1/products", KEY, form={"name": "A plan"})["id"]
    price = client.call(
        "POST", "/v1/prices", KEY,
        form={"product": product, "currency": "usd", "unit_amount": 2000, "recurring[interval]": "month"})["id"]
    with multiprocessing.Pool(2) as pool, open(f"{folder}/customers", "w") as customers, open(
        f"{folder}/subscriptions", "w"
    ) as subscriptions, open(f"{folder}/invoices", "w") as invoices:
        for org, customer, rows, bills in pool.imap_unordered(fill, [(base, price, n) for n in range(count // EACH)]):
            customers.write(f"{org}\t{customer}\n")
            subscriptions.write("".join(f"{row}\n" for row in rows))
            invoices.write("".join(f"{bill}\n" for bill in bills))
    # The first connection was idle for too long by now.
    objects = Client(base).call("GET", "/_sandbox/state", "control-bench")["objects"]
    print(json.dumps(objects))


if __name__ == "__main__":
    main()
