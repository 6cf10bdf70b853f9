public import Audit
internal import Core
public import HTTPServer

/// Decides who may look after an org's sinks; met by the composition root, because the log knows neither people nor roles.
public protocol AuditSinkAuthorizing: Sendable {
    /// Who may, in words, for the API's description.
    var access: RouteAccess { get }

    /// The org that the path names, when the caller may say where its log goes.
    ///
    /// - Throws: the refusal: 403 for an org that the caller is not in, and for a lower role.
    func authority(over text: String, for request: Request) async throws -> AuditSinkAuthority
}

/// Where an org's log goes to as it grows: `/v1/orgs/{org_id}/audit/sinks`, for owners (AUD-085).
public struct AuditSinkRoutes: Sendable {
    private let sinks: any OrgAuditSinks
    private let authorizer: any AuditSinkAuthorizing
    private let names: AuditReferenceNames

    /// Makes the routes.
    ///
    /// - Parameter names: how ids look outside.
    public init(sinks: any OrgAuditSinks, authorizer: any AuditSinkAuthorizing, names: AuditReferenceNames) {
        self.sinks = sinks
        self.authorizer = authorizer
        self.names = names
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Audit") { [access = authorizer.access] in Self.descriptions(access) }
        let all = "/v1/orgs/{org_id}/audit/sinks"
        let one = "\(all)/{sink_id}"
        router.add(
            .get, all, operation: "list_org_audit_sinks",
            authorized { request, authority in
                let found = try await sinks.sinks(ofOrg: authority.org)
                return try .json(["sinks": .array(found.map { body(of: $0) })] as JSONValue)
            })
        router.add(
            .post, all, operation: "create_org_audit_sink", bodyLimit: 16_384,
            authorized { request, authority in
                let (sink, secret) = try await sinks.add(try request.decode(AuditSinkBody.self).draft, by: authority)
                return try .json(
                    body(of: sink, with: ["secret": secret.map { .string($0.withValue { $0 }) } ?? .null]), status: .created)
            })
        router.add(
            .get, one, operation: "get_org_audit_sink",
            authorized { request, authority in
                let id = try request.sink()
                guard let sink = try await sinks.sinks(ofOrg: authority.org).first(where: { $0.id == id }) else {
                    throw AuditSinkRefusal.notFound
                }
                return try .json(body(of: sink))
            })
        router.add(
            .delete, one, operation: "delete_org_audit_sink",
            authorized { request, authority in
                try await sinks.remove(try request.sink(), by: authority)
                return Response(status: .noContent)
            })
        router.add(
            .post, "\(one)/pause", operation: "pause_org_audit_sink",
            authorized { request, authority in try .json(body(of: try await sinks.pause(try request.sink(), by: authority))) })
        router.add(
            .post, "\(one)/resume", operation: "resume_org_audit_sink", bodyLimit: 4_096,
            authorized { request, authority in
                let position = request.body.isEmpty ? nil : try request.decode(AuditSinkResumption.self).afterPosition
                if let position, position < 0 { throw Problem.invalidField("after_position", message: "must be 0 or more") }
                return try .json(body(of: try await sinks.resume(try request.sink(), after: position, by: authority)))
            })
    }

    private func authorized(_ handler: @escaping @Sendable (Request, AuditSinkAuthority) async throws -> Response) -> Router.Handler {
        { request in try await handler(request, authorizer.authority(over: request.pathParameters["org_id"] ?? "", for: request)) }
    }

    private func body(of sink: AuditSink, with further: [String: JSONValue] = [:]) -> JSONValue {
        let health = sink.health
        func name(_ reference: AuditReference?) -> JSONValue { reference.flatMap(names.text).map { .string($0) } ?? .null }
        func time(_ instant: Instant?) -> JSONValue { instant.map { .string($0.description) } ?? .null }
        let state = health.pausedAt != nil ? "paused" : health.failingSince != nil ? "failing" : "running"
        let body: [String: JSONValue] = [
            "id": .string(sink.id.description), "org_id": name(sink.owner?.orgReference), "kind": .string(sink.kind.rawValue),
            "url": .string(sink.target), "classes": .array(sink.filter.classes.map(\.rawValue).sorted().map { .string($0) }),
            "risk_min": .string(sink.filter.minimumRisk.rawValue), "state": .string(state),
            "position": .integer(sink.progress.position), "failing_since": time(health.failingSince),
            "last_error": health.lastError.map { .string($0) } ?? .null, "paused_at": time(health.pausedAt),
            "created_by": name(sink.owner?.creatorReference), "created_at": .string(sink.id.createdAt.description),
        ]
        return .object(body.merging(further) { $1 })
    }
}

extension Request {
    fileprivate func sink() throws -> AuditSink.ID {
        guard let id = pathParameters["sink_id"].flatMap({ AuditSink.ID($0) }) else { throw AuditSinkRefusal.notFound }
        return id
    }
}

struct AuditSinkBody: Decodable {
    let url: String
    let classes: [AuditClass]?
    let riskMin: AuditRisk?
    let bearerToken: String?

    enum CodingKeys: String, CodingKey {
        case url, classes
        case riskMin = "risk_min"
        case bearerToken = "bearer_token"
    }

    var draft: AuditSinkDraft {
        get throws {
            if let token = bearerToken {
                // RFC 6750, section 2.1.
                let isToken =
                    (1...4_000).contains(token.utf8.count)
                    && token.utf8.allSatisfy { byte in (0x21...0x7E).contains(byte) }
                guard isToken else {
                    throw Problem.invalidField("bearer_token", message: "must have 1 to 4000 visible ASCII characters and no spaces")
                }
            }
            return AuditSinkDraft(
                target: url, classes: Set(classes ?? []), minimumRisk: riskMin ?? .low, bearer: bearerToken.map { SecretString($0) })
        }
    }
}

struct AuditSinkResumption: Decodable {
    let afterPosition: Int64?

    enum CodingKeys: String, CodingKey {
        case afterPosition = "after_position"
    }
}

extension AuditSinkRefusal: ProblemConvertible {
    /// 404 for what is not there or somebody else's, 409 for the limit, 400 for a target, 422 for a token that nobody reads.
    public var problem: Problem {
        switch self {
        case .notFound: AuditSinkRoutes.notFound
        case .tooMany: AuditSinkRoutes.tooMany
        case .destination(let reason):
            Problem.badRequest("Nothing may be sent to the URL: \(reason).", code: AuditSinkRoutes.destination.code)
        case .innerDestination: AuditSinkRoutes.innerDestination
        case .bearerUnused: Problem.invalidField("bearer_token", message: "is for https only: a receiver of syslog reads none")
        }
    }
}
