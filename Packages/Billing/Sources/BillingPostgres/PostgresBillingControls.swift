public import Billing
internal import Core
internal import Identity
internal import Orgs
internal import Postgres

extension PostgresBillingStoring {
    /// How every control stands; one that was never touched is on.
    public func controls() async throws -> [BillingControlState] {
        let rows = try await client.query("SELECT name, is_on, changed_by, reason, changed_at FROM billing.control", scope: .system)
        var known: [BillingControl: BillingControlState] = [:]
        for row in rows {
            guard let control = BillingControl(rawValue: try row.decode("name")) else { continue }
            known[control] = BillingControlState(
                control: control, isOn: try row.decode("is_on"), changedBy: try row.decode("changed_by"), reason: try row.decode("reason"),
                changedAt: try row.decode("changed_at"))
        }
        return BillingControl.allCases.map { known[$0] ?? BillingControlState(control: $0, isOn: true) }
    }

    /// The controls that are off: one probe of a table of at most a dozen rows.
    public func controlsOff() async throws -> Set<BillingControl> {
        let rows = try await client.query("SELECT name FROM billing.control WHERE NOT is_on", scope: .system)
        return Set(try rows.compactMap { BillingControl(rawValue: try $0.decode("name")) })
    }
}

extension PostgresBillingTransaction {
    /// Whether the work of a control is done now.
    public func isOn(_ control: BillingControl) async throws -> Bool {
        try await postgres.query("SELECT FROM billing.control WHERE name = \(control.rawValue) AND NOT is_on").isEmpty
    }

    /// Stores how a control stands.
    public func flip(_ state: BillingControlState) async throws -> Bool {
        try await postgres.execute(
            """
            INSERT INTO billing.control AS c (name, is_on, changed_by, reason, changed_at)
            SELECT \(state.control.rawValue), \(state.isOn), \(state.changedBy), \(state.reason), \(state.changedAt)
            WHERE NOT \(state.isOn) OR EXISTS (SELECT FROM billing.control WHERE name = \(state.control.rawValue))
            ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on, changed_by = excluded.changed_by, reason = excluded.reason,
                changed_at = excluded.changed_at WHERE c.is_on <> excluded.is_on
            """) == 1
    }
}
