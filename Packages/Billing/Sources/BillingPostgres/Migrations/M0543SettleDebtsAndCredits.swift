internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// A debt may end because what was owed was taken back (STR-096); what an invoice brought as credit is asked for at each refund (BIL-096).
enum M0543SettleDebtsAndCredits: Migration {
    static let id = "0543-billing-settle-debts-and-credits"

    static var sql: String {
        """
        ALTER TABLE billing.dunning_case DROP CONSTRAINT dunning_case_outcome_check;
        ALTER TABLE billing.dunning_case
            ADD CONSTRAINT dunning_case_outcome_check CHECK (outcome IN ('paid', 'ended', 'dropped'));
        CREATE INDEX account_credit_by_invoice ON billing.account_credit (org_id, invoice_id) WHERE invoice_id IS NOT NULL;

        """
    }
}
