internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// What is to pay for a subscription once its period is over, where that is not what pays for it now (BIL-089).
enum M0582PlanConversions: Migration {
    static let id = "0582-billing-plan-conversions"

    static var sql: String {
        """
        ALTER TABLE billing.subscription ADD COLUMN conversion text
            CONSTRAINT subscription_conversion_is_known CHECK (conversion IN ('net_terms', 'card'));
        """ + AuditSchema.register(BillingAuditTypes.conversions)
    }
}
