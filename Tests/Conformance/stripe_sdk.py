#!/usr/bin/env python3
"""Drives the Stripe simulator with Stripe's own Python SDK, unmodified: every call must be understood, every delivery must verify.

usage: stripe_sdk.py SANDBOX_EXECUTABLE
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

SECRET_KEY = "sk_test_conformance"
CONTROL_TOKEN = "conformance-control"
WEBHOOK_SECRET = "whsec_conformance"
PINNED = "2026-08-26.dahlia"
DAY = 86_400

received = []
rejected = []


class HookServer(ThreadingHTTPServer):
    request_queue_size = 256  # all events of a happening come at once


class Hooks(BaseHTTPRequestHandler):
    """The product's side: every delivery goes through the SDK's own verifier."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            # The clock of the simulator runs ahead of this machine's; age is not what is tested here.
            event = stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], WEBHOOK_SECRET, tolerance=None)
            received.append(event)
        except Exception as error:  # noqa: BLE001: whatever it is, it is a finding
            rejected.append(repr(error))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


calls = 0
incomplete = set()


def counted(function, *arguments, **keywords):
    """A call of the SDK, counted."""
    global calls
    calls += 1
    answer = function(*arguments, **keywords)
    incomplete.update(complete(answer))
    return answer


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def expect(error_class, function, *arguments, code=None, **keywords):
    """A call that the SDK must turn into a certain exception."""
    try:
        counted(function, *arguments, **keywords)
    except error_class as error:
        check(type(error) is error_class, f"{type(error).__name__} instead of {error_class.__name__}")
        check(code is None or error.code == code, f"code {error.code} instead of {code}")
        return error
    raise AssertionError(f"no {error_class.__name__} from {function}")


OPTIONAL = ("Optional", "NotRequired", "NoneType", "ClassVar")
# A notice of a renewal has no id, although the SDK's type of invoices promises one (STR-150).
ALLOWED = {"ListObject.data.data.object.id"}


def complete(value, path=""):
    """Names the members that the SDK's types promise and an object does not have."""
    missing = set()
    if isinstance(value, stripe.StripeObject):
        path = path or type(value).__name__
        for name, annotation in getattr(type(value), "__annotations__", {}).items():
            is_promised = not name.isupper() and not name.startswith("_") and not any(word in str(annotation) for word in OPTIONAL)
            if is_promised and name not in value and "deleted" not in value:
                missing.add(f"{path}.{name}")
        for name in value.to_dict():
            missing |= complete(value[name], f"{path}.{name}")
    elif isinstance(value, list):
        for element in value:
            missing |= complete(element, path)
    return missing - ALLOWED


class Sandbox:
    def __init__(self, executable, webhook_url):
        self.folder = tempfile.TemporaryDirectory()
        ready = pathlib.Path(self.folder.name, "ready.json")
        environment = {
            "TRELLIS_SANDBOX_SECRET_KEY": SECRET_KEY, "TRELLIS_SANDBOX_CONTROL_TOKEN": CONTROL_TOKEN,
            "TRELLIS_SANDBOX_WEBHOOK_URL": webhook_url, "TRELLIS_SANDBOX_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "TRELLIS_SANDBOX_READY_FILE": str(ready), "PATH": os.environ["PATH"],
        }
        self.process = subprocess.Popen([executable], env=environment, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "the sandbox is ready" in line:
                break
        check(self.process.poll() is None and ready.exists(), "the sandbox did not become ready")
        threading.Thread(target=lambda: [None for _ in self.process.stderr], daemon=True).start()
        self.base = f"http://127.0.0.1:{json.loads(ready.read_text())['http_port']}"

    def control(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + "/_sandbox" + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {CONTROL_TOKEN}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def page(self, url, body):
        request = urllib.request.Request(
            url, method="POST", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        check(self.process.wait(timeout=120) == 0, "the sandbox did not end with 0")
        self.folder.cleanup()


def client(base, version=None, key=SECRET_KEY, retries=0):
    return stripe.StripeClient(
        key, base_addresses={"api": base}, stripe_version=version, max_network_retries=retries).v1


def customers(v1):
    made = counted(v1.customers.create, {
        "email": "owner@example.com", "name": "Zoë & Söhne 🚀", "metadata": {"trellis_org": "org_1", "odd": "a=b&c[d]\nü"},
        "address": {"line1": "1 Main St", "city": "Springfield", "country": "US"}})
    check(made.metadata["odd"] == "a=b&c[d]\nü" and made.name == "Zoë & Söhne 🚀", "texts came back changed")
    check(made.address.city == "Springfield" and made.balance == 0 and not made.livemode, "customer")
    again = counted(v1.customers.retrieve, made.id)
    check(again.email == made.email, "retrieve")
    counted(v1.customers.update, made.id, {"description": "first", "metadata": {"odd": ""}, "phone": "+1"})
    changed = counted(v1.customers.retrieve, made.id)
    check("odd" not in changed.metadata and changed.description == "first", "metadata merge")
    check([c.id for c in counted(v1.customers.list, {"email": "owner@example.com"}).data] == [made.id], "list by email")
    for number in range(24):
        counted(v1.customers.create, {"email": f"page{number}@example.com"})
    walked = [c.id for c in counted(v1.customers.list, {"limit": 7}).auto_paging_iter()]
    check(len(walked) == 25 and len(set(walked)) == 25, "auto-paging")
    transaction = counted(v1.customers.balance_transactions.create, made.id, {"amount": -300, "currency": "usd", "description": "gift"})
    check(transaction.ending_balance == -300 and transaction.type == "adjustment", "balance transaction")
    check(counted(v1.customers.balance_transactions.retrieve, made.id, transaction.id).amount == -300, "balance read")
    counted(v1.customers.balance_transactions.update, made.id, transaction.id, {"metadata": {"trellis_intent": "i"}})
    check(len(counted(v1.customers.balance_transactions.list, made.id).data) == 1, "balance list")
    counted(v1.customers.balance_transactions.create, made.id, {"amount": 300, "currency": "usd"})
    doomed = counted(v1.customers.create, {})
    check(counted(v1.customers.delete, doomed.id).deleted, "delete")
    check(counted(v1.customers.retrieve, doomed.id).deleted, "deleted form")
    expect(stripe.InvalidRequestError, v1.customers.update, doomed.id, {"name": "x"}, code="resource_missing")
    return made


def catalogue(v1):
    product = counted(v1.products.create, {"name": "Standard graph", "metadata": {"tier": "standard"}})
    price = counted(v1.prices.create, {
        "product": product.id, "currency": "usd", "unit_amount": 2000, "recurring": {"interval": "month"}, "lookup_key": "standard_monthly"})
    check(price.recurring.interval == "month" and str(price.unit_amount_decimal) == "2000", "price")
    expect(stripe.InvalidRequestError, v1.prices.create, {
        "product": product.id, "currency": "usd", "unit_amount": 1, "lookup_key": "standard_monthly"})
    large = counted(v1.prices.create, {
        "product_data": {"name": "Large graph"}, "currency": "usd", "unit_amount": 5000, "recurring": {"interval": "month"}})
    found = counted(v1.prices.list, {"lookup_keys": ["standard_monthly"], "active": True, "expand": ["data.product"]})
    check(found.data[0].id == price.id and found.data[0].product.name == "Standard graph", "lookup key")
    counted(v1.prices.update, large.id, {"nickname": "large", "metadata": {"a": "b"}})
    check(counted(v1.prices.retrieve, large.id).nickname == "large", "price update")
    check(counted(v1.products.update, product.id, {"description": "d"}).description == "d", "product update")
    check(counted(v1.products.retrieve, product.id).name == "Standard graph", "product read")
    check(len(counted(v1.products.list, {"active": True}).data) == 2, "product list")
    expect(stripe.InvalidRequestError, v1.products.delete, product.id)
    spare = counted(v1.products.create, {"name": "spare"})
    check(counted(v1.products.delete, spare.id).deleted, "product delete")
    return price, large


def methods(v1, customer):
    attached = counted(v1.payment_methods.attach, "pm_card_visa", {"customer": customer.id})
    check(attached.card.last4 == "4242" and attached.customer == customer.id and attached.id != "pm_card_visa", "attach")
    error = expect(stripe.CardError, v1.payment_methods.attach, "pm_card_visa_chargeDeclined", {"customer": customer.id}, code="card_declined")
    check(error.error.decline_code == "generic_decline" and error.http_status == 402, "decline code")
    made = counted(v1.payment_methods.create, {
        "type": "card", "card": {"number": "5555555555554444", "exp_month": 4, "exp_year": 2033, "cvc": "123"},
        "billing_details": {"name": "Zoë"}})
    check(made.card.brand == "mastercard" and made.card.exp_year == 2033, "create")
    counted(v1.payment_methods.attach, made.id, {"customer": customer.id})
    check(len(counted(v1.payment_methods.list, {"customer": customer.id, "type": "card"}).data) == 2, "list")
    check(len(counted(v1.customers.payment_methods.list, customer.id).data) == 2, "customer's list")
    check(counted(v1.customers.payment_methods.retrieve, customer.id, made.id).id == made.id, "customer's read")
    check(counted(v1.payment_methods.update, made.id, {"card": {"exp_year": 2034}}).card.exp_year == 2034, "update")
    check(counted(v1.payment_methods.retrieve, made.id).billing_details.name == "Zoë", "read")
    check(counted(v1.payment_methods.detach, made.id).customer is None, "detach")
    expect(stripe.InvalidRequestError, v1.payment_methods.detach, made.id)
    intent = counted(v1.setup_intents.create, {"customer": customer.id, "payment_method": "pm_card_mastercard", "confirm": True})
    check(intent.status == "succeeded", "setup intent")
    waiting = counted(v1.setup_intents.create, {"customer": customer.id})
    check(waiting.status == "requires_payment_method", "setup intent without method")
    check(counted(v1.setup_intents.confirm, waiting.id, {"payment_method": "pm_card_authenticationRequired"}).status == "requires_action", "3ds")
    check(counted(v1.setup_intents.cancel, waiting.id).status == "canceled", "setup cancel")
    check(counted(v1.setup_intents.retrieve, intent.id).id == intent.id, "setup read")
    check(counted(v1.setup_intents.update, intent.id, {"metadata": {"a": "b"}}).metadata["a"] == "b", "setup update")
    check(len(counted(v1.setup_intents.list, {"customer": customer.id}).data) == 2, "setup list")
    counted(v1.customers.update, customer.id, {"invoice_settings": {"default_payment_method": attached.id}})
    return attached


def checkout(v1, sandbox, customer, price):
    parameters = {
        "mode": "subscription", "customer": customer.id, "line_items": [{"price": price.id, "quantity": 1}],
        "success_url": "https://app.example.com/ok?s={CHECKOUT_SESSION_ID}", "cancel_url": "https://app.example.com/no",
        "client_reference_id": "checkout_1", "metadata": {"trellis_checkout": "1"},
        "subscription_data": {"metadata": {"trellis_subscription": "bsub_1"}}}
    session = counted(v1.checkout.sessions.create, parameters)
    check(session.status == "open" and session.amount_total == 2000 and session.url.startswith(sandbox.base), "session")
    status, body = sandbox.page(session.url, {"card": "4000000000000002"})
    check(status == 402 and body["error"]["decline_code"] == "generic_decline", "declined on the page")
    status, body = sandbox.page(session.url, {"card": "4242424242424242"})
    check(status == 200 and body["redirect_to"] == f"https://app.example.com/ok?s={session.id}", "paid on the page")
    done = counted(v1.checkout.sessions.retrieve, session.id, {"expand": ["subscription.latest_invoice.payments", "line_items"]})
    check(done.payment_status == "paid" and done.subscription.status == "active", "session complete")
    invoice = done.subscription.latest_invoice
    check(invoice.status == "paid" and invoice.parent.subscription_details.subscription == done.subscription.id, "first invoice")
    check(invoice.payments.data[0].payment.type == "payment_intent" and done.line_items.data[0].price.id == price.id, "expansion")
    check(done.subscription["items"].data[0].current_period_end > done.subscription["items"].data[0].current_period_start, "period on the item")
    check(counted(v1.checkout.sessions.line_items.list, session.id).data[0].quantity == 1, "line items")
    check(counted(v1.checkout.sessions.list, {"customer": customer.id}).data[0].id == session.id, "session list")
    other = counted(v1.checkout.sessions.create, parameters)
    check(counted(v1.checkout.sessions.expire, other.id).status == "expired", "expire")
    expect(stripe.InvalidRequestError, v1.checkout.sessions.expire, other.id)
    expect(stripe.InvalidRequestError, v1.checkout.sessions.create, {**parameters, "mode": "payment"})
    setup = counted(v1.checkout.sessions.create, {
        "mode": "setup", "customer": customer.id, "currency": "usd", "success_url": "https://app.example.com/ok"})
    check(sandbox.page(setup.url, {"card": "4242424242424242"})[0] == 200, "setup page")
    check(counted(v1.checkout.sessions.update, setup.id, {"metadata": {"a": "b"}}).status == "complete", "setup complete")
    return done.subscription


def invoices(v1, subscription):
    listed = counted(v1.invoices.list, {"subscription": subscription.id})
    invoice = counted(v1.invoices.retrieve, listed.data[0].id, {"expand": ["payments", "confirmation_secret"]})
    check(invoice.billing_reason == "subscription_create" and invoice.amount_paid == 2000 and invoice.number.endswith("-0001"), "invoice")
    check(len(counted(v1.invoices.line_items.list, invoice.id).data) == 1, "lines")
    check(counted(v1.invoices.update, invoice.id, {"metadata": {"a": "b"}}).metadata["a"] == "b", "invoice update")
    preview = counted(v1.invoices.create_preview, {"subscription": subscription.id})
    check(preview.amount_due == 2000 and preview.id.startswith("upcoming_in_"), "preview")
    payment = counted(v1.invoice_payments.list, {"invoice": invoice.id}).data[0]
    check(counted(v1.invoice_payments.retrieve, payment.id).status == "paid", "invoice payment")
    intent = counted(v1.payment_intents.retrieve, payment.payment.payment_intent, {"expand": ["latest_charge.balance_transaction"]})
    check(intent.status == "succeeded" and intent.latest_charge.balance_transaction.net == 2000, "intent")
    check(counted(v1.payment_intents.list, {"customer": invoice.customer}).data, "intents")
    charge = counted(v1.charges.retrieve, intent.latest_charge.id)
    check(charge.paid and charge.payment_method_details.card.last4 == "4242", "charge")
    counted(v1.charges.update, charge.id, {"metadata": {"a": "b"}})
    check(counted(v1.charges.list, {"payment_intent": intent.id}).data, "charges")
    refund = counted(v1.refunds.create, {"payment_intent": intent.id, "amount": 500, "reason": "requested_by_customer"})
    check(refund.status == "succeeded" and counted(v1.refunds.retrieve, refund.id).amount == 500, "refund")
    counted(v1.refunds.update, refund.id, {"metadata": {"trellis_intent": "i"}})
    expect(stripe.InvalidRequestError, v1.refunds.create, {"charge": charge.id, "amount": 1501})
    check(counted(v1.charges.retrieve, charge.id).amount_refunded == 500, "cumulative")
    check(len(counted(v1.refunds.list, {"charge": charge.id}).data) == 1, "refund list")
    note = counted(v1.credit_notes.create, {"invoice": invoice.id, "amount": 700, "credit_amount": 700, "memo": "unused time"})
    check(note.type == "post_payment" and note.customer_balance_transaction, "credit note")
    check(counted(v1.credit_notes.retrieve, note.id).number.endswith("-CN-1"), "credit note read")
    check(len(counted(v1.credit_notes.list, {"invoice": invoice.id}).data) == 1, "credit note list")
    check(counted(v1.customers.retrieve, invoice.customer).balance == -700, "credit")
    expect(stripe.InvalidRequestError, v1.credit_notes.create, {"invoice": invoice.id, "amount": 1400, "credit_amount": 1400})
    expect(stripe.InvalidRequestError, v1.invoices.pay, invoice.id, code="invoice_already_paid")
    expect(stripe.InvalidRequestError, v1.invoices.finalize_invoice, invoice.id)
    expect(stripe.InvalidRequestError, v1.invoices.void_invoice, invoice.id)


def subscriptions(v1, sandbox, customer, price, large, subscription):
    path = v1.subscriptions
    item = subscription["items"].data[0]
    changed = counted(path.update, subscription.id, {
        "items": [{"id": item.id, "price": large.id}], "proration_behavior": "none", "metadata": {"plan": "large"}})
    check(changed["items"].data[0].price.id == large.id, "price change")
    expect(stripe.InvalidRequestError, path.update, subscription.id, {
        "items": [{"id": item.id, "quantity": 2}], "proration_behavior": "sometimes"})
    check(counted(v1.subscription_items.list, {"subscription": subscription.id}).data[0].id == item.id, "items")
    check(counted(v1.subscription_items.retrieve, item.id).quantity == 1, "item")
    paused = counted(path.update, subscription.id, {"pause_collection": {"behavior": "void"}})
    check(paused.status == "active" and paused.pause_collection.behavior == "void", "pause")
    check(counted(path.update, subscription.id, {"pause_collection": ""}).pause_collection is None, "unpause")
    ending = counted(path.update, subscription.id, {"cancel_at_period_end": True, "cancellation_details": {"feedback": "too_expensive"}})
    check(ending.cancel_at == ending["items"].data[0].current_period_end and ending.canceled_at, "cancel at end")
    check(ending.cancellation_details.reason == "cancellation_requested", "reason")
    kept = counted(path.update, subscription.id, {"cancel_at_period_end": False})
    check(kept.cancel_at is None and kept.canceled_at is None, "taken back")
    check(counted(path.list, {"customer": customer.id}).data[0].id == subscription.id, "list")
    sandbox.control("POST", "/clock", {"by_seconds": 32 * DAY})
    renewed = counted(path.retrieve, subscription.id, {"expand": ["latest_invoice"]})
    check(renewed.latest_invoice.billing_reason == "subscription_cycle" and renewed.latest_invoice.status == "paid", "renewal")
    check(renewed.latest_invoice.amount_due == 4300 and renewed.latest_invoice.starting_balance == -700, "credit used")
    counted(path.cancel, subscription.id, {"prorate": False, "invoice_now": False})
    expect(stripe.InvalidRequestError, path.cancel, subscription.id, code="resource_missing")
    check(counted(path.retrieve, subscription.id).ended_at, "ended")
    check(counted(path.list, {"customer": customer.id, "status": "canceled"}).data, "canceled list")

    waiting = counted(path.create, {
        "customer": customer.id, "items": [{"price": price.id}], "payment_behavior": "default_incomplete",
        "payment_settings": {"save_default_payment_method": "on_subscription"}, "expand": ["latest_invoice.confirmation_secret"]})
    check(waiting.status == "incomplete" and "_secret_" in waiting.latest_invoice.confirmation_secret.client_secret, "default incomplete")
    intent = waiting.latest_invoice.confirmation_secret.client_secret.split("_secret_")[0]
    expect(stripe.CardError, v1.payment_intents.confirm, intent, {"payment_method": "pm_card_chargeCustomerFail"}, code="card_declined")
    check(counted(v1.payment_intents.confirm, intent, {"payment_method": "pm_card_visa"}).status == "succeeded", "confirm")
    check(counted(path.retrieve, waiting.id).status == "active", "active after confirm")
    trial = counted(path.create, {"customer": customer.id, "items": [{"price": price.id}], "trial_period_days": 14})
    check(trial.status == "trialing" and trial.trial_end - trial.trial_start == 14 * DAY, "trial")
    sandbox.control("POST", "/clock", {"by_seconds": 15 * DAY})
    check(counted(path.retrieve, trial.id).status == "active", "trial over")

    broke = counted(v1.customers.create, {"email": "broke@example.com"})
    method = counted(v1.payment_methods.attach, "pm_card_chargeCustomerFail", {"customer": broke.id})
    counted(v1.customers.update, broke.id, {"invoice_settings": {"default_payment_method": method.id}})
    error = expect(stripe.CardError, path.create, {
        "customer": broke.id, "items": [{"price": price.id}], "payment_behavior": "error_if_incomplete"}, code="card_declined")
    check(error.error.payment_intent.last_payment_error.code == "card_declined", "embedded intent")
    incomplete = counted(path.create, {"customer": broke.id, "items": [{"price": price.id}]})
    check(incomplete.status == "incomplete", "declined creation")
    expect(stripe.CardError, v1.invoices.pay, incomplete.latest_invoice, code="card_declined")
    check(counted(v1.invoices.mark_uncollectible, incomplete.latest_invoice).status == "uncollectible", "uncollectible")
    check(counted(v1.invoices.void_invoice, incomplete.latest_invoice).status == "void", "void")


def keys(v1, base):
    first = counted(v1.customers.create, {"name": "once"}, {"idempotency_key": "key-1"})
    again = counted(v1.customers.create, {"name": "once"}, {"idempotency_key": "key-1"})
    check(first.id == again.id and again.last_response.headers["Idempotent-Replayed"] == "true", "replay")
    check(again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"], "original request")
    expect(stripe.IdempotencyError, v1.customers.create, {"name": "twice"}, {"idempotency_key": "key-1"})
    expect(stripe.InvalidRequestError, v1.customers.create, {"nme": "typo"}, code="parameter_unknown")
    expect(stripe.InvalidRequestError, v1.customers.retrieve, "cus_none", code="resource_missing")
    expect(stripe.InvalidRequestError, v1.customers.list, {"limit": 101})
    expect(stripe.InvalidRequestError, v1.customers.create, {"metadata": {"k" * 41: "v"}})
    expect(stripe.InvalidRequestError, v1.customers.create, {"metadata": {"k": "v" * 501}})
    expect(stripe.InvalidRequestError, v1.subscriptions.list, {"expand": ["data.nothing"]})
    expect(stripe.AuthenticationError, client(base, key="sk_live_never").customers.list)
    expect(stripe.AuthenticationError, client(base, key="nonsense").customers.list)
    expect(stripe.InvalidRequestError, client(base, version="2020-01-01").customers.list)
    check(counted(client(base, key="sk_test_another").customers.list).data == [], "accounts are apart")


def faults(v1, sandbox):
    retrying = client(sandbox.base, retries=2)
    sandbox.control("POST", "/faults", {"kind": "error", "status": 500, "path": "/v1/customers", "count": 2})
    counted(retrying.customers.create, {"name": "third time lucky"})
    for kind, error in [(429, stripe.RateLimitError), (500, stripe.APIError), (401, stripe.AuthenticationError), (402, stripe.CardError)]:
        sandbox.control("POST", "/faults", {"kind": "error", "status": kind, "path": "/v1/customers", "count": 1, "should_retry": False})
        expect(error, v1.customers.list)
    sandbox.control("POST", "/faults", {"kind": "cut_after", "method": "POST", "path": "/v1/customers", "count": 1})
    lost = {"name": "reply lost", "email": "lost@example.com"}
    expect(stripe.APIConnectionError, v1.customers.create, lost, {"idempotency_key": "key-lost"})
    made = counted(v1.customers.create, lost, {"idempotency_key": "key-lost"})
    check([c.id for c in counted(v1.customers.list, {"email": "lost@example.com"}).data] == [made.id], "one object after a lost reply")
    sandbox.control("POST", "/faults", {"kind": "error_after", "status": 500, "method": "POST", "path": "/v1/customers", "count": 1})
    expect(stripe.APIError, v1.customers.create, {"email": "done@example.com"}, {"idempotency_key": "key-500"})
    expect(stripe.APIError, v1.customers.create, {"email": "done@example.com"}, {"idempotency_key": "key-500"})
    check(len(counted(v1.customers.list, {"email": "done@example.com"}).data) == 1, "a 500 is kept too")
    sandbox.control("POST", "/faults", {"kind": "html", "path": "/v1/customers", "count": 1})
    expect(stripe.APIError, v1.customers.list)
    sandbox.control("DELETE", "/faults")

# A test card, the exception's code and decline code, what the network says, and its advice.
DECLINES = [
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", "05", "try_again_later"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", "51", "try_again_later"),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", "41", "do_not_try_again"),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", "43", "do_not_try_again"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "54", "try_again_later"),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "82", "try_again_later"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", None, "try_again_later"),
]


def errors(v1, sandbox, customer, price):
    """Error bodies are Stripe's, and each raises the right class."""
    for method, code, decline, network, advice in DECLINES:
        error = expect(stripe.CardError, v1.payment_methods.attach, method, {"customer": customer.id}, code=code)
        body = error.json_body["error"]
        check(error.http_status == 402 and body["type"] == "card_error" and error.user_message == body["message"], "card error")
        check(body.get("decline_code") == decline and body.get("network_decline_code") in (network, None), f"decline of {method}")
        check(body["advice_code"] == advice, f"advice for {method}")
        check(body["doc_url"] == "https://stripe.com/docs/error-codes/" + code.replace("_", "-"), "documentation")
        check(body["request_log_url"].endswith(error.request_id), "log address")
    for call, arguments, code, param in [
        (v1.customers.create, ({"emial": "x"},), "parameter_unknown", "emial"),
        (v1.customers.create, ({"address": {"street": "x"}},), "parameter_unknown", "address[street]"),
        (v1.customers.list, ({"limit": "many"},), "parameter_invalid_integer", "limit"),
        (v1.customers.list, ({"limit": 0},), "parameter_invalid_integer", "limit"),
        (v1.customers.list, ({"starting_after": "cus_none"},), "resource_missing", "starting_after"),
        (v1.prices.create, ({"currency": "usd", "unit_amount": 1},), None, None),
        (v1.prices.create, ({"product": "prod_none", "currency": "usd", "unit_amount": 1},), "resource_missing", "product"),
        (v1.prices.create, ({"product": price.product, "unit_amount": 1},), "parameter_missing", "currency"),
        (v1.subscriptions.create, ({"customer": "cus_none", "items": [{"price": price.id}]},), "resource_missing", "customer"),
        (v1.subscriptions.create, ({"items": [{"price": price.id}]},), "parameter_missing", "customer"),
        (v1.subscriptions.create, ({"customer": customer.id, "items": [{"price": "price_none"}]},), "resource_missing", None),
        (v1.refunds.create, ({"payment_intent": "pi_none"},), "resource_missing", "payment_intent"),
        (v1.refunds.create, ({},), None, None),
        (v1.webhook_endpoints.create, ({"url": "no address", "enabled_events": ["*"]},), None, "url"),
        (v1.test_helpers.test_clocks.create, ({},), "parameter_missing", "frozen_time"),
    ]:
        error = expect(stripe.InvalidRequestError, call, *arguments)
        body = error.json_body["error"]
        check(body["type"] == "invalid_request_error" and error.http_status == 400 and body["message"], "invalid request")
        check(code is None or error.code == code, f"code {error.code} instead of {code} for {arguments}")
        check(param is None or (error.param or "").startswith(param), f"param {error.param} instead of {param}")
    for service in [v1.customers, v1.products, v1.prices, v1.subscriptions, v1.invoices, v1.charges, v1.payment_intents, v1.setup_intents,
                    v1.refunds, v1.credit_notes, v1.events, v1.webhook_endpoints, v1.checkout.sessions, v1.subscription_items,
                    v1.invoice_payments, v1.payment_methods, v1.test_helpers.test_clocks]:
        error = expect(stripe.InvalidRequestError, service.retrieve, "none_there", code="resource_missing")
        check(error.http_status == 404 and "none_there" in error.user_message, "a missing object")
    for kind, error_class, status in [(401, stripe.AuthenticationError, 401), (402, stripe.CardError, 402), (409, stripe.APIError, 409),
                                      (429, stripe.RateLimitError, 429), (500, stripe.APIError, 500), (503, stripe.APIError, 503)]:
        sandbox.control("POST", "/faults", {"kind": "error", "status": kind, "path": "/v1/balance", "count": 1, "should_retry": False})
        error = expect(error_class, v1.balance.retrieve)
        check(error.http_status == status and error.headers["Stripe-Should-Retry"] == "false", f"fault {kind}")


def headers(v1, customer):
    """Every answer says which request it was and of which version."""
    for number in range(3):
        key = f"headers-{number}"
        first = counted(v1.customers.update, customer.id, {"description": key}, {"idempotency_key": key}).last_response
        again = counted(v1.customers.update, customer.id, {"description": key}, {"idempotency_key": key}).last_response
        for answer in (first, again):
            check(answer.headers["Idempotency-Key"] == key, "headers of a POST")
            check(answer.headers["Request-Id"].startswith("req_") and answer.headers["Stripe-Version"], "headers of every answer")
            check(answer.headers["Original-Request"] == first.headers["Request-Id"], "original request")
        check("Idempotent-Replayed" not in first.headers and again.headers["Idempotent-Replayed"] == "true", "replay mark")
        check(first.headers["Request-Id"] != again.headers["Request-Id"], "a replay is a request of its own")
    plain = counted(v1.customers.retrieve, customer.id).last_response
    check(plain.headers["Request-Id"].startswith("req_") and "Idempotency-Key" not in plain.headers, "headers of a GET")
    error = expect(stripe.InvalidRequestError, v1.customers.create, {"x": "y"}, {"idempotency_key": "headers-bad"})
    check(error.headers["Request-Id"] == error.request_id and error.headers["Idempotency-Key"] == "headers-bad", "headers of a refusal")


def lists(v1, customer):
    """Both cursors, filters and expansions of lists."""
    everything = [c.id for c in counted(v1.customers.list, {"limit": 100}).data]
    page = counted(v1.customers.list, {"limit": 3})
    check([c.id for c in page.data] == everything[:3] and page.has_more, "first page")
    second = counted(v1.customers.list, {"limit": 3, "starting_after": page.data[-1].id})
    check([c.id for c in second.data] == everything[3:6], "second page")
    back = counted(v1.customers.list, {"limit": 3, "ending_before": second.data[0].id})
    check([c.id for c in back.data] == everything[:3] and not back.has_more, "page before")
    created = counted(v1.customers.retrieve, customer.id).created
    for operator, holds in [("gte", True), ("gt", False), ("lte", True), ("lt", False)]:
        found = counted(v1.customers.list, {"created": {operator: created}, "email": "owner@example.com"}).data
        check(bool([c for c in found if c.id == customer.id]) == holds, f"created {operator}")
    check(counted(v1.customers.retrieve, customer.id, {"expand": ["subscriptions"]}).subscriptions.object == "list", "included list")
    for service in [v1.setup_intents, v1.payment_intents, v1.charges, v1.refunds, v1.invoices, v1.subscriptions, v1.checkout.sessions,
                    v1.credit_notes, v1.events, v1.invoice_payments]:
        answer = counted(service.list, {"limit": 2})
        check(answer.object == "list" and len(answer.data) <= 2, "a list")
    deep = counted(v1.invoices.list, {"limit": 1, "expand": ["data.customer", "data.payments.data.payment.payment_intent.latest_charge"]})
    check(deep.data[0].customer.object == "customer", "expansion within a list")
    expect(stripe.InvalidRequestError, v1.invoices.list, {"expand": ["data.a.b.c.d.e"]})
    portal = counted(v1.billing_portal.sessions.create, {"customer": customer.id, "return_url": "https://app.example.com/billing"})
    check(portal.url and portal.return_url == "https://app.example.com/billing", "portal")


def discounts(v1, sandbox, customer, price):
    coupon = counted(v1.coupons.create, {"percent_off": 25.5, "duration": "repeating", "duration_in_months": 2, "name": "Spring"})
    check(coupon.percent_off == 25.5 and coupon.valid and coupon.times_redeemed == 0, "coupon")
    check(counted(v1.coupons.update, coupon.id, {"name": "Summer"}).name == "Summer", "coupon update")
    check(counted(v1.coupons.retrieve, coupon.id).id == counted(v1.coupons.list).data[0].id, "coupon read and list")
    code = counted(v1.promotion_codes.create, {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "LAUNCH"})
    check(counted(v1.promotion_codes.list, {"code": "launch"}).data[0].id == code.id, "promotion code by its word")
    check(counted(v1.promotion_codes.retrieve, code.id, {"expand": ["promotion.coupon"]}).promotion.coupon.name == "Summer", "its coupon")
    sold = counted(v1.subscriptions.create, {
        "customer": customer.id, "items": [{"price": price.id}], "discounts": [{"promotion_code": code.id}], "expand": ["latest_invoice"]})
    check(sold.latest_invoice.total == 1490 and sold.latest_invoice.total_discount_amounts[0].amount == 510, "discounted invoice")
    check(counted(v1.subscriptions.retrieve, sold.id, {"expand": ["discounts"]}).discounts[0].promotion_code == code.id, "discount")
    check(counted(v1.subscriptions.delete_discount, sold.id).deleted, "discount taken back")
    expect(stripe.InvalidRequestError, v1.subscriptions.delete_discount, sold.id, code="resource_missing")
    sandbox.control("POST", "/acts", {"act": "discount_customer", "customer": customer.id, "coupon": coupon.id})
    check(counted(v1.customers.retrieve, customer.id).discount.source.coupon == coupon.id, "the customer's discount")
    check(counted(v1.customers.delete_discount, customer.id).deleted, "the customer's discount taken back")
    check(not counted(v1.promotion_codes.update, code.id, {"active": False}).active, "promotion code update")
    check(counted(v1.coupons.delete, coupon.id).deleted, "coupon delete")
    expect(stripe.InvalidRequestError, v1.coupons.create, {"percent_off": 10, "amount_off": 10, "currency": "usd"})
    counted(v1.subscriptions.cancel, sold.id)


def taxes(v1, customer, price):
    rate = counted(v1.tax_rates.create, {"display_name": "VAT", "percentage": 19, "inclusive": False, "country": "DE"})
    check(counted(v1.tax_rates.retrieve, rate.id).percentage == 19 and counted(v1.tax_rates.list, {"active": True}).data, "tax rate")
    sold = counted(v1.subscriptions.create, {
        "customer": customer.id, "items": [{"price": price.id}], "default_tax_rates": [rate.id], "expand": ["latest_invoice"]})
    check(sold.latest_invoice.total == 2380 and sold.latest_invoice.total_taxes[0].amount == 380, "taxed invoice")
    counted(v1.subscriptions.cancel, sold.id)
    check(not counted(v1.tax_rates.update, rate.id, {"active": False}).active, "tax rate update")
    number = counted(v1.customers.tax_ids.create, customer.id, {"type": "eu_vat", "value": "DE123456789"})
    check(counted(v1.customers.tax_ids.retrieve, customer.id, number.id).country == "DE", "tax id")
    check(len(counted(v1.customers.tax_ids.list, customer.id).data) == 1, "tax ids")
    check(counted(v1.customers.tax_ids.delete, customer.id, number.id).deleted, "tax id delete")


def hand_made(v1, customer):
    item = counted(v1.invoice_items.create, {"customer": customer.id, "amount": 700, "currency": "usd", "description": "Help"})
    check(counted(v1.invoice_items.update, item.id, {"amount": 900}).amount == 900, "invoice item update")
    check(counted(v1.invoice_items.retrieve, item.id).invoice is None, "invoice item read")
    check(counted(v1.invoice_items.list, {"customer": customer.id, "pending": True}).data[0].id == item.id, "invoice items")
    spare = counted(v1.invoice_items.create, {"customer": customer.id, "amount": 1, "currency": "usd"})
    check(counted(v1.invoice_items.delete, spare.id).deleted, "invoice item delete")
    draft = counted(v1.invoices.create, {
        "customer": customer.id, "collection_method": "send_invoice", "days_until_due": 14, "pending_invoice_items_behavior": "include"})
    check(draft.total == 900 and draft.billing_reason == "manual", "invoice made by hand")
    counted(v1.invoices.send_invoice, draft.id)
    note = {"invoice": draft.id, "amount": 200}
    check(counted(v1.credit_notes.preview, note).total == 200, "credit note preview")
    made = counted(v1.credit_notes.create, note)
    check(len(counted(v1.credit_notes.line_items.list, made.id).data) == 1, "credit note lines")
    check(counted(v1.credit_notes.void_credit_note, made.id).status == "void", "credit note void")
    expect(stripe.InvalidRequestError, v1.credit_notes.void_credit_note, made.id)
    check(counted(v1.invoices.pay, draft.id, {"paid_out_of_band": True}).status == "paid", "paid out of band")


def items(v1, customer, price, large):
    sold = counted(v1.subscriptions.create, {"customer": customer.id, "items": [{"price": price.id}], "billing_mode": {"type": "classic"}})
    check(counted(v1.subscriptions.migrate, sold.id, {"billing_mode": {"type": "flexible"}}).billing_mode.type == "flexible", "migrate")
    added = counted(v1.subscription_items.create, {"subscription": sold.id, "price": large.id, "proration_behavior": "none"})
    check(counted(v1.subscription_items.update, added.id, {"quantity": 2, "proration_behavior": "none"}).quantity == 2, "item update")
    check(len(counted(v1.subscription_items.list, {"subscription": sold.id}).data) == 2, "items")
    check(counted(v1.subscription_items.delete, added.id, {"proration_behavior": "none"}).deleted, "item delete")
    only = counted(v1.subscription_items.list, {"subscription": sold.id}).data[0]
    expect(stripe.InvalidRequestError, v1.subscription_items.delete, only.id)
    schedule = counted(v1.subscription_schedules.create, {"from_subscription": sold.id})
    expect(stripe.InvalidRequestError, v1.subscriptions.update, sold.id, {"cancel_at_period_end": True})
    check(counted(v1.subscription_schedules.update, schedule.id, {"metadata": {"a": "b"}}).metadata["a"] == "b", "schedule update")
    check(counted(v1.subscription_schedules.retrieve, schedule.id).status == "active", "schedule read")
    check(counted(v1.subscription_schedules.release, schedule.id).released_subscription == sold.id, "release")
    counted(v1.subscriptions.cancel, sold.id)
    later = counted(v1.subscription_schedules.create, {
        "customer": customer.id, "start_date": int(time.time()) + 90 * DAY,
        "phases": [{"items": [{"price": price.id}], "duration": {"interval": "month", "interval_count": 3}}]})
    check(counted(v1.subscription_schedules.list, {"scheduled": True}).data[0].id == later.id, "schedules")
    check(counted(v1.subscription_schedules.cancel, later.id).status == "canceled", "schedule cancel")


def standalone(v1, sandbox):
    token = counted(v1.tokens.create, {"card": {"number": "4242424242424242", "exp_month": "4", "exp_year": "2033", "cvc": "123"}})
    check(counted(v1.tokens.retrieve, token.id).card.last4 == "4242", "token")
    method = counted(v1.payment_methods.create, {"type": "card", "card": {"token": token.id}})
    expect(stripe.InvalidRequestError, v1.payment_methods.create, {"type": "card", "card": {"token": token.id}}, code="token_already_used")
    held = counted(v1.payment_intents.create, {
        "amount": 1200, "currency": "usd", "capture_method": "manual", "payment_method": method.id, "confirm": True})
    check(held.status == "requires_capture" and held.amount_capturable == 1200, "authorised")
    check(counted(v1.payment_intents.capture, held.id, {"amount_to_capture": 1000}).amount_received == 1000, "captured")
    expect(stripe.InvalidRequestError, v1.payment_intents.cancel, held.id, code="payment_intent_unexpected_state")
    waiting = counted(v1.payment_intents.create, {"amount": 1200, "currency": "usd"})
    counted(v1.payment_intents.update, waiting.id, {"amount": 1300})
    expect(stripe.CardError, v1.payment_intents.confirm, waiting.id, {"payment_method": "pm_card_chargeCustomerFail"})
    check(counted(v1.payment_intents.cancel, waiting.id, {"cancellation_reason": "abandoned"}).status == "canceled", "cancelled")
    refund = counted(v1.refunds.create, {"payment_intent": held.id, "amount": 100})
    expect(stripe.InvalidRequestError, v1.refunds.cancel, refund.id)
    sandbox.control("POST", "/acts", {"act": "hold_refund", "refund": refund.id})
    check(counted(v1.refunds.cancel, refund.id).status == "canceled", "refund cancel")


def searches(v1, customer):
    for service, query in [
        (v1.customers, 'email:"owner@example.com"'), (v1.products, 'active:"true"'), (v1.prices, 'type:"recurring"'),
        (v1.subscriptions, 'status:"active" OR status:"canceled"'), (v1.invoices, f'customer:"{customer.id}" AND total>0'),
        (v1.charges, f'customer:"{customer.id}" AND amount>=100'), (v1.payment_intents, 'status:"succeeded"'),
    ]:
        found = counted(service.search, {"query": query, "limit": 1})
        check(found.object == "search_result" and len(found.data) == 1, f"search {query}")
    expect(stripe.InvalidRequestError, v1.customers.search, {"query": "password:1"})


def portal_configurations(v1, customer):
    made = counted(v1.billing_portal.configurations.create, {"features": {"invoice_history": {"enabled": True}}})
    check(counted(v1.billing_portal.configurations.update, made.id, {"name": "strict"}).name == "strict", "configuration update")
    check(counted(v1.billing_portal.configurations.retrieve, made.id).features.invoice_history.enabled, "configuration read")
    check(counted(v1.billing_portal.configurations.list, {"active": True}).data, "configurations")
    visit = counted(v1.billing_portal.sessions.create, {"customer": customer.id, "configuration": made.id})
    check(visit.configuration == made.id, "configured visit")


def clocks(v1, price):
    start = int(time.time())
    clock = counted(v1.test_helpers.test_clocks.create, {"frozen_time": start, "name": "months"})
    customer = counted(v1.customers.create, {"test_clock": clock.id, "payment_method": "pm_card_visa",
                                             "invoice_settings": {"default_payment_method": "pm_card_visa"}})
    subscription = counted(v1.subscriptions.create, {"customer": customer.id, "items": [{"price": price.id}]})
    expect(stripe.InvalidRequestError, v1.test_helpers.test_clocks.advance, clock.id, {"frozen_time": start + 90 * DAY})
    check(counted(v1.test_helpers.test_clocks.advance, clock.id, {"frozen_time": start + 33 * DAY}).status == "advancing", "advance")
    check(counted(v1.test_helpers.test_clocks.retrieve, clock.id).status == "ready", "ready")
    check(len(counted(v1.invoices.list, {"subscription": subscription.id}).data) == 2, "renewed on the test clock")
    check(counted(v1.test_helpers.test_clocks.list).data[0].id == clock.id, "clocks")
    check(counted(v1.test_helpers.test_clocks.delete, clock.id).deleted, "clock deleted")
    check(counted(v1.customers.retrieve, customer.id).deleted, "with its customer")


def webhooks(v1, sandbox):
    made = counted(v1.webhook_endpoints.create, {"url": "http://127.0.0.1:9/nowhere", "enabled_events": ["invoice.paid"], "api_version": PINNED})
    check(made.secret.startswith("whsec_"), "secret shown once")
    check("secret" not in counted(v1.webhook_endpoints.retrieve, made.id), "and never again")
    check(counted(v1.webhook_endpoints.update, made.id, {"disabled": True}).status == "disabled", "disable")
    check(len(counted(v1.webhook_endpoints.list).data) == 2, "endpoints")
    check(counted(v1.webhook_endpoints.delete, made.id).deleted, "endpoint delete")
    sandbox.control("POST", "/quiesce", {"timeout_seconds": 120})
    event = counted(v1.events.list, {"type": "customer.created"}).data[0]
    check(counted(v1.events.retrieve, event.id).pending_webhooks == 0, "acknowledged")
    check(counted(v1.events.list, {"types": ["invoice.paid", "refund.created"], "limit": 100}).data, "events by types")
    before = len([e for e in received if e.id == event.id])
    sandbox.control("POST", "/deliveries", {"action": "resend", "event": event.id, "times": 3})
    sandbox.control("POST", "/quiesce", {"timeout_seconds": 120})
    check(len([e for e in received if e.id == event.id]) == before + 3, "resend")
    known = {e.id for e in counted(v1.events.list, {"limit": 100}).auto_paging_iter()}
    check(known <= {e.id for e in received}, "every event was delivered")
    check(not rejected, f"the SDK's verifier refused: {rejected[:3]}")
    check(all(e.api_version == PINNED for e in received), "version of events")


def run(base, version, sandbox):
    v1 = client(base, version)
    check(counted(v1.accounts.retrieve_current).country == "US", "account")
    check(counted(v1.balance.retrieve).available[0].currency == "usd", "balance")
    customer = customers(v1)
    price, large = catalogue(v1)
    methods(v1, customer)
    subscription = checkout(v1, sandbox, customer, price)
    invoices(v1, subscription)
    subscriptions(v1, sandbox, customer, price, large, subscription)
    keys(v1, base)
    errors(v1, sandbox, customer, price)
    headers(v1, customer)

    discounts(v1, sandbox, customer, price)
    taxes(v1, customer, price)
    hand_made(v1, customer)
    items(v1, customer, price, large)
    standalone(v1, sandbox)
    searches(v1, customer)
    portal_configurations(v1, customer)
    lists(v1, customer)
    faults(v1, sandbox)
    clocks(v1, price)
    webhooks(v1, sandbox)


def main():
    hooks = HookServer(("127.0.0.1", 0), Hooks)
    threading.Thread(target=hooks.serve_forever, daemon=True).start()
    for version in [None, PINNED]:
        received.clear()
        before = calls
        sandbox = Sandbox(sys.argv[1], f"http://127.0.0.1:{hooks.server_port}/hooks")
        try:
            run(sandbox.base, version, sandbox)
        finally:
            sandbox.stop()
        check(not incomplete, f"members are missing: {sorted(incomplete)}")
        check(calls - before >= 250, f"only {calls - before} calls")
        print(f"version {version or 'of the SDK'}: {calls - before} calls, {len(received)} deliveries verified")
    hooks.shutdown()


if __name__ == "__main__":
    main()
