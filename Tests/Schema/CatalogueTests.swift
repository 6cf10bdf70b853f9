import Composition
import PlatformTesting
import Postgres
import Testing

/// The types of entries that all packages together put into the log's catalogue.
@Suite struct CatalogueTests {
    /// A family of types as the catalogue of the requirements has it: the risk of each, and what all of them must refer to.
    struct Family: Sendable, CustomTestStringConvertible {
        let id: String
        let requires: [String]
        let risks: [String: String]
        var testDescription: String { id }
    }

    static let families = [
        Family(
            id: "AUD-117", requires: [],
            risks: [
                "api_key_created": "medium", "api_key_updated": "low", "api_key_rotated": "medium", "api_key_revoked": "medium",
                "api_key_new_network": "medium", "api_key_expired": "low", "api_key_invalid": "medium", "api_key_scope_denied": "medium",
                "api_key_first_use": "low",
            ]),
        Family(
            id: "AUD-121", requires: ["org", "invitation"],
            risks: [
                "org_invitation_created": "low", "org_invitation_resent": "low", "org_invitation_revoked": "low",
                "org_invitation_accepted": "medium", "org_invitation_declined": "low", "org_invitation_expired": "low",
                "org_invitation_removed": "low", "org_invitation_refused": "medium",
            ]),
        Family(
            id: "AUD-126", requires: [],
            risks: [
                "authorization_denied": "medium", "privilege_escalation_attempt": "high", "cross_tenant_attempt": "high",
                "rate_limit_exceeded": "medium", "link_token_rejected": "medium", "link_token_replayed": "low",
                "send_budget_exceeded": "medium",
            ]),
    ]

    @Test(arguments: families)
    func `AUD-117 AUD-121 AUD-126 a family of types is in the catalogue, whole, with its risks and what it must refer to`(
        family: Family
    ) async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let rows = try await database.adminClient.query(
                "SELECT name, risk, requires FROM audit.event_type WHERE name = ANY(\(family.risks.keys.sorted()))")
            var risks: [String: String] = [:]
            for row in rows {
                let name = try row.decode("name", as: String.self)
                risks[name] = try row.decode("risk", as: String.self)
                let requires = try row.decode("requires", as: [String].self)
                #expect(Set(requires).isSuperset(of: family.requires), "\(name)")
            }
            #expect(risks == family.risks)
        }
    }
}
