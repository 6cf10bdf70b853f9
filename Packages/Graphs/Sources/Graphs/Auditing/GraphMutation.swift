public import Audit
public import Core
internal import Identity
internal import Observability
internal import Operations
internal import Orgs
internal import Synchronization

extension GraphAuditTypes {
    /// Somebody's call changed a graph, or was to change it (AUD-075).
    public static let mutation = AuditEventType(
        "graph_mutation", risk: .low, class: .graph, component: "graphs", requires: [.graph, .org])
}

/// The calls on a graph that leave no operation behind.
public enum GraphCallName: String, Sendable {
    /// A role is granted.
    case addMember = "add-graph-member"
    /// A granted role is changed.
    case changeMember = "change-graph-member"
    /// A granted role is taken back.
    case removeMember = "remove-graph-member"
    /// A login is made.
    case createCredential = "create-graph-credential"
    /// A login is made in the place of another.
    case rotateCredential = "rotate-graph-credential"
    /// A login is ended.
    case revokeCredential = "revoke-graph-credential"
}

/// A call that is to change a graph, as its caller made it: what is recorded while it is answered tells of it (AUD-074, AUD-075).
public struct MutatingCall: Sendable {
    /// SHA-256 of the canonical JSON of its arguments; the arguments themselves are kept nowhere (AUD-057).
    public let fingerprint: String?
    /// The ids among its arguments.
    public let objects: [String]
    /// When it was taken up.
    public let beganAt: Instant
    /// What the log has of it.
    let trace = Trace()

    /// Describes a call.
    public init(fingerprint: String?, objects: [String], beganAt: Instant) {
        self.fingerprint = fingerprint
        self.objects = objects
        self.beganAt = beganAt
    }

    /// The call that is being answered.
    @TaskLocal public static var current: MutatingCall?

    /// The ids that stand in a value, at most twenty, without those of graphs, persons, orgs and operations (AUD-076).
    public static func objects(in value: JSONValue) -> [String] {
        var found: [String] = []
        func look(_ value: JSONValue) {
            switch value {
            case .string(let text): if isObject(text), !found.contains(text) { found.append(text) }
            case .array(let elements): for element in elements { look(element) }
            case .object(let members): for (_, member) in members.sorted(by: { $0.key < $1.key }) { look(member) }
            default: break
            }
        }
        look(value)
        return Array(found.prefix(GraphMutationEntry.objectLimit))
    }

    /// Whether the log has the line of a call by now: whoever answers it writes none beside that.
    final class Trace: Sendable {
        /// How far it is told.
        enum State {
            case untold, completed
            /// Told of as begun, with what its end refers to besides.
            case begun(AuditReference)
        }

        private let state = Mutex(State.untold)

        /// What is told.
        var current: State { state.withLock(\.self) }

        /// Keeps what a transaction told, once it is committed.
        func move(to next: State) {
            state.withLock { $0 = next }
        }
    }

    private static func isObject(_ text: String) -> Bool {
        let parts = text.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !["user", "org", "op"].contains(parts[0]), (2...8).contains(parts[0].utf8.count) else { return false }
        return parts[0].allSatisfy { $0.isASCII && $0.isLowercase }
            && parts[1].utf8.count == 26 && parts[1].allSatisfy { $0.isASCII && ($0.isNumber || $0.isUppercase) }
    }
}

/// One mutating call on a graph, or the end of one that went to the background (AUD-075).
struct GraphMutationEntry: AuditEvent {
    static let type = GraphAuditTypes.mutation
    static let objectLimit = 20

    /// How it stands.
    enum Status: String {
        case pending, completed, failed
    }

    /// Whether it tells of a call, or of how one went on that was told before.
    enum Part: String {
        case call, end
    }

    let graph: GraphID
    let org: Org.ID
    let name: String
    let status: Status
    let part: Part
    /// What the line of the end is found by: an operation, or the login that was made.
    let subject: AuditReference?
    let errorCode: String?
    let milliseconds: Int64
    let objects: [String]
    let call: MutatingCall?
    /// Whether a person asked for it.
    let isAsked: Bool

    var references: AuditReferences {
        AuditReferences(AuditReference(graph), AuditReference(org)).adding(subject)
    }

    var summary: String { "\(name): \(status.rawValue)" }

    var data: [String: JSONValue] {
        let isStaff = LogContext.current.origin?.facts.initiator?.hasPrefix("operator:") == true
        var data: [String: JSONValue] = [
            "operation_name": .string(name), "status": .string(status.rawValue), "part": .string(part.rawValue),
            "duration_ms": .integer(max(0, milliseconds)), "surface": .string(isStaff || !isAsked ? "operator" : "api"),
            "object_ids": .array(
                (objects + (call?.objects ?? []).filter { !objects.contains($0) }).prefix(Self.objectLimit).map { .string($0) }),
        ]
        if isStaff { data["operator_type"] = "staff" } else if !isAsked { data["operator_type"] = "automation" }
        data["error_code"] = errorCode.map { .string($0) }
        data["arguments_fingerprint"] = call?.fingerprint.map { .string($0) }
        return data
    }
}

extension GraphTransaction {
    /// Accepts an operation (O1), and tells of the call when it goes on in the background.
    ///
    /// - Throws: as the acceptance of operations does.
    @discardableResult
    func accept(_ new: NewOperation, id: Operations.Operation.ID, at now: Instant) async throws -> Operations.Operation {
        let operation = Operations.Operation(accepting: new, id: id, at: now)
        try await begin(operation)
        try await noteBegin(of: operation, at: now)
        return operation
    }

    /// Ends an operation, unless it has ended before.
    func end(_ id: Operations.Operation.ID, _ transition: OperationTransition, at now: Instant) async throws {
        try await advance(id, .start, at: now)
        guard let before = try await lockedOperation(id), !before.status.isTerminal else { return }
        let (next, event) = try before.applying(transition, at: now)
        try await save(next, appending: event)
        try await tellEnd(of: next)
        try await noteEnd(of: next, at: now)
    }

    /// Tells of a call that goes on in the background; one without steps ends with its own commit, and is told of then.
    func noteBegin(of operation: Operations.Operation, at now: Instant) async throws {
        guard !operation.steps.isEmpty else { return }
        try await note(operation, .pending, .call, errorCode: nil, at: now)
    }

    /// Tells how a call ended.
    func noteEnd(of operation: Operations.Operation, at now: Instant) async throws {
        let code =
            switch operation.status {
            case .failed: operation.failure?.code ?? "OPERATION_FAILED"
            case .cancelled: "CANCELLED"
            default: String?.none
            }
        try await note(operation, code == nil ? .completed : .failed, operation.steps.isEmpty ? .call : .end, errorCode: code, at: now)
    }

    /// Tells of a call that a person made and that leaves no operation behind, in the transaction of its change.
    func note(
        _ name: GraphCallName, _ status: GraphMutationEntry.Status, _ part: GraphMutationEntry.Part, on graph: Graph,
        _ credential: GraphCredential.ID?, by caller: GraphCaller, at now: Instant
    ) async throws {
        let call = MutatingCall.current
        let entry = GraphMutationEntry(
            graph: graph.id, org: graph.org, name: name.rawValue, status: status, part: part,
            subject: credential.map { AuditReference($0) }, errorCode: nil, milliseconds: (now - (call?.beganAt ?? now)).wholeMilliseconds,
            objects: credential.map { [$0.description] } ?? [], call: call, isAsked: true)
        try await record(entry, by: .user(AuditReference(caller.user)))
    }

    /// A graph that never came to be has no entries: there is nothing to point to.
    private func note(
        _ operation: Operations.Operation, _ status: GraphMutationEntry.Status, _ part: GraphMutationEntry.Part, errorCode: String?,
        at now: Instant
    ) async throws {
        guard let graph = operation.graph.flatMap({ GraphID($0) }), try await self.graph(graph) != nil else { return }
        let call = part == .call ? MutatingCall.current : nil
        let entry = GraphMutationEntry(
            graph: graph, org: operation.org, name: operation.kind.name, status: status, part: part, subject: AuditReference(operation.id),
            errorCode: errorCode, milliseconds: (now - (call?.beganAt ?? operation.createdAt)).wholeMilliseconds,
            objects: part == .end ? MutatingCall.objects(in: operation.result) : [], call: call, isAsked: operation.startedBy != nil)
        try await record(entry, by: operation.startedBy.map { .user(AuditReference($0)) } ?? .system(component: "graphs"))
    }
}
