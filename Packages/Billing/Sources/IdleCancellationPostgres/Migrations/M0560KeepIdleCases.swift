internal import Audit
internal import AuditPostgres
internal import IdleCancellation
public import Postgres

/// Cases, evaluations, the guard, used links and eligibility (idle-cancel.md, sections 1 and 4), with what holds for whoever writes.
enum M0560KeepIdleCases: Migration {
    static let id = "0560-idle-keep-cases"

    static var sql: String {
        tables + rules + access + AuditSchema.register(IdleAuditTypes.all)
            + AuditSchema.locate(.idleCase, in: "billing.idle_case", column: "id")
            + AuditSchema.locate(.decision, in: "billing.idle_evaluation", column: "id")
            + AuditSchema.locate(.linkUse, in: "billing.keep_token_use", column: "id")
    }

    private static let tables = #"""
        -- A stable default is kept as one value for all rows that exist, without rewriting them (IDL-017; PostgreSQL manual, ALTER TABLE).
        ALTER TABLE billing.subscription ADD COLUMN eligible_after timestamptz NOT NULL DEFAULT now();
        CREATE INDEX subscription_renewing ON billing.subscription (period_end)
            WHERE status = 'active' AND backing_kind = 'provider_subscription';

        CREATE TABLE billing.idle_evaluation (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            subscription_id uuid NOT NULL,
            event_id uuid UNIQUE,
            source text NOT NULL CHECK (source IN ('event', 'sweep', 'release')),
            facts jsonb NOT NULL,
            period_start timestamptz,
            subject_size integer NOT NULL,
            activity_source text CHECK (activity_source IN ('session', 'api_key', 'earlier', 'departed')),
            threshold timestamptz,
            read_number bigint NOT NULL,
            rule_version integer NOT NULL,
            outcome text NOT NULL,
            is_verdict boolean NOT NULL,
            at timestamptz NOT NULL,
            UNIQUE (org_id, id),
            CONSTRAINT idle_evaluation_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id)
        );
        CREATE INDEX idle_evaluation_by_subscription ON billing.idle_evaluation (subscription_id, period_start, at DESC);

        CREATE TABLE billing.idle_case (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            subscription_id uuid NOT NULL,
            resource_id text,
            subscriber_id uuid,
            period_start timestamptz NOT NULL CHECK (date_trunc('second', period_start, 'UTC') = period_start),
            period_end timestamptz NOT NULL,
            interval_unit text NOT NULL CHECK (interval_unit IN ('day', 'week', 'month', 'year')),
            interval_count integer NOT NULL CHECK (interval_count > 0),
            threshold timestamptz NOT NULL,
            last_activity_at timestamptz,
            evaluation_id uuid NOT NULL,
            event_id uuid,
            provider_subscription_id text NOT NULL,
            state text NOT NULL CHECK (state IN ('held', 'decided', 'confirmed', 'reversing', 'superseded', 'kept', 'drift_corrected',
                'overridden', 'completed', 'missed', 'lapsed', 'keep_failed')),
            ends_at timestamptz NOT NULL,
            provider_end timestamptz,
            provider_canceled_at timestamptz,
            end_intent_id uuid,
            clear_intent_id uuid,
            via text CHECK (via IN ('link', 'activity', 'portal', 'owner', 'operator')),
            note text CHECK (length(note) <= 200),
            confirmed_at timestamptz,
            accepted_by uuid,
            accepted_at timestamptz,
            settled_at timestamptz,
            extended_at timestamptz,
            decided_at timestamptz,
            created_at timestamptz NOT NULL,
            CHECK (period_start < period_end),
            CONSTRAINT idle_case_once UNIQUE (subscription_id, period_start),
            CONSTRAINT idle_case_of_same_org FOREIGN KEY (org_id, subscription_id) REFERENCES billing.subscription (org_id, id),
            CONSTRAINT idle_case_follows_an_evaluation FOREIGN KEY (org_id, evaluation_id) REFERENCES billing.idle_evaluation (org_id, id)
        );
        CREATE INDEX idle_case_by_org ON billing.idle_case (org_id, created_at DESC);
        CREATE INDEX idle_case_pending_of_org ON billing.idle_case (org_id)
            WHERE state IN ('decided', 'confirmed') AND subscriber_id IS NULL;
        CREATE INDEX idle_case_pending_of_seat ON billing.idle_case (subscriber_id)
            WHERE state IN ('decided', 'confirmed') AND subscriber_id IS NOT NULL;
        CREATE INDEX idle_case_open ON billing.idle_case (subscription_id) WHERE state IN ('held', 'decided', 'confirmed', 'reversing');
        CREATE INDEX idle_case_decided ON billing.idle_case (decided_at) WHERE decided_at IS NOT NULL;

        CREATE TABLE billing.keep_token_use (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL,
            idle_case_id uuid NOT NULL REFERENCES billing.idle_case (id),
            token_hash bytea NOT NULL CHECK (length(token_hash) = 32),
            used_at timestamptz NOT NULL,
            period_end timestamptz NOT NULL,
            CONSTRAINT keep_token_once UNIQUE (token_hash)
        );
        CREATE INDEX keep_token_use_of_case ON billing.keep_token_use (idle_case_id);
        CREATE INDEX keep_token_use_by_end ON billing.keep_token_use (period_end);

        -- One row: whoever counts locks it first, so that counting is serialised (IDL-063).
        CREATE TABLE billing.idle_guard (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            is_open boolean NOT NULL DEFAULT false,
            reason text,
            opened_at timestamptz,
            CHECK (is_open = (opened_at IS NOT NULL))
        );
        INSERT INTO billing.idle_guard DEFAULT VALUES;


        """#

    private static let rules = #"""
        -- A new row may be judged in periods that begin after it was made (IDL-017).
        CREATE FUNCTION billing.begin_eligibility() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            NEW.eligible_after := NEW.created_at;
            RETURN NEW;
        END $$;
        CREATE TRIGGER begin_eligibility BEFORE INSERT ON billing.subscription FOR EACH ROW EXECUTE FUNCTION billing.begin_eligibility();

        -- Only the moves of idle-cancel.md, section 4; the same table as IdleCaseState.
        CREATE FUNCTION billing.refuse_idle_move() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NEW.state NOT IN ('held', 'decided', 'kept') THEN
                    RAISE EXCEPTION 'an idle case does not begin as %', NEW.state
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'idle_case_moves';
                END IF;
                RETURN NEW;
            END IF;
            IF (NEW.id, NEW.subscription_id, NEW.period_start, NEW.period_end, NEW.evaluation_id)
                IS DISTINCT FROM (OLD.id, OLD.subscription_id, OLD.period_start, OLD.period_end, OLD.evaluation_id) THEN
                RAISE EXCEPTION 'an idle case stays what it was decided about' USING ERRCODE = 'check_violation', CONSTRAINT = 'idle_case_moves';
            END IF;
            IF OLD.state = NEW.state OR (OLD.state, NEW.state) IN (
                ('held', 'decided'), ('held', 'lapsed'),
                ('decided', 'confirmed'), ('decided', 'superseded'), ('decided', 'reversing'), ('decided', 'overridden'), ('decided', 'missed'),
                ('confirmed', 'reversing'), ('confirmed', 'overridden'), ('confirmed', 'completed'),
                ('reversing', 'kept'), ('reversing', 'drift_corrected'), ('reversing', 'overridden'), ('reversing', 'keep_failed'))
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'an idle case does not go from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'idle_case_moves';
        END $$;
        CREATE TRIGGER idle_case_moves BEFORE INSERT OR UPDATE ON billing.idle_case
            FOR EACH ROW EXECUTE FUNCTION billing.refuse_idle_move();

        CREATE FUNCTION billing.refuse_evaluation_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            RAISE EXCEPTION 'an evaluation is never changed' USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER idle_evaluation_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.idle_evaluation
            FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_evaluation_change();


        """#

    private static let access: String = {
        let grants = [
            "idle_evaluation": "SELECT, INSERT", "idle_case": "SELECT, INSERT, UPDATE", "keep_token_use": "SELECT, INSERT",
        ]
        var sql = grants.sorted { $0.key < $1.key }.map { table, rights in
            """
            ALTER TABLE billing.\(table) ENABLE ROW LEVEL SECURITY;
            ALTER TABLE billing.\(table) FORCE ROW LEVEL SECURITY;
            CREATE POLICY \(table)_of_org ON billing.\(table) USING (trellis_is_system() OR org_id = trellis_org_id());
            GRANT \(rights) ON billing.\(table) TO trellis_app, trellis_system;

            """
        }.joined()
        sql += """
            ALTER TABLE billing.idle_guard ENABLE ROW LEVEL SECURITY;
            ALTER TABLE billing.idle_guard FORCE ROW LEVEL SECURITY;
            CREATE POLICY idle_guard_of_system ON billing.idle_guard USING (trellis_is_system());
            GRANT SELECT, UPDATE ON billing.idle_guard TO trellis_app, trellis_system;
            GRANT DELETE ON billing.keep_token_use TO trellis_system;

            """
        return sql
    }()
}

/// The steps of the schema that belong to idle cancellation; they come after those of Identity, Orgs and Billing.
public enum IdleCancellationMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0560KeepIdleCases.self, M0561BindLinkUsesToTheirOrg.self, M0570ReverseByUse.self, M0571AskOnceForPendingCases.self,
        M0580RestartIdleClocks.self,
    ]
}
