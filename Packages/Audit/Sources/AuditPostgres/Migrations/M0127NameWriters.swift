internal import Audit
public import Postgres

/// Which process alone may write entries of a type (AUD-093). A type without a row may be written by both; whoever owns the schema is not held to it.
public enum M0127NameWriters: Migration {
    /// `0127-audit-name-writers`
    public static var id: String { "0127-audit-name-writers" }
    /// A table, a trigger, and the types of the log's own chores.
    public static var sql: String {
        #"""
        CREATE TABLE audit.type_writer (
            type text PRIMARY KEY CHECK (type ~ '^[a-z][a-z0-9_]{2,63}$'),
            role text NOT NULL CHECK (role IN ('trellis_app', 'trellis_system'))
        );
        COMMENT ON TABLE audit.type_writer IS 'Types of entries that one process alone may write, as the role in which it works.';
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.type_writer FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
        GRANT SELECT ON audit.type_writer TO trellis_app, trellis_system;

        CREATE FUNCTION audit.check_writer() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            writer text;
        BEGIN
            IF current_user NOT IN ('trellis_app', 'trellis_system') THEN RETURN NEW; END IF;
            SELECT role INTO writer FROM audit.type_writer WHERE type = NEW.type;
            IF writer <> current_user THEN
                RAISE EXCEPTION 'an entry of type % is not written by %', NEW.type, current_user
                    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'entry_is_of_its_writer';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER check_writer BEFORE INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.check_writer();

        """#
            + AuditSchema.allow(
                [
                    AuditCheckpointSigned.type, AuditVerified.type, AuditVerificationFailed.type, AuditMonthArchived.type,
                    AuditMonthDropped.type, AuditPrivateErased.type,
                ], only: .background)
    }
}
