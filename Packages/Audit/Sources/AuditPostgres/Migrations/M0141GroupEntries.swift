public import Postgres

/// Entries lie by how long they are kept, and inside of that by month (AUD-064, decision 0040).
///
/// What was written before stays where it is, as a group of its own that is kept for the longest time. Writers wait while its rows are read once; where
/// the log is large, `retention_group` and the check `entry_is_mixed` are made before, `NOT VALID`, and validated while writers go on: then nothing is read.
public enum M0141GroupEntries: Migration {
    /// `0141-audit-group-entries`
    public static var id: String { "0141-audit-group-entries" }
    /// The table of all, with the one before as a part of it; the groups; the functions that make months.
    public static var sql: String { guarding + before + whole + groups + months }

    /// What each part of the table gets, since triggers for statements are not inherited.
    private static let guarding = #"""
        CREATE FUNCTION audit.guard_part(name text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
            EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', name);
        END $$;
        -- Where entries go for which no month was ready; what files them has to see them.
        CREATE FUNCTION audit.make_rest(retention_group text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            name text := 'entry_' || retention_group || '_other';
        BEGIN
            EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.%I DEFAULT', name, 'entry_' || retention_group);
            PERFORM audit.guard_part(name);
            EXECUTE format('CREATE POLICY read_rest ON audit.%I FOR SELECT USING ((SELECT public.trellis_is_system()))', name);
        END $$;
        REVOKE EXECUTE ON FUNCTION audit.guard_part(text), audit.make_rest(text) FROM PUBLIC;

        """#

    /// The table as it was becomes the part of those of whom nobody said how long they are kept: entries of before, and those of processes of before.
    private static let before = #"""
        ALTER TABLE audit.entry ADD COLUMN IF NOT EXISTS retention_group text NOT NULL DEFAULT 'mixed';
        DO $do$
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'audit.entry'::regclass AND conname = 'entry_is_mixed') THEN
                ALTER TABLE audit.entry ADD CONSTRAINT entry_is_mixed CHECK (retention_group = 'mixed'), VALIDATE CONSTRAINT entry_data_check,
                    VALIDATE CONSTRAINT entry_changes_check, VALIDATE CONSTRAINT entry_canonical_is_bounded, VALIDATE CONSTRAINT entry_origin_is_bounded;
            ELSE
                ALTER TABLE audit.entry VALIDATE CONSTRAINT entry_is_mixed, VALIDATE CONSTRAINT entry_data_check,
                    VALIDATE CONSTRAINT entry_changes_check, VALIDATE CONSTRAINT entry_canonical_is_bounded, VALIDATE CONSTRAINT entry_origin_is_bounded;
            END IF;
        END $do$;

        """#

    private static let whole = #"""
        DO $do$
        DECLARE
            item record;
            triggers text[] := '{}';
            indexes text[] := '{}';
            statement text;
        BEGIN
            FOR item IN SELECT tgname, pg_get_triggerdef(oid) AS definition FROM pg_trigger
                WHERE tgrelid = 'audit.entry'::regclass AND NOT tgisinternal AND tgtype & 1 = 1 ORDER BY tgname
            LOOP
                triggers := triggers || item.definition;
                EXECUTE format('DROP TRIGGER %I ON audit.entry', item.tgname);
            END LOOP;
            FOR item IN SELECT c.relname, pg_get_indexdef(c.oid) AS definition FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
                WHERE i.indrelid = 'audit.entry'::regclass AND NOT i.indisprimary ORDER BY c.relname
            LOOP
                indexes := indexes || replace(item.definition, ' ON ONLY ', ' ON ');
                EXECUTE format('ALTER INDEX audit.%I RENAME TO %I', item.relname, 'entry_mixed' || substr(item.relname, 6));
            END LOOP;
            DROP POLICY read_own ON audit.entry;
            DROP POLICY write_own ON audit.entry;
            REVOKE ALL ON audit.entry FROM trellis_app, trellis_system;
            ALTER TABLE audit.entry RENAME CONSTRAINT entry_pkey TO entry_mixed_pkey;
            ALTER TABLE audit.entry RENAME TO entry_mixed;

            CREATE TABLE audit.entry (LIKE audit.entry_mixed INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY LIST (retention_group);
            ALTER TABLE audit.entry DROP CONSTRAINT entry_is_mixed;
            PERFORM audit.guard_part('entry');
            FOREACH statement IN ARRAY indexes || triggers LOOP EXECUTE statement; END LOOP;
            ALTER TABLE audit.entry ATTACH PARTITION audit.entry_mixed FOR VALUES IN ('mixed');
        END $do$;
        COMMENT ON COLUMN audit.entry.retention_group IS 'How long the entry is kept; mixed is what nobody said it of, which is kept for the longest time.';
        CREATE POLICY read_own ON audit.entry FOR SELECT USING ((SELECT trellis_is_system()) OR ref_org = (SELECT trellis_org_id())
            OR ref_user = (SELECT trellis_user_id()));
        CREATE POLICY write_own ON audit.entry FOR INSERT WITH CHECK ((SELECT trellis_is_system()) OR ref_org IS NULL
            OR ref_org = (SELECT trellis_org_id()) OR ref_user = (SELECT trellis_user_id()));
        GRANT SELECT, INSERT ON audit.entry TO trellis_app, trellis_system;

        """#

    private static let groups = ["billing", "general", "mutation"].map { group in
        """
        CREATE TABLE audit.entry_\(group) PARTITION OF audit.entry FOR VALUES IN ('\(group)') PARTITION BY RANGE (recorded_at);
        ALTER TABLE audit.entry_\(group) ADD PRIMARY KEY (id, recorded_at);
        SELECT audit.guard_part('entry_\(group)');
        SELECT audit.make_rest('\(group)');

        """
    }.joined()

    private static let months = #"""
        -- What follows the word entry or archived in the name of a month's table.
        CREATE FUNCTION audit.month_name(month date, retention_group text) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
            AS $$ SELECT CASE retention_group WHEN 'mixed' THEN '' ELSE retention_group || '_' END || to_char(month, 'YYYY_MM') $$;

        -- Makes a month of a group. Entries of it for which it was not ready are in it then: the table in which they lie becomes the month.
        CREATE FUNCTION audit.ensure_month(month date, retention_group text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            first date := date_trunc('month', month)::date;
            name text := 'entry_' || audit.month_name(first, retention_group);
            parent text := 'entry_' || retention_group;
            rest text := 'entry_' || retention_group || '_other';
            bounds text := format('FOR VALUES FROM (%L) TO (%L)', first || ' 00:00:00+00', (first + interval '1 month')::date || ' 00:00:00+00');
            inside bigint;
            outside bigint;
        BEGIN
            IF first IS NULL OR retention_group IS NULL OR retention_group NOT IN ('billing', 'general', 'mutation') THEN
                RAISE EXCEPTION 'there are no months of %', retention_group USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF to_regclass('audit.' || name) IS NOT NULL THEN RETURN; END IF;
            -- Readers and writers go on; what follows sees what the one before has committed.
            EXECUTE format('LOCK TABLE audit.%I IN SHARE UPDATE EXCLUSIVE MODE', parent);
            IF to_regclass('audit.' || name) IS NOT NULL THEN RETURN; END IF;
            EXECUTE format('SELECT count(*) FILTER (WHERE is_inside), count(*) FILTER (WHERE NOT is_inside)
                FROM (SELECT recorded_at >= $1 AND recorded_at < $2 AS is_inside FROM audit.%I) AS e', rest)
                INTO inside, outside
                USING first::timestamp AT TIME ZONE 'UTC', (first + interval '1 month') AT TIME ZONE 'UTC';
            IF inside = 0 THEN
                EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.%I %s', name, parent, bounds);
                PERFORM audit.guard_part(name);
            ELSIF outside = 0 THEN
                EXECUTE format('ALTER TABLE audit.%I DETACH PARTITION audit.%I', parent, rest);
                EXECUTE format('ALTER TABLE audit.%I RENAME TO %I', rest, name);
                EXECUTE format('ALTER TABLE audit.%I ATTACH PARTITION audit.%I %s', parent, name, bounds);
                PERFORM audit.make_rest(retention_group);
            ELSE
                RAISE EXCEPTION 'entries of several months lie in audit.%', rest USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
        END $$;
        -- A month of each group.
        CREATE OR REPLACE FUNCTION audit.ensure_month(month date) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
            AS $$ SELECT audit.ensure_month(month, g) FROM unnest(ARRAY['billing', 'general', 'mutation']) AS g $$;

        -- The months that are to be there and are not, by the clock by which entries are filed: those of entries that lie elsewhere, this one and three more.
        CREATE FUNCTION audit.missing_months() RETURNS TABLE (retention_group text, month date, is_used boolean) LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
                SELECT w.name, w.month, bool_or(w.is_used) FROM (
                    SELECT g.name, (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + n * interval '1 month')::date AS month, false AS is_used
                    FROM unnest(ARRAY['billing', 'general', 'mutation']) AS g (name), generate_series(0, 3) AS n
                    UNION SELECT 'billing', date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date, true FROM audit.entry_billing_other
                    UNION SELECT 'general', date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date, true FROM audit.entry_general_other
                    UNION SELECT 'mutation', date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date, true FROM audit.entry_mutation_other) AS w
                WHERE to_regclass('audit.entry_' || audit.month_name(w.month, w.name)) IS NULL GROUP BY w.name, w.month ORDER BY 2, 1 $$;
        -- How many bytes of entries lie outside of all months.
        CREATE FUNCTION audit.unfiled_bytes() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
            AS $$ SELECT sum(pg_relation_size(('audit.entry_' || r)::regclass))::bigint
                FROM unnest(ARRAY['other', 'billing_other', 'general_other', 'mutation_other']) AS r $$;
        REVOKE EXECUTE ON FUNCTION audit.ensure_month(date), audit.ensure_month(date, text), audit.missing_months(), audit.unfiled_bytes() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.ensure_month(date), audit.ensure_month(date, text), audit.missing_months(), audit.unfiled_bytes() TO trellis_system;
        SELECT audit.ensure_month((clock_timestamp() AT TIME ZONE 'UTC' + n * interval '1 month')::date) FROM generate_series(0, 3) AS n;

        """#
}
