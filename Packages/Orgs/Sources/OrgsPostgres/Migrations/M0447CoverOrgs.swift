internal import Audit
internal import AuditPostgres
internal import Postgres

/// Orgs, memberships and invitations do not change without an entry of the log (AUD-023).
enum M0447CoverOrgs: Migration {
    static let id = "0447-orgs-cover"

    static var sql: String {
        // The purge of an org goes on for several transactions, and its entry is that of the last.
        AuditSchema.cover(
            "orgs.org", as: .org, belonging: [],
            columns: ["name", "org_type", "personal_owner_id", "mfa_rule", "invitation_domains", "support_access_until", "state"],
            when: "NEW.state <> 'purging'")
            + AuditSchema.cover(
                "orgs.membership", as: .membership, belonging: [(.org, "org_id")], columns: ["role", "ended_at"],
                when: "NEW.end_reason IS DISTINCT FROM 'org_purged'")
            + AuditSchema.cover("orgs.invitation", as: .invitation, belonging: [(.org, "org_id")], columns: ["email", "role", "state"])
    }
}
