import Core
import HTTPServer
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What the worker does about offers whose time is over.
@Suite struct ExpiredOffersTests {
    @Test func `ORG-065 OPS-132 an invitation that nobody answers is closed, and thirty days later erased with its address`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            _ = try await front.invite("never@example.com", to: ada)
            try await front.drainOffers()
            front.clock.advance(by: .days(7) - .seconds(1))
            try await front.drainOffers()
            #expect(try await front.count("orgs.invitation WHERE state = 'pending'") == 1)
            front.clock.advance(by: .hours(2))
            try await front.drainOffers()
            #expect(try await front.count("orgs.invitation WHERE state = 'expired' AND token_hash IS NULL") == 1)
            #expect(try await front.count("audit.entry WHERE type = 'org_invitation_expired' AND actor_component = 'orgs'") == 1)
            #expect(try await front.count("jobs.event WHERE topic = 'orgs.invitation_closed'") == 1)
            front.clock.advance(by: .days(29))
            try await front.drainOffers()
            #expect(try await front.count("orgs.invitation") == 1)
            front.clock.advance(by: .days(2))
            try await front.drainOffers()
            #expect(try await front.count("orgs.invitation") == 0)
            #expect(try await front.count("orgs.send_budget") == 0)
            #expect(try await front.count("audit.entry WHERE type = 'org_invitation_removed'") == 1)
            #expect(try await front.count("audit.entry WHERE data::text LIKE '%never@%' OR changes::text LIKE '%never@%'") == 0)
        }
    }

    @Test func `ORG-065 a worker that stands still for ninety days changes no answer`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let eve = try await front.register("Eve")
            let token = try await front.invite("eve@example.com", to: ada)
            // Sign-in is not what this is about: it lives 29 days here.
            front.clock.advance(by: .days(28))
            #expect(try await front.call(.get, "/v1/auth/invitations/\(token)").status == 404)
            #expect(try await front.call(.post, "/v1/auth/invitations/\(token)/accept", as: eve).status == 404)
            #expect(try await front.call(.get, "/v1/user/invitations", as: eve).body["total"] == 0)
            let list = try await front.call(.get, "/v1/orgs/\(ada.org)/invitations", as: ada)
            #expect(list.body["invitations"]?.arrayValue?.first?["is_expired"] == true)
            #expect(try await front.call(.post, "/v1/orgs/\(ada.org)/invitations", ["email": "eve@example.com"], as: ada).status == 201)
            front.clock.advance(by: .days(62))
            try await front.drainOffers()
            #expect(try await front.count("orgs.invitation WHERE state = 'expired'") == 1)
        }
    }

    @Test func `ORG-065 more offers than one transaction takes are all closed by one run`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            for number in 0..<7 { _ = try await front.invite("p\(number)@example.com", to: ada) }
            front.clock.advance(by: .days(8))
            let store = PostgresOrgStore(client: front.database.systemClient, dateSource: front.clock)
            var registry = JobRegistry()
            registry.register(CloseExpiredOffersHandler(store: store, settings: InvitationSettings(), batch: 2))
            try await store.withTransaction(.system) { try await $0.enqueue(CloseExpiredOffers()) }
            let runs = try await ManualWorker(client: front.database.systemClient, registry: registry, dateSource: front.clock).drain()
            #expect(runs.map(\.outcome) == ["completed"])
            #expect(try await front.count("orgs.invitation WHERE state = 'expired'") == 7)
        }
    }
}

extension Front {
    /// Lets the worker do what is due about offers.
    func drainOffers() async throws {
        var registry = JobRegistry()
        let store = PostgresOrgStore(client: database.systemClient, dateSource: clock)
        registry.register(CloseExpiredOffersHandler(store: store, settings: InvitationSettings()))
        try await store.withTransaction(.system) { try await $0.enqueue(CloseExpiredOffers()) }
        try await ManualWorker(client: database.systemClient, registry: registry, dateSource: clock).drain()
    }
}
