internal import Audit
public import Core
internal import Identity
internal import Observability
internal import Orgs

/// A kind of automatic action that is held when there are suspiciously many of it (BIL-132). What nobody uses has a guard of its own.
public enum ActionClass: String, Codable, Sendable, CaseIterable {
    /// Ending what is not paid for (T14).
    case dunningEnd = "dunning_end"
    /// Repairs of the night that end service because the provider shows no payment for it.
    case repairEnd = "repair_end"

    /// After which time what is held looks again.
    static var pause: Duration { .minutes(15) }
}

/// How the guard of a class stands.
public struct ActionGuardState: Sendable, Hashable {
    /// Which class.
    public let actionClass: ActionClass
    /// Whether its actions are held.
    public var isOpen: Bool
    /// Which limit was crossed.
    public var reason: String?
    /// Since when.
    public var openedAt: Instant?
    /// How many may pass all the same, because an operator released them.
    public var allowance: Int

    /// Describes a guard.
    public init(actionClass: ActionClass, isOpen: Bool, reason: String?, openedAt: Instant?, allowance: Int) {
        self.actionClass = actionClass
        self.isOpen = isOpen
        self.reason = reason
        self.openedAt = openedAt
        self.allowance = allowance
    }
}

/// What a guard counts.
public struct ActionCounts: Sendable, Hashable {
    /// Actions of the last hour that nobody released.
    public let lastHour: Int
    /// Those of the last 24 hours.
    public let lastDay: Int
    /// The rows that the class may touch; 0 while the day has fewer than the floor allows.
    public let eligible: Int

    /// Gives the counts.
    public init(lastHour: Int, lastDay: Int, eligible: Int) {
        self.lastHour = lastHour
        self.lastDay = lastDay
        self.eligible = eligible
    }
}

/// Guards within a unit of work.
public protocol ActionGuardTransaction {
    /// The guard of a class, locked, so that counting is serialised.
    func lockedActionGuard(_ actionClass: ActionClass) async throws -> ActionGuardState

    /// Stores how a guard stands.
    func save(_ state: ActionGuardState) async throws

    /// What the guard of a class counts.
    ///
    /// - Parameter floor: below so many in a day nobody counts what the class may touch.
    func actionCounts(_ actionClass: ActionClass, floor: Int, at now: Instant) async throws -> ActionCounts

    /// What a class is about to touch: due now and not done, the longest due first.
    func dueActions(_ actionClass: ActionClass, at now: Instant, limit: Int) async throws -> [Subscription.ID]
}

/// Admits the actions of a class one by one, in the transaction that carries them out.
struct ActionGuard<Transaction: BillingTransaction>: Sendable {
    var limit = BlastLimit.standard
    let log: Log

    /// Whether an action may be carried out.
    enum Admission: Hashable, Sendable {
        /// It may.
        case admitted
        /// It may because an operator released it.
        case released
        /// It waits for one.
        case held
    }

    /// Judges one more action; crossing a limit holds it and all that follow, and says so.
    func admit(_ actionClass: ActionClass, at now: Instant, in transaction: Transaction) async throws -> Admission {
        var state = try await transaction.lockedActionGuard(actionClass)
        if state.allowance > 0 {
            state.allowance -= 1
            try await transaction.save(state)
            return .released
        }
        guard !state.isOpen else { return .held }
        let counts = try await transaction.actionCounts(actionClass, floor: limit.floor, at: now)
        guard let objection = limit.objection(lastHour: counts.lastHour, lastDay: counts.lastDay, eligible: counts.eligible) else {
            return .admitted
        }
        state.isOpen = true
        state.reason = objection.rawValue
        state.openedAt = now
        try await transaction.save(state)
        try await transaction.record(BlastGuardTrippedEntry(state: state, counts: counts), by: .system(component: "billing"))
        log.error("automatic actions are held", ["class": .string(actionClass.rawValue), "limit": .string(objection.rawValue)])
        return .held
    }
}
