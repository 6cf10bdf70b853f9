internal import Core
public import Jobs
public import Observability

/// How many orgs, memberships and invitations there are of each kind, and how far purges are behind (ORG-118). No org is named.
public struct OrgFigures: Sendable, Hashable {
    /// Orgs by state.
    public var orgs: [String: Int]
    /// Live memberships by role.
    public var memberships: [String: Int]
    /// Invitations by outcome.
    public var invitations: [String: Int]
    /// Orgs whose purge is due and not done.
    public var purgeBacklog: Int
    /// For how many seconds the oldest of them has been due.
    public var purgeAge: Int

    /// Makes figures.
    public init(orgs: [String: Int], memberships: [String: Int], invitations: [String: Int], purgeBacklog: Int, purgeAge: Int) {
        self.orgs = orgs
        self.memberships = memberships
        self.invitations = invitations
        self.purgeBacklog = purgeBacklog
        self.purgeAge = purgeAge
    }

    /// Sets the gauges; a kind of which there are none is 0, so that an alarm can tell nothing from silence.
    public func publish(to metrics: Metrics) {
        for state in Org.State.allCases.map(\.rawValue) {
            metrics.gauge("trellis_orgs", help: "Orgs by state.", labels: [Label("state", state)]).set(orgs[state] ?? 0)
        }
        for role in ["member", "admin", "owner"] {
            metrics.gauge("trellis_org_memberships", help: "Live memberships by role.", labels: [Label("role", role)])
                .set(memberships[role] ?? 0)
        }
        for state in ["pending", "accepted", "declined", "revoked", "expired"] {
            metrics.gauge("trellis_org_invitations", help: "Invitations by outcome.", labels: [Label("outcome", state)])
                .set(invitations[state] ?? 0)
        }
        metrics.gauge("trellis_org_purge_backlog", help: "Orgs whose purge is due and not done.").set(purgeBacklog)
        metrics.gauge("trellis_org_purge_age_seconds", help: "For how long the oldest of them has been due.").set(purgeAge)
    }
}

/// Count orgs for the metrics.
public struct MeasureOrgs: Job, Hashable {
    /// `orgs.measure`
    public static let kind = "orgs.measure"
    /// The lane of maintenance.
    public static let lane = Lane.maintenance

    /// Orders it.
    public init() {}
}

/// Sets the gauges of the worker that runs it.
public struct MeasureOrgsHandler<Store: OrgStore>: JobHandler {
    private let store: Store
    private let metrics: Metrics

    /// Makes the handler.
    public init(store: Store, metrics: Metrics) {
        self.store = store
        self.metrics = metrics
    }

    /// Reads only.
    public func run(_ job: MeasureOrgs, context: JobContext) async throws -> JobOutcome {
        try await store.figures(at: context.now).publish(to: metrics)
        return .completed
    }
}
