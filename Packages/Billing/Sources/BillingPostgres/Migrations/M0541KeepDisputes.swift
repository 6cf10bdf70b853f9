internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// Payments that their card holders contest (BIL-100).
enum M0541KeepDisputes: Migration {
    static let id = "0541-billing-keep-disputes"

    static var sql: String {
        #"""
        CREATE TABLE billing.dispute (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            invoice_id uuid NOT NULL,
            provider_payment_id text NOT NULL,
            provider_dispute_id text NOT NULL UNIQUE,
            amount bigint NOT NULL CHECK (amount > 0),
            currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
            reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 100),
            status text NOT NULL CHECK (status IN ('inquiry', 'open', 'won', 'lost', 'closed')),
            opened_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            closed_at timestamptz,
            CONSTRAINT dispute_closed_when_over CHECK ((status IN ('won', 'lost', 'closed')) = (closed_at IS NOT NULL)),
            CONSTRAINT dispute_invoice_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice (org_id, id),
            CONSTRAINT dispute_payment_of_same_org
                FOREIGN KEY (org_id, provider_payment_id) REFERENCES billing.collected_payment (org_id, provider_payment_id)
        );
        CREATE INDEX dispute_by_org ON billing.dispute (org_id, opened_at DESC);
        CREATE INDEX dispute_by_payment ON billing.dispute (provider_payment_id);
        CREATE INDEX dispute_by_invoice ON billing.dispute (invoice_id);
        ALTER TABLE billing.dispute ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.dispute FORCE ROW LEVEL SECURITY;
        CREATE POLICY dispute_of_org ON billing.dispute
            USING ((SELECT trellis_is_system()) OR org_id = (SELECT trellis_org_id()));
        GRANT SELECT ON billing.dispute TO trellis_app;
        GRANT SELECT, INSERT, UPDATE ON billing.dispute TO trellis_system;

        """#
            + AuditSchema.register(BillingAuditTypes.disputes) + AuditSchema.locate(.dispute, in: "billing.dispute", column: "id")
    }
}
