internal import AuditPostgres
internal import Billing
internal import Postgres

/// Own invoices: numbers without a gap, content that is frozen and hashed, and the moves I1 to I7 (BIL-078, BIL-080, BIL-088).
enum M0530IssueOwnInvoices: Migration {
    static let id = "0530-billing-issue-own-invoices"
    static var sql: String { columns + counter + rules + payments + payer + AuditSchema.register(BillingAuditTypes.ownInvoices) }

    private static let columns = #"""
        ALTER TABLE billing.invoice
            ADD COLUMN discount bigint NOT NULL DEFAULT 0 CHECK (discount >= 0),
            ADD COLUMN tax bigint NOT NULL DEFAULT 0 CHECK (tax >= 0),
            ADD COLUMN applied_credit bigint NOT NULL DEFAULT 0 CHECK (applied_credit >= 0),
            ADD COLUMN document bytea,
            ADD COLUMN document_hash bytea,
            ADD COLUMN sent_at timestamptz,
            ADD COLUMN overdue_at timestamptz,
            ADD COLUMN watched_stage smallint NOT NULL DEFAULT 0,
            ADD COLUMN voided_at timestamptz,
            ADD COLUMN void_reason text CHECK (length(void_reason) BETWEEN 1 AND 500),
            ADD CONSTRAINT invoice_document_is_hashed CHECK (document_hash IS NOT DISTINCT FROM sha256(document)),
            ADD CONSTRAINT invoice_own_is_numbered CHECK (kind <> 'own'
                OR (number IS NULL) = (status = 'draft' OR (status = 'void' AND document IS NULL))),
            ADD CONSTRAINT invoice_own_is_frozen CHECK (kind <> 'own' OR (number IS NULL) = (document IS NULL)),
            ADD CONSTRAINT invoice_own_adds_up CHECK (kind <> 'own' OR
                (total = subtotal - discount + tax AND amount_due = total - applied_credit AND amount_due >= 0
                    AND amount_paid BETWEEN 0 AND amount_due)),
            ADD CONSTRAINT invoice_own_paid_is_settled CHECK (kind <> 'own' OR status <> 'paid' OR (amount_paid = amount_due AND paid_at IS NOT NULL)),
            ADD CONSTRAINT invoice_void_has_a_reason CHECK (kind <> 'own' OR status <> 'void' OR (void_reason IS NOT NULL AND voided_at IS NOT NULL)),
            ADD CONSTRAINT invoice_open_is_due CHECK (kind <> 'own' OR status NOT IN ('open', 'uncollectible') OR due_date IS NOT NULL);
        CREATE UNIQUE INDEX invoice_own_number ON billing.invoice (number) WHERE kind = 'own';
        CREATE INDEX invoice_own_open_by_due ON billing.invoice (due_date) WHERE kind = 'own' AND status = 'open';

        ALTER TABLE billing.invoice_line
            ADD COLUMN kind text NOT NULL DEFAULT 'charge' CHECK (kind IN ('charge', 'proration', 'discount', 'tax')),
            ADD COLUMN subscription_id uuid,
            ADD COLUMN plan_key text,
            ADD COLUMN plan_version integer,
            ADD COLUMN unit_price bigint,
            ADD CONSTRAINT invoice_line_subscription_of_same_org
                FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id);
        -- A period of a subscription is charged once, whatever became of the invoice.
        CREATE UNIQUE INDEX invoice_line_billed_once ON billing.invoice_line (org_id, subscription_id, period_start)
            WHERE kind = 'charge' AND subscription_id IS NOT NULL;

        """#

    // The row is locked until the finalising transaction ends, and a rollback takes the number back: no gap and no duplicate.
    private static let counter = #"""
        CREATE TABLE billing.invoice_counter (
            issuer text NOT NULL CHECK (issuer ~ '^[A-Z0-9]{1,12}$'),
            year integer NOT NULL CHECK (year BETWEEN 2000 AND 9999),
            month integer NOT NULL CHECK (month BETWEEN 1 AND 12),
            last bigint NOT NULL CHECK (last > 0),
            PRIMARY KEY (issuer, year, month)
        );
        CREATE FUNCTION billing.take_invoice_number(which_issuer text, at timestamptz) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            issued timestamp := at AT TIME ZONE 'UTC';
            taken bigint;
        BEGIN
            INSERT INTO billing.invoice_counter AS counter (issuer, year, month, last)
            VALUES (which_issuer, extract(year FROM issued), extract(month FROM issued), 1)
            ON CONFLICT (issuer, year, month) DO UPDATE SET last = counter.last + 1
            RETURNING last INTO taken;
            RETURN which_issuer || to_char(issued, '-YYYY-MM-') || lpad(taken::text, greatest(4, length(taken::text)), '0');
        END $$;
        REVOKE ALL ON FUNCTION billing.take_invoice_number(text, timestamptz) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION billing.take_invoice_number(text, timestamptz) TO trellis_app, trellis_system;

        """#

    private static let rules = #"""
        CREATE FUNCTION billing.guard_own_invoice() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            sums record;
        BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NEW.kind = 'own' AND NEW.status <> 'draft' THEN
                    RAISE EXCEPTION 'an own invoice begins as a draft' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_moves';
                END IF;
                RETURN NEW;
            END IF;
            IF OLD.kind <> 'own' AND NEW.kind <> 'own' THEN
                RETURN NEW;
            END IF;
            IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
                ('draft', 'open'), ('draft', 'paid'), ('draft', 'void'), ('open', 'paid'), ('open', 'void'), ('open', 'uncollectible'),
                ('uncollectible', 'paid'), ('uncollectible', 'void'))
            THEN
                RAISE EXCEPTION 'an invoice does not go from % to %', OLD.status, NEW.status
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_moves';
            END IF;
            IF (OLD.kind, OLD.org_id, OLD.created_at) IS DISTINCT FROM (NEW.kind, NEW.org_id, NEW.created_at)
                OR (OLD.document IS NOT NULL AND
                    (OLD.document, OLD.number, OLD.subscription_id, OLD.currency, OLD.subtotal, OLD.discount, OLD.tax, OLD.total,
                        OLD.applied_credit, OLD.period_start, OLD.period_end, OLD.due_date, OLD.sent_at)
                    IS DISTINCT FROM
                    (NEW.document, NEW.number, NEW.subscription_id, NEW.currency, NEW.subtotal, NEW.discount, NEW.tax, NEW.total,
                        NEW.applied_credit, NEW.period_start, NEW.period_end, NEW.due_date, NEW.sent_at))
                OR (OLD.overdue_at IS NOT NULL AND OLD.overdue_at IS DISTINCT FROM NEW.overdue_at)
            THEN
                RAISE EXCEPTION 'a finalised invoice is frozen' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_is_frozen';
            END IF;
            IF OLD.document IS NULL AND NEW.document IS NOT NULL THEN
                SELECT coalesce(sum(amount) FILTER (WHERE kind IN ('charge', 'proration')), 0) AS subtotal,
                    -coalesce(sum(amount) FILTER (WHERE kind = 'discount'), 0) AS discount,
                    coalesce(sum(amount) FILTER (WHERE kind = 'tax'), 0) AS tax
                INTO sums FROM billing.invoice_line WHERE org_id = NEW.org_id AND invoice_id = NEW.id;
                IF (sums.subtotal, sums.discount, sums.tax) IS DISTINCT FROM (NEW.subtotal, NEW.discount, NEW.tax) THEN
                    RAISE EXCEPTION 'an invoice is the sum of its lines' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_is_its_lines';
                END IF;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER own_invoice_is_guarded BEFORE INSERT OR UPDATE ON billing.invoice
            FOR EACH ROW EXECUTE FUNCTION billing.guard_own_invoice();

        CREATE FUNCTION billing.guard_own_line() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            which_org uuid;
            which_invoice uuid;
        BEGIN
            IF TG_OP = 'INSERT' THEN
                which_org := NEW.org_id;
                which_invoice := NEW.invoice_id;
            ELSE
                which_org := OLD.org_id;
                which_invoice := OLD.invoice_id;
            END IF;
            IF EXISTS (SELECT FROM billing.invoice WHERE org_id = which_org AND id = which_invoice AND document IS NOT NULL) THEN
                RAISE EXCEPTION 'the lines of a finalised invoice are frozen'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_line_is_frozen';
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER own_line_is_guarded BEFORE INSERT OR UPDATE OR DELETE ON billing.invoice_line
            FOR EACH ROW EXECUTE FUNCTION billing.guard_own_line();

        CREATE FUNCTION billing.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            RAISE EXCEPTION 'billing.% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER invoice_is_kept BEFORE TRUNCATE ON billing.invoice FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

        """#

    // Money that an operator wrote down; the same reference twice for an invoice is one payment.
    private static let payments = #"""
        CREATE TABLE billing.recorded_payment (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            invoice_id uuid NOT NULL,
            amount bigint NOT NULL CHECK (amount > 0),
            currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
            method text NOT NULL CHECK (length(method) BETWEEN 1 AND 50),
            reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
            received_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL,
            CONSTRAINT recorded_payment_once UNIQUE (org_id, invoice_id, reference),
            CONSTRAINT recorded_payment_of_same_org FOREIGN KEY (org_id, invoice_id) REFERENCES billing.invoice (org_id, id)
        );
        ALTER TABLE billing.recorded_payment ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.recorded_payment FORCE ROW LEVEL SECURITY;
        CREATE POLICY recorded_payment_of_org ON billing.recorded_payment USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT, INSERT ON billing.recorded_payment TO trellis_app, trellis_system;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.recorded_payment
            FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();

        """#

    // The name of the org stands on the document where Orgs' schema is there; the caller's scope decides what it sees.
    private static let payer = #"""
        DO $body$
        BEGIN
            IF to_regclass('orgs.org') IS NULL THEN
                CREATE FUNCTION billing.payer_name(which uuid) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
                    AS $$ SELECT NULL::text $$;
            ELSE
                CREATE FUNCTION billing.payer_name(which uuid) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
                    AS $$ SELECT name FROM orgs.org WHERE id = which $$;
            END IF;
        END
        $body$;
        GRANT EXECUTE ON FUNCTION billing.payer_name(uuid) TO trellis_app, trellis_system;

        """#
}
