public import Postgres

/// What a profile shows of notices: a view with fixed columns, empty until Notifications replaces it (ID-096, ID-163, in the manner of ID-162).
///
/// Ids of notices and subscriptions are texts, because their forms are of the packages above. `is_kept_banner` marks rows that make the banner show
/// (NOT-175, NOT-176).
public enum M0323CreateNoticeView: Migration {
    /// `0323-identity-create-notice-view`
    public static var id: String { "0323-identity-create-notice-view" }
    /// The view.
    public static var sql: String {
        #"""
        CREATE VIEW identity.pending_notice AS
            SELECT NULL::uuid AS user_id, NULL::text AS notice_id, NULL::text AS kind, NULL::text AS severity, NULL::uuid AS org_id,
                NULL::text AS subscription_id, NULL::text AS resource, NULL::text AS via, NULL::timestamptz AS renews_at,
                NULL::timestamptz AS created_at, NULL::boolean AS is_kept_banner
            WHERE false;
        GRANT SELECT ON identity.pending_notice TO trellis_app, trellis_system;
        """#
    }
}
