"""Asks the payment simulator for much: creates in a second, memory with many objects, and a month of many subscriptions at once."""

import multiprocessing
import sys
import time

from client import Client

KEY, CONTROL = "sk_test_bench", "control-bench"


class Simulator:
    """The simulator's API, and what tests do to it."""

    def __init__(self, base):
        self.client = Client(base, timeout=600)

    def call(self, path, **fields):
        return self.client.call("POST", path, KEY, form={bracketed(name): value for name, value in fields.items()})

    def control(self, method, path, body=None):
        return self.client.call(method, "/_sandbox" + path, CONTROL, body)


def bracketed(name):
    """`items__0__price` as a form has it: `items[0][price]`."""
    first, *rest = name.split("__")
    return first + "".join(f"[{part}]" for part in rest)


def create(base, count):
    simulator = Simulator(base)
    for number in range(count):
        simulator.call("/v1/customers", email=f"person{number}@example.com", name="A person", metadata__trellis_org="org_1")


def creates(base, seconds, clients):
    """Customers that several clients make in a time."""
    with multiprocessing.Pool(clients) as pool:
        began = time.monotonic()
        made = sum(pool.map(keep_creating, [(base, began + seconds)] * clients))
        took = time.monotonic() - began
    print(f"creates: {made} in {took:.2f} s, {made / took:.0f}/s with {clients} clients")


def keep_creating(order):
    base, end = order
    made = 0
    simulator = Simulator(base)
    while time.monotonic() < end:
        simulator.call("/v1/customers", email="person@example.com", name="A person", metadata__trellis_org="org_1")
        made += 1
    return made


def memory(base, pid, wanted, clients):
    """What the process holds once it has so many objects; each customer comes with an event, which is one as well."""
    before = resident(pid)
    with multiprocessing.Pool(clients) as pool:
        pool.starmap(create, [(base, -(-wanted // 2 // clients))] * clients)
    objects = Simulator(base).control("GET", "/state")["objects"]
    print(f"memory: {resident(pid)} MiB with {sum(objects.values())} objects, {before} MiB without")


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


def month(base, count):
    """A month of many subscriptions, each renewed and paid."""
    simulator = Simulator(base)
    product = simulator.call("/v1/products", name="A plan")["id"]
    price = simulator.call("/v1/prices", product=product, currency="usd", unit_amount=2000, recurring__interval="month")["id"]
    for _ in range(count):
        customer = simulator.call("/v1/customers", email="person@example.com")["id"]
        method = simulator.call("/v1/payment_methods/pm_card_visa/attach", customer=customer)["id"]
        simulator.call(f"/v1/customers/{customer}", invoice_settings__default_payment_method=method)
        simulator.call("/v1/subscriptions", customer=customer, items__0__price=price)
    began = time.monotonic()
    simulator.control("POST", "/clock", {"by_seconds": 31 * 86_400 + 7_200})
    took = time.monotonic() - began
    invoices = simulator.control("GET", "/state")["objects"]["invoice"]
    if invoices != 2 * count:
        raise SystemExit(f"{invoices} invoices of {2 * count}")
    print(f"month: {count} subscriptions in {took:.2f} s")


if __name__ == "__main__":
    what, base, rest = sys.argv[1], sys.argv[2], [int(word) for word in sys.argv[3:]]
    {"creates": creates, "memory": memory, "month": month}[what](base, *rest)
