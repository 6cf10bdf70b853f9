"""The persons of the story, who use the published client and, where it has no call, plain HTTP."""

import re
import secrets
import threading

import httpx
from console import StoryFailed, wait_until
from robosystems_client import AuthenticatedClient, Client
from robosystems_client.api.auth import login_user, register_user, verify_email
from robosystems_client.api.billing import create_checkout_session, get_checkout_status, get_org_subscription, list_org_subscriptions
from robosystems_client.api.graph_operations import delete_graph
from robosystems_client.api.graphs import create_graph, get_graphs
from robosystems_client.api.operations import get_operation_status
from robosystems_client.api.org import list_user_orgs
from robosystems_client.api.service_offerings import get_service_offerings
from robosystems_client.api.user import get_current_user
from robosystems_client.clients.sse_client import SSEClient, SSEConfig
from robosystems_client.models import (
    CreateCheckoutRequest,
    CreateCheckoutRequestResourceConfig,
    CreateGraphRequest,
    CustomSchemaDefinition,
    DeleteGraphOp,
    EmailVerificationRequest,
    GraphMetadata,
    LoginRequest,
    RegisterRequest,
)

PASSWORD = "Correct-Horse-42-Battery"
SCHEMA = {"name": "people", "version": "1.0.0", "nodes": [{"name": "Person"}], "relationships": [{"name": "KNOWS"}]}


def model(response, kind):
    """The typed body of an answer; a client that cannot parse it gives None or a plain dict."""
    if type(response.parsed).__name__ != kind:
        raise StoryFailed(f"expected {kind}, got HTTP {int(response.status_code)}: {response.content[:500]!r}")
    return response.parsed


class Person:
    def __init__(self, api_url, name):
        self.api_url = api_url
        self.name = name
        self.email = f"{name.lower()}-{secrets.token_hex(4)}@example.com"
        self.anonymous = Client(base_url=api_url, timeout=httpx.Timeout(120))
        self.token = None
        self.user_id = None
        self.org_id = None

    def register(self):
        body = RegisterRequest(name=self.name, email=self.email, password=PASSWORD)
        answer = model(register_user.sync_detailed(client=self.anonymous, body=body), "AuthResponse")
        self.user_id = answer.user.additional_properties["id"]
        self.org_id = answer.org.additional_properties["id"] if answer.org else None
        self.token = answer.token
        return answer

    def confirm(self, mail):
        """Follows the link of the mail that asks for it; an account that never does is removed after a month."""
        found = wait_until("the mail to confirm", lambda: [m for m in mail.to(self.email) if m["subject"].startswith("Confirm your address")])
        body = EmailVerificationRequest(token=re.search(r"token=([A-Za-z0-9_\-.~%]+)", found[0]["text"]).group(1))
        answer = model(verify_email.sync_detailed(client=self.anonymous, body=body), "AuthResponse")
        self.token = answer.token
        return answer

    def login(self):
        body = LoginRequest(email=self.email, password=PASSWORD)
        answer = model(login_user.sync_detailed(client=self.anonymous, body=body), "AuthResponse")
        self.token = answer.token
        return answer

    @property
    def client(self):
        return AuthenticatedClient(base_url=self.api_url, token=self.token, timeout=httpx.Timeout(120))

    def http(self, method, path, **options):
        """A call that the published client does not have."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return httpx.request(method, self.api_url + path, headers=headers, timeout=120, **options)

    def me(self):
        return model(get_current_user.sync_detailed(client=self.client), "UserResponse")

    def orgs(self):
        return model(list_user_orgs.sync_detailed(client=self.client), "OrgListResponse").orgs

    def offering(self):
        return model(get_service_offerings.sync_detailed(client=self.anonymous), "ServiceOfferingsResponse")

    def try_create_graph(self, name):
        body = CreateGraphRequest(
            metadata=GraphMetadata(graph_name=name), custom_schema=CustomSchemaDefinition.from_dict(SCHEMA)
        )
        return create_graph.sync_detailed(client=self.client, body=body)

    def checkout(self, graph_name, plan="ladybug-standard"):
        config = CreateCheckoutRequestResourceConfig.from_dict({"graph_name": graph_name, "org_id": self.org_id})
        body = CreateCheckoutRequest(plan_name=plan, resource_type="graph", resource_config=config)
        return model(create_checkout_session.sync_detailed(client=self.client, body=body), "CheckoutResponse")

    def checkout_status(self, session_id):
        return model(get_checkout_status.sync_detailed(session_id, client=self.client), "CheckoutStatusResponse")

    def subscriptions(self):
        answer = list_org_subscriptions.sync_detailed(self.org_id, client=self.client)
        if int(answer.status_code) != 200:
            raise StoryFailed(f"subscriptions: HTTP {int(answer.status_code)}: {answer.content[:300]!r}")
        return answer.parsed

    def subscription(self, subscription_id):
        return model(get_org_subscription.sync_detailed(self.org_id, subscription_id, client=self.client), "GraphSubscriptionResponse")

    def graphs(self):
        return model(get_graphs.sync_detailed(client=self.client), "UserGraphsResponse").graphs

    def delete_graph(self, graph_id, confirm, at_period_end=False):
        body = DeleteGraphOp(confirm=confirm, at_period_end=at_period_end)
        return delete_graph.sync_detailed(graph_id, client=self.client, body=body)

    def operation(self, operation_id):
        answer = get_operation_status.sync_detailed(operation_id, client=self.client)
        if int(answer.status_code) != 200:
            raise StoryFailed(f"operation {operation_id}: HTTP {int(answer.status_code)}: {answer.content[:300]!r}")
        return answer.parsed.additional_properties

    def follow(self, operation_id, seconds=600):
        """Follows an operation over server-sent events to its end, with the client's own reader."""
        seen = []
        end = []
        sse = SSEClient(SSEConfig(base_url=self.api_url, headers={"Authorization": f"Bearer {self.token}"}))
        for name in ["operation_started", "operation_progress"]:
            sse.on(name, lambda data, name=name: seen.append((name, data)))
        for name in ["operation_completed", "operation_error", "operation_cancelled", "error"]:
            sse.on(name, lambda data, name=name: end.append((name, data)))
        threading.Thread(target=sse.connect, args=[operation_id], daemon=True).start()
        wait_until(f"the end of {operation_id}", lambda: end, seconds)
        sse.close()
        return seen, end[0]
