internal import Postgres

/// The notices of an org go when the org is erased, and what has just ended is not told any more.
enum M0856EraseNotices: Migration {
    static let id = "0856-notifications-erase-notices"

    static let sql = #"""
        GRANT DELETE ON notifications.notice TO trellis_system;

        CREATE TABLE notifications.notice_round (
            org_id uuid PRIMARY KEY,
            round bigint NOT NULL,
            is_erased boolean NOT NULL DEFAULT false
        );
        COMMENT ON TABLE notifications.notice_round IS 'How often events took away what was shown of an org: who read what is to be shown before that reads again.';
        ALTER TABLE notifications.notice_round ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.notice_round FORCE ROW LEVEL SECURITY;
        CREATE POLICY notice_round_of_org ON notifications.notice_round
            USING ((SELECT trellis_is_system()) OR org_id = (SELECT trellis_org_id()));
        GRANT SELECT, INSERT, UPDATE ON notifications.notice_round TO trellis_system;

        """#
}
