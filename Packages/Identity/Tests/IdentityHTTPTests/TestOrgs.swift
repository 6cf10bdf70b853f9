import Audit
import AuditPostgres
import Core
import Identity
import PlatformTesting
import Postgres

/// Stands for the package above that knows orgs: it fills the view through which Identity learns who is in which (ID-162).
enum CreateTestOrgs: Migration {
    static var id: String { "0399-test-create-orgs" }
    static var sql: String {
        #"""
        CREATE SCHEMA test_orgs;
        GRANT USAGE ON SCHEMA test_orgs TO trellis_app, trellis_system;
        CREATE TABLE test_orgs.org (id uuid PRIMARY KEY, name text NOT NULL, state text NOT NULL,
            rule text NOT NULL DEFAULT 'off', type text NOT NULL DEFAULT 'team');
        CREATE TABLE test_orgs.membership (
            id uuid PRIMARY KEY, user_id uuid NOT NULL, org_id uuid NOT NULL REFERENCES test_orgs.org, role text NOT NULL,
            joined_at timestamptz NOT NULL, UNIQUE (user_id, org_id));
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA test_orgs TO trellis_app, trellis_system;
        CREATE OR REPLACE VIEW identity.org_membership AS
            SELECT m.user_id, m.org_id, m.id AS membership_id, m.role, o.state AS org_state, o.rule AS mfa_rule, o.name AS org_name,
                o.type AS org_type, m.joined_at
            FROM test_orgs.membership m JOIN test_orgs.org o ON o.id = m.org_id;

        """# + AuditSchema.locate(.org, in: "test_orgs.org", column: "id")
    }
}

extension TestDatabase {
    /// Makes an org.
    func makeOrg(_ name: String, at now: Instant) async throws -> OrgReference {
        let org = OrgReference.make(at: now)
        try await adminClient.execute("INSERT INTO test_orgs.org (id, name, state) VALUES (\(org), \(name), 'active')")
        return org
    }

    /// Makes a person a member.
    func join(_ org: OrgReference, _ user: User.ID, as role: OrgRole = .member, at now: Instant) async throws {
        try await adminClient.execute(
            """
            INSERT INTO test_orgs.membership (id, user_id, org_id, role, joined_at)
            VALUES (\(MembershipReference.make(at: now)), \(user), \(org), \(role.rawValue), \(now))
            """)
    }
}
