internal import AuditPostgres
internal import Notifications
internal import Postgres

/// What is reported about mails after a relay has taken them, and the addresses that get no more (NOT-055, NOT-056).
enum M0833TakeFeedback: Migration {
    static let id = "0833-notifications-take-feedback"

    static var sql: String { table + AuditSchema.register(FeedbackAuditTypes.all) }

    private static let table = #"""
        ALTER TABLE notifications.mail DROP CONSTRAINT mail_status_check, DROP CONSTRAINT mail_sent_has_time,
            ADD COLUMN relay text, ADD COLUMN queue_id text, ADD COLUMN bounces integer NOT NULL DEFAULT 0 CHECK (bounces >= 0),
            ADD CONSTRAINT mail_status_check CHECK (status IN ('held', 'queued', 'rendered', 'sending', 'sent', 'delivered', 'deferred',
                'bounced', 'complained', 'suppressed', 'skipped', 'failed', 'canceled', 'unknown')),
            ADD CONSTRAINT mail_sent_has_time CHECK (status NOT IN ('sent', 'delivered', 'complained') OR sent_at IS NOT NULL);
        INSERT INTO notifications.mail_move VALUES
            ('queued', 'suppressed'), ('queued', 'skipped'), ('rendered', 'suppressed'), ('rendered', 'skipped'),
            ('deferred', 'suppressed'), ('deferred', 'skipped'), ('sending', 'bounced'),
            ('sent', 'delivered'), ('sent', 'bounced'), ('sent', 'complained'),
            ('delivered', 'bounced'), ('delivered', 'complained'), ('bounced', 'sending'), ('bounced', 'canceled');
        ALTER TABLE notifications.mail ADD CONSTRAINT mail_id_and_org UNIQUE (id, org_id);
        CREATE INDEX mail_by_recipient ON notifications.mail (recipient, sent_at DESC) WHERE sent_at IS NOT NULL;

        CREATE TABLE notifications.mail_feedback (
            mail_id uuid NOT NULL,
            attempt integer NOT NULL,
            kind text NOT NULL CHECK (kind IN ('delivered', 'delayed', 'hard_bounce', 'complaint')),
            code text NOT NULL CHECK (code = '' OR code ~ '^[245]\.\d{1,3}\.\d{1,3}$'),
            org_id uuid,
            reported_at timestamptz NOT NULL,
            PRIMARY KEY (mail_id, attempt, kind, code),
            FOREIGN KEY (mail_id, org_id) REFERENCES notifications.mail (id, org_id)
        );
        CREATE INDEX mail_feedback_by_org ON notifications.mail_feedback (org_id, reported_at DESC);
        COMMENT ON TABLE notifications.mail_feedback IS 'What those who carry mail say became of one; each report once.';
        ALTER TABLE notifications.mail_feedback ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.mail_feedback FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON notifications.mail_feedback
            USING ((SELECT trellis_is_system()) OR org_id = (SELECT trellis_org_id()));
        GRANT SELECT, INSERT ON notifications.mail_feedback TO trellis_system;

        CREATE TABLE notifications.suppression (
            address_hash bytea PRIMARY KEY CHECK (octet_length(address_hash) = 32),
            kind text NOT NULL CHECK (kind IN ('hard_bounce', 'complaint', 'manual')),
            source_mail uuid,
            suppressed_at timestamptz NOT NULL,
            lifted_at timestamptz,
            lifted_because text,
            CHECK ((lifted_at IS NULL) = (lifted_because IS NULL))
        );
        COMMENT ON TABLE notifications.suppression IS 'Addresses, by their hash, that get no more mail of the classes a person can do without.';
        ALTER TABLE notifications.suppression ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.suppression FORCE ROW LEVEL SECURITY;
        CREATE POLICY system ON notifications.suppression USING ((SELECT trellis_is_system()));
        GRANT SELECT, INSERT, UPDATE ON notifications.suppression TO trellis_system;

        """#
}
