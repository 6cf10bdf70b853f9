internal import Admin
internal import Audit
internal import AuditPostgres
public import Postgres

/// Operators and their tokens, apart from all user accounts (ADM-001, ADM-005, ADM-010).
public enum M0900CreateOperators: Migration {
    /// `0900-admin-create-operators`
    public static var id: String { "0900-admin-create-operators" }
    /// Tables, the rule of the last superadmin, grants.
    public static var sql: String {
        tables + AuditSchema.locate(.operator, in: "admin.operator", column: "id") + AuditSchema.register(OperatorAudit.types)
    }

    private static let tables = #"""
        CREATE SCHEMA admin AUTHORIZATION trellis_owner;
        GRANT USAGE ON SCHEMA admin TO trellis_app, trellis_system;

        CREATE TABLE admin.operator (
            id uuid PRIMARY KEY,
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            role text NOT NULL CHECK (role IN ('viewer', 'support', 'billing', 'engineer', 'auditor', 'superadmin')),
            created_at timestamptz NOT NULL,
            disabled_at timestamptz
        );
        CREATE TABLE admin.operator_token (
            digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
            operator_id uuid NOT NULL REFERENCES admin.operator (id),
            networks text[] NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL CHECK (expires_at <= created_at + interval '90 days')
        );
        CREATE INDEX operator_token_of_operator ON admin.operator_token (operator_id);

        -- Somebody must stay who can admit others. The lock makes of two who end each other at once one who does.
        CREATE FUNCTION admin.keep_superadmin() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF OLD.role = 'superadmin' AND OLD.disabled_at IS NULL AND (NEW.role <> 'superadmin' OR NEW.disabled_at IS NOT NULL) THEN
                PERFORM pg_advisory_xact_lock(7020097, 1);
                IF NOT EXISTS (SELECT FROM admin.operator WHERE role = 'superadmin' AND disabled_at IS NULL AND id <> OLD.id) THEN
                    RAISE EXCEPTION 'one superadmin must stay' USING ERRCODE = 'check_violation', CONSTRAINT = 'operator_keeps_superadmin';
                END IF;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER keep_superadmin BEFORE UPDATE ON admin.operator FOR EACH ROW EXECUTE FUNCTION admin.keep_superadmin();

        -- Never removed by anybody: the name stays in the history.
        GRANT SELECT ON admin.operator, admin.operator_token TO trellis_app, trellis_system;
        GRANT INSERT ON admin.operator, admin.operator_token TO trellis_app, trellis_system;
        -- Operators are served by what serves requests.
        GRANT SELECT ON billing.drift_item TO trellis_app;
        GRANT UPDATE (role, disabled_at) ON admin.operator TO trellis_app, trellis_system;

        """#
}

/// The steps of the operators' schema; they come behind those of all other packages.
public enum AdminMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0900CreateOperators.self, M0901RegisterNotes.self, M0902RaiseKept.self, M0903SignOperatorsIn.self,
        M0904ServeOperators.self, M0905AskTwoOperators.self, M0906DiscardEvents.self,
        M0909CoverOperators.self, M0910AddressOperators.self, M0911InviteOperators.self,
    ]
}
