internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Notifications
public import Orgs

/// The endpoints of an org: `/v1/orgs/{org_id}/webhook-endpoints` and `/v1/orgs/{org_id}/webhook-messages` (NOT-187). For admins and owners.
public struct WebhookEndpointRoutes<Store: NotificationStore>: Sendable {
    private let service: WebhookService<Store>
    private let routes: OrgRoutes

    /// Makes the routes.
    public init(service: WebhookService<Store>, authorizer: any OrgAuthorizer, authenticator: Authenticator) {
        self.service = service
        routes = OrgRoutes(authorizer: authorizer, authenticator: authenticator)
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Webhooks") { WebhookDescriptions.all }
        let endpoints = "/v1/orgs/{org_id}/webhook-endpoints"
        let endpoint = "\(endpoints)/{endpoint_id}"
        router.add(
            .get, endpoints, operation: "list_webhook_endpoints",
            scoped(.readBillingSettings) { [service] _, scope in
                try .json(["endpoints": .array(try await service.endpoints(in: scope).map(\.body))] as JSONValue)
            })
        router.add(
            .post, endpoints, operation: "create_webhook_endpoint", bodyLimit: 16_384,
            scoped(.rename) { [service] request, scope in
                let body = try request.decode(EndpointBody.self)
                guard body.url != nil else { throw Problem.invalidField("url", message: "must be there", type: "missing") }
                let made = try await service.create(body.draft(), in: scope)
                return try .json(made.endpoint.body.adding(secret: made.secret), status: .created)
            })
        router.add(
            .get, endpoint, operation: "get_webhook_endpoint",
            scoped(.readBillingSettings) { [service] request, scope in
                let id = try request.endpoint()
                guard let found = try await service.endpoints(in: scope).first(where: { $0.id == id }) else {
                    throw WebhookRefusal.notFound
                }
                return try .json(found.body)
            })
        router.add(
            .put, endpoint, operation: "update_webhook_endpoint", bodyLimit: 16_384,
            scoped(.rename) { [service] request, scope in
                try .json(try await service.update(request.endpoint(), request.decode(EndpointBody.self).draft(), in: scope).body)
            })
        router.add(
            .delete, endpoint, operation: "delete_webhook_endpoint",
            scoped(.rename) { [service] request, scope in
                try await service.delete(request.endpoint(), in: scope)
                return Response(status: .noContent)
            })
        router.add(
            .post, "\(endpoint)/rotate-secret", operation: "rotate_webhook_secret", bodyLimit: 4_096,
            scoped(.rename) { [service] request, scope in
                let hours = request.body.isEmpty ? 24 : try request.decode(RotationBody.self).overlapHours
                guard (1...168).contains(hours) else { throw Problem.invalidField("overlap_hours", message: "must be from 1 to 168") }
                let secret = try await service.rotateSecret(request.endpoint(), keepingOldFor: .hours(hours), in: scope)
                return try .json(["secret": .string(secret.withValue { $0 })] as JSONValue)
            })
        router.add(
            .post, "\(endpoint)/enable", operation: "enable_webhook_endpoint",
            scoped(.rename) { [service] request, scope in try .json(try await service.enable(request.endpoint(), in: scope).body) })
        router.add(
            .post, "\(endpoint)/test", operation: "test_webhook_endpoint",
            scoped(.rename) { [service] request, scope in
                let message = try await service.test(request.endpoint(), in: scope)
                return try .json(["message_id": message.map { .string($0.id.description) } ?? .null] as JSONValue, status: .accepted)
            })
        router.add(
            .get, "\(endpoint)/deliveries", operation: "list_webhook_deliveries",
            scoped(.readBillingSettings) { [service] request, scope in
                let status = try request.query["status"].map { text in
                    guard let status = WebhookDelivery.Status(rawValue: text) else {
                        throw Problem.invalidFields([.init(location: ["query", "status"], message: "is no status", type: "enum")])
                    }
                    return status
                }
                return try .json(
                    ["deliveries": .array(try await service.deliveries(of: request.endpoint(), status: status, in: scope))] as JSONValue)
            })
        router.add(
            .post, "\(endpoint)/replay", operation: "replay_webhook_messages", bodyLimit: 4_096,
            scoped(.rename) { [service] request, scope in
                let outcome = try await service.replay(request.decode(ReplayBody.self).selection(), to: request.endpoint(), in: scope)
                return try .json(
                    [
                        "messages": .integer(Int64(outcome.count)),
                        "next_since": outcome.next.map { .string($0.description) } ?? .null,
                    ] as JSONValue, status: .accepted)
            })
        router.add(
            .get, "/v1/orgs/{org_id}/webhook-messages/{message_id}", operation: "get_webhook_message",
            scoped(.readBillingSettings) { [service] request, scope in
                guard let id = request.pathParameters["message_id"].flatMap({ WebhookMessage.ID($0) }) else {
                    throw WebhookRefusal.notFound
                }
                let message = try await service.message(id, in: scope)
                return try .json(
                    [
                        "id": .string(message.id.description), "type": .string(message.type.rawValue), "object": .string(message.object),
                        "sequence": .integer(message.sequence), "created_at": .string(message.createdAt.description),
                        "payload": try JSON.decode(JSONValue.self, from: Array(message.payload.utf8)),
                    ] as JSONValue)
            })
    }

    private func scoped(
        _ action: OrgAction, _ handler: @escaping @Sendable (Request, AdminScope) async throws -> Response
    ) -> Router.Handler {
        routes.scoped(action, as: { try $0.adminScope(for: $1, in: $2) }, handler)
    }
}

extension Request {
    fileprivate func endpoint() throws -> WebhookEndpoint.ID {
        guard let id = pathParameters["endpoint_id"].flatMap({ WebhookEndpoint.ID($0) }) else { throw WebhookRefusal.notFound }
        return id
    }
}

private struct EndpointBody: Decodable {
    let url: String?
    let description: String?
    let types: [String]?
    let isOrdered: Bool?

    enum CodingKeys: String, CodingKey {
        case url, description, types
        case isOrdered = "ordered"
    }

    func draft() throws -> WebhookEndpointDraft {
        if let description, description.count > 200 {
            throw Problem.invalidField("description", message: "must have at most 200 characters")
        }
        if let types, types.count > 100 { throw Problem.invalidField("types", message: "must have at most 100 entries") }
        return WebhookEndpointDraft(url: url, description: description, types: types, isOrdered: isOrdered)
    }
}

private struct RotationBody: Decodable {
    let overlapHours: Int

    enum CodingKeys: String, CodingKey { case overlapHours = "overlap_hours" }
}

private struct ReplayBody: Decodable {
    let messageID: String?
    let since: Instant?
    let until: Instant?
    let onlyFailed: Bool?

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case since, until
        case onlyFailed = "only_failed"
    }

    func selection() throws -> WebhookReplay {
        let message = try messageID.map { text in
            guard let id = WebhookMessage.ID(text) else { throw Problem.invalidField("message_id", message: "is no id of a message") }
            return id
        }
        return WebhookReplay(message: message, since: since, until: until, onlyFailed: onlyFailed ?? (message == nil))
    }
}

extension WebhookEndpoint {
    fileprivate var body: JSONValue {
        [
            "id": .string(id.description), "org_id": .string(org.description), "url": .string(url), "description": .string(description),
            "types": .array(filter.patterns.map { .string($0) }), "ordered": .bool(isOrdered), "status": .string(status.rawValue),
            "disabled_because": disabledBecause.map { .string($0) } ?? .null, "created_at": .string(createdAt.description),
            "failing_since": failingSince.map { .string($0.description) } ?? .null,
        ]
    }
}

extension JSONValue {
    fileprivate func adding(secret: SecretString) -> JSONValue {
        guard case .object(var members) = self else { return self }
        members["secret"] = .string(secret.withValue { $0 })
        return .object(members)
    }
}
