public import Billing
public import Core
public import Identity
public import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// Stores a new subscription in the currency of its customer.
    public func insert(_ subscription: Subscription) async throws {
        let inserted = try await refusingDoubles {
            try await postgres.execute(
                """
                INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, subscriber_id, requested_by, plan_key,
                    plan_version, interval, currency, configuration, status, provider_sync, operation_id, supersedes, created_at, updated_at)
                SELECT \(subscription.id), org_id, \(subscription.resourceType.rawValue), \(subscription.resource?.description),
                    \(subscription.subscriber), \(subscription.requestedBy), \(subscription.plan.key.description),
                    \(Int32(subscription.plan.version)), \(subscription.interval.rawValue), currency, \(subscription.configuration),
                    \(subscription.status.rawValue), \(subscription.providerSync.rawValue), \(subscription.operation),
                    \(subscription.supersedes), \(subscription.createdAt), \(subscription.updatedAt)
                FROM billing.customer WHERE org_id = \(subscription.org)
                """)
        }
        guard inserted == 1 else { throw BillingStoreError.lost("customer") }
    }

    /// A subscription, locked.
    public func lockedSubscription(_ id: Subscription.ID) async throws -> Subscription? {
        try await postgres.query(
            "SELECT \(fragment: Subscription.columns) FROM billing.subscription s WHERE s.id = \(id) FOR UPDATE"
        ).first.map(Subscription.init(row:))
    }

    /// A subscription as it is.
    public func subscription(_ id: Subscription.ID) async throws -> Subscription? {
        try await postgres.query("SELECT \(fragment: Subscription.columns) FROM billing.subscription s WHERE s.id = \(id)")
            .first.map(Subscription.init(row:))
    }

    /// The newest subscription of an org whose sale an operation tells about, by the index of the org's.
    public func subscription(toldAboutBy operation: String, of org: Org.ID) async throws -> Subscription? {
        try await postgres.query(
            """
            SELECT \(fragment: Subscription.columns) FROM billing.subscription s
            WHERE s.org_id = \(org) AND s.operation_id = \(operation) ORDER BY s.created_at DESC, s.id DESC LIMIT 1
            """
        ).first.map(Subscription.init(row:))
    }

    /// Which subscription a provider's one belongs to.
    public func subscription(ofProvider id: ProviderID) async throws -> (id: Subscription.ID, org: Org.ID)? {
        try await postgres.query("SELECT id, org_id FROM billing.subscription WHERE provider_subscription_id = \(id.rawValue)")
            .first.map { (try $0.decode("id"), try $0.decode("org_id")) }
    }

    /// The live or ending subscription of a resource, else its newest ended one.
    public func newestSubscription(
        of type: ResourceType, _ resource: ResourceID, subscriber: User.ID?
    ) async throws -> Subscription? {
        try await postgres.query(
            """
            SELECT \(fragment: Subscription.columns) FROM billing.subscription s
            WHERE s.resource_type = \(type.rawValue) AND s.resource_id = \(resource.description)
                AND s.subscriber_id IS NOT DISTINCT FROM \(subscriber)
            ORDER BY s.closed_at IS NULL DESC, s.created_at DESC, s.id DESC LIMIT 1
            """
        ).first.map(Subscription.init(row:))
    }

    /// All live subscriptions of an org, oldest first.
    public func liveSubscriptions(of org: Org.ID) async throws -> [Subscription] {
        try await postgres.query(
            """
            SELECT \(fragment: Subscription.columns) FROM billing.subscription s
            WHERE s.org_id = \(org) AND s.closed_at IS NULL ORDER BY s.created_at, s.id
            """
        ).map(Subscription.init(row:))
    }

    /// Stores what changed about a subscription, unless somebody else changed it since it was read.
    public func save(_ subscription: Subscription) async throws {
        let (link, end, lease) = (subscription.providerLink, subscription.cancellation, subscription.lease)
        let saved = try await refusingDoubles {
            try await postgres.execute(
                """
                UPDATE billing.subscription SET resource_id = \(subscription.resource?.description),
                    plan_key = \(subscription.plan.key.description), plan_version = \(Int32(subscription.plan.version)),
                    interval = \(subscription.interval.rawValue),
                    backing_kind = \(subscription.backing?.kind), backing_detail = \(subscription.backing?.detail),
                    provider_subscription_id = \(link?.subscription.rawValue), provider_item_id = \(link?.item?.rawValue),
                    provider_price_id = \(link?.price?.rawValue), status = \(subscription.status.rawValue),
                    provider_sync = \(subscription.providerSync.rawValue), trial_end = \(subscription.trialEnd),
                    started_at = \(subscription.startedAt), period_start = \(subscription.currentPeriod?.start),
                    period_end = \(subscription.currentPeriod?.end), collection_paused = \(subscription.isCollectionPaused),
                    conversion = \(subscription.conversion?.rawValue), canceled_at = \(subscription.canceledAt),
                    ends_at = \(subscription.endsAt), closed_at = \(subscription.closedAt), cancellation_type = \(end?.mode.rawValue),
                    cancellation_origin = \(end?.origin.rawValue), cancellation_reason = \(end?.reason),
                    grace_deadline = \(subscription.graceDeadline), final_deadline = \(subscription.finalDeadline),
                    lease_holder = \(lease?.holder), lease_until = \(lease?.until), lease_fence = \(lease?.fence),
                    op_seq = \(subscription.operationSequence), read_number = \(subscription.readNumber),
                    failure = \(subscription.failure.map(PostgresJSON.init)), operation_id = \(subscription.operation),
                    updated_at = \(subscription.updatedAt), version = version + 1
                WHERE id = \(subscription.id) AND version = \(subscription.version)
                """)
        }
        guard saved == 1 else { throw BillingStoreError.changedMeanwhile("subscription") }
    }

    /// Whether a direct sale of an org was refused since an instant because the bank wants its customer to confirm the payment.
    public func wasConfirmationWanted(of org: Org.ID, since instant: Instant) async throws -> Bool {
        try await !postgres.query(
            """
            SELECT 1 FROM billing.subscription
            WHERE org_id = \(org) AND status = 'failed' AND failure ->> 'code' = 'PAYMENT_ACTION_REQUIRED' AND updated_at >= \(instant)
            LIMIT 1
            """
        ).isEmpty
    }

    private func refusingDoubles<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            guard let cause = PostgresError.found(in: error), cause.violates("subscription_one_live") else { throw error }
            throw BillingError.alreadySubscribed
        }
    }

    // MARK: Checkouts

    /// Stores a new checkout.
    public func insert(_ checkout: Checkout) async throws {
        try await postgres.execute(
            """
            INSERT INTO billing.checkout
                (id, org_id, subscription_id, started_by, fingerprint, intent_id, state, expires_at, created_at)
            VALUES (\(checkout.id), \(checkout.org), \(checkout.subscription), \(checkout.startedBy), \(checkout.fingerprint),
                \(checkout.intent), \(checkout.state.rawValue), \(checkout.expiresAt), \(checkout.createdAt))
            """)
    }

    /// The checkout of a subscription, locked.
    public func lockedCheckout(of subscription: Subscription.ID) async throws -> Checkout? {
        try await postgres.query(
            "SELECT \(fragment: Checkout.columns) FROM billing.checkout c WHERE c.subscription_id = \(subscription) FOR UPDATE"
        ).first.map(Checkout.init(row:))
    }

    /// The checkout of a provider's session.
    public func checkout(ofSession id: ProviderID) async throws -> Checkout? {
        try await postgres.query(
            "SELECT \(fragment: Checkout.columns) FROM billing.checkout c WHERE c.provider_session_id = \(id.rawValue)"
        ).first.map(Checkout.init(row:))
    }

    /// The unfinished checkouts of an org with their subscriptions, locked, newest first.
    public func lockedUnfinishedCheckouts(of org: Org.ID) async throws -> [(checkout: Checkout, subscription: Subscription)] {
        let checkouts = try await postgres.query(
            """
            SELECT \(fragment: Checkout.columns) FROM billing.checkout c
            WHERE c.org_id = \(org) AND c.state IN ('opening', 'open', 'unknown') ORDER BY c.created_at DESC, c.id DESC
            """
        ).map(Checkout.init(row:))
        guard !checkouts.isEmpty else { return [] }
        let subscriptions = try await postgres.query(
            """
            SELECT \(fragment: Subscription.columns) FROM billing.subscription s
            WHERE s.id = ANY(\(checkouts.map(\.subscription))) ORDER BY s.id FOR UPDATE
            """
        ).map(Subscription.init(row:))
        let byID = Dictionary(subscriptions.map { ($0.id, $0) }) { first, _ in first }
        return checkouts.compactMap { checkout in byID[checkout.subscription].map { (checkout, $0) } }
    }

    /// Stores what changed about a checkout.
    public func save(_ checkout: Checkout) async throws {
        try await postgres.execute(
            """
            UPDATE billing.checkout SET provider_session_id = \(checkout.session?.rawValue), url = \(checkout.url),
                state = \(checkout.state.rawValue), payment_status = \(checkout.paymentStatus), expires_at = \(checkout.expiresAt)
            WHERE id = \(checkout.id)
            """)
    }
}
