internal import Audit
public import Postgres

/// Months that leave the table for an archive, and holds that keep what concerns somebody (AUD-065, AUD-067, AUD-069, AUD-070).
public enum M0120ArchiveMonths: Migration {
    /// `0120-audit-archive-months`
    public static var id: String { "0120-audit-archive-months" }
    /// Tables, procedures, rows of the catalogue.
    public static var sql: String { tables + procedures + erasures + AuditSchema.register(ArchiveAuditEvents.types) }

    private static let tables = #"""
        CREATE TABLE audit.archive (
            month date PRIMARY KEY CHECK (extract(day FROM month) = 1),
            file text NOT NULL CHECK (length(file) BETWEEN 1 AND 200),
            entries bigint NOT NULL CHECK (entries >= 0),
            sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
            manifest bytea NOT NULL,
            signature bytea NOT NULL CHECK (octet_length(signature) = 64),
            verified_at timestamptz NOT NULL,
            detached_at timestamptz,
            dropped_at timestamptz
        );
        -- What a row says of a file is never changed; that the month left the table and was dropped is noted by the procedures below.
        CREATE FUNCTION audit.keep_archive() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'detached_at' - 'dropped_at' = to_jsonb(NEW) - 'detached_at' - 'dropped_at' THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'audit.archive is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.archive FOR EACH ROW EXECUTE FUNCTION audit.keep_archive();
        CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.archive FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
        CREATE TABLE audit.legal_hold (
            id uuid PRIMARY KEY,
            held_org uuid,
            held_user uuid,
            held_graph text,
            set_at timestamptz NOT NULL,
            lifted_at timestamptz,
            CHECK (num_nonnulls(held_org, held_user, held_graph) = 1)
        );
        CREATE UNIQUE INDEX legal_hold_is_one ON audit.legal_hold (coalesce(held_org::text, held_user::text, held_graph)) WHERE lifted_at IS NULL;
        GRANT SELECT, INSERT ON audit.archive TO trellis_system;
        GRANT SELECT, INSERT ON audit.legal_hold TO trellis_app, trellis_system;
        GRANT UPDATE (lifted_at) ON audit.legal_hold TO trellis_app, trellis_system;

        """#

    private static let procedures = #"""
        CREATE FUNCTION audit.is_held(org uuid, person uuid, graph text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp
            AS $$ SELECT EXISTS (SELECT FROM audit.legal_hold AS h WHERE h.lifted_at IS NULL
                AND (h.held_org = org OR h.held_user = person OR h.held_graph = graph)) $$;
        -- Whether a month is there and no hold concerns any of its entries.
        CREATE FUNCTION audit.month_is_free(month date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp
            AS $$ SELECT to_regclass('audit.entry_' || to_char(month, 'YYYY_MM')) IS NOT NULL AND NOT EXISTS (
                SELECT FROM audit.legal_hold AS h JOIN audit.entry AS e
                    ON e.ref_org = h.held_org OR e.ref_user = h.held_user OR e.ref_graph = h.held_graph
                WHERE h.lifted_at IS NULL AND e.recorded_at >= month::timestamp AT TIME ZONE 'UTC'
                    AND e.recorded_at < (month + interval '1 month') AT TIME ZONE 'UTC') $$;
        CREATE FUNCTION audit.detach_month(month date, at timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            name text := 'entry_' || to_char(month, 'YYYY_MM');
            expected bigint;
            counted bigint;
        BEGIN
            SELECT entries INTO expected FROM audit.archive AS a WHERE a.month = detach_month.month AND a.detached_at IS NULL;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'the month % has no verified archive', month USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            LOCK TABLE audit.legal_hold IN SHARE MODE;
            IF NOT audit.month_is_free(month) THEN
                RAISE EXCEPTION 'the month % is held, or not there', month USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            SELECT count(*) INTO counted FROM audit.entry AS e WHERE e.recorded_at >= month::timestamp AT TIME ZONE 'UTC'
                AND e.recorded_at < (month + interval '1 month') AT TIME ZONE 'UTC';
            IF counted <> expected THEN
                RAISE EXCEPTION 'the month % has % entries, its archive %', month, counted, expected USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            EXECUTE format('ALTER TABLE audit.entry DETACH PARTITION audit.%I', name);
            EXECUTE format('ALTER TABLE audit.%I RENAME TO %I', name, 'archived_' || to_char(month, 'YYYY_MM'));
            EXECUTE format('CREATE POLICY read_all ON audit.%I FOR SELECT USING ((SELECT public.trellis_is_system()))',
                'archived_' || to_char(month, 'YYYY_MM'));
            UPDATE audit.archive AS a SET detached_at = at WHERE a.month = detach_month.month;
        END $$;
        CREATE FUNCTION audit.drop_month(month date, at timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            name text := 'archived_' || to_char(month, 'YYYY_MM');
            is_held boolean;
        BEGIN
            PERFORM FROM audit.archive AS a WHERE a.month = drop_month.month AND a.detached_at IS NOT NULL AND a.dropped_at IS NULL;
            IF NOT FOUND OR to_regclass('audit.' || name) IS NULL THEN
                RAISE EXCEPTION 'the month % has no verified archive', month USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            LOCK TABLE audit.legal_hold IN SHARE MODE;
            EXECUTE format('SELECT EXISTS (SELECT FROM audit.%I AS e WHERE audit.is_held(e.ref_org, e.ref_user, e.ref_graph))', name) INTO is_held;
            IF is_held THEN
                RAISE EXCEPTION 'the month % is held', month USING ERRCODE = 'object_not_in_prerequisite_state';
            END IF;
            -- What is personal goes with its entry.
            PERFORM set_config('trellis.audit_erasure', 'due', true);
            EXECUTE format('DELETE FROM audit.private_part WHERE entry_id IN (SELECT id FROM audit.%I)', name);
            PERFORM set_config('trellis.audit_erasure', '', true);
            EXECUTE format('DROP TABLE audit.%I', name);
            UPDATE audit.archive AS a SET dropped_at = at WHERE a.month = drop_month.month;
        END $$;
        REVOKE EXECUTE ON FUNCTION audit.is_held(uuid, uuid, text), audit.month_is_free(date), audit.detach_month(date, timestamptz),
            audit.drop_month(date, timestamptz) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION audit.month_is_free(date), audit.detach_month(date, timestamptz), audit.drop_month(date, timestamptz)
            TO trellis_system;

        """#

    /// The erasures as they were, but for what is held.
    private static let erasures = [
        ("erase_expired_private(before timestamptz)", "p.class = 'security' AND p.occurred_at < before"),
        ("erase_older_private(before timestamptz)", "p.class <> 'security' AND p.occurred_at < before"),
        (
            "erase_private_of_deleted()",
            """
            p.ref_org IS NULL AND p.ref_user IS NOT NULL AND p.class <> 'billing'
                            AND EXISTS (SELECT FROM audit.entry AS e WHERE e.type = 'user_deleted' AND e.ref_user = p.ref_user)
            """
        ),
    ].map { name, rule in
        """
        CREATE OR REPLACE FUNCTION audit.\(name) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE erased bigint;
        BEGIN
            PERFORM set_config('trellis.audit_erasure', 'due', true);
            DELETE FROM audit.private_part AS p WHERE \(rule)
                AND NOT audit.is_held(p.ref_org, p.ref_user, (SELECT g.ref_graph FROM audit.entry AS g WHERE g.id = p.entry_id LIMIT 1));
            GET DIAGNOSTICS erased = ROW_COUNT;
            PERFORM set_config('trellis.audit_erasure', '', true);
            RETURN erased;
        END $$;

        """
    }.joined()
}
