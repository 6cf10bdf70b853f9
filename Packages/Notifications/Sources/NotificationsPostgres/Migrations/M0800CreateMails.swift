internal import Audit
internal import AuditPostgres
internal import Notifications
public import Postgres

/// The outbox: one row for each mail, with what it says and where it stands.
public enum M0800CreateMails: Migration {
    /// `0800-notifications-create-mails`
    public static var id: String { "0800-notifications-create-mails" }
    /// The table, its table of moves, its policies.
    public static var sql: String {
        table + AuditSchema.register(NotificationAuditTypes.all) + AuditSchema.locate(.mail, in: "notifications.mail", column: "id")
    }

    private static let table = #"""
        CREATE SCHEMA notifications AUTHORIZATION trellis_owner;
        GRANT USAGE ON SCHEMA notifications TO trellis_app, trellis_system;

        CREATE TABLE notifications.mail_move (
            before text NOT NULL,
            after text NOT NULL,
            PRIMARY KEY (before, after)
        );
        COMMENT ON TABLE notifications.mail_move IS 'The closed table of moves between statuses (NOT-031).';
        INSERT INTO notifications.mail_move VALUES
            ('held', 'queued'), ('held', 'canceled'),
            ('queued', 'rendered'), ('queued', 'failed'), ('queued', 'canceled'),
            ('rendered', 'sending'), ('rendered', 'canceled'),
            ('sending', 'sent'), ('sending', 'deferred'), ('sending', 'failed'), ('sending', 'unknown'),
            ('deferred', 'sending'), ('deferred', 'failed'), ('deferred', 'canceled'),
            ('unknown', 'sending'), ('unknown', 'sent'), ('unknown', 'failed'),
            ('failed', 'queued');

        CREATE TABLE notifications.mail (
            id uuid PRIMARY KEY,
            decision text NOT NULL CHECK (length(decision) BETWEEN 1 AND 200),
            template text NOT NULL CHECK (template ~ '^[a-z][a-z_]{2,63}$'),
            class text NOT NULL CHECK (class IN ('security', 'required', 'service', 'optional')),
            recipient text NOT NULL CHECK (recipient = lower(recipient)),
            address text NOT NULL CHECK (length(address) <= 254 AND address ~ '^[^[:cntrl:][:space:]@]+@[^[:cntrl:][:space:]@]+$'),
            user_id uuid,
            org_id uuid,
            reason text NOT NULL,
            locale text NOT NULL,
            about jsonb NOT NULL CHECK (jsonb_typeof(about) = 'array' AND jsonb_array_length(about) >= 1),
            context jsonb NOT NULL CHECK (jsonb_typeof(context) = 'object'),
            status text NOT NULL CHECK (status IN ('held', 'queued', 'rendered', 'sending', 'sent', 'deferred', 'failed', 'canceled', 'unknown')),
            attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            subject text,
            html text,
            plain_text text,
            content_hash bytea CHECK (octet_length(content_hash) = 32),
            template_hash bytea CHECK (octet_length(template_hash) = 32),
            note text,
            queued_at timestamptz NOT NULL,
            rendered_at timestamptz,
            moved_at timestamptz NOT NULL,
            sent_at timestamptz,
            CONSTRAINT mail_once_for_each_decision UNIQUE (decision, template, recipient),
            CONSTRAINT mail_written_whole CHECK (num_nulls(subject, html, plain_text, content_hash, template_hash, rendered_at) IN (0, 6)),
            CONSTRAINT mail_written_before_sent CHECK (status NOT IN ('rendered', 'sending', 'sent', 'deferred', 'unknown') OR rendered_at IS NOT NULL),
            CONSTRAINT mail_sent_has_time CHECK ((status = 'sent') = (sent_at IS NOT NULL))
        );
        CREATE INDEX mail_by_org ON notifications.mail (org_id, id DESC);
        CREATE INDEX mail_by_user ON notifications.mail (user_id, id DESC) WHERE user_id IS NOT NULL;
        CREATE INDEX mail_unsettled ON notifications.mail (queued_at) WHERE status NOT IN ('sent', 'canceled', 'failed');
        COMMENT ON TABLE notifications.mail IS 'The outbox: one mail to one address for one decision.';

        CREATE FUNCTION notifications.keep_moves() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF NEW.status IS DISTINCT FROM OLD.status
                AND NOT EXISTS (SELECT FROM notifications.mail_move WHERE before = OLD.status AND after = NEW.status) THEN
                RAISE EXCEPTION 'a mail does not go from % to %', OLD.status, NEW.status
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_moves_by_the_table';
            END IF;
            IF (NEW.id, NEW.decision, NEW.template, NEW.class, NEW.recipient, NEW.queued_at)
                IS DISTINCT FROM (OLD.id, OLD.decision, OLD.template, OLD.class, OLD.recipient, OLD.queued_at) THEN
                RAISE EXCEPTION 'what a mail is does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_identity_stands';
            END IF;
            IF OLD.content_hash IS NOT NULL AND OLD.status <> 'failed'
                AND (NEW.content_hash, NEW.template_hash, NEW.subject, NEW.html, NEW.plain_text, NEW.rendered_at)
                    IS DISTINCT FROM (OLD.content_hash, OLD.template_hash, OLD.subject, OLD.html, OLD.plain_text, OLD.rendered_at) THEN
                RAISE EXCEPTION 'a mail is written once' USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_is_written_once';
            END IF;
            RETURN NEW;
        END
        $body$;
        CREATE TRIGGER keep_moves BEFORE UPDATE ON notifications.mail FOR EACH ROW EXECUTE FUNCTION notifications.keep_moves();

        ALTER TABLE notifications.mail ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.mail FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON notifications.mail USING (trellis_is_system() OR org_id = trellis_org_id() OR user_id = trellis_user_id());

        GRANT SELECT ON notifications.mail_move TO trellis_app, trellis_system;
        GRANT SELECT ON notifications.mail TO trellis_app;
        GRANT SELECT, INSERT, UPDATE ON notifications.mail TO trellis_system;

        """#
}

/// The steps of this package's schema.
public enum NotificationsMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0800CreateMails.self, M0810EraseMails.self, M0820KeepNotices.self, M0830ShowAcceptedMails.self, M0833TakeFeedback.self,
        M0835CreateWebhooks.self, M0836TellOrgsInTheProduct.self, M0837KeepPreferences.self, M0838TellPeopleOfThemselves.self,
        M0839NamePreferences.self, M0840FindWaitingDeliveries.self, M0848TellOfMoreInTheProduct.self, M0849TellOperators.self,
        M0850KeepDefaults.self, M0856EraseNotices.self, M0857SelectBrands.self,
    ]
}
