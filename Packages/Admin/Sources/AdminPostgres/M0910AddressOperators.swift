internal import Admin
internal import Audit
internal import AuditPostgres
internal import Postgres

/// Where operators read mail: it goes to those who are concerned, one by one (NOT-052, NOT-169).
enum M0910AddressOperators: Migration {
    static let id = "0910-admin-address-operators"

    static var sql: String {
        table + AuditSchema.register([OperatorAddressChanged.type, MailSampleRequested.type])
            + AuditSchema.cover("admin.operator", as: .operator, belonging: [], columns: ["name", "email", "role", "disabled_at"])
    }

    private static let table = #"""
        ALTER TABLE admin.operator ADD COLUMN email text
            CHECK (length(email) <= 254 AND email ~ '^[^[:cntrl:][:space:]@]+@[^[:cntrl:][:space:]@]+$');
        COMMENT ON COLUMN admin.operator.email IS 'Where the person reads mail. Two who work have two addresses.';
        CREATE UNIQUE INDEX operator_by_email ON admin.operator (lower(email)) WHERE disabled_at IS NULL;
        GRANT UPDATE (email) ON admin.operator TO trellis_app, trellis_system;

        -- Made anew below, with the address among what does not change without an entry.
        DROP TRIGGER covered_insert ON admin.operator;
        DROP TRIGGER covered_update ON admin.operator;

        """#
}
