internal import Audit
public import Core
public import Identity
public import Jobs
public import Orgs

/// End what an org pays for, one thing after the other, then delete it.
public struct TearDownOrg: Job, Hashable {
    /// `operations.tear_down_org`
    public static let kind = "operations.tear_down_org"
    /// The lane of life cycles.
    public static let lane = Lane.lifecycle
    /// What must be done in the end.
    public static let retryPolicy = RetryPolicy.untilDone
    /// The operation that tells of it.
    public let operation: Operation.ID

    /// Orders it.
    public init(operation: Operation.ID) {
        self.operation = operation
    }
}

/// Ends one thing after the other; each is noted as done before the next is begun, so that a new attempt goes on where the last one stopped.
///
/// The org works until the last one has ended. Something that cannot be ended stops the operation there: it says what has ended, what has not
/// and why, and waits until an owner lets it go on or stops it for good. What has ended stays ended (ORG-090, BIL-061).
public struct TearDownOrgHandler<Store: OperationStore>: JobHandler {
    private let store: Store
    private let endings: any OrgObligationEnding<Store.Transaction>
    private let switchOff: OrgSwitchOff<Store.Transaction>

    /// How long a stopped one waits for its owner.
    private static var patience: Duration { .days(30) }
    /// How long it waits for graphs whose subscriptions have ended, between two looks.
    private static var pause: Duration { .hours(1) }

    /// Makes the handler.
    public init(store: Store, endings: any OrgObligationEnding<Store.Transaction>, switchOff: OrgSwitchOff<Store.Transaction>) {
        self.store = store
        self.endings = endings
        self.switchOff = switchOff
    }

    /// Twice is once: what has ended is found ended.
    public func run(_ job: TearDownOrg, context: JobContext) async throws -> JobOutcome {
        do {
            while let operation = try await next(job.operation, at: context.now) {
                guard let item = operation.firstOpenStep, let owner = operation.startedBy else { break }
                let obligations = OrgTeardownPlan(operation.result).obligations
                guard obligations.indices.contains(item) else { return try await conclude(operation, at: context.now) }
                switch try await endings.end(obligations[item], of: operation.org, for: owner) {
                case .ended:
                    try await move(
                        operation.id, [.step(at: item, .done, percent: 100 * (item + 1) / operation.steps.count, message: nil)], context.now
                    )
                case .waiting(let wait):
                    let until = context.now + wait
                    try await move(
                        operation.id, [.step(at: item, .retrying(error: "It has not ended yet.", at: until), percent: nil, message: nil)],
                        context.now)
                    return .snoozed(until: until)
                case .refused(let reason):
                    try await store.withTransaction(.system) { try await stop(operation, at: item, because: reason, context.now, in: $0) }
                    return .completed
                }
            }
        } catch OperationError.alreadyEnded {
            // Abandoned while something was being ended: that has ended, and nothing follows.
        }
        return .cancelled(reason: "nothing is to be ended any more")
    }

    /// The operation, with its next step begun; `nil` when it has ended or waits for its owner, whose time may be over.
    private func next(_ id: Operation.ID, at now: Instant) async throws -> Operation? {
        try await store.withTransaction(.system) { transaction in
            guard let operation = try await transaction.lockedOperation(id), !operation.status.isTerminal else { return nil }
            if let request = operation.inputRequest {
                guard request.expiresAt <= now else { return nil }
                let failure = OperationFailure(
                    code: "ORG_TEARDOWN_STOPPED", message: "Nobody let it go on. What has ended stays ended, and the org stays.")
                _ = try await transaction.move(id, .fail(failure), at: now)
                return nil
            }
            guard let item = operation.firstOpenStep else { return nil }
            _ = try await transaction.move(id, .start, at: now)
            guard operation.steps[item].state != .running else { return operation }
            return try await transaction.move(
                id, .step(at: item, .begun, percent: nil, message: operation.steps[item].name), at: now)
        }
    }

    /// The org, when nothing stands in its way any more. Graphs whose subscriptions have ended need their time to go.
    private func conclude(_ operation: Operation, at now: Instant) async throws -> JobOutcome {
        guard let owner = operation.startedBy else { return .discarded(reason: "nobody ordered it") }
        let plan = OrgTeardownPlan(operation.result)
        let order = OrgSwitchOff<Store.Transaction>.Order(
            org: operation.org, owner: owner, actor: .user(AuditReference(owner)), reason: plan.reason,
            forfeitsBalance: plan.forfeitsBalance, at: now)
        return try await store.withTransaction(.system) { transaction in
            let last = operation.steps.count - 1
            let deletion: OrgDeletion
            do {
                deletion = try await switchOff(order, in: transaction)
            } catch OrgsError.blocked(let blockers) {
                guard blockers.allSatisfy({ $0.kind == .runningWork }) else {
                    let named = blockers.map { "\($0.kind.rawValue) \($0.id)" }.joined(separator: ", ")
                    try await stop(operation, at: last, because: "This stands in the way of the deletion: \(named).", now, in: transaction)
                    return .completed
                }
                let until = now + Self.pause
                let news = OperationTransition.StepNews.retrying(error: "\(blockers.count) graphs are not gone yet.", at: until)
                _ = try await transaction.move(operation.id, .step(at: last, news, percent: nil, message: nil), at: now)
                return .snoozed(until: until)
            } catch OrgsError.frozen {
                try await stop(operation, at: last, because: "The org is frozen.", now, in: transaction)
                return .completed
            } catch let error as OrgsError {
                // Whoever ordered it is no owner any more, or the org went another way.
                let failure = OperationFailure(
                    code: "ORG_NOT_DELETED", message: "The org was not deleted: whoever ordered it owns it no more.")
                guard error == .ownerRequired else { throw error }
                _ = try await transaction.move(operation.id, .fail(failure), at: now)
                return .completed
            }
            _ = try await transaction.move(operation.id, .step(at: last, .done, percent: 100, message: nil), at: now)
            _ = try await transaction.move(
                operation.id,
                .complete(
                    result: [
                        "org_id": .string(operation.org.description), "deletion_id": .string(deletion.id.description),
                        "purge_at": .string(deletion.purgeAt.description),
                        "subscriptions": .array(plan.obligations.map { .string($0) }),
                    ], message: "The org is deleted"), at: now)
            return .completed
        }
    }

    /// Says exactly what was done, and asks whether to go on.
    private func stop(
        _ operation: Operation, at item: Int, because reason: String, _ now: Instant, in transaction: Store.Transaction
    ) async throws {
        let obligations = OrgTeardownPlan(operation.result).obligations
        func ids(_ slice: ArraySlice<String>) -> JSONValue { .array(slice.map { .string($0) }) }
        let expiry = now + Self.patience
        let request = InputRequest(
            prompt: "Stopped at: \(operation.steps[item].name). \(reason) Resume to try again, or cancel; what has ended stays ended.",
            details: [
                "ended": ids(obligations.prefix(item)), "stopped_at": item < obligations.count ? .string(obligations[item]) : .null,
                "left": ids(obligations.dropFirst(item)), "reason": .string(reason),
            ], requestedAt: now, expiresAt: expiry)
        _ = try await transaction.move(operation.id, .step(at: item, .failed(error: reason), percent: nil, message: nil), at: now)
        _ = try await transaction.move(operation.id, .awaitInput(request), at: now)
        try await transaction.enqueue(
            TearDownOrg(operation: operation.id), .init(runAt: expiry, uniqueKey: "\(operation.id):\(now)"))
    }

    private func move(_ id: Operation.ID, _ transitions: [OperationTransition], _ now: Instant) async throws {
        try await store.withTransaction(.system) { transaction in
            for transition in transitions { _ = try await transaction.move(id, transition, at: now) }
        }
    }
}

/// Lets the end of an org's subscriptions go on when its owner says so; a stopped one finds that by itself.
public struct OrgTeardownOperations<Transaction: OperationTransaction>: OperationController {
    /// Makes a controller.
    public init() {}

    /// The next step finds the operation cancelled: what has ended stays ended.
    public func cancelled(_ operation: Operation, in transaction: Transaction) async throws {}

    /// It has no deadline: what has ended stays ended.
    public func turnBack(_ operation: Operation, because reason: String, in transaction: Transaction) async throws -> SagaTurn { .none }

    /// A worker is sent to it again; each answer has a job of its own, because that of the attempt that stopped may not be gone yet.
    public func resumed(_ operation: Operation, input: JSONValue, in transaction: Transaction) async throws {
        guard operation.kind == .orgTeardown else { return }
        try await transaction.enqueue(
            TearDownOrg(operation: operation.id), .init(uniqueKey: "\(operation.id):\(operation.lastSequence)"))
    }
}

extension Operation {
    /// The first step that is not done.
    fileprivate var firstOpenStep: Int? { steps.firstIndex { $0.state != .done } }
}
