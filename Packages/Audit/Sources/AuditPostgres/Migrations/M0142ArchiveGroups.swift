public import Postgres

/// Months leave the table group by group, each when it is due (AUD-066), and what is personal is erased by one procedure (AUD-031).
public enum M0142ArchiveGroups: Migration {
    /// `0142-audit-archive-groups`
    public static var id: String { "0142-audit-archive-groups" }
    /// Whose archive a row tells of, to which group the entry of a link belongs, and the procedures.
    public static var sql: String { columns + archiving + erasing }

    private static let columns = #"""
        -- What is archived already, and what has its link already, is of the time before the groups.
        ALTER TABLE audit.archive ADD COLUMN retention_group text NOT NULL DEFAULT 'mixed'
            CHECK (retention_group IN ('mixed', 'billing', 'general', 'mutation'));
        ALTER TABLE audit.archive DROP CONSTRAINT archive_pkey, ADD CONSTRAINT archive_pkey PRIMARY KEY (month, retention_group);
        ALTER TABLE audit.link ADD COLUMN retention_group text NOT NULL DEFAULT 'mixed';
        COMMENT ON COLUMN audit.link.retention_group IS 'The group of the entry: whose archive has it when its month has left the table.';
        -- A sealer that does not know of groups leaves the column out.
        CREATE FUNCTION audit.know_group() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            SELECT e.retention_group INTO NEW.retention_group FROM audit.entry AS e WHERE e.id = NEW.entry_id AND e.recorded_at = NEW.recorded_at;
            NEW.retention_group := coalesce(NEW.retention_group, 'mixed');
            RETURN NEW;
        END $$;
        CREATE TRIGGER know_group BEFORE INSERT ON audit.link FOR EACH ROW WHEN (NEW.retention_group = 'mixed') EXECUTE FUNCTION audit.know_group();

        """#

    private static let archiving = #"""
        DROP FUNCTION audit.month_is_free(date);
        DROP FUNCTION audit.detach_month(date, timestamptz);
        DROP FUNCTION audit.drop_month(date, timestamptz);
        -- Whether a month of a group is there, is over by the clock by which entries are filed, and no hold concerns any of its entries.
        CREATE FUNCTION audit.month_is_free(month date, retention_group text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp
            AS $$ SELECT to_regclass('audit.entry_' || audit.month_name(month, retention_group)) IS NOT NULL
                AND clock_timestamp() >= (month + interval '1 month') AT TIME ZONE 'UTC' AND NOT EXISTS (
                SELECT FROM audit.legal_hold AS h JOIN audit.entry AS e
                    ON e.ref_org = h.held_org OR e.ref_user = h.held_user OR e.ref_graph = h.held_graph
                WHERE h.lifted_at IS NULL AND e.retention_group = month_is_free.retention_group
                    AND e.recorded_at >= month::timestamp AT TIME ZONE 'UTC' AND e.recorded_at < (month + interval '1 month') AT TIME ZONE 'UTC') $$;
        -- Nobody sets a hold until the transaction ends.
        CREATE FUNCTION audit.keep_holds() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            LOCK TABLE audit.legal_hold IN SHARE MODE;
        END $$;
        -- Takes a month out of the table; it stays as a table of its own, which only who drops it owns.
        CREATE FUNCTION audit.detach_month(month date, retention_group text, at timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            name text := audit.month_name(month, retention_group);
            expected bigint;
            counted bigint;
        BEGIN
            SELECT entries INTO expected FROM audit.archive AS a
                WHERE a.month = detach_month.month AND a.retention_group = detach_month.retention_group AND a.detached_at IS NULL;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the month % has no verified archive', name USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            PERFORM audit.keep_holds();
            IF NOT audit.month_is_free(month, retention_group) THEN
                RAISE EXCEPTION 'the month % is held, not over, or not there', name USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            SELECT count(*) INTO counted FROM audit.entry AS e WHERE e.retention_group = detach_month.retention_group
                AND e.recorded_at >= month::timestamp AT TIME ZONE 'UTC' AND e.recorded_at < (month + interval '1 month') AT TIME ZONE 'UTC';
            IF counted <> expected THEN
                RAISE EXCEPTION 'the month % has % entries, its archive %', name, counted, expected USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            EXECUTE format('ALTER TABLE audit.%I DETACH PARTITION audit.%I', 'entry_' || retention_group, 'entry_' || name);
            EXECUTE format('ALTER TABLE audit.%I RENAME TO %I', 'entry_' || name, 'archived_' || name);
            EXECUTE format('CREATE POLICY read_all ON audit.%I FOR SELECT USING ((SELECT public.trellis_is_system()))', 'archived_' || name);
            EXECUTE format('ALTER TABLE audit.%I OWNER TO trellis_remover', 'archived_' || name);
            UPDATE audit.archive AS a SET detached_at = at
                WHERE a.month = detach_month.month AND a.retention_group = detach_month.retention_group;
        END $$;
        -- Removes a month that is in its archive, with what is personal in its entries. One of the two procedures that remove anything.
        CREATE FUNCTION audit.drop_month(month date, retention_group text, at timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            name text := 'archived_' || audit.month_name(month, retention_group);
            is_held boolean;
        BEGIN
            PERFORM FROM audit.archive AS a WHERE a.month = drop_month.month AND a.retention_group = drop_month.retention_group
                AND a.detached_at IS NOT NULL AND a.dropped_at IS NULL;
            IF NOT FOUND OR to_regclass('audit.' || name) IS NULL THEN
                RAISE EXCEPTION 'the month % has no verified archive', name USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            PERFORM audit.keep_holds();
            EXECUTE format('SELECT EXISTS (SELECT FROM audit.%I AS e WHERE audit.is_held(e.ref_org, e.ref_user, e.ref_graph))', name) INTO is_held;
            IF is_held THEN
                RAISE EXCEPTION 'the month % is held', name USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            EXECUTE format('DELETE FROM audit.private_part WHERE entry_id IN (SELECT id FROM audit.%I)', name);
            EXECUTE format('DROP TABLE audit.%I', name);
            UPDATE audit.archive AS a SET dropped_at = at
                WHERE a.month = drop_month.month AND a.retention_group = drop_month.retention_group;
        END $$;
        REVOKE EXECUTE ON FUNCTION audit.month_is_free(date, text), audit.detach_month(date, text, timestamptz),
            audit.drop_month(date, text, timestamptz), audit.keep_holds() FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.month_is_free(date, text), audit.detach_month(date, text, timestamptz),
            audit.drop_month(date, text, timestamptz) TO trellis_system;

        """#

    private static let erasing = #"""
        -- Nobody removes what is personal but the two procedures, as whose owners they are known.
        CREATE OR REPLACE FUNCTION audit.refuse_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF current_user NOT IN ('trellis_eraser', 'trellis_remover') THEN
                RAISE EXCEPTION 'private parts are removed by erasure only' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NULL;
        END $$;
        -- Erases what is personal, but for what is held: of security events or of others that happened before a time, or of people whose account is
        -- gone, as far as it concerns them alone and has not to do with money. One of the two procedures that remove anything.
        CREATE FUNCTION audit.erase_private(cause text, before timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            erased bigint;
        BEGIN
            DELETE FROM audit.private_part AS p
            WHERE p.entry_id IN (
                SELECT s.entry_id FROM audit.private_part AS s WHERE cause = 'security' AND s.class = 'security' AND s.occurred_at < before
                UNION ALL
                SELECT o.entry_id FROM audit.private_part AS o WHERE cause = 'other' AND o.class <> 'security' AND o.occurred_at < before
                UNION ALL
                SELECT g.entry_id FROM audit.private_part AS g WHERE cause = 'account' AND g.ref_org IS NULL AND g.ref_user IS NOT NULL
                    AND g.class <> 'billing' AND EXISTS (SELECT FROM audit.entry AS e WHERE e.type = 'user_deleted' AND e.ref_user = g.ref_user))
                AND NOT audit.is_held(p.ref_org, p.ref_user, (SELECT e.ref_graph FROM audit.entry AS e WHERE e.id = p.entry_id LIMIT 1));
            GET DIAGNOSTICS erased = ROW_COUNT;
            RETURN erased;
        END $$;
        -- As processes of the last release ask for it.
        CREATE OR REPLACE FUNCTION audit.erase_expired_private(before timestamptz) RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, pg_temp
            AS $$ SELECT audit.erase_private('security', before) $$;
        CREATE OR REPLACE FUNCTION audit.erase_older_private(before timestamptz) RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, pg_temp
            AS $$ SELECT audit.erase_private('other', before) $$;
        CREATE OR REPLACE FUNCTION audit.erase_private_of_deleted() RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, pg_temp
            AS $$ SELECT audit.erase_private('account', NULL) $$;
        REVOKE EXECUTE ON FUNCTION audit.erase_private(text, timestamptz) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.erase_private(text, timestamptz) TO trellis_system;

        """#
}
