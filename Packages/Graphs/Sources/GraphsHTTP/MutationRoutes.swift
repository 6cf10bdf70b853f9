internal import Audit
internal import Core
public import Graphs
public import HTTPServer
internal import Identity
public import IdentityHTTP
internal import Operations

/// The route by which admins of a graph see who changed it, and how (AUD-074, wire contract, section 4).
public struct MutationRoutes: Sendable {
    private let mutations: any GraphMutationManaging
    private let graphs: any GraphManaging
    private let authenticator: Authenticator

    /// Makes the route.
    public init(mutations: any GraphMutationManaging, graphs: any GraphManaging, authenticator: Authenticator) {
        self.mutations = mutations
        self.graphs = graphs
        self.authenticator = authenticator
    }

    /// Adds the route.
    public func register(on router: inout Router) {
        router.describe("Graphs") { Self.descriptions }
        router.add(
            .get, "/v1/graphs/{graph_id}/audit/mutations", operation: "list_graph_mutations",
            authenticator.authenticated { [self] request, principal in
                try principal.require(.graphAdmin)
                let id = try await request.graph(principal, in: graphs)
                do {
                    let page = try await mutations.mutations(of: id, Self.query(of: request), as: request.caller(principal))
                    return try .json(
                        JSONValue.object([
                            "graph_id": .string(id.description), "entries": .array(page.elements.map(Self.body)),
                            "next_cursor": page.next.map { .string($0.description) } ?? .null,
                        ]))
                } catch is AuditCursorInvalid {
                    throw Self.badCursor
                }
            })
    }

    private static let badCursor = Problem.badRequest("The cursor is not one of this list.", code: "INVALID_INPUT")
    private static let surfaces = ["api", "mcp", "operator"]

    private static func query(of request: Request) throws -> GraphMutationQuery {
        var query = GraphMutationQuery(limit: try request.queryInteger("limit", default: 50, in: 1...200))
        query.surface = request.query["surface"]
        if let surface = query.surface, !surfaces.contains(surface) {
            throw Problem.invalidFields([
                .init(location: ["query", "surface"], message: "must be api, mcp or operator", type: "value_error")
            ])
        }
        query.name = request.query["operation_name"]
        query.user = try request.queryValue("user_id", as: User.ID.self)
        query.operation = try request.queryValue("operation_id", as: Operations.Operation.ID.self)
        query.since = try request.queryValue("since", as: Instant.self)
        query.until = try request.queryValue("until", as: Instant.self)
        query.cursor = try request.queryValue("cursor", as: Cursor.self)
        return query
    }

    private static func body(_ mutation: GraphMutation) -> JSONValue {
        let call = mutation.call
        func id(_ kind: AuditReferenceKind, _ show: (AuditReference) -> String?) -> JSONValue {
            call.references.all.first { $0.kind == kind }.flatMap(show).map { .string($0) } ?? .null
        }
        func uuid<Entity>(_ reference: AuditReference, _ type: Identifier<Entity>.Type) -> String? {
            guard case .id(let uuid) = reference.key else { return nil }
            return Identifier<Entity>(uuid: uuid).description
        }
        let user = call.actor.kind == "user" ? call.actor.reference.flatMap { uuid($0, User.ID.self) } : nil
        let credential = call.origin?.credential
        return [
            "id": .string(call.id.description), "occurred_at": .string((mutation.end ?? call).at.description),
            "surface": mutation.call.data["surface"] ?? "api", "operation_name": call.data["operation_name"] ?? "",
            "status": mutation["status"] ?? "completed", "duration_ms": mutation["duration_ms"] ?? 0,
            "error_code": mutation["error_code"] ?? .null, "user_id": user.map { .string($0) } ?? .null,
            "auth_method": credential.map { .string($0.kind) } ?? .null,
            "api_key_prefix": credential?.prefix.map { .string($0) } ?? .null,
            "request_id": call.requestID.map { .string($0) } ?? .null,
            "operation_id": id(.operation) { uuid($0, Operations.Operation.ID.self) },
            "operator_type": call.data["operator_type"] ?? .null,
            "arguments_fingerprint": call.data["arguments_fingerprint"] ?? .null,
            "object_ids": mutation.objects,
        ]
    }

    static var descriptions: [RouteDescription] {
        [
            RouteDescription(
                "list_graph_mutations", "Lists the calls that changed a graph or were to change it, the newest first.", for: .administrator
            )
            .noting(
                "Calls that went to the background are `pending` until they end. Calls that were refused are listed with their code; repeated ones are not."
            )
            .query("surface", .words("api", "mcp", "operator"), "By what way.")
            .query("operation_name", .text("change-tier"), "Of this name.").query("user_id", .id("user"), "By this person.")
            .query("operation_id", .id("op"), "Of this operation.").query("since", .instant, "Not before.")
            .query("until", .instant, "Before.").query("cursor", .string, "`next_cursor` of the page before.")
            .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 200), "How many; 50 without.")
            .answers(
                .ok, "A page of them.",
                .object(
                    "MutationAuditListResponse",
                    ["graph_id": GraphSchemas.id, "entries": .array(of: entry), "next_cursor": Schema.string.orNull])
            )
            .refuses(badCursor)
        ]
    }

    private static var entry: Schema {
        .object(
            "MutationAuditEntry",
            [
                "id": .id("baud"), "occurred_at": .instant, "surface": .words("api", "mcp", "operator"),
                "operation_name": .text("change-tier"),
                "status": .words("completed", "failed", "pending"), "duration_ms": .number, "error_code": Schema.string.orNull,
                "user_id": Schema.id("user").orNull, "auth_method": Schema.text("api_key").orNull, "api_key_prefix": Schema.string.orNull,
                "request_id": Schema.id("req").orNull, "operation_id": Schema.id("op").orNull,
                "operator_type": Schema.words("staff", "automation").orNull, "arguments_fingerprint": Schema.string.orNull,
                "object_ids": .array(of: .string),
            ])
    }
}

extension GraphMutation {
    /// What came out of it, then what stood in the call, at most twenty.
    fileprivate var objects: JSONValue {
        let ends = end?.data["object_ids"]?.arrayValue ?? []
        let all = ends + (call.data["object_ids"]?.arrayValue ?? []).filter { !ends.contains($0) }
        return .array(Array(all.prefix(20)))
    }
}
