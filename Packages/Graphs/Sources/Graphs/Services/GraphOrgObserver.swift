internal import Audit
public import Billing
public import Core
public import Identity
public import Observability
internal import Operations
public import Orgs

/// Words that stand in a graph's record for why it is as it is, and that code looks at again.
enum GraphStatusReason {
    /// Its org was deleted.
    static let orgDeleted = "org_deleted"
    /// Its org is erased.
    static let orgPurged = "org_purged"
}

/// What the end of an org is to its graphs: they are closed and kept while it can be restored, and its purge is the command that destroys them
/// (GRA-130, ORG-091, ORG-096).
public struct GraphOrgObserver<Store: GraphStore, Subscriptions: SubscriptionManaging>: OrgLifecycleObserver
where Subscriptions.Transaction == Store.Transaction {
    /// What it works in.
    public typealias Transaction = Store.Transaction

    private let store: Store
    private let subscriptions: Subscriptions
    private let lifecycle: GraphLifecycle
    private let archives: any BackupArchiving
    private let isBillingEnabled: Bool
    private let dateSource: any DateSource
    private let log: Log

    private var actor: AuditActor { .system(component: "graphs") }

    /// Makes an observer.
    public init(
        store: Store, subscriptions: Subscriptions, lifecycle: GraphLifecycle, archives: any BackupArchiving, isBillingEnabled: Bool,
        dateSource: any DateSource, log: Log
    ) {
        self.store = store
        self.subscriptions = subscriptions
        self.lifecycle = lifecycle
        self.archives = archives
        self.isBillingEnabled = isBillingEnabled
        self.dateSource = dateSource
        self.log = log
    }

    /// Graphs that an owner protects, and those with which something is being done. What pays for a graph is Billing's to name.
    public func deletionBlockers(
        of org: Org.ID, forfeitingBalance forfeitsBalance: Bool, in transaction: Transaction
    ) async throws -> [DeletionBlocker] {
        let busy = try await transaction.busyGraphs(of: org)
        return try await transaction.remainingGraphs(of: org).compactMap { graph in
            let isSettled = graph.status == .active || graph.status == .suspended
            if isSettled, graph.isDeleteProtected {
                return DeletionBlocker(
                    .protectedGraph, id: graph.id.description,
                    remedy: "POST /v1/graphs/\(graph.id)/operations/set-delete-protection")
            }
            guard !isSettled || busy.contains(graph.id) else { return nil }
            return DeletionBlocker(.runningWork, id: graph.id.description, remedy: "Wait until this has ended.")
        }
    }

    /// Every graph that is not gone.
    public func livingThings(of org: Org.ID, in transaction: Transaction) async throws -> [DeletionBlocker] {
        try await transaction.remainingGraphs(of: org).map { graph in
            DeletionBlocker(
                .runningWork, id: graph.id.description,
                remedy: graph.status == .active ? "Delete the graph." : "Wait until the graph is gone.")
        }
    }

    /// Closes what is open, and holds the purge of everything.
    public func orgDeleted(_ org: Org, purgeAt: Instant, in transaction: Transaction) async throws {
        let now = dateSource.now
        try await eachGraph(of: org.id, in: transaction) { graph, _ in
            try await lifecycle.keepForOrg(graph, by: actor, at: now, in: transaction)
        }
    }

    /// Lifts what held them: what nobody has to pay for opens, everything else has seven new days.
    public func orgRestored(_ org: Org, in transaction: Transaction) async throws {
        let now = dateSource.now
        try await eachGraph(of: org.id, in: transaction) { graph, subscription in
            let access = AccessDecision.decide(
                AccessFacts(
                    resource: .active, subscription: subscription, billingEnabled: isBillingEnabled, isReadOnlyByDispute: false), now: now)
            try await lifecycle.letGoWithOrg(graph, access: access, by: actor, at: now, in: transaction)
        }
    }

    /// Destroys the graphs and waits until all of them are gone; then what is left of them in the store of backups goes.
    public func purge(_ step: PurgeStep, of org: Org.ID, at now: Instant) async throws -> PurgeStepOutcome {
        switch step {
        case .graphs: try await destroyGraphs(of: org, at: now)
        case .belongings: try await eraseBackups(of: org)
        case .memberships, .billingContact, .org: .done
        }
    }

    /// Objects first, then the rows: what a process that died left is removed by the next one.
    private func eraseBackups(of org: Org.ID) async throws -> PurgeStepOutcome {
        for id in try await store.graphsWithBackups(of: org) {
            let backups = try await store.backups(of: id)
            try await archives.removeAll(of: backups)
            try await store.withSystemTransaction { transaction in
                guard let graph = try await transaction.lockedGraph(id) else { return }
                try await transaction.markErased(backups, of: graph, by: actor)
            }
        }
        return .done
    }

    /// Each by the same steps as any other destruction.
    private func destroyGraphs(of org: Org.ID, at now: Instant) async throws -> PurgeStepOutcome {
        let remaining = try await store.withSystemTransaction { try await $0.remainingGraphs(of: org) }
        guard !remaining.isEmpty else { return .done }
        for graph in remaining where graph.status == .active || graph.status == .suspended {
            try await store.withSystemTransaction { transaction in
                guard try await transaction.isOn(.teardowns),
                    let (locked, _) = try await lockedGraph(graph, in: transaction), mayBeDestroyed(locked),
                    try await transaction.exclusiveOperation(of: locked.id) == nil
                else { return }
                _ = try await lifecycle.beginTeardown(
                    locked, reason: GraphStatusReason.orgPurged, by: actor, startedBy: nil, parent: nil, at: now, in: transaction)
            }
        }
        return .waiting(.minutes(1))
    }

    /// What an owner protects or somebody else holds is left, and the org with it, until operators have looked (GRA-052).
    private func mayBeDestroyed(_ graph: Graph) -> Bool {
        guard graph.status == .active || graph.status == .suspended else { return false }
        let reason: String? =
            if graph.isDeleteProtected { "an owner protects it" } else {
                graph.purgeHold.flatMap { $0 == GraphLifecycle.holdOfOrg ? nil : $0 }
            }
        guard let reason else { return true }
        log.error("the purge of an org waits for a graph", ["graph": .string(graph.id.description), "reason": .string(reason)])
        return false
    }

    private func eachGraph(
        of org: Org.ID, in transaction: Transaction, _ body: (Graph, Subscription?) async throws -> Void
    ) async throws {
        for graph in try await transaction.remainingGraphs(of: org) {
            guard let (locked, subscription) = try await lockedGraph(graph, in: transaction) else { continue }
            try await body(locked, subscription)
        }
    }

    /// The subscription first, then the graph, as everywhere.
    private func lockedGraph(_ graph: Graph, in transaction: Transaction) async throws -> (Graph, Subscription?)? {
        var subscription: Subscription?
        if let payer = graph.subscription { subscription = try await subscriptions.locked(payer, in: transaction) }
        return try await transaction.lockedGraph(graph.id).map { ($0, subscription) }
    }
}
