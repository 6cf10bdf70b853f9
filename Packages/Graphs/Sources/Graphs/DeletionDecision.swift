public import Billing
public import Core
public import Identity
public import Operations
internal import Orgs

/// What the decision about a deletion looks at.
public struct DeletionFacts: Sendable {
    /// The graph; `nil` when the caller could not know of it.
    public var graph: Graph?
    /// The caller's effective role on it.
    public var role: GraphRole?
    /// The caller's role in its org.
    public var orgRole: OrgRole?
    /// What pays for it.
    public var subscription: Subscription?
    /// Whether anybody is billed here.
    public var isBillingEnabled: Bool
    /// The id the caller typed in.
    public var confirmation: String
    /// The id in the path.
    public var path: GraphID
    /// Whether to wait for the end of the period.
    public var atPeriodEnd: Bool
    /// An unfinished exclusive operation of the graph.
    public var exclusiveOperation: Operation.ID?
    /// The present.
    public var now: Instant

    /// Gathers facts.
    public init(
        graph: Graph?, role: GraphRole?, orgRole: OrgRole?, subscription: Subscription?, isBillingEnabled: Bool, confirmation: String,
        path: GraphID, atPeriodEnd: Bool, exclusiveOperation: Operation.ID?, now: Instant
    ) {
        self.graph = graph
        self.role = role
        self.orgRole = orgRole
        self.subscription = subscription
        self.isBillingEnabled = isBillingEnabled
        self.confirmation = confirmation
        self.path = path
        self.atPeriodEnd = atPeriodEnd
        self.exclusiveOperation = exclusiveOperation
        self.now = now
    }
}

/// Whether a graph may be deleted, and how (GRA-040 to GRA-042).
public enum DeletionDecision: Sendable, Hashable {
    /// Now.
    case immediate
    /// At the end of what is paid.
    case atPeriodEnd(Instant)

    /// Decides, checking in the published order; the first check that fails answers.
    ///
    /// - Throws: ``GraphError`` of that check.
    public static func decide(_ facts: DeletionFacts) throws(GraphError) -> DeletionDecision {
        guard let graph = facts.graph, !graph.status.isTerminal, facts.orgRole != nil else { throw .notFound }
        guard facts.confirmation == facts.path.description else { throw .confirmationDiffers(facts.path) }
        guard facts.role == .admin else { throw .roleTooWeak(needed: .admin) }
        if facts.isBillingEnabled {
            guard let subscription = facts.subscription, subscription.isLiveForDeletion(at: facts.now) else { throw .noSubscription }
        }
        guard facts.orgRole == .owner else { throw .orgOwnerRequired }
        guard !graph.isDeleteProtected else { throw .deleteProtected }
        let subscription = facts.isBillingEnabled ? facts.subscription : nil
        if let subscription { try checkStatus(of: subscription, at: facts.now) }
        guard facts.exclusiveOperation == nil else { throw .operationRunning(facts.exclusiveOperation) }
        guard graph.status == .active || graph.status == .suspended else { throw .notActive(graph.status) }
        guard facts.atPeriodEnd else { return .immediate }
        guard let subscription else { throw .periodEndUnknown }
        guard subscription.status == .active || subscription.isEndingByIdleness(at: facts.now) else {
            throw .periodEndNeedsActive(subscription.status)
        }
        guard let end = subscription.endsAt ?? subscription.currentPeriod?.end, end > facts.now else { throw .periodEndUnknown }
        return .atPeriodEnd(end)
    }

    private static func checkStatus(of subscription: Subscription, at now: Instant) throws(GraphError) {
        switch subscription.status {
        case .active, .pastDue, .unpaid, .paused: return
        case .canceled:
            guard subscription.isEndingByIdleness(at: now) else { throw .alreadyCanceled }
        case .upgrading: throw .upgrading
        case .provisioning: throw .subscriptionBusy
        case .pending, .pendingPayment, .failed: throw .noSubscription
        }
    }
}

extension Subscription {
    /// Whether it is ending because nobody used the graph: a person's own deletion takes its place (Billing T21, T24).
    func isEndingByIdleness(at now: Instant) -> Bool {
        isEnding(at: now) && cancellation?.origin == .idle
    }

    /// Whether there is a subscription to speak of: one that ended earlier, or never began, is none.
    func isLiveForDeletion(at now: Instant) -> Bool {
        switch status {
        case .pending, .pendingPayment, .failed: false
        case .canceled: isEnding(at: now)
        case .provisioning, .active, .upgrading, .pastDue, .unpaid, .paused: true
        }
    }
}
