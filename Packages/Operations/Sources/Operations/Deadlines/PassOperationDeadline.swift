internal import Audit
public import Core
public import Identity
public import Jobs
internal import Orgs

/// Look at an operation at its deadline.
public struct PassOperationDeadline: Job, Hashable {
    /// `operations.pass_deadline`
    public static let kind = "operations.pass_deadline"
    /// The lane of life cycles.
    public static let lane = Lane.lifecycle
    /// What must be done in the end.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Whose deadline it is.
    public let operation: Operation.ID

    /// Orders it.
    public init(operation: Operation.ID) {
        self.operation = operation
    }

    /// One job for each deadline an operation has had; before the work that it may stop.
    static func options(of operation: Operation.ID, at deadline: Instant, org: Org.ID) -> JobOptions {
        JobOptions(runAt: deadline, priority: .urgent, uniqueKey: "\(operation) \(deadline)", org: org.uuid)
    }
}

/// Applies the rule of its kind to an operation that has not ended by its deadline: it is undone, goes on, or ends as failed; never is it simply
/// left (OPS-030). What goes on from there has no deadline any more, so that the rule is applied once.
public struct PassOperationDeadlineHandler<Store: OperationStore, Controller: OperationController>: JobHandler
where Controller.Transaction == Store.Transaction {
    private let store: Store
    private let controller: Controller

    /// How long the end of the step at work is waited for, between two looks.
    private static var pause: Duration { .minutes(1) }

    /// Makes the handler.
    ///
    /// - Parameter controller: what stops an operation with all that it set in motion, as where people stop it.
    public init(store: Store, controller: Controller) {
        self.store = store
        self.controller = controller
    }

    /// Looks at the operation as it is now: one that has ended, or has another deadline, is left alone, so that twice is once.
    public func run(_ job: PassOperationDeadline, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        return try await store.withTransaction(.system) { transaction in
            guard let operation = try await transaction.lockedOperation(job.operation), !operation.status.isTerminal else {
                return .cancelled(reason: "it has ended")
            }
            guard let deadline = operation.deadline, deadline <= now else { return .cancelled(reason: "it has another deadline") }
            guard operation.phase == .forward else {
                // It is being undone, or waits for an operator.
                try await transaction.setDeadline(of: operation, to: nil)
                return .completed
            }
            guard operation.kind.timeLimit?.rule == .undo else {
                try await fail(operation, at: now, in: transaction)
                return .completed
            }
            let turn = try await controller.turnBack(operation, because: "It has not ended by \(deadline).", in: transaction)
            switch turn {
            case .turning, .goingOn, .stuck: try await tell(of: operation, in: transaction)
            case .told, .undoing: break
            case .none: try await fail(operation, at: now, in: transaction)
            }
            if turn == .turning || turn == .told { return .snoozed(until: now + Self.pause) }
            if turn != .none { try await transaction.setDeadline(of: operation, to: nil) }
            return .completed
        }
    }

    private static var code: String { "OPERATION_TIMED_OUT" }

    private func fail(_ operation: Operation, at now: Instant, in transaction: Store.Transaction) async throws {
        let failure = OperationFailure(code: Self.code, message: "This took longer than it may take, and was stopped.")
        let failed = try await transaction.move(operation.id, .fail(failure), at: now)
        try await controller.cancelled(failed, in: transaction)
        try await tell(of: operation, in: transaction)
    }

    private func tell(of operation: Operation, in transaction: Store.Transaction) async throws {
        let failure = Audit.OperationFailure(
            of: FailedWork(operation: operation.id), on: AuditReference(operation.org), code: Self.code)
        try await transaction.record(OperationTimedOut(failure), by: .system(component: "operations"))
    }
}

/// Look for operations whose deadline nobody watches any more.
public struct CatchOverdueOperations: Job, Hashable {
    /// `operations.catch_overdue`
    public static let kind = "operations.catch_overdue"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How long its own job may be late before it counts as lost.
    static var patience: Duration { .minutes(1) }
    static let page = 1_000

    /// Behind which operation to look.
    public let after: Operation.ID?

    /// Orders it.
    public init(after: Operation.ID? = nil) {
        self.after = after
    }

    /// Each minute (OPS-102, OPS-104).
    public static var schedule: Schedule? {
        CronExpression("* * * * *").map { Schedule(kind, $0, missed: .once, job: CatchOverdueOperations()) }
    }
}

/// A net: the job of a deadline is stored with it, so that normally nothing is found (OPS-098).
public struct CatchOverdueOperationsHandler<Store: OperationStore>: JobHandler {
    private let store: Store
    private let meters: NetMeters

    /// Makes the handler.
    public init(store: Store, meters: NetMeters) {
        self.store = store
        self.meters = meters
    }

    /// Looks at one page; a full one has the next page looked at by a job that is stored with it.
    public func run(_ job: CatchOverdueOperations, context: JobContext) async throws -> JobOutcome {
        let overdue = try await store.overdueOperations(
            since: context.now - CatchOverdueOperations.patience, after: job.after, limit: CatchOverdueOperations.page)
        let found = try await store.withTransaction(.system) { transaction in
            var found = NetCatch()
            found.note(
                try await transaction.enqueue(
                    overdue.compactMap { operation in
                        operation.deadline.map { deadline in
                            (
                                job: PassOperationDeadline(operation: operation.id),
                                options: PassOperationDeadline.options(of: operation.id, at: deadline, org: operation.org)
                            )
                        }
                    }))
            if overdue.count == CatchOverdueOperations.page, let last = overdue.last {
                try await transaction.enqueue(
                    CatchOverdueOperations(after: last.id),
                    JobOptions(uniqueKey: last.id.description, serialKey: CatchOverdueOperations.kind))
            }
            return found
        }
        meters.note(CatchOverdueOperations.kind, found)
        return .completed
    }
}
