internal import Audit
public import Billing
internal import Core
public import Identity
public import Jobs
public import Observability
internal import Operations
internal import Orgs

/// Begins a provisioning as soon as payment is certain, whichever way the sale came about: there is one path (GRA-008).
public struct ProvisionPaidGraph<Store: GraphStore, Subscriptions: SubscriptionManaging>: EventHandler
where Subscriptions.Transaction == Store.Transaction {
    /// What it hears.
    public typealias Event = SubscriptionReadyToProvision
    /// `graphs.provision_paid_graph`
    public static var name: String { "graphs.provision_paid_graph" }

    private let store: Store
    private let subscriptions: Subscriptions
    private let lifecycle: GraphLifecycle
    private let catalogue: GraphCatalogue
    private let isBillingEnabled: Bool

    private var returning: GraphReturn<Subscriptions> {
        GraphReturn(subscriptions: subscriptions, lifecycle: lifecycle, isBillingEnabled: isBillingEnabled)
    }

    /// Makes a handler.
    public init(
        store: Store, subscriptions: Subscriptions, lifecycle: GraphLifecycle, catalogue: GraphCatalogue, isBillingEnabled: Bool
    ) {
        self.isBillingEnabled = isBillingEnabled
        self.store = store
        self.subscriptions = subscriptions
        self.lifecycle = lifecycle
        self.catalogue = catalogue
    }

    /// Accepts the creation with the tier of the plan; the same payment twice finds the graph that is there.
    public func handle(_ event: SubscriptionReadyToProvision, context: JobContext) async throws -> JobOutcome {
        guard event.facts.resourceType == .graph else { return .completed }
        let (now, wish) = (context.now, event.configuration)
        let tier = TierName(rawValue: event.facts.plan.key.name)
        if let id = try? GraphConfiguration.returning(in: wish) {
            try await store.withSystemTransaction {
                try await returning.carryOut(id, paidBy: event.subscription, at: now, in: $0)
            }
            return .completed
        }
        let draft: GraphDraft
        do {
            let wished = try GraphConfiguration.draft(from: wish, tier: tier, catalogue: catalogue)
            // What was looked at when it was sold may have ended since.
            if let source = wished.source {
                draft = try await store.withSystemTransaction { transaction in
                    GraphDraft(wished, copying: try await transaction.source(source, of: event.facts.org, fitting: catalogue.tier(tier)))
                }
            } else {
                draft = wished
            }
        } catch let error where error is GraphDraft.Faults || error is GraphError {
            return try await giveBack(event, context: context)
        }
        guard let requestedBy = try await subscriber(of: event) else { return try await giveBack(event, context: context) }
        return try await store.withSystemTransaction { transaction in
            guard let subscription = try await subscriptions.locked(event.subscription, in: transaction),
                subscription.status == .provisioning
            else { return .cancelled(reason: "the subscription is not being provisioned") }
            let operation = try await lifecycle.accept(
                AcceptedCreation(
                    // Only a direct sale knows its id beforehand; what a checkout says of one is the customer's (GRA-009).
                    graph: (event.operation == nil ? nil : wish["graph_id"]?.stringValue.flatMap { GraphID($0) }) ?? .make(),
                    operation: event.operation.flatMap { Operation.ID($0) } ?? .make(at: now), org: event.facts.org,
                    requestedBy: requestedBy, subscription: event.subscription, fence: event.fence, draft: draft),
                at: now, in: transaction)
            try await subscriptions.note(operation: operation.description, for: event.subscription, in: transaction)
            return .completed
        }
    }

    /// The person who is on record for the sale, else any owner that the org has now (BIL-035).
    private func subscriber(of event: SubscriptionReadyToProvision) async throws -> User.ID? {
        if let stored = event.requestedBy { return stored }
        return try await store.recipients(with: .owner, of: event.facts.org).first?.user
    }

    /// What was sold cannot be made, or there is nobody for whom it would be: the money goes back.
    private func giveBack(_ event: SubscriptionReadyToProvision, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        try await store.withSystemTransaction { transaction in
            try await subscriptions.failProvisioning(
                of: event.subscription, fence: event.fence,
                ProvisioningFailure(
                    code: "INVALID_CONFIGURATION", message: "The graph could not be created as it was described.", at: now),
                in: transaction)
            try await transaction.releasePlaces(of: event.subscription)
        }
        return .completed
    }
}

/// What a subscription does to its graph: closes it, opens it again, or changes what its engine allows (graphs.md, section 4).
public struct GraphAccessReconciler<Store: GraphStore, Subscriptions: SubscriptionManaging>: Sendable
where Subscriptions.Transaction == Store.Transaction {
    private let store: Store
    private let subscriptions: Subscriptions
    private let lifecycle: GraphLifecycle
    private let isBillingEnabled: Bool
    private let actionGuard: ActionGuard<Store.Transaction>

    /// Makes a reconciler.
    public init(store: Store, subscriptions: Subscriptions, lifecycle: GraphLifecycle, isBillingEnabled: Bool, log: Log) {
        actionGuard = ActionGuard(log: log)
        self.store = store
        self.subscriptions = subscriptions
        self.lifecycle = lifecycle
        self.isBillingEnabled = isBillingEnabled
    }

    /// Brings a graph in line with its subscription as both are now; done again it changes nothing.
    func reconcile(_ facts: SubscriptionFacts, context: JobContext) async throws -> JobOutcome {
        guard facts.resourceType == .graph, let id = facts.resource.flatMap({ GraphID($0.description) }) else { return .completed }
        return try await reconcile(id, paidBy: facts.subscription, context: context)
    }

    /// Brings a graph in line with what pays for it; news of another subscription than its own change nothing.
    ///
    /// - Parameter isSwept: that a sweep found it: what it closes is guarded, while what follows from news was judged by who sent them (OPS-099).
    func reconcile(
        _ id: GraphID, paidBy payer: Subscription.ID, isSwept: Bool = false, context: JobContext
    ) async throws -> JobOutcome {
        let now = context.now
        return try await store.withSystemTransaction { transaction in
            let subscription = try await subscriptions.locked(payer, in: transaction)
            guard let graph = try await transaction.lockedGraph(id), graph.subscription == payer else { return .completed }
            // What access would be if nothing but the subscription decided.
            let access = AccessDecision.decide(
                AccessFacts(
                    resource: .active, subscription: subscription, billingEnabled: isBillingEnabled, isReadOnlyByDispute: false), now: now)
            let actor = AuditActor.system(component: "graphs")
            let isOrgEnded = try await transaction.org(graph.org)?.state.isEnded ?? true
            // The end of an org closes its graphs, whatever is paid for them (GRA-130).
            if let due = try await transaction.dueStep(of: id, at: now), due.step == .suspend, access.level != .none {
                if let delay = try await delayOfSuspension(isSwept: isSwept, at: now, in: transaction) {
                    return .snoozed(until: now + delay)
                }
                try await lifecycle.suspend(graph, reason: due.reason, by: actor, at: now, in: transaction)
                return .completed
            }
            switch (graph.status, access.level) {
            case (.active, .none):
                if let delay = try await delayOfSuspension(isSwept: isSwept, at: now, in: transaction) {
                    return .snoozed(until: now + delay)
                }
                try await lifecycle.suspend(graph, reason: access.reason.rawValue, by: actor, at: now, in: transaction)
            case (.active, _):
                try await lifecycle.change(graph, to: graph.engineMode(for: access), in: transaction)
            case (.suspended, .read) where !isOrgEnded, (.suspended, .readWrite) where !isOrgEnded:
                try await lifecycle.resume(graph, mode: graph.engineMode(for: access), by: actor, at: now, in: transaction)
            default: break
            }
            return .completed
        }
    }

    /// After which time to look again at a graph that is not to be closed now.
    private func delayOfSuspension(isSwept: Bool, at now: Instant, in transaction: Store.Transaction) async throws -> Duration? {
        guard try await transaction.isOn(.suspensions) else { return BillingControl.pause }
        guard isSwept else { return nil }
        return try await actionGuard.admit(GuardedGraphs(.suspend), at: now, in: transaction) == .held ? ActionClass.pause : nil
    }
}

/// Hears one kind of news of subscriptions and brings the graph in line.
public struct FollowSubscription<News: SubscriptionNews, Store: GraphStore, Subscriptions: SubscriptionManaging>: EventHandler
where Subscriptions.Transaction == Store.Transaction {
    /// What it hears.
    public typealias Event = News
    /// `graphs.follow` and the topic.
    public static var name: String { "graphs.follow." + News.topic }

    private let reconciler: GraphAccessReconciler<Store, Subscriptions>

    /// Makes a handler.
    public init(_ news: News.Type, _ reconciler: GraphAccessReconciler<Store, Subscriptions>) {
        self.reconciler = reconciler
    }

    /// Looks at subscription and graph as they are now; the news itself is only the occasion.
    public func handle(_ event: News, context: JobContext) async throws -> JobOutcome {
        try await reconciler.reconcile(event.facts, context: context)
    }
}

/// News of a subscription that may change what its resource allows.
public protocol SubscriptionNews: SubscriptionDomainEvent {
    /// Whose and what.
    var facts: SubscriptionFacts { get }
}

extension SubscriptionEnding: SubscriptionNews {}
extension SubscriptionEnded: SubscriptionNews {}
extension SubscriptionResumed: SubscriptionNews {}
extension SubscriptionStandingChanged: SubscriptionNews {}
