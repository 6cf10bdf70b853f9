internal import Admin
internal import AuditPostgres
public import Postgres

/// Commands that take two operators, what one gives away on a day, and keys of requests by their age (ADM-014, ADM-016, ADM-017).
public enum M0905AskTwoOperators: Migration {
    /// `0905-admin-ask-two-operators`
    public static var id: String { "0905-admin-ask-two-operators" }
    /// Tables, grants, rows of the catalogue.
    public static var sql: String { tables + AuditSchema.register(ApprovalAudit.types) }

    private static let tables = #"""
        CREATE TABLE admin.approval (
            id uuid PRIMARY KEY,
            operation text NOT NULL CHECK (length(operation) BETWEEN 1 AND 100),
            method text NOT NULL,
            target text NOT NULL CHECK (length(target) <= 8192),
            places jsonb NOT NULL,
            body jsonb NOT NULL,
            reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 500),
            cause text NOT NULL,
            effects jsonb NOT NULL,
            facts jsonb NOT NULL,
            status text NOT NULL CHECK (status IN ('open', 'given', 'refused', 'under_way', 'done', 'stale')),
            asked_by uuid NOT NULL REFERENCES admin.operator (id),
            asked_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL CHECK (expires_at <= asked_at + interval '24 hours'),
            decided_by uuid REFERENCES admin.operator (id),
            decided_at timestamptz,
            decided_because text,
            ended_at timestamptz,
            -- Nobody consents to what they asked for, and nothing is carried out without consent.
            CONSTRAINT approval_takes_two CHECK (decided_by <> asked_by),
            CONSTRAINT approval_is_decided CHECK (
                (decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NOT NULL OR status IN ('open', 'stale')))
        );
        CREATE INDEX approval_by_age ON admin.approval (asked_at DESC, id);
        CREATE INDEX approval_of_asker ON admin.approval (asked_by);
        CREATE INDEX approval_of_decider ON admin.approval (decided_by);
        CREATE TABLE admin.operator_allowance (
            operator_id uuid NOT NULL REFERENCES admin.operator (id),
            kind text NOT NULL CHECK (kind IN ('money', 'reveals')),
            day date NOT NULL,
            used bigint NOT NULL,
            PRIMARY KEY (operator_id, kind, day)
        );
        CREATE INDEX operator_request_by_age ON admin.operator_request (taken_at);

        GRANT SELECT, INSERT ON admin.approval TO trellis_app, trellis_system;
        GRANT UPDATE (status, decided_by, decided_at, decided_because, ended_at) ON admin.approval TO trellis_app, trellis_system;
        GRANT SELECT, INSERT, UPDATE ON admin.operator_allowance TO trellis_app, trellis_system;

        """#
}
