internal import Admin
internal import Audit
internal import AuditPostgres
internal import Postgres

/// Links for operators that go out by mail, and with which program somebody signed in (NOT-169).
enum M0911InviteOperators: Migration {
    static let id = "0911-admin-invite-operators"

    static var sql: String { tables + AuditSchema.register([OperatorInvitedAgain.type]) }

    private static let tables = #"""
        ALTER TABLE admin.operator_enrolment ADD COLUMN mailed_as uuid;
        COMMENT ON COLUMN admin.operator_enrolment.mailed_as IS 'The id of a link that went out by mail, from which its secret is derived.';
        CREATE UNIQUE INDEX operator_enrolment_mailed ON admin.operator_enrolment (mailed_as) WHERE mailed_as IS NOT NULL;
        ALTER TABLE admin.operator_session ADD COLUMN client_family text CHECK (length(client_family) BETWEEN 1 AND 40);
        COMMENT ON COLUMN admin.operator_session.client_family IS 'The kind of program; without one for sessions from before it was noted.';

        """#
}
