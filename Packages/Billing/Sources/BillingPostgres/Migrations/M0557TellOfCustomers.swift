internal import AuditPostgres
internal import Billing
internal import Postgres

/// That the provider knows what a payer says about itself (AUD-101).
enum M0557TellOfCustomers: Migration {
    static let id = "0557-billing-tell-of-customers"

    static var sql: String { AuditSchema.register(BillingAuditTypes.customers) }
}
