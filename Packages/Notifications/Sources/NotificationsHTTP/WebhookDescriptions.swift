internal import Core
public import HTTPServer
internal import Identity
internal import IdentityHTTP
public import Notifications

enum WebhookDescriptions {
    static let notFound = Problem(status: .notFound, code: "WEBHOOK_ENDPOINT_NOT_FOUND", detail: "The org has no such endpoint or message.")
    /// As the other settings of an org answer a member (ORG-008).
    static let adminRequired = Problem(status: .forbidden, code: "ADMIN_REQUIRED", detail: "Only admins and owners may do this.")
    static let tooMany = Problem(
        status: .conflict, code: "WEBHOOK_ENDPOINT_LIMIT_REACHED", detail: "An org may have \(WebhookEndpoint.maximumPerOrg) endpoints.")
    static let innerDestination = Problem.badRequest(
        "Nothing may be sent to the URL: its address is not public.", code: "WEBHOOK_DESTINATION_NOT_PUBLIC")
    static let destination = Problem.badRequest("Nothing may be sent to the URL.", code: "WEBHOOK_DESTINATION_REFUSED")

    static let disabled = Problem(
        status: .conflict, code: "WEBHOOK_ENDPOINT_DISABLED", detail: "The endpoint is switched off; switch it on first.")
    static let nothingToChange = Problem.badRequest("Everything is as you ask for it.", code: "NOTHING_TO_CHANGE")

    static var all: [RouteDescription] {
        let ofOrg = "For admins and owners."
        return [
            RouteDescription("list_webhook_endpoints", "Lists the endpoints of an org.", for: .signedIn(with: .userRead)).noting(ofOrg)
                .answers(.ok, "The endpoints.", .object("WebhookEndpointList", ["endpoints": .array(of: endpoint)])),
            RouteDescription("create_webhook_endpoint", "Makes an endpoint.", for: .signedIn(with: .userWrite))
                .noting("\(ofOrg) The secret is in this answer and in no other.").takes(draft)
                .answers(.created, "The endpoint and its secret.", endpoint("NewWebhookEndpoint").with(["secret": .text("whsec_…")]))
                .refuses(tooMany, destination, innerDestination),
            RouteDescription("get_webhook_endpoint", "Reads an endpoint.", for: .signedIn(with: .userRead)).noting(ofOrg)
                .answers(.ok, "The endpoint.", endpoint).refuses(notFound),
            RouteDescription("update_webhook_endpoint", "Changes an endpoint; what is left out stays.", for: .signedIn(with: .userWrite))
                .noting(ofOrg).takes(draft).answers(.ok, "The endpoint.", endpoint).refuses(
                    notFound, destination, innerDestination, nothingToChange),
            RouteDescription("delete_webhook_endpoint", "Removes an endpoint.", for: .signedIn(with: .userWrite)).noting(ofOrg)
                .answers(.noContent, "It is removed.").refuses(notFound),
            RouteDescription("rotate_webhook_secret", "Gives an endpoint a new secret.", for: .signedIn(with: .userWrite))
                .noting("\(ofOrg) Messages carry the signatures of both for 24 hours, or as long as is asked for: 1 hour to 7 days.")
                .mayTake(.object("WebhookSecretRotation", ["overlap_hours": .integer]))
                .answers(.ok, "The new secret, shown once.", .object("WebhookSecret", ["secret": .text("whsec_…")])).refuses(notFound),
            RouteDescription("enable_webhook_endpoint", "Switches an endpoint on again.", for: .signedIn(with: .userWrite)).noting(ofOrg)
                .answers(.ok, "The endpoint.", endpoint).refuses(notFound),
            RouteDescription("test_webhook_endpoint", "Sends a message of the type endpoint.test.", for: .signedIn(with: .userWrite))
                .noting(ofOrg).answers(.accepted, "The message.", .object("WebhookTest", ["message_id": .text("wmsg_…").orNull])).refuses(
                    notFound, disabled),
            RouteDescription(
                "list_webhook_deliveries", "Lists what was sent to an endpoint, newest first.", for: .signedIn(with: .userRead)
            )
            .noting(ofOrg).query(
                "status", .words(of: WebhookDelivery.Status.self), "Only those that stand so: pending, delivered, failed, held."
            )
            .answers(.ok, "The deliveries, 100 at most.", .object("WebhookDeliveryList", ["deliveries": .array(of: .any)])).refuses(
                notFound),
            RouteDescription("replay_webhook_messages", "Sends messages again.", for: .signedIn(with: .userWrite))
                .noting(
                    "\(ofOrg) One message, or those from a time on, the oldest 1,000 first; those that did not get through only, unless it is said otherwise. Where there are more, `next_since` says from when on to ask for them."
                )
                .takes(
                    .object("WebhookReplay", [:]).withOptional([
                        "message_id": .text("wmsg_…"), "since": .instant, "until": .instant, "only_failed": .boolean,
                    ])
                ).answers(.accepted, "How many.", .object("WebhookReplayOutcome", ["messages": .integer, "next_since": .instant.orNull]))
                .refuses(notFound),
            RouteDescription("get_webhook_message", "Reads a message as it is sent.", for: .signedIn(with: .userRead)).noting(ofOrg)
                .answers(
                    .ok, "The message.",
                    .object(
                        "WebhookMessage",
                        [
                            "id": .text("wmsg_…"), "type": .words(of: WebhookEventType.self), "object": .string, "sequence": .integer,
                            "created_at": .instant, "payload": .any,
                        ])
                ).refuses(notFound),
        ].map { $0.refuses(adminRequired) }
    }

    private static var draft: Schema {
        .object("WebhookEndpointDraft", [:]).withOptional([
            "url": .text("https://hooks.example.com/trellis"), "description": .string, "types": .array(of: .text("graph.*")),
            "ordered": .boolean,
        ])
    }

    private static var endpoint: Schema { endpoint("WebhookEndpoint") }

    private static func endpoint(_ name: String) -> Schema {
        .object(
            name,
            [
                "id": .id(WebhookEndpoint.idPrefix), "org_id": .id("org"), "url": .string, "description": .string,
                "types": .array(of: .string), "ordered": .boolean, "status": .words(of: WebhookEndpoint.Status.self),
                "disabled_because": .string.orNull, "created_at": .instant, "failing_since": .instant.orNull,
            ])
    }
}

extension WebhookRefusal: ProblemConvertible {
    /// 404 for what is not there or somebody else's, 409 for the limit, 400 for a URL, 422 for an unknown type.
    public var problem: Problem {
        switch self {
        case .notFound: WebhookDescriptions.notFound
        case .tooMany: WebhookDescriptions.tooMany
        case .nothingToChange: WebhookDescriptions.nothingToChange
        case .disabled: WebhookDescriptions.disabled
        case .unboundedReplay:
            Problem.invalidField(
                "since", message: "must be there when no message is named and what got through is asked for as well", type: "missing")
        case .innerDestination: WebhookDescriptions.innerDestination
        case .destination(let reason):
            Problem.badRequest("Nothing may be sent to the URL: \(reason).", code: "WEBHOOK_DESTINATION_REFUSED")
        case .unknownType(let pattern):
            Problem.invalidField("types", message: "\(String(pattern.prefix(100))) is no type of event")
        }
    }
}
