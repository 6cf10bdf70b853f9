internal import Postgres

/// A line, a checkout and a compensation belong to the org of what they are part of (SEC-038), and rows are found by org first, as their
/// policies look for them (SEC-049).
enum M0520BindChildrenToTheirOrg: Migration {
    static let id = "0520-billing-bind-children-to-their-org"

    // The mirror of an invoice may be older than what is known of its subscription, but it never names one that is not there.
    static let sql = #"""
        ALTER TABLE billing.subscription ADD CONSTRAINT subscription_of_org UNIQUE (org_id, id);
        ALTER TABLE billing.invoice ADD CONSTRAINT invoice_of_org UNIQUE (org_id, id);

        CREATE INDEX invoice_by_subscription ON billing.invoice (org_id, subscription_id) WHERE subscription_id IS NOT NULL;
        ALTER TABLE billing.invoice ADD CONSTRAINT invoice_subscription_of_same_org
            FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id);

        CREATE INDEX invoice_line_by_org ON billing.invoice_line (org_id, invoice_id);
        ALTER TABLE billing.invoice_line DROP CONSTRAINT invoice_line_invoice_id_fkey,
            ADD CONSTRAINT invoice_line_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice (org_id, id) ON DELETE CASCADE;

        CREATE INDEX checkout_by_org ON billing.checkout (org_id, subscription_id);
        ALTER TABLE billing.checkout DROP CONSTRAINT checkout_subscription_id_fkey,
            ADD CONSTRAINT checkout_subscription_of_same_org
            FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id);

        CREATE INDEX compensation_by_org ON billing.compensation (org_id, subscription_id);
        ALTER TABLE billing.compensation DROP CONSTRAINT compensation_subscription_id_fkey,
            ADD CONSTRAINT compensation_subscription_of_same_org
            FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id);

        CREATE INDEX intent_by_org ON billing.intent (org_id, created_at DESC) WHERE org_id IS NOT NULL;
        """#
}
