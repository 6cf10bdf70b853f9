internal import Audit
public import Billing
public import Core
internal import Identity
internal import Jobs
internal import Observability
internal import Orgs

/// What operators do about single subscriptions and about many decisions at once (IDL-003, IDL-071).
public protocol IdleOperating: Sendable {
    /// Moves the instant from which on a subscription may be judged; at most a year ahead.
    ///
    /// - Returns: the instant that was in force before.
    /// - Throws: ``IdleOperationRefused``.
    func moveEligibility(
        of subscription: Subscription.ID, to instant: Instant, because reason: String, by person: IdleOperator
    ) async throws -> Instant

    /// Takes one case back; what was taken back before is told as it is.
    ///
    /// - Returns: what became of it; `nil` when there is no such case.
    /// - Throws: ``IdleOperationRefused`` for a reason that says nothing.
    func reverse(_ id: IdleCase.ID, because reason: String, by person: IdleOperator) async throws -> UndoReport.Line?

    /// Takes back what was decided in an interval, one line for each case; what was taken back before is told as it is.
    ///
    /// - Throws: ``IdleOperationRefused`` for a reason that says nothing or an interval that is empty.
    func undo(_ request: UndoRequest) async throws -> UndoReport
}

/// Why an operator's wish is not carried out.
public enum IdleOperationRefused: Error, Hashable, Sendable {
    /// There is no such subscription.
    case unknownSubscription(Subscription.ID)
    /// The instant lies before now, or more than a year ahead.
    case instantOutOfRange(latest: Instant)
    /// A reason has 10 to 200 characters.
    case reasonMissing
    /// The interval ends before it begins.
    case emptyInterval
}

/// Which decisions are to be taken back.
public struct UndoRequest: Sendable, Hashable {
    /// From this decision on.
    public let from: Instant
    /// Before this one.
    public let until: Instant
    /// Why.
    public let reason: String
    /// Only tells what would happen.
    public let validatesOnly: Bool
    /// How many cases at most; the next run goes on where this one ended.
    public let limit: Int
    /// Who wants it.
    public let `operator`: IdleOperator

    /// Describes the wish.
    public init(from: Instant, until: Instant, reason: String, validatesOnly: Bool, limit: Int, operator person: IdleOperator) {
        self.from = from
        self.until = until
        self.reason = reason
        self.validatesOnly = validatesOnly
        self.limit = limit
        self.operator = person
    }
}

/// What became of each case.
public struct UndoReport: Sendable, Hashable {
    /// What became of one.
    public enum Outcome: String, Sendable, CaseIterable {
        /// It is taken back now.
        case reversed
        /// It would be.
        case wouldReverse = "would_reverse"
        /// It was taken back before, or is about to be.
        case already
        /// Its end has come; a graph within its retention can be subscribed again.
        case ended
        /// Somebody's own decision ended it.
        case overridden
    }

    /// One case.
    public struct Line: Sendable, Hashable {
        /// The case.
        public let idleCase: IdleCase
        /// What became of it.
        public let outcome: Outcome

        /// Tells of one.
        public init(idleCase: IdleCase, outcome: Outcome) {
            self.idleCase = idleCase
            self.outcome = outcome
        }
    }

    /// One line for each case, by the time of its decision.
    public let lines: [Line]

    /// Puts a report together.
    public init(lines: [Line]) {
        self.lines = lines
    }

    /// How many had an outcome.
    public func count(_ outcome: Outcome) -> Int { lines.count { $0.outcome == outcome } }
}

/// Carries operators' wishes out on the rows.
public struct IdleOperations<Store: IdleStore>: IdleOperating {
    let store: Store
    let orders: IdleOrders<Store>
    let writer: CaseWriter<Store.Transaction>

    private static var reasonLengths: ClosedRange<Int> { 10...200 }
    private var now: Instant { writer.now }

    /// Locks the row, so that a decision comes before or after.
    public func moveEligibility(
        of subscription: Subscription.ID, to instant: Instant, because reason: String, by person: IdleOperator
    ) async throws -> Instant {
        guard Self.reasonLengths.contains(reason.count) else { throw IdleOperationRefused.reasonMissing }
        let latest = now.addingMonths(12, anchoredOnDay: now.calendarDate.day)
        guard instant >= now, instant <= latest else { throw IdleOperationRefused.instantOutOfRange(latest: latest) }
        return try await store.withTransaction(.system) { transaction in
            guard let row = try await orders.ends.locked(subscription, in: transaction) else {
                throw IdleOperationRefused.unknownSubscription(subscription)
            }
            let before = try await transaction.eligibleAfter(of: subscription)
            try await transaction.replaceEligibleAfter(instant, of: subscription)
            try await transaction.record(
                IdleEligibilityMovedEntry(
                    subscription: row, before: before, after: instant, reason: reason, operatorName: person.name), by: person.actor)
            return before
        }
    }

    /// Each case in a transaction of its own: whoever is stopped half way goes on with the next run, and nothing is done twice.
    public func undo(_ request: UndoRequest) async throws -> UndoReport {
        guard Self.reasonLengths.contains(request.reason.count) else { throw IdleOperationRefused.reasonMissing }
        guard request.from < request.until else { throw IdleOperationRefused.emptyInterval }
        var lines: [UndoReport.Line] = []
        for found in try await store.decidedCases(from: request.from, until: request.until, limit: request.limit) {
            try Task.checkCancellation()
            lines.append(try await undo(found, request))
        }
        let report = UndoReport(lines: lines)
        if !request.validatesOnly {
            let counts = Dictionary(uniqueKeysWithValues: UndoReport.Outcome.allCases.map { ($0.rawValue, report.count($0)) })
            try await store.withTransaction(.system) {
                _ = try await $0.record(IdleUndoRunEntry(request: request, counts: counts), by: request.operator.actor)
            }
        }
        return report
    }

    /// The same as an undo of one case; the provider is asked afterwards.
    public func reverse(_ id: IdleCase.ID, because reason: String, by person: IdleOperator) async throws -> UndoReport.Line? {
        guard reason.count >= Self.reasonLengths.lowerBound else { throw IdleOperationRefused.reasonMissing }
        guard let found = try await store.idleCase(id) else { return nil }
        let request = UndoRequest(
            from: now, until: now, reason: reason, validatesOnly: false, limit: 1, operator: person)
        return try await undo(found, request)
    }

    private func undo(_ found: IdleCase, _ request: UndoRequest) async throws -> UndoReport.Line {
        if request.validatesOnly { return UndoReport.Line(idleCase: found, outcome: outlook(of: found)) }
        let wish = ReversalRequest(case: found.id, via: .operator, actor: request.operator.actor)
        let outcome = try await store.withTransaction(.system) { try await writer.accept(wish, through: orders.ends, in: $0) }
        switch outcome {
        case .superseded(let idleCase), .accepted(let idleCase): return UndoReport.Line(idleCase: idleCase, outcome: .reversed)
        case .tooLate(let idleCase): return UndoReport.Line(idleCase: idleCase, outcome: .ended)
        case .alreadyUsed(let idleCase), .notReversible(let idleCase):
            return UndoReport.Line(idleCase: idleCase, outcome: outlook(of: idleCase))
        case .absent: return UndoReport.Line(idleCase: found, outcome: .ended)
        }
    }

    private func outlook(of idleCase: IdleCase) -> UndoReport.Outcome {
        switch idleCase.state {
        case .decided, .confirmed: now < idleCase.endsAt ? .wouldReverse : .ended
        case .reversing, .superseded, .kept, .driftCorrected: .already
        case .overridden: .overridden
        case .completed, .keepFailed, .missed, .held, .lapsed: .ended
        }
    }
}
