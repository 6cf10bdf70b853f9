public import Core
internal import FoundationEssentials
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Observability
public import Operations

/// The routes of operations: status, stream, resume, cancel, list.
public struct OperationRoutes: Sendable {
    private let operations: any OperationManaging
    private let stream: OperationStream
    private let authenticator: Authenticator

    /// How long a stream may be silent: half of what the published reader waits for (OPS-039).
    public static let keepaliveInterval: Duration = .seconds(15)

    /// Makes routes.
    ///
    /// - Parameter keepaliveInterval: how long a stream may be silent; below the published reader's 30 s.
    public init(
        operations: any OperationManaging, wakeups: any OperationWakeups, authenticator: Authenticator, dateSource: any DateSource,
        keepaliveInterval: Duration = Self.keepaliveInterval, metrics: Metrics = Metrics()
    ) {
        self.operations = operations
        self.authenticator = authenticator
        stream = OperationStream(
            operations: operations, wakeups: wakeups, dateSource: dateSource, keepaliveInterval: keepaliveInterval,
            meters: OperationStreamMeters(metrics))
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Operations") { Self.descriptions }
        let (operations, stream) = (operations, stream)
        router.add(
            .get, "/v1/operations", operation: "list_operations",
            authenticator.authenticated(requiring: .graphRead) { request, principal in
                let query = try Self.query(request)
                let found = try await operations.operations(query, as: OperationCaller(principal))
                let next = found.count == query.limit ? found.last?.id.description : nil
                return try .json(
                    JSONValue.object([
                        "operations": .array(found.map(OperationBody.summary)), "next_cursor": next.map { .string($0) } ?? .null,
                    ]))
            })
        for path in ["/v1/operations/{operation_id}", "/v1/operations/{operation_id}/status"] {
            router.add(
                .get, path, operation: path.hasSuffix("status") ? "get_operation_status" : "get_operation",
                one(.graphRead) { id, _, principal in
                    try .json(OperationBody.status(await operations.operation(id, as: OperationCaller(principal))))
                })
        }
        router.add(
            .post, "/v1/operations/{operation_id}/resume", operation: "resume_operation",
            one(.graphAdmin) { id, request, principal in
                let body = try request.decodeIfPresent(ResumeBody.self)
                let resumed = try await operations.resume(id, input: body?.input ?? .object([:]), as: OperationCaller(principal))
                return try .json(
                    JSONValue.object([
                        "operation_id": .string(resumed.id.description), "status": "running", "message": .string(resumed.message),
                        "_links": OperationBody.links(resumed),
                    ]), status: .accepted)
            })
        router.add(
            .delete, "/v1/operations/{operation_id}", operation: "cancel_operation",
            one(.graphAdmin) { id, _, principal in
                let cancelled = try await operations.cancel(id, as: OperationCaller(principal))
                return try .json(
                    JSONValue.object([
                        "operation_id": .string(cancelled.id.description), "status": "cancelled", "message": .string(cancelled.message),
                    ]))
            })
        let streaming = one(.graphRead) { id, request, principal in
            try await stream.respond(id, from: Self.firstSequence(request), as: OperationCaller(principal))
        }
        router.add(.get, "/v1/operations/{operation_id}/stream", operation: "stream_operation_events") { request in
            var request = request
            // Browsers cannot set a header on an event source; the token then comes in the query (OPS-044).
            if request.headers["Authorization"] == nil, request.headers["X-API-Key"] == nil, let token = request.query["token"] {
                request.headers["Authorization"] = "Bearer " + token
            }
            return try await streaming(request)
        }
    }

    /// A handler of one operation. To a key that is bound to a graph, operations of other graphs do not exist (ID-107).
    private func one(
        _ scope: Scope, _ handler: @escaping @Sendable (Operations.Operation.ID, Request, Principal) async throws -> Response
    ) -> Router.Handler {
        let operations = operations
        return authenticator.authenticated(requiring: scope) { request, principal in
            let id = try Self.id(request)
            if let graph = principal.graph {
                let bound = try await operations.operation(id, as: OperationCaller(principal)).operation.graph
                guard bound == graph || bound?.hasPrefix(graph + "_") == true else { throw OperationError.notFound }
            }
            return try await handler(id, request, principal)
        }
    }

    struct ResumeBody: Decodable {
        let input: JSONValue?
    }

    /// `op_` and 26 characters, or a UUID; anything else is 422 (OPS-021).
    static func id(_ request: Request) throws -> Operations.Operation.ID {
        let text = request.pathParameters["operation_id"] ?? ""
        if let id = Operations.Operation.ID(text) { return id }
        if let uuid = UUID(uuidString: text) { return Operations.Operation.ID(uuid: uuid) }
        throw Problem.invalidFields([
            .init(location: ["path", "operation_id"], message: "must be op_ and 26 characters, or a UUID", type: "value_error")
        ])
    }

    /// Where a stream begins: `from_sequence`, or behind the last event the reader saw; the larger wins (OPS-036).
    static func firstSequence(_ request: Request) throws -> Int64 {
        let asked = try request.queryInteger("from_sequence", default: 0, in: 0...Int.max)
        let seen = request.headers["Last-Event-ID"].flatMap { Int64($0) }
        return max(Int64(asked), seen.map { $0 < .max ? $0 + 1 : $0 } ?? 0)
    }

    private static func query(_ request: Request) throws -> OperationQuery {
        func refuse(_ name: String) -> Problem {
            .invalidFields([.init(location: ["query", name], message: "has a value that is not allowed", type: "value_error")])
        }
        var query = OperationQuery(limit: try request.queryInteger("limit", default: 50, in: 1...200))
        query.graph = request.query["graph_id"]
        if let text = request.query["operation_type"] {
            guard let kind = OperationKind(named: text) else { throw refuse("operation_type") }
            query.kind = kind
        }
        if let text = request.query["status"] {
            guard let status = Operations.Operation.Status(rawValue: text) else { throw refuse("status") }
            query.status = status
        }
        if let text = request.query["cursor"] {
            guard let before = Operations.Operation.ID(text) else { throw Problem.badRequest("The cursor is not one of ours.") }
            query.before = before
        }
        return query
    }
}
