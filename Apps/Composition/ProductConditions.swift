internal import Audit
internal import AuditPostgres
internal import Billing
internal import BillingPostgres
public import Core
internal import GraphsPostgres
internal import IdleCancellation
internal import IdleCancellationPostgres
internal import JobsPostgres
public import Notifications
internal import NotificationsPostgres
internal import Postgres

/// What those who run this product have to look at: what the log, the queue, the sealer, the backups, the guard and the provider say (NOT-170, AUD-096).
public struct ProductConditions: OperatorConditions {
    private let product: Product

    /// Looks at a product.
    public init(_ product: Product) {
        self.product = product
    }

    /// By a few statements, none of which reads a whole table of live rows.
    public func current(at now: Instant) async throws -> [OperatorCondition] {
        let database = product.foundations.database
        return try await log(database, now) + queue(database, now) + sealing(database) + filing(database) + backups(now) + guarding()
            + provider() + mails(now)
    }

    /// The rules over the log; what was written while nobody looked counts in the time of the rule.
    private func log(_ database: PostgresClient, _ now: Instant) async throws -> [OperatorCondition] {
        try await PostgresAuditAlerts(client: database).firing(at: now).map { alert in
            OperatorCondition(
                "audit_" + alert.rule.key, severity: alert.rule.isCritical ? .critical : .warning, title: "Audit log: \(alert.rule.name)",
                detail: "\(alert.count) entries, the latest at \(alert.latest).")
        }
    }

    private func queue(_ database: PostgresClient, _ now: Instant) async throws -> [OperatorCondition] {
        try await QueueHealth.reasons(in: database, now: now).map { reason in
            let words = reason.split(separator: " ").map(String.init)
            let last = words.last ?? ""
            switch words.first {
            case "dead_letters":
                return OperatorCondition(
                    "dead_letters", severity: .critical, title: "Jobs were given up",
                    detail: "\(last) dead letters wait to be taken up or laid aside.")
            case "stuck_sagas":
                return OperatorCondition(
                    "stuck_sagas", severity: .critical, title: "Work is stuck half way", detail: "\(last) sagas wait for a decision.")
            default:
                return OperatorCondition(
                    "lane_delay_\(last)", severity: .warning, title: "The lane \(last) is late",
                    detail: "Jobs of the lane \(last) wait for longer than they may.")
            }
        }
    }

    private func sealing(_ database: PostgresClient) async throws -> [OperatorCondition] {
        let backlog = try await AuditBacklog.current(in: database)
        guard backlog.state != .prompt else { return [] }
        return [
            OperatorCondition(
                AuditBacklog.reason, severity: backlog.state == .degraded ? .critical : .warning, title: "The audit log is sealed late",
                detail: "\(backlog).")
        ]
    }

    /// Entries whose month was not there lie in the table for the rest (AUD-064).
    private func filing(_ database: PostgresClient) async throws -> [OperatorCondition] {
        let bytes = try await AuditBacklog.unfiled(in: database)
        guard bytes > 0 else { return [] }
        return [
            OperatorCondition(
                "audit_unfiled", severity: .warning, title: "Entries of the audit log lie outside of all months",
                detail: "\(bytes) bytes came when no month was ready for them.")
        ]
    }

    private func backups(_ now: Instant) async throws -> [OperatorCondition] {
        guard try await !product.store.graphsWithoutBackup(at: now, after: nil, limit: 1).isEmpty else { return [] }
        return [
            OperatorCondition(
                "backup_coverage", severity: .critical, title: "A graph has no recent backup",
                detail: "For two days no nightly backup of at least one graph has succeeded.")
        ]
    }

    private func guarding() async throws -> [OperatorCondition] {
        var conditions: [OperatorCondition] = []
        for state in try await product.billing.guards.open() {
            let name = state.actionClass.rawValue
            conditions.append(
                OperatorCondition(
                    "action_guard_" + name, severity: .critical, title: "Automatic actions are held: \(name)",
                    detail: "None is carried out until somebody has looked: the \(state.reason ?? "") limit would have been crossed."))
        }
        let state = try await product.store.guardState()
        guard state.isOpen else { return conditions }
        return conditions + [
            OperatorCondition(
                "mass_cancel_guard", severity: .critical, title: "The guard of idle cancellation is open",
                detail: "No subscription is called off until somebody has looked: \(state.reason ?? "no reason was noted").")
        ]
    }

    private func mails(_ now: Instant) async throws -> [OperatorCondition] {
        try await product.notificationStore.withTransaction { try await $0.mailHealth(at: now) }.alerts(at: now).map { alert in
            OperatorCondition(
                alert.rawValue, severity: .warning, title: "Mails need somebody",
                detail: "The outbox says \(alert.rawValue.replacing("_", with: " ")).")
        }
    }

    /// Commands that the provider did not take because of who we are: their last exchange says so.
    private func provider() async throws -> [OperatorCondition] {
        let count = try await product.store.commandsWithoutCredentials()
        guard count > 0 else { return [] }
        return [
            OperatorCondition(
                "provider_credentials", severity: .critical, title: "The payment provider refuses our key",
                detail: "\(count) commands wait for a key that it takes.")
        ]
    }
}
