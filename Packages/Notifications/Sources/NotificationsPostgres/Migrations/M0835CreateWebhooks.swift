internal import Audit
internal import AuditPostgres
internal import Notifications
internal import Postgres

/// Endpoints of customers, what happened to their things, and what was sent where (NOT-179 to NOT-191).
enum M0835CreateWebhooks: Migration {
    static let id = "0835-notifications-create-webhooks"

    static var sql: String {
        tables + policies + AuditSchema.register(WebhookEntry.types)
            + AuditSchema.locate(.webhookEndpoint, in: "notifications.webhook_endpoint", column: "id")
    }

    private static let tables = #"""
        CREATE TABLE notifications.webhook_endpoint (
            org_id uuid NOT NULL,
            id uuid NOT NULL UNIQUE,
            url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
            description text NOT NULL CHECK (length(description) <= 200),
            types text[] NOT NULL CHECK (cardinality(types) <= 100),
            is_ordered boolean NOT NULL,
            status text NOT NULL CHECK (status IN ('enabled', 'disabled')),
            disabled_because text,
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            failing_since timestamptz,
            failure_told_at timestamptz,
            PRIMARY KEY (org_id, id),
            CHECK ((status = 'disabled') = (disabled_because IS NOT NULL))
        );
        COMMENT ON TABLE notifications.webhook_endpoint IS 'A URL of a customer that hears what happens to the org''s things.';

        CREATE TABLE notifications.webhook_secret (
            org_id uuid NOT NULL,
            endpoint_id uuid NOT NULL,
            id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
            sealed text NOT NULL CHECK (sealed LIKE 'v1.%'),
            created_at timestamptz NOT NULL,
            expires_at timestamptz,
            PRIMARY KEY (org_id, endpoint_id, id),
            FOREIGN KEY (org_id, endpoint_id) REFERENCES notifications.webhook_endpoint (org_id, id) ON DELETE CASCADE
        );
        COMMENT ON TABLE notifications.webhook_secret IS 'What messages to an endpoint are signed with, sealed; two at most (NOT-180).';

        CREATE TABLE notifications.webhook_sequence (
            org_id uuid NOT NULL,
            object text NOT NULL,
            last bigint NOT NULL CHECK (last >= 1),
            PRIMARY KEY (org_id, object)
        );
        COMMENT ON TABLE notifications.webhook_sequence IS 'The last number given for each object (NOT-183).';

        CREATE TABLE notifications.webhook_message (
            org_id uuid NOT NULL,
            id uuid NOT NULL,
            cause text NOT NULL,
            type text NOT NULL,
            object text NOT NULL,
            sequence bigint NOT NULL,
            payload text NOT NULL CHECK (octet_length(payload) < 20000),
            created_at timestamptz NOT NULL,
            PRIMARY KEY (org_id, id),
            CONSTRAINT webhook_message_once_for_each_cause UNIQUE (org_id, cause),
            CONSTRAINT webhook_message_numbered UNIQUE (org_id, object, sequence)
        );
        CREATE INDEX webhook_message_by_age ON notifications.webhook_message (created_at);
        COMMENT ON TABLE notifications.webhook_message IS 'What happened, as customers'' systems hear of it: the bytes that are signed.';

        CREATE TABLE notifications.webhook_delivery (
            org_id uuid NOT NULL,
            endpoint_id uuid NOT NULL,
            message_id uuid NOT NULL,
            status text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed', 'held')),
            attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            replays integer NOT NULL DEFAULT 0 CHECK (replays >= 0),
            next_at timestamptz,
            delivered_at timestamptz,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (org_id, endpoint_id, message_id),
            FOREIGN KEY (org_id, endpoint_id) REFERENCES notifications.webhook_endpoint (org_id, id) ON DELETE CASCADE,
            FOREIGN KEY (org_id, message_id) REFERENCES notifications.webhook_message (org_id, id) ON DELETE CASCADE
        );
        CREATE INDEX webhook_delivery_by_message ON notifications.webhook_delivery (org_id, message_id);
        COMMENT ON TABLE notifications.webhook_delivery IS 'A message on its way to one endpoint.';

        CREATE TABLE notifications.webhook_attempt (
            org_id uuid NOT NULL,
            endpoint_id uuid NOT NULL,
            message_id uuid NOT NULL,
            number integer NOT NULL CHECK (number >= 1),
            began_at timestamptz NOT NULL,
            took_ms integer NOT NULL,
            answer_status integer,
            answer text CHECK (length(answer) <= 16384),
            failure text,
            PRIMARY KEY (org_id, endpoint_id, message_id, number),
            FOREIGN KEY (org_id, endpoint_id, message_id)
                REFERENCES notifications.webhook_delivery (org_id, endpoint_id, message_id) ON DELETE CASCADE,
            CHECK ((answer_status IS NULL) = (failure IS NOT NULL))
        );
        CREATE INDEX webhook_attempt_by_endpoint ON notifications.webhook_attempt (org_id, endpoint_id, began_at);
        COMMENT ON TABLE notifications.webhook_attempt IS 'One attempt to hand a message over, and what came of it.';

        """#

    private static let policies = [
        "webhook_endpoint", "webhook_secret", "webhook_sequence", "webhook_message", "webhook_delivery", "webhook_attempt",
    ].map { table in
        """
        ALTER TABLE notifications.\(table) ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.\(table) FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON notifications.\(table) USING ((SELECT trellis_is_system()) OR org_id = (SELECT trellis_org_id()));
        GRANT SELECT, INSERT, UPDATE, DELETE ON notifications.\(table) TO trellis_app, trellis_system;

        """
    }.joined()
}
