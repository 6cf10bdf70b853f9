import Core
import Identity
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// How many statements invitations cost, by the server's own count.
@Suite struct InvitationStatementTests {
    private func invitations(_ house: House, _ store: PostgresOrgStore) -> Invitations<PostgresOrgStore> {
        Invitations(store: store, settings: .unlimited, secrets: TestSecrets(), observers: [], dateSource: house.clock)
    }

    @Test func `ORG-120 the list of invitations is one statement for one and for a hundred, beside the authenticating one`() async throws {
        try await House.with { house in
            let (scope, _, _) = try await house.owner()
            var made = 0
            for wanted in [1, 100] {
                while made < wanted {
                    made += 1
                    _ = try await house.invite("p\(made)", in: scope)
                }
                let count = try await house.statements { store in
                    let list = try await invitations(house, store).invitations(for: scope)
                    #expect(list.count == wanted)
                }
                #expect(count == 1)
            }
        }
    }
}
