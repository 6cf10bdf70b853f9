public import Core
internal import Identity
public import Jobs
public import Observability

/// Look after the limits of all orgs: counters that differ from the places are repaired and alarmed (ORG-077).
public struct ReconcileSlots: Job, Hashable {
    /// `orgs.reconcile_slots`
    public static let kind = "orgs.reconcile_slots"
    /// The lane of maintenance.
    public static let lane = Lane.maintenance

    /// Orders it.
    public init() {}
}

/// Repairs counters, and says so in the log.
public struct ReconcileSlotsHandler: JobHandler {
    private let administration: any OrgAdministration
    private let log: Log

    /// Makes the handler.
    public init(administration: any OrgAdministration, log: Log) {
        self.administration = administration
        self.log = log
    }

    /// Twice finds nothing the second time.
    public func run(_ job: ReconcileSlots, context: JobContext) async throws -> JobOutcome {
        for org in try await administration.reconcileSlots() {
            log.error("The counters of graph places differed from the places and were repaired.", ["org": .string(org.description)])
        }
        return .completed
    }
}

/// Warns the admins and owners of an org whose limit of graphs is nearly used up, once in 30 days (ORG-075).
public struct LimitWatch<Transaction: OrgTransaction>: Sendable {
    private let settings: OrgsSettings

    /// Makes a watch.
    public init(settings: OrgsSettings) {
        self.settings = settings
    }

    /// Publishes the warning when one is due. Call it in the transaction that took a place.
    public func placeTaken(in org: Org.ID, at now: Instant, _ transaction: Transaction) async throws {
        guard let limits = try await transaction.lockedLimits(of: org), let maximum = limits.maxGraphs.number, !limits.warnings.isEmpty,
            try await transaction.takeLimitWarning("graphs", of: org, notSince: now - settings.limitWarningInterval, at: now)
        else { return }
        try await transaction.publish(
            OrgLimitNearlyReached(
                org: org, limit: "graphs", used: limits.graphsHeld + limits.graphsReserved, maximum: maximum,
                recipients: try await transaction.recipients(with: .admin, of: org)))
    }
}
