public import Postgres

/// A month of entries is made by one at a time: two workers whose upkeep meets do not fail.
public enum M0118MakeMonthsOnce: Migration {
    /// `0118-audit-make-months-once`
    public static var id: String { "0118-audit-make-months-once" }
    /// One function, replaced.
    public static var sql: String {
        #"""
        CREATE OR REPLACE FUNCTION audit.ensure_month(month date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            first date := date_trunc('month', month)::date;
            name text := 'entry_' || to_char(first, 'YYYY_MM');
        BEGIN
            IF to_regclass('audit.' || name) IS NOT NULL THEN
                RETURN;
            END IF;
            -- Readers and writers go on; what follows sees what the one before has committed.
            LOCK TABLE audit.entry IN SHARE UPDATE EXCLUSIVE MODE;
            IF to_regclass('audit.' || name) IS NULL THEN
                EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.entry FOR VALUES FROM (%L) TO (%L)', name, first, (first + interval '1 month')::date);
                EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
                EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', name);
                EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', name);
            END IF;
        END $$;
        """#
    }
}
