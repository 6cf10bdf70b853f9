internal import Audit
public import Core
internal import Identity
public import Observability
public import Orgs

/// A kind of automatic action that is held when there are suspiciously many of it (BIL-132, OPS-099). What nobody uses has a guard of its own.
public enum ActionClass: String, Codable, Sendable, CaseIterable {
    /// Ending what is not paid for (T14).
    case dunningEnd = "dunning_end"
    /// Repairs of the night that end service because the provider shows no payment for it.
    case repairEnd = "repair_end"
    /// Closing graphs that the sweep finds open without a payer.
    case graphSuspend = "graph_suspend"
    /// Destroying graphs whose retention is over.
    case graphPurge = "graph_purge"
    /// Erasing deleted orgs whose time is over.
    case orgPurge = "org_purge"

    /// After which time what is held looks again.
    public static var pause: Duration { .minutes(15) }
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

/// What a guard counts of the actions that it admitted; those that were released are left out.
public struct ActionCounts: Sendable, Hashable {
    /// Those of the last hour.
    public let lastHour: Int
    /// Those of the last 24 hours.
    public let lastDay: Int

    /// Gives the counts.
    public init(lastHour: Int, lastDay: Int) {
        self.lastHour = lastHour
        self.lastDay = lastDay
    }
}

/// What the guard of a class has to know of the rows that its actions touch: met by the package whose rows they are (OPS-099).
public protocol GuardedActions<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: BillingTransaction

    /// The class.
    var actionClass: ActionClass { get }

    /// How many rows the class may touch.
    func eligible(in transaction: Transaction) async throws -> Int

    /// What the class is about to touch: due now and not done.
    func due(at now: Instant, limit: Int, in transaction: Transaction) async throws -> [String]
}

/// Guards within a unit of work.
public protocol ActionGuardTransaction {
    /// The guard of a class, locked, so that counting is serialised.
    func lockedActionGuard(_ actionClass: ActionClass) async throws -> ActionGuardState

    /// Stores how a guard stands.
    func save(_ state: ActionGuardState) async throws

    /// What the guard of a class has admitted.
    func actionCounts(_ actionClass: ActionClass, at now: Instant) async throws -> ActionCounts

    /// Notes that an action was let through; what is older than a day counts no longer and is forgotten.
    func noteAction(_ actionClass: ActionClass, isReleased: Bool, at now: Instant) async throws

    /// How many subscriptions somebody pays for now.
    func payingSubscriptions() async throws -> Int

    /// Those whose debt is to end them now, the longest due first.
    func subscriptionsToEnd(at now: Instant, limit: Int) async throws -> [Subscription.ID]

    /// Those that the comparison found in service without a payment, the longest known first.
    func subscriptionsToRepair(limit: Int) async throws -> [Subscription.ID]
}

/// Admits the actions of a class one by one, in the transaction that carries them out.
public struct ActionGuard<Transaction: BillingTransaction>: Sendable {
    private let limit = BlastLimit.standard
    private let log: Log

    /// Makes a guard.
    public init(log: Log) {
        self.log = log
    }

    /// Whether an action may be carried out.
    public enum Admission: Hashable, Sendable {
        /// It may.
        case admitted
        /// It may because an operator released it.
        case released
        /// It waits for one.
        case held
    }

    /// Judges one more action; crossing a limit holds it and all that follow, and says so.
    public func admit(
        _ actions: some GuardedActions<Transaction>, at now: Instant, in transaction: Transaction
    ) async throws -> Admission {
        let actionClass = actions.actionClass
        var state = try await transaction.lockedActionGuard(actionClass)
        if state.allowance > 0 {
            state.allowance -= 1
            try await transaction.save(state)
            try await transaction.noteAction(actionClass, isReleased: true, at: now)
            return .released
        }
        guard !state.isOpen else { return .held }
        let counts = try await transaction.actionCounts(actionClass, at: now)
        // Below the floor nobody counts what the class may touch.
        let eligible = counts.lastDay < limit.floor ? 0 : try await actions.eligible(in: transaction)
        guard let objection = limit.objection(lastHour: counts.lastHour, lastDay: counts.lastDay, eligible: eligible) else {
            try await transaction.noteAction(actionClass, isReleased: false, at: now)
            return .admitted
        }
        state.isOpen = true
        state.reason = objection.rawValue
        state.openedAt = now
        try await transaction.save(state)
        try await transaction.record(
            BlastGuardTrippedEntry(state: state, counts: counts, eligible: eligible), by: .system(component: "billing"))
        log.error("automatic actions are held", ["class": .string(actionClass.rawValue), "limit": .string(objection.rawValue)])
        return .held
    }
}

/// Ends for debts, as their guard sees them.
struct DunningEnds<Transaction: BillingTransaction>: GuardedActions {
    let actionClass = ActionClass.dunningEnd

    func eligible(in transaction: Transaction) async throws -> Int { try await transaction.payingSubscriptions() }

    func due(at now: Instant, limit: Int, in transaction: Transaction) async throws -> [String] {
        try await transaction.subscriptionsToEnd(at: now, limit: limit).map(\.description)
    }
}

/// Repairs that end service, as their guard sees them.
struct RepairEnds<Transaction: BillingTransaction>: GuardedActions {
    let actionClass = ActionClass.repairEnd

    func eligible(in transaction: Transaction) async throws -> Int { try await transaction.payingSubscriptions() }

    func due(at now: Instant, limit: Int, in transaction: Transaction) async throws -> [String] {
        try await transaction.subscriptionsToRepair(limit: limit).map(\.description)
    }
}

/// Erasures of orgs, as their guard sees them.
struct OrgPurges<Transaction: BillingTransaction>: GuardedActions {
    let actionClass = ActionClass.orgPurge

    func eligible(in transaction: Transaction) async throws -> Int { try await transaction.remainingOrgs() }

    func due(at now: Instant, limit: Int, in transaction: Transaction) async throws -> [String] {
        try await transaction.duePurges(at: now, limit: limit).map(\.description)
    }
}

/// Holds erasures of orgs by their guard and by the switch `teardowns`.
extension ActionGuard: OrgPurgeAdmitting {
    /// When to ask again; `nil` when the org may be erased now.
    public func delay(ofPurgeAt now: Instant, in transaction: Transaction) async throws -> Duration? {
        guard try await transaction.isOn(.teardowns) else { return BillingControl.pause }
        return try await admit(OrgPurges(), at: now, in: transaction) == .held ? ActionClass.pause : nil
    }
}
