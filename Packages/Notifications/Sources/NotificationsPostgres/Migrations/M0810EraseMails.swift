internal import Postgres

/// A mail to a person who is gone loses its address and its body (NOT-036).
enum M0810EraseMails: Migration {
    static let id = "0810-notifications-erase-mails"

    static let sql = #"""
        ALTER TABLE notifications.mail ADD COLUMN erased_at timestamptz;

        -- As it was, but that an erasure may empty a mail, once.
        CREATE OR REPLACE FUNCTION notifications.keep_moves() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
            is_erasure boolean := OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL;
        BEGIN
            IF NEW.status IS DISTINCT FROM OLD.status
                AND NOT EXISTS (SELECT FROM notifications.mail_move WHERE before = OLD.status AND after = NEW.status) THEN
                RAISE EXCEPTION 'a mail does not go from % to %', OLD.status, NEW.status
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_moves_by_the_table';
            END IF;
            IF (NEW.id, NEW.decision, NEW.template, NEW.class, NEW.queued_at)
                IS DISTINCT FROM (OLD.id, OLD.decision, OLD.template, OLD.class, OLD.queued_at)
                OR NOT is_erasure AND (NEW.recipient, NEW.erased_at) IS DISTINCT FROM (OLD.recipient, OLD.erased_at) THEN
                RAISE EXCEPTION 'what a mail is does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_identity_stands';
            END IF;
            IF OLD.content_hash IS NOT NULL AND OLD.status <> 'failed'
                AND ((NEW.content_hash, NEW.template_hash, NEW.subject, NEW.rendered_at)
                        IS DISTINCT FROM (OLD.content_hash, OLD.template_hash, OLD.subject, OLD.rendered_at)
                    OR NOT is_erasure AND (NEW.html, NEW.plain_text) IS DISTINCT FROM (OLD.html, OLD.plain_text)) THEN
                RAISE EXCEPTION 'a mail is written once' USING ERRCODE = 'check_violation', CONSTRAINT = 'mail_is_written_once';
            END IF;
            RETURN NEW;
        END
        $body$;
        """#
}
