internal import Audit
internal import AuditPostgres
public import Core
internal import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension PostgresOrgTransaction {
    /// The rules of an org.
    public func security(of org: Org.ID) async throws -> OrgSecurity? {
        try await postgres.query("SELECT mfa_rule, invitation_domains, support_access_until FROM orgs.org WHERE id = \(org)").first.map {
            row in
            guard let rule = OrgSecurity.SecondFactorRule(rawValue: try row.decode("mfa_rule")) else {
                throw row["mfa_rule"].failure("is no rule")
            }
            return OrgSecurity(
                secondFactorRule: rule, invitationDomains: try row.decode("invitation_domains"),
                supportAccessUntil: try row.decode("support_access_until"))
        }
    }

    /// Stores the rules of an org.
    public func setSecurity(_ security: OrgSecurity, of org: Org.ID, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE orgs.org SET mfa_rule = \(security.secondFactorRule.rawValue), invitation_domains = \(security.invitationDomains),
                support_access_until = \(security.supportAccessUntil), updated_at = \(now), version = version + 1
            WHERE id = \(org)
            """)
    }
}
