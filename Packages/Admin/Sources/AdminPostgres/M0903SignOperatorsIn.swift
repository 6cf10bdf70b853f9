internal import Admin
internal import Audit
internal import AuditPostgres
public import Postgres

/// Passkeys, enrolment links, challenges and sessions of operators (ADM-002 to ADM-004). Of what a browser holds, the SHA-256 is kept.
public enum M0903SignOperatorsIn: Migration {
    /// `0903-admin-sign-operators-in`
    public static var id: String { "0903-admin-sign-operators-in" }
    /// Tables, grants, rows of the catalogue.
    public static var sql: String { tables + AuditSchema.register([OperatorPasskeyEnrolled.type, OperatorSignedIn.type]) }

    private static let tables = #"""
        CREATE TABLE admin.operator_passkey (
            credential_id bytea PRIMARY KEY CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
            operator_id uuid NOT NULL REFERENCES admin.operator (id),
            public_key bytea NOT NULL CHECK (octet_length(public_key) BETWEEN 1 AND 1024),
            algorithm integer NOT NULL,
            sign_count bigint NOT NULL CHECK (sign_count >= 0),
            backup_eligible boolean NOT NULL,
            created_at timestamptz NOT NULL,
            used_at timestamptz
        );
        CREATE INDEX operator_passkey_of_operator ON admin.operator_passkey (operator_id);
        CREATE TABLE admin.operator_enrolment (
            digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
            operator_id uuid NOT NULL REFERENCES admin.operator (id),
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL CHECK (expires_at <= created_at + interval '30 minutes'),
            used_at timestamptz
        );
        CREATE INDEX operator_enrolment_of_operator ON admin.operator_enrolment (operator_id);
        CREATE TABLE admin.operator_challenge (
            digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX operator_challenge_by_end ON admin.operator_challenge (expires_at);
        CREATE TABLE admin.operator_session (
            id uuid PRIMARY KEY,
            digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
            operator_id uuid NOT NULL REFERENCES admin.operator (id),
            -- What the operator was at sign-in: whoever is something else since signs in anew.
            role text NOT NULL,
            network text NOT NULL CHECK (length(network) <= 64),
            started_at timestamptz NOT NULL,
            seen_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL CHECK (expires_at <= started_at + interval '8 hours'),
            ended_at timestamptz
        );
        CREATE INDEX operator_session_of_operator ON admin.operator_session (operator_id, started_at DESC);

        GRANT SELECT, INSERT ON admin.operator_passkey, admin.operator_enrolment, admin.operator_session TO trellis_app, trellis_system;
        GRANT SELECT, INSERT, DELETE ON admin.operator_challenge TO trellis_app, trellis_system;
        GRANT UPDATE (sign_count, used_at) ON admin.operator_passkey TO trellis_app, trellis_system;
        GRANT UPDATE (used_at) ON admin.operator_enrolment TO trellis_app, trellis_system;
        GRANT UPDATE (seen_at, ended_at) ON admin.operator_session TO trellis_app, trellis_system;

        """#
}
