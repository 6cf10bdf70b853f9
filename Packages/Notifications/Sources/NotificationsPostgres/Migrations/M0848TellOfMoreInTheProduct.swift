internal import Core
internal import Notifications
internal import Postgres

/// Notices about what is owed, closed, full, declined or ahead (NOT-177), with the time that they tell and what their page shows.
enum M0848TellOfMoreInTheProduct: Migration {
    static let id = "0848-notifications-tell-of-more-in-the-product"

    private static let kinds = #"""
        'subscription_kept', 'address_undeliverable', 'endpoint_failing', 'endpoint_disabled', 'recovery_codes_low', 'idle_cancel_pending',
        'payment_failed', 'payment_action_required', 'past_due_deadline', 'graph_suspended', 'deletion_pending', 'org_deletion_pending',
        'ownership_transfer_pending', 'capacity', 'credits_low', 'limit_warning', 'invitation_declined', 'support_session'
        """#

    static let sql = #"""
        ALTER TABLE notifications.notice DROP CONSTRAINT notice_kind_check, DROP CONSTRAINT notice_severity_check,
            ADD CONSTRAINT notice_kind_check CHECK (kind IN (\#(kinds))),
            ADD CONSTRAINT notice_severity_check CHECK (severity IN ('info', 'warning', 'critical')),
            ADD COLUMN until timestamptz, ADD COLUMN subject text,
            ADD CONSTRAINT notice_with_time CHECK (
                until IS NOT NULL OR kind NOT IN ('idle_cancel_pending', 'graph_suspended', 'deletion_pending', 'org_deletion_pending',
                    'ownership_transfer_pending', 'credits_low', 'support_session'));

        """#
}
