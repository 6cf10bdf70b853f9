internal import Postgres

/// Notices about more than subscriptions: mail that comes back, and systems of the org that nothing is sent to any more.
enum M0836TellOrgsInTheProduct: Migration {
    static let id = "0836-notifications-tell-orgs-in-the-product"

    static let sql = #"""
        ALTER TABLE notifications.notice DROP CONSTRAINT notice_kind_check,
            ADD CONSTRAINT notice_kind_check CHECK (kind IN ('subscription_kept', 'address_undeliverable', 'endpoint_failing', 'endpoint_disabled')),
            ALTER COLUMN subscription_id DROP NOT NULL, ALTER COLUMN renews_at DROP NOT NULL,
            ADD CONSTRAINT notice_of_subscription CHECK (kind <> 'subscription_kept' OR num_nulls(subscription_id, renews_at) = 0);

        DO $do$
        BEGIN
            IF to_regclass('identity.pending_notice') IS NOT NULL THEN
                EXECUTE $view$
                    CREATE OR REPLACE VIEW identity.pending_notice AS
                        SELECT n.user_id, identity.id_text('ntc', n.id) AS notice_id, n.kind, n.severity, n.org_id,
                            identity.id_text('bsub', n.subscription_id) AS subscription_id, n.resource, n.via, n.renews_at, n.created_at,
                            n.kind = 'subscription_kept' AS is_kept_banner,
                            (SELECT max(r.created_at) FROM notifications.notice r
                             WHERE r.user_id = n.user_id AND r.kind = n.kind AND r.subscription_id IS NOT DISTINCT FROM n.subscription_id
                                AND (n.subscription_id IS NOT NULL OR (r.org_id, r.resource) = (n.org_id, n.resource)))
                                + interval '14 days' AS expires_at
                        FROM notifications.notice n WHERE n.acknowledged_at IS NULL AND n.cleared_at IS NULL
                $view$;
            END IF;
        END $do$;

        """#
}
