public import Billing
public import Core
public import Identity
public import Operations
internal import Orgs

/// What somebody may want to do with a graph.
public enum GraphAction: String, Sendable, CaseIterable {
    /// Look at it.
    case read
    /// Write data.
    case write
    /// Change name, description or tags.
    case updateMetadata = "update_metadata"
    /// See who can open it.
    case manageMembers = "manage_members"
    /// Make and end logins.
    case manageCredentials = "manage_credentials"
    /// Delete it now.
    case delete
    /// Delete it at the end of what is paid.
    case deleteAtPeriodEnd = "delete_at_period_end"
    /// Take the end of its subscription back.
    case reactivate
    /// Buy it again after it was suspended.
    case undelete
    /// Move it to another tier.
    case changeTier = "change_tier"
}

/// Everything that decides about an action.
public struct GraphSituation: Sendable {
    /// The graph.
    public var graph: Graph
    /// The caller's effective role on it.
    public var role: GraphRole?
    /// The caller's role in its org.
    public var orgRole: OrgRole?
    /// What pays for it.
    public var subscription: Subscription?
    /// Whether anybody is billed here.
    public var isBillingEnabled: Bool
    /// An unfinished exclusive operation of the graph.
    public var exclusiveOperation: Operation.ID?
    /// What Billing's access function says.
    public var access: AccessDecision
    /// The present.
    public var now: Instant

    /// Gathers the facts.
    public init(
        graph: Graph, role: GraphRole?, orgRole: OrgRole?, subscription: Subscription?, isBillingEnabled: Bool,
        exclusiveOperation: Operation.ID?, access: AccessDecision, now: Instant
    ) {
        self.graph = graph
        self.role = role
        self.orgRole = orgRole
        self.subscription = subscription
        self.isBillingEnabled = isBillingEnabled
        self.exclusiveOperation = exclusiveOperation
        self.access = access
        self.now = now
    }

    /// When the answer changes by itself; `nil` when it does not.
    public var changesAt: Instant? {
        let end = subscription.flatMap { $0.isEnding(at: now) ? $0.endsAt : nil }
        let purge = graph.purgeHold == nil && !graph.isDeleteProtected ? graph.purgeAt : nil
        return [access.changesAt, end, purge].compactMap(\.self).filter { $0 > now }.min()
    }
}

/// The one place that says what may be done with a graph: requests ask it, and so does whoever wants to know why (GRA-128).
public enum GraphRules {
    /// Refuses what may not be done now.
    ///
    /// - Throws: ``GraphError`` of the first check that fails.
    public static func check(_ action: GraphAction, in situation: GraphSituation) throws(GraphError) {
        switch action {
        case .read:
            try require(.viewer, situation)
            guard situation.access.level > .none else { throw .notActive(situation.graph.status) }
        case .write:
            try require(.member, situation)
            guard situation.access.level == .readWrite, situation.graph.mode == .full else { throw .notWritable(situation.access.reason) }
        case .updateMetadata, .manageMembers, .manageCredentials:
            try require(.admin, situation)
        case .delete: _ = try DeletionDecision.decide(DeletionFacts(situation, atPeriodEnd: false))
        case .deleteAtPeriodEnd: _ = try DeletionDecision.decide(DeletionFacts(situation, atPeriodEnd: true))
        case .reactivate: try checkReactivation(situation)
        case .undelete: try checkUndeletion(situation)
        case .changeTier: try checkTierChange(situation)
        }
    }

    /// What a caller who is not in the graph's org, or has no role on it, is told.
    static func require(_ needed: GraphRole, role: GraphRole?, of graph: Graph) throws(GraphError) {
        guard !graph.status.isTerminal else { throw .notFound }
        guard let role, role >= needed else { throw .roleTooWeak(needed: needed) }
    }

    private static func require(_ needed: GraphRole, _ situation: GraphSituation) throws(GraphError) {
        try require(needed, role: situation.role, of: situation.graph)
    }

    /// Only owners change what is paid for, and only while nothing else happens to it (GRA-065).
    private static func checkTierChange(_ situation: GraphSituation) throws(GraphError) {
        try require(.viewer, situation)
        guard situation.orgRole == .owner else { throw .orgOwnerRequired }
        guard let subscription = situation.subscription else { throw .noSubscription }
        if subscription.status == .upgrading { throw .upgrading }
        guard subscription.status == .active else { throw .subscriptionNotActive(subscription.status) }
        guard situation.exclusiveOperation == nil else { throw .operationRunning(situation.exclusiveOperation) }
        guard situation.graph.status == .active else { throw .notActive(situation.graph.status) }
    }

    /// Only an end that lies ahead can be taken back, and only by an owner (GRA-063).
    private static func checkReactivation(_ situation: GraphSituation) throws(GraphError) {
        try require(.viewer, situation)
        guard situation.orgRole == .owner else { throw .orgOwnerRequired }
        guard let subscription = situation.subscription else { throw .noSubscription }
        guard subscription.status == .canceled else {
            guard !subscription.isTerminal, subscription.startedAt != nil else { throw .cancellationFinal }
            return
        }
        guard subscription.isEnding(at: situation.now) else { throw .cancellationFinal }
        // What operators ended only they take back.
        guard subscription.cancellation?.origin != .admin else { throw .endedByOperators }
    }
}

extension GraphRules {
    /// Only an owner buys again, and only what is kept and not paid for (GRA-059). Whoever is too late is told the other way, which others than
    /// owners hear nothing of.
    private static func checkUndeletion(_ situation: GraphSituation) throws(GraphError) {
        guard situation.orgRole == .owner else {
            try require(.viewer, situation)
            throw .orgOwnerRequired
        }
        switch situation.graph.status {
        case .suspended: break
        case .deprovisioning, .deprovisioned: throw .undeletionTooLate
        case .failed: throw .notFound
        case .provisioning, .active: throw .notSuspended(situation.graph.status)
        }
        guard situation.exclusiveOperation == nil else { throw .operationRunning(situation.exclusiveOperation) }
        if let subscription = situation.subscription, subscription.isLive {
            throw .stillPaidFor(subscription.status)
        }
    }
}

extension DeletionFacts {
    /// The facts of a deletion that is not asked for yet: the confirmation is as it must be.
    init(_ situation: GraphSituation, atPeriodEnd: Bool) {
        self.init(
            graph: situation.graph, role: situation.role, orgRole: situation.orgRole, subscription: situation.subscription,
            isBillingEnabled: situation.isBillingEnabled, confirmation: situation.graph.id.description, path: situation.graph.id,
            atPeriodEnd: atPeriodEnd, exclusiveOperation: situation.exclusiveOperation, now: situation.now)
    }
}

/// Why an action is allowed or not.
public struct GraphExplanation: Sendable {
    /// What was asked about.
    public let action: GraphAction
    /// Why it is refused; `nil` when it is allowed.
    public let refusal: GraphError?

    /// Decides as a request would be decided.
    public init(of action: GraphAction, in situation: GraphSituation) {
        self.action = action
        do throws(GraphError) {
            try GraphRules.check(action, in: situation)
            refusal = nil
        } catch {
            refusal = error
        }
    }
}
