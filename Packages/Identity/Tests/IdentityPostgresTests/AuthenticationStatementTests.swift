import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct AuthenticationStatementTests {
    /// The columns of a view, in order.
    private func columns(_ view: String, in house: House) async throws -> [String] {
        try await house.database.adminClient.query(
            """
            SELECT column_name || ' ' || data_type AS column FROM information_schema.columns
            WHERE table_schema = 'identity' AND table_name = \(view) ORDER BY ordinal_position
            """
        ).map { try $0.decode("column", as: String.self) }
    }

    private static let membership = [
        "user_id uuid", "org_id uuid", "membership_id uuid", "role text", "org_state text", "mfa_rule text", "org_name text",
        "org_type text", "joined_at timestamp with time zone",
    ]

    @Test func `ID-162 without Orgs and Billing the views are there, empty, and the same statement authenticates`() async throws {
        try await House.with { house in
            #expect(try await columns("org_membership", in: house) == Self.membership)
            #expect(try await columns("pending_idle_case", in: house) == ["user_id uuid"])
            for view in ["org_membership", "pending_idle_case", "pending_notice", "graph_obligation", "billing_obligation"] {
                #expect(try await house.count("identity.\(view)") == 0)
            }
            let principal = try await house.authenticate(try await house.register().token)
            #expect(principal.orgScope == nil)
            #expect(throws: IdentityError.orgRequired) { try principal.requireOrg() }
        }
    }

    @Test func `ID-162 with Orgs the view has the same columns, and the same statement finds the org`() async throws {
        try await House.with(withOrgs: true) { house in
            #expect(try await columns("org_membership", in: house) == Self.membership)
            let outcome = try await house.register()
            let org = try await house.database.makeOrg("Own", at: house.clock.now)
            try await house.database.join(org, outcome.user.id, as: .admin, at: house.clock.now)
            let count = try await house.statements { environment in
                let scope = try await CredentialAuthenticator(environment).principal(
                    for: .bearer(outcome.token.value), actingFor: nil, from: house.client
                ).requireOrg()
                #expect(scope.org == org)
                #expect(scope.role == .admin)
            }
            #expect(count == 1)
        }
    }
}
