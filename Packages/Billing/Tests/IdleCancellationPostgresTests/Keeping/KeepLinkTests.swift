import Billing
import Core
import Cryptography
import Identity
import IdentityPostgres
import IdleCancellation
import IdleCancellationPostgres
import JobsTesting
import Observability
import PlatformTesting
import Postgres
import Testing

/// The keep page over real cases: what opening shows, what acting does, and that nothing else happens.
@Suite struct KeepLinkTests {
    private struct Names: IdleNaming {
        func names(of idleCase: IdleCase) async throws -> IdleNames? { IdleNames(resource: "Orders", org: "Acme") }
    }

    private struct Link: Sendable {
        let pages: KeepPages<PostgresIdleStore, IdleReversals<PostgresIdleStore>>
        let token: String
        let other: String
        let facts: KeepPageFacts
    }

    private static func keys() throws -> KeepKeys {
        try KeepKeys([SecretString("k1:" + Base64.encode(SystemRandomSource().bytes(count: 32)))])
    }

    private func link(_ house: IdleHouse, _ graph: IdleHouse.Graph) async throws -> Link {
        let idleCase = try await house.idleCase(graph)
        let tokens = KeepTokens(keys: try Self.keys())
        func token(_ address: String) throws -> String {
            let claims = KeepClaims(
                subscription: idleCase.subscription, idleCase: idleCase.id, recipient: KeepClaims.recipient(address),
                periodEnd: idleCase.endsAt, issuedAt: idleCase.createdAt)
            return try #require(try tokens.mint(claims)).text.withValue { $0 }
        }
        return Link(
            pages: KeepPages(
                store: house.store, reversing: house.idle.reversals, tokens: tokens, names: Names(), dateSource: house.clock,
                metrics: house.metrics),
            token: try token("ada@example.com"), other: try token("grace@example.com"),
            facts: KeepPageFacts(resource: "Orders", org: "Acme", periodEnd: idleCase.endsAt))
    }

    /// All rows of the product, as one text.
    private func contents(_ house: IdleHouse) async throws -> [String] {
        let tables = try await house.database.adminClient.query(
            """
            SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'public') ORDER BY 1
            """
        ).map { try $0.decode("name", as: String.self) }
        var digests: [String] = []
        for table in tables {
            let rows = try await house.database.adminClient.query(
                Statement(
                    "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS d FROM " + table + " t"))
            digests.append(table + " " + (try rows[0].decode("d", as: String.self)))
        }
        return digests
    }

    /// No event of the provider changes a row from now on.
    private func holdEvents(_ house: IdleHouse) async throws {
        try await house.simulator.control("POST", "/quiesce")
        try await house.simulator.control("POST", "/deliveries", #"{"action":"policy","hold":true}"#)
        try await house.worker.drain()
    }

    @Test func `IDL-T40, IDL-051, ADM-085, SEC-028 a thousand openings change no row, acting reverses once, and again it changes nothing`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let link = try await link(house, graph)
            try await holdEvents(house)
            let before = try await contents(house)
            try await house.simulator.control("DELETE", "/transcript")
            for _ in 0..<1_000 { #expect(try await link.pages.show(link.token) == .pending(link.facts)) }
            #expect(try await contents(house) == before)
            #expect(try await house.simulator.updates(of: graph.provider).isEmpty)
            #expect(try await link.pages.act(link.token) == .continues(link.facts))
            #expect(try await house.idleCase(graph).state == .reversing)
            #expect(try await house.store.isLinkUsed(SHA256.digest(of: link.token)))
            try await house.worker.drain()
            #expect(try await house.idleCase(graph).state == .kept)
            let after = try await contents(house)
            for _ in 0..<2 {
                #expect(try await link.pages.act(link.token) == .continues(link.facts))
                #expect(try await link.pages.show(link.token) == .continues(link.facts))
                // Another recipient's link finds it kept by another path, and is not used up.
                #expect(try await link.pages.act(link.other) == .alreadyActive(link.facts))
            }
            #expect(try await contents(house) == after)
            #expect(try await house.subscription(graph.id).status == .active)
            let text = house.metrics.render()
            #expect(text.contains("trellis_idle_keep_page_total{method=\"GET\",result=\"pending\"} 1000"))
        }
    }

    @Test func `IDL-T10, ADM-086 a link of an ended period, of an unknown case and without any key acts on nothing`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let link = try await link(house, graph)
            try await holdEvents(house)
            let before = try await contents(house)
            let degraded = KeepPages(
                store: house.store, reversing: house.idle.reversals, tokens: KeepTokens(keys: .none), names: Names(),
                dateSource: house.clock,
                metrics: house.metrics)
            for token in [link.token, "", "a.b", String(repeating: "x", count: 5_000)] {
                #expect(try await degraded.show(token) == .invalid)
                #expect(try await degraded.act(token) == .invalid)
            }
            for token in [link.token + "x", "", "."] {
                #expect(try await link.pages.show(token) == .invalid)
                #expect(try await link.pages.act(token) == .invalid)
            }
            house.clock.advance(to: link.facts.periodEnd)
            #expect(try await link.pages.show(link.token) == .periodEnded)
            #expect(try await link.pages.act(link.token) == .periodEnded)
            #expect(try await contents(house) == before)
        }
    }

    @Test func `IDL-T10, IDL-T21, ADM-086 a link refuses what a person decided since, and is not used up by it`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let link = try await link(house, graph)
            // The owner cancels in the product; the end is theirs from then on.
            try await house.cancel(graph, origin: .user, mode: .periodEnd)
            #expect(try await house.idleCase(graph).state == .overridden)
            #expect(try await link.pages.show(link.token) == .endedOtherwise(link.facts))
            #expect(try await link.pages.act(link.token) == .endedOtherwise(link.facts))
            #expect(try await !house.store.isLinkUsed(SHA256.digest(of: link.token)))
            #expect(try await house.subscription(graph.id).status == .canceled)
        }
    }

    @Test func `ADM-086 a provider that is down changes none of the pages; the reversal is accepted and finished later`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let link = try await link(house, graph)
            try await house.simulator.control("POST", "/faults", #"{"kind":"error","status":500,"count":50,"path":"/v1/subscriptions/*"}"#)
            #expect(try await link.pages.show(link.token) == .pending(link.facts))
            #expect(try await link.pages.act(link.token) == .continues(link.facts))
            #expect(try await link.pages.show(link.token) == .continues(link.facts))
            #expect(try await house.idleCase(graph).state == .reversing)
            try await house.simulator.control("DELETE", "/faults")
            try await house.advance("2027-04-24T12:00:00Z")
            #expect(try await house.idleCase(graph).state == .kept)
        }
    }

    @Test(arguments: ["session", "key"])
    func `IDL-T20 a use by session or key of any member reverses and counts; one by nobody of the org does not`(kind: String) async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            let stranger = User.ID.make(at: house.now)
            try await house.database.adminClient.execute(
                """
                INSERT INTO identity.account (id, email, name, status, session_epoch, key_epoch, created_at, updated_at)
                VALUES (\(stranger), 'eve@example.com', 'Eve', 'active', 1, 1, \(house.now), \(house.now))
                """)
            let identity = PostgresIdentityStore(client: house.database.client, dateSource: house.clock)
            for (user, reverses) in [(stranger, false), (house.member, true)] {
                let lookup = try await credential(kind, of: user, house)
                let row = try #require(
                    try await identity.authenticate(
                        lookup, actingFor: nil, from: ClientContext(address: "203.0.113.7", userAgent: "Test"), touches: true, at: house.now
                    ))
                #expect(row.isIdleCasePending == reverses)
                if row.isIdleCasePending {
                    try await identity.recordPendingActivity(
                        PendingActivity(user: user, session: row.session?.id, generation: 1, key: row.key?.id, at: house.now))
                }
                try await house.worker.drain()
                #expect(try await house.idleCase(graph).state == (reverses ? .kept : .confirmed))
            }
            #expect(try await house.idleCase(graph).via == .activity)
            #expect(try await house.idleCase(graph).acceptedBy == house.member)
            #expect(house.metric("trellis_idle_reverse_activity_total") == 1)
        }
    }

    private func credential(_ kind: String, of user: User.ID, _ house: IdleHouse) async throws -> CredentialLookup {
        let now = house.now
        if kind == "key" {
            let digest = SHA256.digest(of: user.description)
            try await house.database.adminClient.execute(
                """
                INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, created_at, updated_at)
                VALUES (\(APIKey.ID.make(at: now)), \(user), 1, 'Key', 'rfs00000', \(digest), \(now), \(now))
                """)
            return .apiKey(SecretDigest(bytes: digest))
        }
        let session = Session.ID.make(at: now)
        try await house.database.adminClient.execute(
            """
            INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, methods, authenticated_at, network,
                client_family, last_active_at, token_expires_at, absolute_expires_at, created_at)
            VALUES (\(session), \(user), 1, 1, 1, \(now), '{pwd}', \(now), '10.0.0.1/32', 'x', \(now - .days(90)), \(now + .hours(1)),
                \(now + .days(1)), \(now))
            """)
        return .session(session, generation: 1)
    }
}
