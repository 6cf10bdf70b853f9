internal import AuditPostgres
internal import Billing
internal import Postgres

/// The entry about a wish for another tier than is paid for (SEC-220).
enum M0521RegisterTierMismatch: Migration {
    static let id = "0521-billing-register-tier-mismatch"
    static var sql: String { AuditSchema.register(BillingAuditTypes.sales) }
}
