public import Core
public import Identity
public import Jobs
internal import Orgs

/// Who calls, and how far the credential reaches.
public struct OperationCaller: Sendable, Hashable {
    /// The person.
    public let user: User.ID
    /// What the credential leaves of the person's roles (ID-108, ID-134).
    public let reach: MembershipReach

    /// Describes a caller; the reach is that of the caller's principal.
    public init(user: User.ID, reach: MembershipReach) {
        self.user = user
        self.reach = reach
    }

    /// The caller that authentication found.
    public init(_ principal: Principal) {
        self.init(user: principal.userID, reach: principal.reach)
    }
}

/// What a person can do with operations.
public protocol OperationManaging: Sendable {
    /// An operation and its place in the queue.
    ///
    /// - Throws: ``OperationError/notFound`` for another org's, ``OperationError/forbidden`` for another member's (OPS-021, OPS-022),
    ///   `IdentityError.mfaEnrollmentRequired` where its org asks for a second factor that the session has not shown (ID-134).
    func operation(_ id: Operation.ID, as caller: OperationCaller) async throws -> OperationView

    /// The caller's operations and those of the orgs the caller owns or administers, newest first.
    func operations(_ query: OperationQuery, as caller: OperationCaller) async throws -> [Operation]

    /// Stops an operation.
    ///
    /// - Throws: ``OperationError/notCancellable(_:)`` or ``OperationError/alreadyEnded(_:)`` when it cannot be stopped now.
    func cancel(_ id: Operation.ID, as caller: OperationCaller) async throws -> Operation

    /// Answers the question an operation asked.
    ///
    /// - Throws: ``OperationError/notAwaitingInput`` when it asked none.
    func resume(_ id: Operation.ID, input: JSONValue, as caller: OperationCaller) async throws -> Operation

    /// The stored events from a sequence on, in order, at most `limit`, without another look at the caller's rights.
    func events(of id: Operation.ID, from sequence: Int64, limit: Int) async throws -> [OperationEvent]

    /// Takes one of the caller's five places for open streams; `nil` when all are taken (OPS-042).
    func openStream(as user: User.ID) async throws -> StreamLease?

    /// Keeps a place.
    func renew(_ lease: StreamLease) async throws

    /// Gives a place back.
    func close(_ lease: StreamLease) async throws
}

/// An operation as one person sees it.
public struct OperationView: Sendable, Hashable {
    /// The operation.
    public let operation: Operation
    /// Its place among the waiting; only while it is pending.
    public let queue: OperationQueue?

    /// Makes a view.
    public init(operation: Operation, queue: OperationQueue?) {
        self.operation = operation
        self.queue = queue
    }
}

/// What else must stop or go on with an operation, in the same transaction: the domain that started it knows its saga.
public protocol OperationController<Transaction>: Sendable {
    /// The transactions it works in.
    associatedtype Transaction: OperationTransaction

    /// The operation was cancelled: undo what it did.
    func cancelled(_ operation: Operation, in transaction: Transaction) async throws

    /// The operation has passed its deadline: undo what it did, unless it can only go on (OPS-030).
    ///
    /// - Parameter reason: for operators.
    /// - Returns: ``SagaTurn/none`` when nothing is to be undone; it is then ended as failed by whoever asks.
    func turnBack(_ operation: Operation, because reason: String, in transaction: Transaction) async throws -> SagaTurn

    /// The question was answered: go on.
    func resumed(_ operation: Operation, input: JSONValue, in transaction: Transaction) async throws
}

/// Operations as people see them: who may look, stop and answer.
public struct OperationService<Store: OperationStore, Controller: OperationController>: OperationManaging
where Controller.Transaction == Store.Transaction {
    private let store: Store
    private let controller: Controller
    private let dateSource: any DateSource

    /// How many streams a person may have open at once (OPS-042).
    private static var streamLimit: Int { 5 }

    /// Makes a service.
    public init(store: Store, controller: Controller, dateSource: any DateSource) {
        self.store = store
        self.controller = controller
        self.dateSource = dateSource
    }

    /// Reads an operation for a person who may see it.
    public func operation(_ id: Operation.ID, as caller: OperationCaller) async throws -> OperationView {
        let operation = try await visible(id, to: caller)
        return OperationView(
            operation: operation, queue: operation.status == .pending ? try await store.queue(before: operation) : nil)
    }

    /// Lists what a person may see.
    public func operations(_ query: OperationQuery, as caller: OperationCaller) async throws -> [Operation] {
        let standings = try await store.standings(of: caller.user)
        let governed = standings.filter { org, standing in caller.reach.role(standing, in: org).map { $0 != .member } ?? false }.map(\.key)
        var query = query
        query.org = caller.reach.boundOrg
        query.hiddenOrgs = standings.filter { caller.reach.demand(of: $0.value) == .forOrg }.map(\.key)
        return try await store.operations(startedBy: caller.user, orWithin: governed, query)
    }

    /// Stops an operation and what it set in motion, in one transaction.
    public func cancel(_ id: Operation.ID, as caller: OperationCaller) async throws -> Operation {
        try await requireRight(to: try await visible(id, to: caller), caller)
        let now = dateSource.now
        return try await store.withTransaction(.system) { transaction in
            guard let operation = try await transaction.lockedOperation(id) else { throw OperationError.notFound }
            guard !operation.status.isTerminal else { throw OperationError.alreadyEnded(operation.status) }
            guard operation.isCancellable else { throw OperationError.notCancellable(operation.kind) }
            let cancelled = try await transaction.move(id, .cancel(reason: "Cancelled on request"), at: now)
            try await controller.cancelled(cancelled, in: transaction)
            return cancelled
        }
    }

    /// Hands an answer on to whatever waits for it.
    public func resume(_ id: Operation.ID, input: JSONValue, as caller: OperationCaller) async throws -> Operation {
        try await requireRight(to: try await visible(id, to: caller), caller)
        let now = dateSource.now
        return try await store.withTransaction(.system) { transaction in
            let resumed = try await transaction.move(id, .resume, at: now)
            try await controller.resumed(resumed, input: input, in: transaction)
            return resumed
        }
    }

    /// Reads stored events.
    public func events(of id: Operation.ID, from sequence: Int64, limit: Int) async throws -> [OperationEvent] {
        try await store.events(of: id, from: sequence, limit: limit)
    }

    /// Takes one of a person's places.
    public func openStream(as user: User.ID) async throws -> StreamLease? {
        try await store.openStreamLease(for: user, limit: Self.streamLimit)
    }

    /// Keeps a place.
    public func renew(_ lease: StreamLease) async throws {
        try await store.renew(lease)
    }

    /// Gives a place back.
    public func close(_ lease: StreamLease) async throws {
        try await store.close(lease)
    }

    /// Some kinds are stopped and answered by owners only, as they are now: also the one who started it may be none any more.
    private func requireRight(to operation: Operation, _ caller: OperationCaller) async throws {
        guard operation.kind.isForOwners else { return }
        let standing = try await store.standings(of: caller.user)[operation.org]
        guard try caller.reach.requireRole(standing, in: operation.org) == .owner else { throw OperationError.forbidden }
    }

    /// What somebody started stays visible to that person, as far as the credential reaches; of others' the role in the org decides.
    private func visible(_ id: Operation.ID, to caller: OperationCaller) async throws -> Operation {
        guard let operation = try await store.operation(id), caller.reach.includes(operation.org) else { throw OperationError.notFound }
        let isOwn = operation.startedBy == caller.user
        if isOwn, !caller.reach.lacksSecondFactor { return operation }
        let standing = try await store.standings(of: caller.user)[operation.org]
        switch try caller.reach.requireRole(standing, in: operation.org) {
        case _ where isOwn: return operation
        case .owner, .admin: return operation
        case .member:
            guard standing?.role == .member else { throw IdentityError.mfaEnrollmentRequired }
            throw OperationError.forbidden
        case nil: throw OperationError.notFound
        }
    }
}
