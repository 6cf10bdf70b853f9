public import Postgres

/// What Identity reads of orgs (ID-162), and what Orgs reads of graphs and usage (ORG-122): views with fixed columns, of which the latter are empty
/// until Graphs and Billing replace them.
///
/// Credits are hundredths.
public enum M0401CreateViews: Migration {
    /// `0401-orgs-create-views`
    public static var id: String { "0401-orgs-create-views" }
    /// The views.
    public static var sql: String {
        #"""
        CREATE OR REPLACE VIEW identity.org_membership AS
            SELECT m.user_id, m.org_id, m.id AS membership_id, m.role, o.state AS org_state, o.mfa_rule, o.name AS org_name, o.org_type,
                m.joined_at
            FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
            WHERE m.ended_at IS NULL AND o.state IN ('active', 'frozen', 'deleted');

        CREATE VIEW orgs.org_graph AS
            SELECT NULL::uuid AS org_id, NULL::text AS graph_id, NULL::text AS graph_name, NULL::text AS graph_type, NULL::text AS graph_tier,
                NULL::bigint AS credits_available, NULL::bigint AS credits_allocated, NULL::bigint AS credits_used,
                NULL::bigint AS storage_bytes, NULL::timestamptz AS created_at, NULL::timestamptz AS updated_at,
                NULL::timestamptz AS ended_at
            WHERE false;
        CREATE VIEW orgs.org_graph_grant AS SELECT NULL::text AS graph_id, NULL::uuid AS user_id WHERE false;
        CREATE VIEW orgs.org_usage_day AS
            SELECT NULL::uuid AS org_id, NULL::text AS graph_id, NULL::date AS day, NULL::bigint AS credits, NULL::bigint AS ai_operations
            WHERE false;
        GRANT SELECT ON orgs.org_graph, orgs.org_graph_grant, orgs.org_usage_day TO trellis_app, trellis_system;
        """#
    }
}

/// The steps of Orgs' schema.
public enum OrgsMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0400CreateOrgs.self, M0401CreateViews.self, M0410EndOrgs.self, M0411RegisterSecurity.self,
        M0420CompleteInvitations.self, M0421CreateTransfers.self,
        M0430EndOrgsWithAccounts.self, M0431ExportOrgs.self, M0440BindRowsToTheirOrg.self, M0445KnowLastUse.self,
        M0446ImportOrgs.self, M0447CoverOrgs.self, M0448ExportLogs.self,
    ]
}
