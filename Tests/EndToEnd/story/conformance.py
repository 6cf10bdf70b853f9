#!/usr/bin/env python3
"""Calls everything that the API answers through the published client, and looks into every answer.

A client that does not understand an answer says so seldom: an undocumented status gives no body, a nested object that does not parse stays
a plain dict, a key that was left out becomes UNSET. All three count as misunderstood here.

usage: conformance.py STATE_FILE
"""

import base64
import hashlib
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile

import attrs
from console import StoryFailed, wait_until
from people import PASSWORD, SCHEMA, Person
from robosystems_client import AuthenticatedClient, models
from robosystems_client.types import Unset
from sandbox import Control, MailBox, pay

# What may be any object, by its declaration.
MAPS = ("dict", "Any")
# Said only where there is something to say: what was given may be a secret.
OPTIONAL = {"ValidationError.input_", "ValidationError.ctx"}

# What a subscription says beyond the published model (BIL-045).
SUBSCRIPTION_EXTRAS = {
    "cancellation_type", "cancellation_origin", "reversible_until", "keep_requested_at", "provider_sync", "grace_deadline", "trial_end",
}  # fmt: skip


def misunderstood(value, where):
    """What in an answer the client did not understand."""
    if attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            if field.name == "additional_properties":
                continue
            part, declared = getattr(value, field.name), str(field.type)
            path = f"{where}.{field.name}"
            if isinstance(part, Unset) and f"{type(value).__name__}.{field.name}" in OPTIONAL:
                continue
            if isinstance(part, Unset):
                yield f"{path} was left out"
            elif isinstance(part, dict) and not any(word in declared for word in MAPS):
                yield f"{path} is a plain object instead of {declared}"
            else:
                yield from misunderstood(part, path)
    elif isinstance(value, list):
        for number, element in enumerate(value):
            yield from misunderstood(element, f"{where}[{number}]")


class Authenticator:
    """A passkey on P-256 in memory; openssl holds the key and signs."""

    def __init__(self, origin):
        self.origin, self.id = origin, os.urandom(32)
        self.key = self.openssl("ecparam", "-genkey", "-noout", "-name", "prime256v1")
        self.point = self.openssl("ec", "-pubout", "-outform", "DER", given=self.key)[-64:]

    @staticmethod
    def openssl(*arguments, given=b""):
        return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout

    @staticmethod
    def text(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    def client_data(self, kind, options):
        return json.dumps({"type": f"webauthn.{kind}", "challenge": options["challenge"], "origin": self.origin}).encode()

    def answer(self, **response):
        name = self.text(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": {k: self.text(v) for k, v in response.items()}}

    def register(self, options):
        x, y = self.point[:32], self.point[32:]
        key = bytes.fromhex("a5010203262001215820") + x + bytes.fromhex("225820") + y
        data = hashlib.sha256(options["rp"]["id"].encode()).digest() + bytes([0x45, 0, 0, 0, 0]) + bytes(17) + bytes([32]) + self.id + key
        envelope = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data
        return self.answer(clientDataJSON=self.client_data("create", options), attestationObject=envelope)

    def sign(self, options, handle=None):
        client = self.client_data("get", options)
        data = hashlib.sha256(options["rpId"].encode()).digest() + bytes([0x05, 0, 0, 0, 0])
        with tempfile.NamedTemporaryFile() as key:
            key.write(self.key)
            key.flush()
            signature = self.openssl("dgst", "-sha256", "-sign", key.name, given=data + hashlib.sha256(client).digest())
        answer = self.answer(clientDataJSON=client, authenticatorData=data, signature=signature)
        if handle:
            answer["response"]["userHandle"] = handle
        return answer


class Conformance:
    def __init__(self, state):
        self.state = state
        self.mail = MailBox(state)
        self.control = Control(state)
        self.called = set()
        self.problems = []
        self.read = set()

    def call(self, name, *arguments, status, model=None, client=None, **keywords):
        """Calls `tag.operation`; the status and the type of the answer are as the client documents them."""
        module = importlib.import_module(f"robosystems_client.api.{name}")
        self.called.add(name)
        answer = module.sync_detailed(*arguments, client=client or self.ada.client, **keywords)
        found = type(answer.parsed).__name__
        if int(answer.status_code) != status:
            self.problems.append(f"{name}: HTTP {int(answer.status_code)} instead of {status}: {answer.content[:200]!r}")
        elif model is not None and found != model:
            self.problems.append(f"{name}: {found} instead of {model}: {answer.content[:200]!r}")
        else:
            self.problems += [f"{name}: {problem}" for problem in misunderstood(answer.parsed, found)]
        return answer.parsed

    def link(self, address, subject):
        """The token in the next mail to an address: each mail is read once, and one that is on its way is waited for."""
        found = wait_until(
            f"the mail {subject}",
            lambda: [m for m in self.mail.to(address) if subject in m["subject"].lower() and m["message_id"] not in self.read],
        )[0]
        self.read.add(found["message_id"])
        token = re.search(r"token=([A-Za-z0-9_\-.~%]+)", found["text"])
        if token is None:
            raise StoryFailed(f"the mail {subject} has no link: {found['text'][:400]}")
        return token.group(1)

    def tell(self):
        self.ada, self.ben = Person(self.state["api_url"], "Ada"), Person(self.state["api_url"], "Ben")
        self.accounts()
        self.keys()
        self.second_factors()
        self.orgs()
        self.catalogue()
        self.graph()
        self.refusals()
        self.goodbye()

    def accounts(self):
        call, anonymous = self.call, self.ada.anonymous
        call("status.get_service_status", status=200, model="HealthStatus", client=anonymous)
        call("auth.get_auth_providers", status=200, model="AuthProvidersResponse", client=anonymous)
        call("auth.get_captcha_config", status=200, client=anonymous)
        call("auth.get_password_policy", status=200, model="PasswordPolicyResponse", client=anonymous)
        body = models.PasswordCheckRequest(password="weak", email=self.ada.email)
        call("auth.check_password_strength", status=200, model="PasswordCheckResponse", client=anonymous, body=body)
        for person in [self.ada, self.ben]:
            body = models.RegisterRequest(name=person.name, email=person.email, password=PASSWORD)
            answer = call("auth.register_user", status=201, model="AuthResponse", client=anonymous, body=body)
            person.token = answer.token
            person.org_id = answer.org.additional_properties["id"]
            person.user_id = answer.user.additional_properties["id"]
        body = models.LoginRequest(email=self.ada.email, password=PASSWORD)
        self.ada.token = call("auth.login_user", status=200, model="AuthResponse", client=anonymous, body=body).token
        self.ada.token = call("auth.refresh_auth_session", status=200, model="AuthResponse").token
        call("auth.get_current_auth_user", status=200, model="GetCurrentAuthUserResponseGetcurrentauthuser")
        # Not at once: one was sent when she registered, and the next one may be sent after a while only.
        self.control.advance(self.state["api_url"], 3_700)
        self.ada.token = call("auth.login_user", status=200, model="AuthResponse", client=anonymous, body=body).token
        self.link(self.ada.email, "confirm")
        call("auth.resend_verification_email", status=200, model="ResendVerificationEmailResponseResendverificationemail")
        body = models.EmailVerificationRequest(token=self.link(self.ada.email, "confirm"))
        self.ada.token = call("auth.verify_email", status=200, model="AuthResponse", client=anonymous, body=body).token
        body = models.ForgotPasswordRequest(email=self.ada.email)
        call("auth.forgot_password", status=200, model="ForgotPasswordResponseForgotpassword", client=anonymous, body=body)
        token = self.link(self.ada.email, "reset")
        call("auth.validate_reset_token", status=200, model="ResetPasswordValidateResponse", client=anonymous, token=token)
        body = models.ResetPasswordRequest(token=token, new_password=PASSWORD + "-2")
        self.ada.token = call("auth.reset_password", status=200, model="AuthResponse", client=anonymous, body=body).token
        body = models.UpdatePasswordRequest(
            current_password=PASSWORD + "-2", new_password=PASSWORD + "-3", confirm_password=PASSWORD + "-3"
        )
        call("user.update_user_password", status=200, model="SuccessResponse", body=body)
        body = models.LoginRequest(email=self.ada.email, password=PASSWORD + "-3")
        self.ada.token = call("auth.login_user", status=200, model="AuthResponse", client=anonymous, body=body).token
        call("user.get_current_user", status=200, model="UserResponse")
        call("user.update_user", status=200, model="UserResponse", body=models.UpdateUserRequest(name="Ada L."))

    def keys(self):
        call = self.call
        made = call(
            "user.create_user_api_key", status=201, model="CreateAPIKeyResponse", body=models.CreateAPIKeyRequest(name="conformance")
        )
        by_key = AuthenticatedClient(base_url=self.state["api_url"], token=made.key, auth_header_name="X-API-Key", prefix="")
        call("user.get_current_user", status=200, model="UserResponse", client=by_key)
        call("user.list_user_api_keys", status=200, model="APIKeysResponse")
        body = models.UpdateAPIKeyRequest(name="renamed")
        call("user.update_user_api_key", made.api_key.id, status=200, model="APIKeyInfo", body=body)
        call("user.revoke_user_api_key", made.api_key.id, status=200, model="SuccessResponse")
        call("user.list_user_o_auth_grants", status=200, model="OAuthGrantsResponse")

    def second_factors(self):
        call = self.call
        call("auth_mfa.get_mfa_status", status=200, model="MfaStatusResponse")
        call("auth_passkeys.list_user_passkeys", status=200, model="PasskeyListResponse")
        key, anonymous, password = Authenticator(self.state["api_url"]), self.ada.anonymous, PASSWORD + "-3"

        def options(name, **keywords):
            return call(name, status=200, model="CeremonyOptionsResponse", **keywords).options.additional_properties

        def proof(model):
            return model.from_dict(key.sign(options("auth_passkeys.get_passkey_reauth_options")))

        body = models.PasskeyRegisterOptionsRequest(password=password)
        asked = options("auth_passkeys.get_passkey_registration_options", body=body)
        credential = models.PasskeyRegisterVerifyRequestCredential.from_dict(key.register(asked))
        body = models.PasskeyRegisterVerifyRequest(credential=credential, name="Key")
        made = call("auth_passkeys.verify_passkey_registration", status=200, model="PasskeyRegisterVerifyResponse", body=body)
        body = models.LoginRequest(email=self.ada.email, password=password)
        first = call("auth.login_user", status=200, model="AuthResponse", client=anonymous, body=body)
        body = models.MfaOptionsRequest(mfa_token=first.mfa_token)
        assertion = key.sign(options("auth_mfa.get_mfa_options", client=anonymous, body=body))
        body = models.MfaVerifyRequest(
            mfa_token=first.mfa_token, assertion=models.MfaVerifyRequestAssertionType0.from_dict(assertion)
        )
        self.ada.token = call("auth_mfa.verify_mfa", status=200, model="AuthResponse", client=anonymous, body=body).token
        asked_alone = options("auth_passkeys.get_passkey_login_options", client=anonymous)
        assertion = models.PasskeyLoginVerifyRequestAssertion.from_dict(key.sign(asked_alone, asked["user"]["id"]))
        body = models.PasskeyLoginVerifyRequest(assertion=assertion)
        call("auth_passkeys.verify_passkey_login", status=200, model="AuthResponse", client=anonymous, body=body)
        body = models.RecoveryCodesRequest(assertion=proof(models.RecoveryCodesRequestAssertionType0))
        call("auth_mfa.regenerate_mfa_recovery_codes", status=200, model="RecoveryCodesResponse", body=body)
        call("auth_passkeys.list_user_passkeys", status=200, model="PasskeyListResponse")
        body = models.PasskeyDeleteRequest(assertion=proof(models.PasskeyDeleteRequestAssertionType0))
        call("auth_passkeys.delete_user_passkey", made.passkey.id, status=200, model="SuccessResponse", body=body)

    def orgs(self):
        call, org = self.call, self.ada.org_id
        call("org.list_user_orgs", status=200, model="OrgListResponse")
        call("org.get_org", org, status=200, model="OrgDetailResponse")
        call("org.update_org", org, status=200, model="OrgDetailResponse", body=models.UpdateOrgRequest(name="Conformance"))
        call("org.list_org_graphs", org, status=200, model="list")
        call("org_members.list_org_members", org, status=200, model="OrgMemberListResponse")
        call("org_usage.get_org_limits", org, status=200, model="OrgLimitsResponse")
        call("org_usage.get_org_usage", org, status=200, model="OrgUsageResponse")

    def catalogue(self):
        call = self.call
        call("service_offerings.get_service_offerings", status=200, model="ServiceOfferingsResponse", client=self.ada.anonymous)
        call("graphs.get_available_graph_tiers", status=200, model="AvailableGraphTiersResponse")
        call("graphs.get_available_extensions", status=200, model="AvailableExtensionsResponse")
        call("graphs.get_graph_capacity", status=200, model="GraphCapacityResponse")

    def graph(self):
        call, org = self.call, self.ada.org_id
        config = models.CreateCheckoutRequestResourceConfig.from_dict({"graph_name": "Conformance", "org_id": org})
        body = models.CreateCheckoutRequest(plan_name="ladybug-standard", resource_type="graph", resource_config=config)
        checkout = call("billing.create_checkout_session", status=201, model="CheckoutResponse", body=body)
        pay(checkout.checkout_url)

        def active():
            status = call("billing.get_checkout_status", checkout.session_id, status=200, model="CheckoutStatusResponse")
            return status if status.status == "active" else None

        status = wait_until("the graph", active)
        graph, subscription = status.resource_id, status.subscription_id
        call("operations.get_operation_status", status.operation_id, status=200)
        call("billing.get_org_billing_customer", org, status=200, model="BillingCustomer")
        call("billing.list_org_subscriptions", org, status=200, model="list")
        shown = call("billing.get_org_subscription", org, subscription, status=200, model="GraphSubscriptionResponse")
        if left_out := SUBSCRIPTION_EXTRAS - set(shown.additional_properties):
            self.problems.append(f"BIL-045: a subscription is shown without {', '.join(sorted(left_out))}")
        call("billing.list_org_invoices", org, status=200, model="InvoicesResponse")
        call("billing.get_org_upcoming_invoice", org, status=200)
        call("credits_.get_credit_summary", graph, status=200, model="CreditSummaryResponse")
        call("credits_.list_credit_transactions", graph, status=200, model="DetailedTransactionsResponse")
        call("graphs.get_graphs", status=200, model="UserGraphsResponse")
        call("user.set_selected_graph", status=200, model="SuccessResponse", body=models.SetSelectedGraphRequest(graph_id=graph))
        call("graph_info.get_database_info", graph, status=200, model="DatabaseInfoResponse")
        call("graph_health.get_database_health", graph, status=200, model="DatabaseHealthResponse")
        call("graph_limits.get_graph_limits", graph, status=200, model="GraphLimitsResponse")
        call("graph_members.list_graph_members", graph, status=200, model="GraphMemberListResponse")
        call("graph_audit.list_graph_mutations", graph, status=200, model="MutationAuditListResponse")
        body = models.CreateGraphRequest(
            metadata=models.GraphMetadata(graph_name="Second"), custom_schema=models.CustomSchemaDefinition.from_dict(SCHEMA)
        )
        second = call("graphs.create_graph", status=202, model="OperationEnvelope", body=body)
        self.ada.follow(second.operation_id)
        body = models.DeleteGraphOp(confirm=graph, at_period_end=False)
        gone = call("graph_operations.delete_graph", graph, status=202, model="OperationEnvelope", body=body)
        call("operations.get_operation_status", gone.operation_id, status=200)

    def refusals(self):
        """Errors parse as the client documents them."""
        call = self.call
        no_graph = "kg" + "0" * 20
        call("graph_info.get_database_info", no_graph, status=404, model="ErrorResponse")
        call("org.get_org", self.ben.org_id, status=403, model="ErrorResponse")
        call("billing.get_org_billing_customer", self.ben.org_id, status=403, model="ErrorResponse")
        stranger = AuthenticatedClient(base_url=self.state["api_url"], token="not.a.token")
        call("user.get_current_user", status=401, model="ErrorResponse", client=stranger)
        body = models.RegisterRequest(name="", email="no address", password="x")
        call("auth.register_user", status=422, model="HTTPValidationError", client=self.ada.anonymous, body=body)
        body = models.LoginRequest(email=self.ada.email, password="Wrong-Horse-42-Battery")
        call("auth.login_user", status=401, model="ErrorResponse", client=self.ada.anonymous, body=body)
        config = models.CreateCheckoutRequestResourceConfig.from_dict({"graph_name": "x"})
        body = models.CreateCheckoutRequest(plan_name="ladybug-mini", resource_type="graph", resource_config=config)
        call("billing.create_checkout_session", status=400, model="ErrorResponse", body=body)
        call("operations.get_operation_status", "op_" + "0" * 26, status=404, model="ErrorResponse")
        call("operations.get_operation_status", "nonsense", status=422, model="HTTPValidationError")

    def goodbye(self):
        self.call("auth.logout_user", status=200, model="LogoutUserResponseLogoutuser")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        conformance = Conformance(json.load(file))
    try:
        conformance.tell()
    except StoryFailed as error:
        conformance.problems.append(str(error))
    for problem in conformance.problems:
        print(f"✗ {problem}", file=sys.stderr)
    print(f"{len(conformance.called)} operations of the published client, {len(conformance.problems)} misunderstood")
    sys.exit(1 if conformance.problems else 0)


if __name__ == "__main__":
    main()
