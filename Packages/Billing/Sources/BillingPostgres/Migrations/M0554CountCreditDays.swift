internal import Postgres

/// What graphs used on each day, counted with each line of the ledger: a year of use is read without reading the ledger (ORG-125).
enum M0554CountCreditDays: Migration {
    static let id = "0554-billing-count-credit-days"

    static var sql: String { table + fill + counting + view }

    private static let table = #"""
        CREATE TABLE billing.credit_day (
            org_id uuid NOT NULL,
            day date NOT NULL,
            graph_id text NOT NULL,
            credits bigint NOT NULL,
            operations bigint NOT NULL CHECK (operations >= 0),
            PRIMARY KEY (org_id, day, graph_id)
        );
        ALTER TABLE billing.credit_day ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.credit_day FORCE ROW LEVEL SECURITY;
        CREATE POLICY credit_day_of_org ON billing.credit_day USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT ON billing.credit_day TO trellis_app, trellis_system;

        """#

    /// Seats have pools of their own people and are no use of a graph. What is given back is used less.
    private static let fill = #"""
        DO $body$
        DECLARE
            scope text := coalesce(current_setting('trellis.scope', true), '');
        BEGIN
            PERFORM set_config('trellis.scope', 'system', true);
            INSERT INTO billing.credit_day (org_id, day, graph_id, credits, operations)
            SELECT t.org_id, (t.created_at AT TIME ZONE 'UTC')::date, p.resource_id, -sum(t.amount), count(*) FILTER (WHERE t.type = 'consumption')
            FROM billing.credit_transaction t JOIN billing.credit_pool p ON p.org_id = t.org_id AND p.id = t.pool_id
            WHERE p.scope = 'graph' AND t.type IN ('consumption', 'refund') GROUP BY 1, 2, 3;
            PERFORM set_config('trellis.scope', scope, true);
        END
        $body$;

        """#

    // In the transaction that writes the line, and as whoever writes it: nobody else is granted a change. The pool is locked by then, so that two lines of
    // one graph do not wait for each other here.
    private static let counting = #"""
        CREATE FUNCTION billing.count_credit_day() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            INSERT INTO billing.credit_day AS d (org_id, day, graph_id, credits, operations)
            SELECT NEW.org_id, (NEW.created_at AT TIME ZONE 'UTC')::date, p.resource_id, -NEW.amount, (NEW.type = 'consumption')::integer
            FROM billing.credit_pool p WHERE p.org_id = NEW.org_id AND p.id = NEW.pool_id AND p.scope = 'graph'
            ON CONFLICT (org_id, day, graph_id)
                DO UPDATE SET credits = d.credits + excluded.credits, operations = d.operations + excluded.operations;
            RETURN NULL;
        END $$;
        CREATE TRIGGER count_credit_day AFTER INSERT ON billing.credit_transaction FOR EACH ROW
            WHEN (NEW.type IN ('consumption', 'refund')) EXECUTE FUNCTION billing.count_credit_day();

        """#

    private static let view = #"""
        DO $body$
        BEGIN
            IF to_regclass('orgs.org_usage_day') IS NULL THEN RETURN; END IF;
            CREATE OR REPLACE VIEW orgs.org_usage_day AS
                SELECT d.org_id, d.graph_id, d.day, d.credits, d.operations AS ai_operations FROM billing.credit_day d;
        END
        $body$;
        """#
}
