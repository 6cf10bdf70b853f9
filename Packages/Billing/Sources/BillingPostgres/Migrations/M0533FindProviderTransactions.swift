internal import AuditPostgres
internal import Billing
internal import Postgres

/// A change of the provider's balance is found in the ledger by one probe (BIL-153); the entries about who pays by invoice.
enum M0533FindProviderTransactions: Migration {
    static let id = "0533-billing-find-provider-transactions"
    static var sql: String { index + AuditSchema.register(BillingAuditTypes.invoiceBilling) }

    private static let index = #"""
        CREATE INDEX account_credit_entry_by_provider ON billing.account_credit_entry (org_id, provider_transaction_id)
            WHERE provider_transaction_id IS NOT NULL;

        """#
}
