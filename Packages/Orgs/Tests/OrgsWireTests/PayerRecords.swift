import Audit
import Core
import Identity
import Orgs
import OrgsPostgres
import Postgres

/// Keeps billing settings in a table of its own, as Billing does in its customers.
enum PayerTable: Migration {
    static let id = "9402-test-payers"
    static let sql = #"""
        CREATE TABLE orgs.test_payer (org_id uuid PRIMARY KEY, email text, contact text, address text, tax_id text, version bigint NOT NULL DEFAULT 1);
        GRANT SELECT, INSERT, UPDATE ON orgs.test_payer TO trellis_app;
        """#
}

struct PayerRecords: BillingSettingsPort {
    func settings(of org: Org.ID, in transaction: OrgOnlyTransaction) async throws -> OrgBillingSettings {
        try await transaction.postgres.execute("INSERT INTO orgs.test_payer (org_id) VALUES (\(org)) ON CONFLICT DO NOTHING")
        let rows = try await transaction.postgres.query("SELECT * FROM orgs.test_payer WHERE org_id = \(org) FOR UPDATE")
        guard let row = rows.first else { throw OrgsError.notFound }
        return OrgBillingSettings(
            billingEmail: try row.decode("email", as: String?.self).flatMap { EmailAddress($0) }, contactName: try row.decode("contact"),
            address: try row.decode("address"), taxID: try row.decode("tax_id"), currency: .usd, isInvoiceBilled: false,
            paymentTerms: "net_30", hasPaymentMethod: false, version: Int(try row.decode("version", as: Int64.self)))
    }

    func store(
        _ settings: OrgBillingSettings, replacing old: OrgBillingSettings, of org: Org.ID, by actor: AuditActor,
        in transaction: OrgOnlyTransaction
    ) async throws -> OrgBillingSettings {
        try await transaction.postgres.execute(
            """
            UPDATE orgs.test_payer SET email = \(settings.billingEmail?.description), contact = \(settings.contactName),
                address = \(settings.address), tax_id = \(settings.taxID), version = version + 1 WHERE org_id = \(org)
            """)
        return try await self.settings(of: org, in: transaction)
    }
}
