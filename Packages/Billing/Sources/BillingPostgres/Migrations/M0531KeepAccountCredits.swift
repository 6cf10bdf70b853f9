internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// Money owed to orgs: an append-only ledger that the database numbers and sums itself (BIL-113 to BIL-119).
enum M0531KeepAccountCredits: Migration {
    static let id = "0531-billing-keep-account-credits"
    static var sql: String {
        tables + posting + rules + access + AuditSchema.register(BillingAuditTypes.accountCredits)
            + AuditSchema.locate(.accountCredit, in: "billing.account_credit", column: "id")
    }

    private static let tables = #"""
        CREATE TABLE billing.account_credit (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
            amount bigint NOT NULL CHECK (amount > 0),
            source text NOT NULL CHECK (source IN ('unused_time', 'goodwill', 'promotion', 'refund_to_credit', 'provisioning_failure',
                'overpayment', 'import')),
            reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
            subscription_id uuid,
            invoice_id uuid,
            issued_by text NOT NULL,
            expires_at timestamptz CHECK (expires_at > created_at),
            idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 200),
            created_at timestamptz NOT NULL,
            CONSTRAINT account_credit_of_org UNIQUE (org_id, id),
            CONSTRAINT account_credit_once UNIQUE (org_id, idempotency_key),
            CONSTRAINT account_credit_subscription_of_same_org
                FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id),
            CONSTRAINT account_credit_invoice_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice (org_id, id)
        );
        CREATE INDEX account_credit_by_org ON billing.account_credit (org_id, created_at DESC, id DESC);

        CREATE TABLE billing.account_credit_entry (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            credit_id uuid NOT NULL,
            currency text NOT NULL,
            seq bigint NOT NULL CHECK (seq > 0),
            kind text NOT NULL CHECK (kind IN ('issue', 'move_out', 'move_in', 'apply', 'restore', 'expire', 'revoke', 'payout',
                'provider_adjust')),
            home text NOT NULL CHECK (home IN ('local', 'provider')),
            amount bigint NOT NULL CHECK (amount <> 0),
            local_balance_after bigint NOT NULL CHECK (local_balance_after >= 0),
            provider_balance_after bigint NOT NULL CHECK (provider_balance_after >= 0),
            local_remaining_after bigint NOT NULL CHECK (local_remaining_after >= 0),
            provider_remaining_after bigint NOT NULL CHECK (provider_remaining_after >= 0),
            balance_after bigint GENERATED ALWAYS AS (local_balance_after + provider_balance_after) STORED,
            remaining_after bigint GENERATED ALWAYS AS (local_remaining_after + provider_remaining_after) STORED,
            move_id uuid,
            invoice_id uuid,
            provider_transaction_id text,
            reason text CHECK (length(reason) BETWEEN 1 AND 500),
            actor text NOT NULL,
            idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 200),
            created_at timestamptz NOT NULL,
            CONSTRAINT account_credit_entry_once UNIQUE (org_id, idempotency_key),
            CONSTRAINT account_credit_entry_in_order UNIQUE (org_id, currency, seq),
            CONSTRAINT account_credit_entry_of_same_org FOREIGN KEY (org_id, credit_id) REFERENCES billing.account_credit (org_id, id),
            CONSTRAINT account_credit_entry_invoice_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice (org_id, id),
            CONSTRAINT account_credit_entry_has_its_sign CHECK (CASE
                WHEN kind IN ('issue', 'move_in', 'restore') THEN amount > 0
                WHEN kind = 'provider_adjust' THEN true ELSE amount < 0 END),
            CONSTRAINT account_credit_entry_has_its_home CHECK (CASE
                WHEN kind IN ('issue', 'expire', 'revoke', 'payout') THEN home = 'local'
                WHEN kind = 'provider_adjust' THEN home = 'provider' ELSE true END),
            CONSTRAINT account_credit_entry_names_its_move CHECK ((kind IN ('move_out', 'move_in')) = (move_id IS NOT NULL)),
            CONSTRAINT account_credit_entry_names_its_invoice CHECK (kind NOT IN ('apply', 'restore') OR invoice_id IS NOT NULL),
            CONSTRAINT account_credit_entry_says_why CHECK (kind NOT IN ('revoke', 'payout', 'provider_adjust') OR reason IS NOT NULL)
        );
        CREATE INDEX account_credit_entry_by_credit ON billing.account_credit_entry (org_id, credit_id, seq DESC);
        CREATE INDEX account_credit_entry_by_invoice ON billing.account_credit_entry (org_id, invoice_id, seq) WHERE invoice_id IS NOT NULL;
        CREATE INDEX account_credit_entry_by_move ON billing.account_credit_entry (org_id, move_id) WHERE move_id IS NOT NULL;
        CREATE UNIQUE INDEX account_credit_begins_once ON billing.account_credit_entry (org_id, credit_id) WHERE kind = 'issue';

        """#

    // Numbers and sums are made here, from the entry before, so that no writer can get them wrong; the payer's row is the lock.
    private static let posting = #"""
        CREATE FUNCTION billing.post_account_credit() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            credit billing.account_credit;
            before billing.account_credit_entry;
            own billing.account_credit_entry;
            at_home bigint := CASE WHEN NEW.home = 'local' THEN NEW.amount ELSE 0 END;
            at_provider bigint := CASE WHEN NEW.home = 'provider' THEN NEW.amount ELSE 0 END;
        BEGIN
            PERFORM 1 FROM billing.customer WHERE org_id = NEW.org_id FOR UPDATE;
            SELECT * INTO credit FROM billing.account_credit WHERE org_id = NEW.org_id AND id = NEW.credit_id;
            IF credit.currency IS DISTINCT FROM NEW.currency OR (NEW.kind = 'issue' AND NEW.amount <> credit.amount) THEN
                RAISE EXCEPTION 'an entry keeps to its credit' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_credit_entry_of_credit';
            END IF;
            SELECT * INTO before FROM billing.account_credit_entry
            WHERE org_id = NEW.org_id AND currency = NEW.currency ORDER BY seq DESC LIMIT 1;
            SELECT * INTO own FROM billing.account_credit_entry
            WHERE org_id = NEW.org_id AND credit_id = NEW.credit_id ORDER BY seq DESC LIMIT 1;
            IF (own.id IS NULL) <> (NEW.kind = 'issue') THEN
                RAISE EXCEPTION 'a credit begins with its issue' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_credit_begins';
            END IF;
            NEW.seq := coalesce(before.seq, 0) + 1;
            NEW.local_balance_after := coalesce(before.local_balance_after, 0) + at_home;
            NEW.provider_balance_after := coalesce(before.provider_balance_after, 0) + at_provider;
            NEW.local_remaining_after := coalesce(own.local_remaining_after, 0) + at_home;
            NEW.provider_remaining_after := coalesce(own.provider_remaining_after, 0) + at_provider;
            IF NEW.local_remaining_after + NEW.provider_remaining_after > credit.amount THEN
                RAISE EXCEPTION 'a credit never grows' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_credit_never_grows';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER entry_is_posted BEFORE INSERT ON billing.account_credit_entry
            FOR EACH ROW EXECUTE FUNCTION billing.post_account_credit();

        """#

    private static let rules = #"""
        CREATE FUNCTION billing.require_whole_move() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF (SELECT (sum(amount), count(*)) FROM billing.account_credit_entry WHERE org_id = NEW.org_id AND move_id = NEW.move_id)
                IS DISTINCT FROM (0::numeric, 2::bigint)
            THEN
                RAISE EXCEPTION 'a move leaves one home and enters the other' USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'account_credit_move_is_whole';
            END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER move_is_whole AFTER INSERT ON billing.account_credit_entry DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.move_id IS NOT NULL) EXECUTE FUNCTION billing.require_whole_move();
        CREATE FUNCTION billing.require_issue() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM billing.account_credit_entry WHERE org_id = NEW.org_id AND credit_id = NEW.id) THEN
                RAISE EXCEPTION 'a credit has its issue in the ledger' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_credit_is_issued';
            END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER credit_is_issued AFTER INSERT ON billing.account_credit DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION billing.require_issue();
        -- For every role, the owner included.
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.account_credit
            FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.account_credit_entry
            FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

        """#

    private static let access = ["account_credit", "account_credit_entry"].map { table in
        """
        ALTER TABLE billing.\(table) ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.\(table) FORCE ROW LEVEL SECURITY;
        CREATE POLICY \(table)_of_org ON billing.\(table) USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT, INSERT ON billing.\(table) TO trellis_app, trellis_system;

        """
    }.joined()
}
