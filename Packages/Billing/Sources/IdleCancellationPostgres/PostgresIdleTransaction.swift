public import Billing
public import BillingPostgres
public import Core
public import Identity
public import IdleCancellation
internal import Orgs
internal import Postgres

/// Idle cancellation by SQL on a transaction: adopt it, beside the mixins of the packages below, to meet `IdleTransaction`.
public protocol PostgresIdleTransaction: IdleTransaction, PostgresBillingTransaction {}

extension PostgresIdleTransaction {
    // MARK: Cases

    /// Stores a new case, unless the period has one.
    public func open(_ idleCase: IdleCase) async throws -> Bool {
        let inserted = try await postgres.execute(
            """
            INSERT INTO billing.idle_case (id, org_id, subscription_id, resource_id, subscriber_id, period_start, period_end, interval_unit,
                interval_count, threshold, last_activity_at, evaluation_id, event_id, provider_subscription_id, state, ends_at, via, note,
                settled_at, decided_at, created_at)
            VALUES (\(idleCase.id), \(idleCase.org), \(idleCase.subscription), \(idleCase.resource?.description),
                \(idleCase.subject.person), \(idleCase.period.start), \(idleCase.period.end), \(idleCase.interval.unit.rawValue),
                \(Int32(idleCase.interval.count)), \(idleCase.threshold), \(idleCase.lastActivity), \(idleCase.evaluation),
                \(idleCase.event), \(idleCase.providerSubscription.rawValue), \(idleCase.state.rawValue), \(idleCase.endsAt),
                \(idleCase.via?.rawValue), \(idleCase.note), \(idleCase.settledAt), \(idleCase.decidedAt), \(idleCase.createdAt))
            ON CONFLICT ON CONSTRAINT idle_case_once DO NOTHING
            """)
        return inserted == 1
    }

    /// A case, locked.
    public func lockedCase(_ id: IdleCase.ID) async throws -> IdleCase? {
        try await oneCase("c.id = \(id) FOR UPDATE")
    }

    /// A case as it is.
    public func idleCase(_ id: IdleCase.ID) async throws -> IdleCase? {
        try await oneCase("c.id = \(id)")
    }

    /// The newest case of a subscription that is not final, locked.
    public func lockedOpenCase(of subscription: Subscription.ID) async throws -> IdleCase? {
        try await oneCase(
            """
            c.subscription_id = \(subscription) AND c.state IN ('held', 'decided', 'confirmed', 'reversing')
            ORDER BY c.period_start DESC LIMIT 1 FOR UPDATE
            """)
    }

    /// The case of a period.
    public func idleCase(of subscription: Subscription.ID, periodStart: Instant) async throws -> IdleCase? {
        try await oneCase(
            "c.subscription_id = \(subscription) AND c.period_start = \(Instant(secondsSinceEpoch: periodStart.secondsSinceEpoch))")
    }

    private func oneCase(_ filter: Statement) async throws -> IdleCase? {
        try await postgres.query("SELECT \(fragment: IdleCase.columns) FROM billing.idle_case c WHERE \(fragment: filter)")
            .first.map(IdleCase.init(row:))
    }

    /// Stores what changed about a case.
    public func save(_ idleCase: IdleCase) async throws {
        let saved = try await postgres.execute(
            """
            UPDATE billing.idle_case SET state = \(idleCase.state.rawValue), ends_at = \(idleCase.endsAt),
                provider_end = \(idleCase.providerEnd), provider_canceled_at = \(idleCase.providerCanceledAt),
                end_intent_id = \(idleCase.endIntent), clear_intent_id = \(idleCase.clearIntent), via = \(idleCase.via?.rawValue),
                note = \(idleCase.note), decided_at = \(idleCase.decidedAt), confirmed_at = \(idleCase.confirmedAt),
                accepted_by = \(idleCase.acceptedBy), accepted_at = \(idleCase.acceptedAt), settled_at = \(idleCase.settledAt),
                extended_at = \(idleCase.extendedAt)
            WHERE id = \(idleCase.id)
            """)
        guard saved == 1 else { throw BillingStoreError.lost("idle case") }
    }

    /// The pending cases of all orgs a person belongs to, and of the person's own seats.
    public func pendingCases(concerning user: User.ID) async throws -> [IdleCase.ID] {
        try await postgres.query(
            """
            SELECT c.id FROM billing.idle_case c JOIN orgs.membership m ON m.org_id = c.org_id AND m.ended_at IS NULL
            WHERE m.user_id = \(user) AND c.subscriber_id IS NULL AND c.state IN ('decided', 'confirmed')
            UNION ALL
            SELECT c.id FROM billing.idle_case c WHERE c.subscriber_id = \(user) AND c.state IN ('decided', 'confirmed')
            """
        ).map { try $0.decode("id") }
    }

    // MARK: Evaluations

    /// Stores an evaluation, unless its event has one.
    public func insert(_ evaluation: IdleEvaluation) async throws -> Bool {
        let inserted = try await postgres.execute(
            """
            INSERT INTO billing.idle_evaluation (id, org_id, subscription_id, event_id, source, facts, period_start, subject_size,
                activity_source, threshold, read_number, rule_version, outcome, is_verdict, at)
            VALUES (\(evaluation.id), \(evaluation.org), \(evaluation.subscription), \(evaluation.event), \(evaluation.source.rawValue),
                \(PostgresJSON(evaluation.facts)), \(evaluation.facts.period?.start), \(Int32(clamping: evaluation.subjectSize)),
                \(evaluation.activitySource?.rawValue), \(evaluation.threshold), \(evaluation.readNumber),
                \(Int32(evaluation.rule.rawValue)), \(evaluation.outcome.word), \(evaluation.outcome.isVerdict), \(evaluation.at))
            ON CONFLICT (event_id) DO NOTHING
            """)
        return inserted == 1
    }

    /// Whether an event was evaluated before.
    public func wasEvaluated(_ event: InboundEvent.ID) async throws -> Bool {
        try await !postgres.query("SELECT FROM billing.idle_evaluation WHERE event_id = \(event)").isEmpty
    }

    // MARK: Activity and eligibility

    /// The latest use by anybody of a subject: one index probe for each kind of credential and member.
    public func lastActivity(of subject: IdleSubject) async throws -> ActivityFact? {
        let statement: Statement =
            switch subject {
            case .subscriber(let user): "SELECT used_at, source FROM identity.last_use(\(user))"
            case .members(let org): "SELECT used_at, source FROM orgs.last_use(\(org))"
            }
        return try await postgres.query(statement).first.map { row in
            ActivityFact(at: try row.decode("used_at"), source: try row.idleWord("source"))
        }
    }

    /// How many people a subject has now.
    public func size(of subject: IdleSubject) async throws -> Int {
        switch subject {
        case .subscriber: 1
        case .members(let org): try await countMembers(of: org)
        }
    }

    /// A period of the subscription that began earlier is not acted on.
    public func eligibleAfter(of subscription: Subscription.ID) async throws -> Instant {
        let rows = try await postgres.query("SELECT eligible_after FROM billing.subscription WHERE id = \(subscription)")
        guard let row = rows.first else { throw BillingStoreError.lost("subscription") }
        return try row.decode("eligible_after")
    }

    /// Moves it later; an earlier instant changes nothing.
    public func setEligibleAfter(_ instant: Instant, of subscription: Subscription.ID) async throws {
        try await postgres.execute(
            """
            UPDATE billing.subscription SET eligible_after = \(instant) WHERE id = \(subscription) AND eligible_after < \(instant)
            """)
    }

    /// Sets it, earlier as well.
    public func replaceEligibleAfter(_ instant: Instant, of subscription: Subscription.ID) async throws {
        try await postgres.execute("UPDATE billing.subscription SET eligible_after = \(instant) WHERE id = \(subscription)")
    }

    // MARK: Links

    /// Uses a link up.
    public func useLink(_ hash: [UInt8], for idleCase: IdleCase, at now: Instant) async throws -> KeepLinkUse.ID? {
        let id = KeepLinkUse.ID.make(at: now)
        let inserted = try await postgres.execute(
            """
            INSERT INTO billing.keep_token_use (id, org_id, idle_case_id, token_hash, used_at, period_end)
            VALUES (\(id), \(idleCase.org), \(idleCase.id), \(hash), \(now), \(idleCase.period.end))
            ON CONFLICT ON CONSTRAINT keep_token_once DO NOTHING
            """)
        return inserted == 1 ? id : nil
    }

    // MARK: Intents

    /// Gives up an intent whose request was never made, so that nothing of it can have left.
    public func supersedeUnsent(_ intent: ProviderIntent.ID) async throws -> Bool {
        try await postgres.execute(
            "UPDATE billing.intent SET state = 'superseded' WHERE id = \(intent) AND state = 'queued' AND request IS NULL") == 1
    }

    // MARK: The guard

    /// The one row of the guard, locked.
    public func lockedGuard() async throws -> GuardState {
        try GuardState(only: try await postgres.query("SELECT is_open, reason, opened_at FROM billing.idle_guard FOR UPDATE").first)
    }

    /// Stores what changed about the guard.
    public func save(_ state: GuardState) async throws {
        try await postgres.execute(
            "UPDATE billing.idle_guard SET is_open = \(state.isOpen), reason = \(state.reason), opened_at = \(state.openedAt)")
    }

    /// What the guard counts: one pass over the decisions of three days and one over what can be decided about.
    public func guardCounts(at now: Instant) async throws -> GuardCounts {
        let rows = try await postgres.query(
            """
            SELECT count(*) FILTER (WHERE decided_at > \(now - .hours(1))) AS last_hour,
                count(*) FILTER (WHERE decided_at > \(now - .hours(24))) AS last_day, count(*) AS recent,
                count(*) FILTER (WHERE confirmed_at IS NULL AND via = 'activity' AND state IN ('superseded', 'reversing', 'kept',
                    'drift_corrected')) AS undone,
                (SELECT count(*) FROM billing.idle_case WHERE state = 'held') AS held,
                (SELECT count(*) FROM billing.subscription WHERE status = 'active' AND backing_kind = 'provider_subscription') AS eligible
            FROM billing.idle_case WHERE decided_at > \(now - .hours(72))
            """)
        guard let row = rows.first else { throw BillingStoreError.lost("idle guard") }
        func count(_ name: String) throws -> Int { Int(try row.decode(name, as: Int64.self)) }
        return GuardCounts(
            lastHour: try count("last_hour"), lastDay: try count("last_day"), eligible: try count("eligible"),
            recent: try count("recent"), undone: try count("undone"), held: try count("held"))
    }
}
