internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// What the provider collected, and what of it was given back (BIL-096 to BIL-098).
enum M0552KeepRefunds: Migration {
    static let id = "0552-billing-keep-refunds"

    static var sql: String {
        #"""
        CREATE TABLE billing.collected_payment (
            provider_payment_id text PRIMARY KEY,
            org_id uuid NOT NULL,
            invoice_id uuid NOT NULL,
            amount bigint NOT NULL CHECK (amount > 0),
            currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
            seen_at timestamptz NOT NULL,
            CONSTRAINT collected_payment_key_of_org UNIQUE (org_id, provider_payment_id),
            CONSTRAINT collected_payment_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice (org_id, id)
        );
        CREATE INDEX collected_payment_by_invoice ON billing.collected_payment (invoice_id);
        CREATE INDEX collected_payment_by_org ON billing.collected_payment (org_id, seen_at DESC);
        CREATE TABLE billing.refund (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            subscription_id uuid,
            invoice_id uuid NOT NULL,
            provider_payment_id text NOT NULL,
            provider_refund_id text UNIQUE,
            intent_id uuid UNIQUE,
            amount bigint NOT NULL CHECK (amount > 0),
            currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
            reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
            status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'canceled')),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT refund_subscription_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id),
            CONSTRAINT refund_invoice_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice (org_id, id),
            CONSTRAINT refund_payment_of_same_org
                FOREIGN KEY (org_id, provider_payment_id) REFERENCES billing.collected_payment (org_id, provider_payment_id),
            CONSTRAINT refund_is_known CHECK (provider_refund_id IS NOT NULL OR intent_id IS NOT NULL)
        );
        CREATE INDEX refund_by_payment ON billing.refund (provider_payment_id);
        CREATE INDEX refund_by_invoice ON billing.refund (invoice_id);
        CREATE INDEX refund_by_subscription ON billing.refund (subscription_id) WHERE subscription_id IS NOT NULL;
        CREATE INDEX refund_by_org ON billing.refund (org_id, created_at DESC);

        """#
            + ["collected_payment", "refund"].map { table in
                """
                ALTER TABLE billing.\(table) ENABLE ROW LEVEL SECURITY;
                ALTER TABLE billing.\(table) FORCE ROW LEVEL SECURITY;
                CREATE POLICY \(table)_of_org ON billing.\(table) USING (trellis_is_system() OR org_id = trellis_org_id());
                GRANT SELECT, INSERT, UPDATE ON billing.\(table) TO trellis_app, trellis_system;

                """
            }.joined() + AuditSchema.register(BillingAuditTypes.refunds) + AuditSchema.locate(.refund, in: "billing.refund", column: "id")
    }
}
