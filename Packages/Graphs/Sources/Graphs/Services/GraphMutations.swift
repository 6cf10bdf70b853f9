public import Audit
public import Core
public import Identity
public import Operations

/// Which mutating calls on a graph are asked for.
public struct GraphMutationQuery: Sendable {
    /// By what way: `api`, `mcp` or `operator`.
    public var surface: String?
    /// By what name.
    public var name: String?
    /// By whom.
    public var user: User.ID?
    /// With which operation.
    public var operation: Operations.Operation.ID?
    /// From when on.
    public var since: Instant?
    /// Before when.
    public var until: Instant?
    /// Where the page begins.
    public var cursor: Cursor?
    /// How many, 1 to 200.
    public var limit: Int

    /// Asks for the newest.
    public init(limit: Int = 50) {
        self.limit = limit
    }
}

/// A mutating call on a graph, with how it went on where it went to the background.
public struct GraphMutation: Sendable, Hashable {
    /// The entry of the call.
    public let call: AuditEntry
    /// The entry of its end, where it has come.
    public let end: AuditEntry?

    /// What the last of the two says.
    public subscript(_ name: String) -> JSONValue? { end?.data[name] ?? call.data[name] }
}

/// Lists and notes the calls that change a graph (AUD-074, AUD-075).
public protocol GraphMutationManaging: Sendable {
    /// The calls, the newest first, for admins of the graph.
    ///
    /// - Throws: ``GraphError``; ``AuditCursorInvalid`` for a cursor that is not one of this list.
    func mutations(of id: GraphID, _ query: GraphMutationQuery, as caller: GraphCaller) async throws -> Page<GraphMutation>

    /// Describes a call by its arguments, of which nothing but a digest and the ids is kept.
    func call(with arguments: JSONValue) -> MutatingCall

    /// Notes that a call was refused, and why; one that the log has as begun ends with it, one that it has as done stays.
    /// Whoever does not know of the graph leaves nothing in its list.
    func note(_ name: String, _ call: MutatingCall, on id: GraphID, refusedFor code: String, as caller: GraphCaller) async throws
}

/// The calls that change graphs, as the log has them.
public struct GraphMutations<Store: GraphStore>: GraphMutationManaging {
    private let store: Store
    private let reader: any AuditReader
    private let dateSource: any DateSource
    private let fingerprint: @Sendable (JSONValue) -> String

    /// Makes the service.
    ///
    /// - Parameters:
    ///   - reader: reads the log.
    ///   - fingerprint: SHA-256 of the canonical JSON of a value, in hexadecimal.
    public init(
        store: Store, reader: any AuditReader, dateSource: any DateSource, fingerprint: @escaping @Sendable (JSONValue) -> String
    ) {
        self.store = store
        self.reader = reader
        self.dateSource = dateSource
        self.fingerprint = fingerprint
    }

    /// One page of calls, and the ends of those among them that went to the background.
    public func mutations(of id: GraphID, _ query: GraphMutationQuery, as caller: GraphCaller) async throws -> Page<GraphMutation> {
        guard let found = try await store.graph(id, for: caller) else { throw GraphError.notFound }
        try GraphRules.require(.admin, role: found.role, of: found.graph)
        var asked = AuditQuery(
            types: [GraphAuditTypes.mutation.name], since: query.since, until: query.until, cursor: query.cursor, limit: query.limit)
        asked.references = [AuditReference(id)] + [query.operation.map { AuditReference($0) }].compactMap(\.self)
        asked.actor = query.user?.uuid
        asked.facts = ["part": GraphMutationEntry.Part.call.rawValue]
        asked.facts["surface"] = query.surface
        asked.facts["operation_name"] = query.name
        let page = try await reader.entries(ofOrg: found.graph.org.uuid, asked)
        var ends: [AuditReference: AuditEntry] = [:]
        let pending = page.elements.filter { $0.data["status"] == "pending" }.compactMap(\.subject)
        if !pending.isEmpty {
            var rest = AuditQuery(types: [GraphAuditTypes.mutation.name], limit: 200)
            rest.references = [AuditReference(id)]
            rest.anyOf = pending
            rest.facts = ["part": GraphMutationEntry.Part.end.rawValue]
            for entry in try await reader.entries(ofOrg: found.graph.org.uuid, rest).elements {
                if let subject = entry.subject { ends[subject] = entry }
            }
        }
        return Page(
            elements: page.elements.map { entry in GraphMutation(call: entry, end: entry.subject.flatMap { ends[$0] }) }, next: page.next)
    }

    /// Takes the digest.
    public func call(with arguments: JSONValue) -> MutatingCall {
        MutatingCall(fingerprint: fingerprint(arguments), objects: MutatingCall.objects(in: arguments), beganAt: dateSource.now)
    }

    /// In a transaction of its own: what was refused has nothing to go with (AUD-024).
    public func note(
        _ name: String, _ call: MutatingCall, on id: GraphID, refusedFor code: String, as caller: GraphCaller
    ) async throws {
        let (part, subject): (GraphMutationEntry.Part, AuditReference?)
        switch call.trace.current {
        case .completed: return
        case .untold: (part, subject) = (.call, nil)
        case .begun(let made): (part, subject) = (.end, made)
        }
        guard let found = try await store.graph(id, for: caller) else { return }
        let entry = GraphMutationEntry(
            graph: id, org: found.graph.org, name: name, status: .failed, part: part, subject: subject, errorCode: code,
            milliseconds: (dateSource.now - call.beganAt).wholeMilliseconds, objects: [], call: call, isAsked: true)
        try await store.withSystemTransaction { _ = try await $0.record(entry, by: .user(AuditReference(caller.user))) }
    }
}

extension AuditEntry {
    /// What the line of its end refers to besides: its operation, or the login that was made.
    fileprivate var subject: AuditReference? { references.all.first { $0.kind == .operation || $0.kind == .graphCredential } }
}
