public import Core
public import Identity
public import Orgs

/// Where operations are kept.
public protocol OperationStore<Transaction>: OrgStore where Transaction: OperationTransaction {
    /// The operation with an id, whoever it belongs to; the caller decides who may see it.
    func operation(_ id: Operation.ID) async throws -> Operation?

    /// The stored events of an operation from a sequence on, in order, at most `limit`.
    func events(of id: Operation.ID, from sequence: Int64, limit: Int) async throws -> [OperationEvent]

    /// Operations newest first: those a person started, and all of the orgs given.
    func operations(startedBy user: User.ID, orWithin orgs: [Org.ID], _ query: OperationQuery) async throws -> [Operation]

    /// Open operations whose deadline was at or before an instant, in the order of their ids behind `last`, at most `limit`.
    func overdueOperations(since instant: Instant, after last: Operation.ID?, limit: Int) async throws -> [Operation]

    /// How many operations wait, and how many of them were accepted before this one.
    func queue(before operation: Operation) async throws -> OperationQueue

    /// The answer of the first call with a key, when there was one; reads only (GRA-001 asks for it before the body).
    func recorded(_ call: IdempotentCall, now: Instant) async throws -> IdempotencyDecision

    /// Takes one of a person's stream places, of which there are `limit` over all nodes.
    ///
    /// - Returns: the lease, or `nil` when all places are taken.
    func openStreamLease(for user: User.ID, limit: Int) async throws -> StreamLease?

    /// Keeps a place for another 45 s.
    func renew(_ lease: StreamLease) async throws

    /// Gives a place back.
    func close(_ lease: StreamLease) async throws
}

/// A person's right to one open stream; renewed with the keepalive, so that a killed node frees it (OPS-042).
public struct StreamLease: Sendable, Hashable {
    /// The number of the lease.
    public let number: Int64

    /// Names a lease.
    public init(number: Int64) {
        self.number = number
    }
}

/// What waits.
public struct OperationQueue: Sendable, Hashable {
    /// The place of the operation asked for, from 1.
    public let position: Int
    /// How many wait in all.
    public let depth: Int

    /// Makes a report.
    public init(position: Int, depth: Int) {
        self.position = position
        self.depth = depth
    }
}

/// Which operations to list.
public struct OperationQuery: Sendable, Hashable {
    /// Only those of a graph.
    public var graph: String?
    /// Only those of a kind.
    public var kind: OperationKind?
    /// Only those in a state.
    public var status: Operation.Status?
    /// Only those accepted before this one.
    public var before: Operation.ID?
    /// Only those of an org.
    public var org: Org.ID?
    /// None of these orgs'.
    public var hiddenOrgs: [Org.ID] = []
    /// How many at most.
    public var limit: Int

    /// Describes a list.
    public init(
        graph: String? = nil, kind: OperationKind? = nil, status: Operation.Status? = nil, before: Operation.ID? = nil, limit: Int = 50
    ) {
        self.graph = graph
        self.kind = kind
        self.status = status
        self.before = before
        self.limit = limit
    }
}

/// Tells readers on this node that there may be something new; it only wakes, the events are read from the store (OPS-041).
public protocol OperationWakeups: Sendable {
    /// Wakes for one operation: on each of its events, and each second in any case.
    ///
    /// Wakes that nobody has taken yet are one wake. The stream ends when it is dropped.
    func wakeups(for id: Operation.ID) -> AsyncStream<Void>
}

extension OperationStore {
    /// A person's orgs and what a credential leaves of the roles in them (ID-108, ID-134).
    public func roles(of user: User.ID, within reach: MembershipReach) async throws -> [Org.ID: OrgRole] {
        var roles: [Org.ID: OrgRole] = [:]
        for (org, standing) in try await standings(of: user) { roles[org] = reach.role(standing, in: org) }
        return roles
    }
}
