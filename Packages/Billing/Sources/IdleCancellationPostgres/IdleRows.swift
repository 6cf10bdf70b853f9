internal import Billing
internal import BillingPostgres
internal import Core
internal import Identity
internal import IdleCancellation
internal import Orgs
internal import Postgres

extension GuardState {
    /// From the one row that there is.
    init(only row: Row?) throws {
        guard let row else { throw BillingStoreError.lost("idle guard") }
        self.init(isOpen: try row.decode("is_open"), reason: try row.decode("reason"), openedAt: try row.decode("opened_at"))
    }
}

extension IdleCase {
    /// The columns that ``init(row:)`` reads.
    static let columns: Statement = """
        c.id, c.org_id, c.subscription_id, c.resource_id, c.subscriber_id, c.period_start, c.period_end, c.interval_unit, c.interval_count,
        c.threshold, c.last_activity_at, c.evaluation_id, c.event_id, c.provider_subscription_id, c.state, c.ends_at, c.provider_end,
        c.provider_canceled_at, c.end_intent_id, c.clear_intent_id, c.via, c.note, c.confirmed_at, c.accepted_by, c.accepted_at,
        c.settled_at, c.extended_at, c.decided_at, c.created_at
        """

    init(row: Row) throws {
        guard let period = Period(start: try row.decode("period_start"), end: try row.decode("period_end")) else {
            throw row["period_end"].failure("is not after its start")
        }
        let unit = try row.decode("interval_unit", as: String.self)
        guard let interval = RenewalInterval(unit: unit, count: Int64(try row.decode("interval_count", as: Int32.self))) else {
            throw row["interval_unit"].failure("is no interval")
        }
        let org = try row.decode("org_id", as: Org.ID.self)
        let subscriber = try row.decode("subscriber_id", as: User.ID?.self)
        self.init(
            id: try row.decode("id"), org: org, subscription: try row.decode("subscription_id"),
            resource: try row.decode("resource_id", as: String?.self).flatMap(ResourceID.init),
            subject: subscriber.map { .subscriber($0) } ?? .members(of: org), period: period, interval: interval,
            threshold: try row.decode("threshold"), lastActivity: try row.decode("last_activity_at"),
            evaluation: try row.decode("evaluation_id"), event: try row.decode("event_id"),
            providerSubscription: ProviderID(try row.decode("provider_subscription_id")),
            state: try row.idleWord("state"), at: try row.decode("created_at"))
        endsAt = try row.decode("ends_at")
        providerEnd = try row.decode("provider_end")
        providerCanceledAt = try row.decode("provider_canceled_at")
        endIntent = try row.decode("end_intent_id")
        clearIntent = try row.decode("clear_intent_id")
        via = try row.decode("via", as: String?.self).flatMap(ReversalVia.init(rawValue:))
        note = try row.decode("note")
        decidedAt = try row.decode("decided_at")
        confirmedAt = try row.decode("confirmed_at")
        acceptedBy = try row.decode("accepted_by")
        acceptedAt = try row.decode("accepted_at")
        settledAt = try row.decode("settled_at")
        extendedAt = try row.decode("extended_at")
    }
}

extension IdleEvaluation {
    static let columns: Statement = """
        e.id, e.org_id, e.subscription_id, e.event_id, e.source, e.facts, e.subject_size, e.activity_source, e.threshold, e.read_number,
        e.rule_version, e.outcome, e.at
        """

    init(row: Row) throws {
        guard let outcome = Outcome(word: try row.decode("outcome", as: String.self)) else { throw row["outcome"].failure("is no outcome") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), subscription: try row.decode("subscription_id"),
            event: try row.decode("event_id"), source: try row.idleWord("source"),
            facts: try row.decode("facts", as: PostgresJSON<IdleFacts>.self).value,
            subjectSize: Int(try row.decode("subject_size", as: Int32.self)),
            activitySource: try row.decode("activity_source", as: String?.self).flatMap(ActivityFact.Source.init(rawValue:)),
            threshold: try row.decode("threshold"), readNumber: try row.decode("read_number"),
            rule: RuleVersion(rawValue: Int(try row.decode("rule_version", as: Int32.self))), outcome: outcome, at: try row.decode("at"))
    }
}

extension Row {
    func idleWord<Word: RawRepresentable>(_ name: String) throws -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: try decode(name, as: String.self)) else { throw self[name].failure("holds an unknown word") }
        return word
    }
}
