public import Billing
internal import BillingPostgres
public import Core
internal import Identity
public import IdleCancellation
public import Orgs
internal import Postgres

extension PostgresIdleStoring {
    /// The one row of the guard, as it is now, without waiting for those who change it.
    public func guardState() async throws -> GuardState {
        try GuardState(only: try await client.query("SELECT is_open, reason, opened_at FROM billing.idle_guard", scope: .system).first)
    }

    /// One subscription with what the rule looks at; a row of another org than the named one is not even read.
    public func mirror(of id: Subscription.ID, in org: Org.ID?) async throws -> IdleMirror? {
        try await mirrors("s.id = \(id) AND (\(org)::uuid IS NULL OR s.org_id = \(org))").first
    }

    /// Live subscriptions by their ids, in one statement whatever their number; the latest use is one probe a member.
    public func mirrors(after id: Subscription.ID?, limit: Int) async throws -> [IdleMirror] {
        try await mirrors(
            """
            s.closed_at IS NULL AND s.started_at IS NOT NULL AND s.id > coalesce(\(id), '00000000-0000-0000-0000-000000000000'::uuid)
            ORDER BY s.id LIMIT \(limit)
            """)
    }

    private func mirrors(_ filter: Statement) async throws -> [IdleMirror] {
        try await client.query(
            """
            SELECT s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.plan_key, s.interval, s.backing_kind, s.status,
                s.period_start, s.period_end, s.ends_at, s.started_at, s.trial_end, s.eligible_after, p.amount, u.used_at, u.source,
                u.credential, c.state AS existing
            FROM billing.subscription s
            LEFT JOIN billing.plan_price p ON p.plan_key = s.plan_key AND p.plan_version = s.plan_version AND p.interval = s.interval
                AND p.currency = s.currency
            LEFT JOIN billing.idle_case c ON c.subscription_id = s.id AND c.period_start = date_trunc('second', s.period_start, 'UTC')
            LEFT JOIN LATERAL (
                SELECT o.used_at, o.source, o.credential FROM orgs.last_use(s.org_id) AS o
                WHERE s.resource_type <> 'repository' OR s.subscriber_id IS NULL
                UNION ALL
                SELECT o.used_at, o.source, o.credential FROM identity.last_use(s.subscriber_id) AS o
                WHERE s.resource_type = 'repository' AND s.subscriber_id IS NOT NULL
            ) AS u ON true
            WHERE \(fragment: filter)
            """, scope: .system
        ).map(IdleMirror.init(row:))
    }

    /// All cases of a subscription, newest first.
    public func cases(of subscription: Subscription.ID) async throws -> [IdleCase] {
        try await client.query(
            """
            SELECT \(fragment: IdleCase.columns) FROM billing.idle_case c WHERE c.subscription_id = \(subscription)
            ORDER BY c.period_start DESC
            """, scope: .system
        ).map(IdleCase.init(row:))
    }

    /// Evaluations by their ids.
    public func evaluations(after id: IdleEvaluation.ID?, limit: Int) async throws -> [IdleEvaluation] {
        try await client.query(
            """
            SELECT \(fragment: IdleEvaluation.columns) FROM billing.idle_evaluation e
            WHERE e.id > coalesce(\(id), '00000000-0000-0000-0000-000000000000'::uuid) ORDER BY e.id LIMIT \(limit)
            """, scope: .system
        ).map(IdleEvaluation.init(row:))
    }
}

extension IdleMirror {
    init(row: Row) throws {
        guard let plan = PlanKey(try row.decode("plan_key", as: String.self)) else { throw row["plan_key"].failure("is no plan") }
        let org = try row.decode("org_id", as: Org.ID.self)
        let subscriber = try row.decode("subscriber_id", as: User.ID?.self)
        let bounds = (try row.decode("period_start", as: Instant?.self), try row.decode("period_end", as: Instant?.self))
        var period: Period?
        if case (let start?, let end?) = bounds {
            period = Period(
                start: Instant(secondsSinceEpoch: start.secondsSinceEpoch), end: Instant(secondsSinceEpoch: end.secondsSinceEpoch))
        }
        var use: ActivityFact?
        if let at = try row.decode("used_at", as: Instant?.self) { use = ActivityFact(at: at, source: try row.idleWord("source")) }
        let status = try row.decode("status", as: String.self)
        self.init(
            subscription: try row.decode("id"), org: org,
            resource: try row.decode("resource_id", as: String?.self).flatMap(ResourceID.init),
            plan: plan,
            subject: plan.resourceType == .repository ? subscriber.map { .subscriber($0) } ?? .members(of: org) : .members(of: org),
            payer: Self.payer(try row.decode("backing_kind")), isActive: status == "active",
            endsAt: status == "canceled" ? try row.decode("ends_at") : nil, period: period,
            interval: Self.interval(try row.decode("interval")), isFree: try row.decode("amount", as: Int64?.self) == 0,
            startedAt: try row.decode("started_at"), trialEnd: try row.decode("trial_end"), eligibleAfter: try row.decode("eligible_after"),
            use: use, credential: try Self.credential(use?.source, row),
            existing: try row.decode("existing", as: String?.self).flatMap(IdleCaseState.init(rawValue:)))
    }

    private static func payer(_ kind: String?) -> IdleFacts.Payer {
        switch kind {
        case "provider_subscription": .provider
        case "net_terms": .netTerms
        default: .nobody
        }
    }

    private static func interval(_ word: String) -> RenewalInterval? {
        switch word {
        case "monthly": RenewalInterval(.month, count: 1)
        case "annual": RenewalInterval(.year, count: 1)
        default: nil
        }
    }

    private static func credential(_ source: ActivityFact.Source?, _ row: Row) throws -> String? {
        switch source {
        case .session: try row.decode("credential", as: Session.ID?.self)?.description
        case .apiKey: try row.decode("credential", as: APIKey.ID?.self)?.description
        case .earlier, .departed, nil: nil
        }
    }
}
