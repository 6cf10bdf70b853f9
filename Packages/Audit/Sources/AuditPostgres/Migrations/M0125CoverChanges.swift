internal import Audit
public import Postgres

/// The database itself refuses a change that is not in the log (AUD-023), and knows for each thing the entry of its last change (AUD-043).
///
/// Which tables that are, the packages say in steps of their own with ``AuditSchema/cover(_:as:key:belonging:columns:when:coversRemoval:)``.
public enum M0125CoverChanges: Migration {
    /// `0125-audit-cover-changes`
    public static var id: String { "0125-audit-cover-changes" }
    /// What the entries of a transaction are about, the last entry of each thing, and the check.
    public static var sql: String {
        let things = AuditReferenceKind.covered.map { "'\($0.rawValue):' || NEW.ref_\($0.rawValue)" }.joined(separator: ", ")
        return #"""
            -- Whoever writes an entry adds a row here anyway; until it is sealed the row says which transaction wrote it, and about what.
            ALTER TABLE audit.unsealed ADD COLUMN transaction xid8 NOT NULL DEFAULT pg_current_xact_id(), ADD COLUMN things text[] NOT NULL DEFAULT '{}';
            CREATE INDEX unsealed_of_transaction ON audit.unsealed (transaction);
            CREATE OR REPLACE FUNCTION audit.await_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
            BEGIN
                INSERT INTO audit.unsealed (entry_id, recorded_at, things) VALUES (NEW.id, NEW.recorded_at,
                    array_remove(ARRAY[
            """# + things + #"""
                ], NULL) || ARRAY(SELECT (f ->> 'kind') || ':' || coalesce(f ->> 'id', f ->> 'text') FROM jsonb_array_elements(NEW.further_references) AS f));
                    RETURN NULL;
                END $$;

                CREATE TABLE audit.coverage (
                    thing text COLLATE "C" PRIMARY KEY CHECK (length(thing) <= 300),
                    last_entry_id uuid NOT NULL
                ) WITH (fillfactor = 80);
                COMMENT ON TABLE audit.coverage IS 'The entry of the last audited change of each thing. Written by the check at the end of each transaction alone.';
                GRANT SELECT ON audit.coverage TO trellis_system;
                -- While it has a row, changes without entries pass: databases of tests are filled by hand. Nobody but the schema's owner writes it.
                CREATE TABLE audit.coverage_waiver (
                    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
                    reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 200)
                );

                -- At the end of the transaction, for each row that changed: which entry of it is about the row's thing, or whom it belongs to.
                -- Small as the table of those that wait is, it is not when sealing has stopped: a plan that reads all of it is never taken.
                CREATE FUNCTION audit.require_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                    SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
                DECLARE
                    changed jsonb;
                    about text := '';
                    good text[] := '{}';
                    part text;
                    entry uuid;
                    acting text := CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role') END;
                BEGIN
                    IF TG_OP = 'DELETE' THEN changed := to_jsonb(OLD); ELSE changed := to_jsonb(NEW); END IF;
                    FOREACH part IN ARRAY string_to_array(TG_ARGV[1], ',') LOOP
                        about := about || ':' || (changed ->> part);
                    END LOOP;
                    about := TG_ARGV[0] || about;
                    FOR n IN 2..TG_NARGS - 1 BY 2 LOOP
                        good := good || (TG_ARGV[n] || ':' || (changed ->> TG_ARGV[n + 1]));
                    END LOOP;
                    SELECT u.entry_id INTO entry FROM audit.unsealed AS u
                        WHERE u.transaction = pg_current_xact_id() AND (about = ANY(u.things) OR u.things && good)
                        ORDER BY about = ANY(u.things) DESC, u.ordinal DESC LIMIT 1;
                    IF FOUND THEN
                        INSERT INTO audit.coverage AS c (thing, last_entry_id) VALUES (about, entry)
                            ON CONFLICT (thing) DO UPDATE SET last_entry_id = EXCLUDED.last_entry_id WHERE c.last_entry_id <> EXCLUDED.last_entry_id;
                    ELSIF acting <> 'trellis_owner' AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = acting AND r.rolsuper)
                        AND NOT EXISTS (SELECT FROM audit.coverage_waiver)
                    THEN
                        RAISE EXCEPTION 'the change of % has no entry in the log', about
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'change_has_its_entry', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
                    END IF;
                    RETURN NULL;
                END $$;
                REVOKE EXECUTE ON FUNCTION audit.require_entry() FROM PUBLIC;

                """#
    }
}

extension AuditReferenceKind {
    /// The kinds of things whose changes need an entry, or to whom such things belong.
    static let covered: [AuditReferenceKind] = [
        .org, .user, .membership, .invitation, .apiKey, .passkey, .subscription, .invoice, .accountCredit, .creditPool, .graph,
        .graphMember,
        .repositoryGrant, .control, .operator,
    ]
}
