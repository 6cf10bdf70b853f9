internal import Admin
internal import AuditPostgres
public import Postgres

/// What operators do to the queue, to subscriptions and to hosts in the log, and keys of their requests (ADM-014, AUD-132).
public enum M0904ServeOperators: Migration {
    /// `0904-admin-serve-operators`
    public static var id: String { "0904-admin-serve-operators" }
    /// A table, grants, rows of the catalogue.
    public static var sql: String { tables + AuditSchema.register(QueueAudit.types + OperatorWrites.types) }

    private static let tables = #"""
        CREATE TABLE admin.operator_request (
            operator_id uuid NOT NULL REFERENCES admin.operator (id),
            key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
            fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
            taken_at timestamptz NOT NULL,
            status smallint,
            body jsonb,
            PRIMARY KEY (operator_id, key)
        );
        -- What operators look for.
        CREATE INDEX api_key_by_prefix ON identity.api_key (prefix);
        CREATE INDEX graph_by_name ON graphs.graph (name);
        CREATE INDEX customer_by_billing_email ON billing.customer (billing_email) WHERE billing_email IS NOT NULL;
        GRANT SELECT, INSERT, UPDATE, DELETE ON admin.operator_request TO trellis_app, trellis_system;
        -- Operators are served by what serves requests.
        GRANT INSERT, UPDATE ON billing.control TO trellis_app;
        GRANT SELECT ON graphs.orphan_finding, jobs.leader TO trellis_app;
        GRANT UPDATE (state, outcome, park_reason, settled_at) ON billing.inbound_event TO trellis_app;
        GRANT UPDATE (state, updated_at) ON graphs.graph_host TO trellis_app;

        """#
}
