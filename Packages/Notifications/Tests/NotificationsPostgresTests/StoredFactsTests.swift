import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Notifications
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What mails look up, as the stores of the domains below know it.
@Suite struct StoredFactsTests {
    @Test func `NOT-063 people are looked up together, those who are gone are left out, and nobody is asked for nobody`() async throws {
        try await Neighbourhood.with { here in
            let (ada, bob) = (try await here.person("Ada", as: .owner), try await here.person("Bob", as: .member))
            let gone = try await here.person("Eve")
            try await here.write("UPDATE identity.account SET status = 'purged', email = NULL, name = NULL WHERE id = \(gone)")
            let facts = StoredMailFacts(
                store: PostgresGraphPackagesStore(client: here.database.systemClient, dateSource: here.clock),
                catalogue: try BuiltInCatalogue.load()
            ) { _ in false }
            let found = try await facts.people([ada, gone, bob, User.ID.make(at: here.clock.now)])
            #expect(Set(found.map(\.id)) == [ada, bob] && found.count == 2)
            #expect(try await facts.person(ada)?.email.description == "ada@example.com")
            #expect(try await facts.person(gone) == nil)
            #expect(try await facts.people([]).isEmpty)
        }
    }
}
