public import Billing
public import Core
internal import Identity
internal import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// Keeps a decision with its catalogue.
    public func insert(_ decision: Decision) async throws {
        try await postgres.execute(
            """
            INSERT INTO billing.decision (id, org_id, subscription_id, rule, rule_version, catalogue_hash, inputs, outcome, effects, actor, at)
            VALUES (\(decision.id), \(decision.org), \(decision.subscription), \(decision.rule.rawValue), \(Int32(decision.version)),
                coalesce(\(decision.catalogue), (SELECT hash FROM billing.catalogue_version WHERE is_active)), \(decision.inputs),
                \(decision.outcome), \(decision.effects), \(decision.actor), \(decision.at))
            """)
    }

    /// The decisions by a rule since an instant.
    public func decisions(by rule: Decision.Rule, since instant: Instant, limit: Int) async throws -> [Decision] {
        try await postgres.query(
            """
            SELECT id, org_id, subscription_id, rule, rule_version, catalogue_hash, inputs, outcome, effects, actor, at FROM billing.decision
            WHERE rule = \(rule.rawValue) AND at >= \(instant) ORDER BY at, id LIMIT \(limit)
            """
        ).map(Decision.init(row:))
    }
}

extension Decision {
    init(row: Row) throws {
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), subscription: try row.decode("subscription_id"),
            rule: try row.word("rule"), version: Int(try row.decode("rule_version", as: Int32.self)),
            catalogue: try row.decode("catalogue_hash"), inputs: try row.decode("inputs"),
            outcome: try row.decode("outcome"), effects: try row.decode("effects"), actor: try row.decode("actor"),
            at: try row.decode("at"))
    }
}
