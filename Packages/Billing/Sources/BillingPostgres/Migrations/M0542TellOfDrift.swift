internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// What a comparison with the provider finds, and what of it is repaired, is told in the audit log (AUD-111, BIL-124).
enum M0542TellOfDrift: Migration {
    static let id = "0542-billing-tell-of-drift"

    static var sql: String {
        AuditSchema.register(BillingAuditTypes.drift) + AuditSchema.locate(.driftItem, in: "billing.drift_item", column: "id")
    }
}
