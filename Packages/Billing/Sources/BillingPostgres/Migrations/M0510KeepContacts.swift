internal import AuditPostgres
internal import Billing
internal import Postgres

/// What a payer says about itself (ORG-083).
enum M0510KeepContacts: Migration {
    static let id = "0510-billing-keep-contacts"

    static var sql: String {
        """
        ALTER TABLE billing.customer
            ADD COLUMN contact_name text CHECK (length(contact_name) BETWEEN 1 AND 200),
            ADD COLUMN address text CHECK (length(address) BETWEEN 1 AND 1000),
            ADD COLUMN tax_id text CHECK (length(tax_id) BETWEEN 1 AND 100);

        """ + AuditSchema.register(BillingAuditTypes.contact)
    }
}
