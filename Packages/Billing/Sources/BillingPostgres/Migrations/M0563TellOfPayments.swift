internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// What payments, debts and discounts tell in the log (AUD-107).
enum M0563TellOfPayments: Migration {
    static let id = "0563-billing-tell-of-payments"

    static var sql: String {
        AuditSchema.register(BillingAuditTypes.payments) + AuditSchema.locate(.dunningCase, in: "billing.dunning_case", column: "id")
    }
}
