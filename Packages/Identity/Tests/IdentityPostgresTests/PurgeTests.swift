import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct PurgeTests {
    /// Where in the whole database a text stands. The history of jobs goes by days of its own.
    private func places(of text: String, in house: House) async throws -> [String] {
        let tables = try await house.database.adminClient.query(
            """
            SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema' AND c.relname NOT LIKE 'job_history%'
            ORDER BY 1
            """
        ).map { try $0.decode("name", as: String.self) }
        var found: [String] = []
        for table in tables {
            let rows = try await house.database.adminClient.query(
                Statement("SELECT count(*) FROM \(table) AS r WHERE strpos(r::text, $1) > 0", [text]))
            if try rows[0].decode(Int64.self) > 0 { found.append(table) }
        }
        return found
    }

    @Test func `ID-147 of a purged person nothing is found but id and times, and the address may begin anew`() async throws {
        try await House.with { house in
            let outcome = try await house.register("planted@example.com")
            _ = try await Profiles(house.environment).verifyEmail(
                with: try await house.secret(of: .emailVerification), from: house.client)
            let principal = try await house.authenticate(outcome.token)
            let (key, _) = try await house.newKey("planted key", by: principal)
            _ = try await house.change("planted2@example.com", from: principal)
            let changed = try await house.authenticate(try await house.signIn("planted2@example.com").token)
            _ = try await PersonalData(house.environment).export(
                provenBy: .password(Password(House.password)), by: changed, from: house.client)
            try await house.askForReset("planted2@example.com")
            _ = try await house.scheduleDeletion(by: changed)
            let lastUse = house.clock.now
            #expect(try await places(of: "planted", in: house).contains("identity.account"))

            house.clock.advance(by: .days(30))
            try await house.purgeDue()
            // What the events say is still needed for the last mail, until they have been handed on.
            #expect(try await places(of: "planted", in: house) == ["jobs.event"])
            house.clock.advance(by: .days(1))
            try await house.database.adminClient.execute("UPDATE jobs.event_cursor SET next_xid = pg_current_xact_id()::text::bigint")
            #expect(try await house.run(EraseTracesHandler(house.workerEnvironment)) == 1)
            #expect(try await places(of: "planted", in: house) == [])

            let account = try await house.database.adminClient.query(
                "SELECT created_at, last_active_floor, status FROM identity.account WHERE id = \(outcome.user.id)")
            #expect(try account[0].decode("status", as: String.self) == "purged")
            #expect(try account[0].decode("created_at", as: Instant.self) == outcome.user.createdAt)
            #expect(try account[0].decode("last_active_floor", as: Instant.self) == lastUse)
            let tombstone = try await house.database.adminClient.query("SELECT id, prefix, created_at FROM identity.api_key")
            #expect(try tombstone.map { try $0.decode("id", as: APIKey.ID.self) } == [key.id])
            #expect(try tombstone[0].decode("prefix", as: String.self) == key.prefix)
            let again = try await house.register("planted2@example.com")
            #expect(again.user.id != outcome.user.id)
        }
    }

    @Test func `ID-148 a copy has everything kept about the person and no secret, for 24 hours, two a day`() async throws {
        try await House.with(withOrgs: true) { house in
            let outcome = try await house.register()
            let org = try await house.database.makeOrg("Mine", at: house.clock.now)
            try await house.database.join(org, outcome.user.id, as: .owner, at: house.clock.now)
            let principal = try await house.authenticate(outcome.token)
            let (key, secret) = try await house.newKey("deploy", by: principal)
            let data = PersonalData(house.environment)
            await #expect(throws: IdentityError.proofFailed) {
                _ = try await data.export(provenBy: .password(Password("no")), by: principal, from: house.client)
            }
            let copy = try await data.export(provenBy: .password(Password(House.password)), by: principal, from: house.client)
            #expect(copy.document["profile"]?["email"] == "ada@example.com")
            #expect(copy.document["sessions"]?.arrayValue?.count == 1)
            #expect(copy.document["api_keys"]?.arrayValue?.first?["prefix"] == .string(key.prefix))
            #expect(copy.document["memberships"]?.arrayValue?.first?["org_name"] == "Mine")
            let types = copy.document["security_events"]?.arrayValue?.compactMap { $0["type"]?.stringValue } ?? []
            #expect(types.contains("user_registered") && types.contains("api_key_created"))
            let text = String(decoding: try JSON.encode(copy.document), as: UTF8.self)
            #expect(!text.contains(secret.withValue { $0.dropFirst(8) }) && !text.contains("plain:"))
            _ = try await data.export(provenBy: .password(Password(House.password)), by: principal, from: house.client)
            await #expect(throws: IdentityError.rateLimited(seconds: 86_401)) {
                _ = try await data.export(provenBy: .password(Password(House.password)), by: principal, from: house.client)
            }
            let eve = try await house.register("eve@example.com")
            await #expect(throws: IdentityError.notFound) { _ = try await data.export(copy.id, of: eve.user.id) }
            house.clock.advance(by: .hours(24) - .seconds(1))
            #expect(try await data.export(copy.id, of: outcome.user.id).document == copy.document)
            house.clock.advance(by: .seconds(1))
            await #expect(throws: IdentityError.notFound) { _ = try await data.export(copy.id, of: outcome.user.id) }
        }
    }
}

@Suite struct CleanUpTests {
    private func cleanUp(_ house: House) async throws {
        try await house.enqueue(CleanUp())
        try await house.run(CleanUpHandler(house.workerEnvironment))
    }

    @Test func `ID-080, ID-079 and IDL-006 folding old sessions leaves the last activity of everybody as it was`() async throws {
        try await House.with { house in
            let seed = UInt64.random(in: 0...UInt64.max)
            var random = SeededGenerator(seed: seed)
            var users: [User.ID] = []
            for n in 0..<8 {
                let outcome = try await house.register("user\(n)@example.com")
                users.append(outcome.user.id)
                if Bool.random(using: &random) { _ = try await house.newKey(by: try await house.authenticate(outcome.token)) }
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    house.clock.advance(by: .hours(Int.random(in: 1...2_000, using: &random)))
                    let next = try await house.signIn("user\(n)@example.com")
                    if Bool.random(using: &random) { try await Sessions(house.environment).logOut(next.token.value, from: house.client) }
                }
            }
            for days in [100, 300, 200, 5_000] {
                house.clock.advance(by: .days(days))
                var before: [Instant?] = []
                for user in users { before.append(try await house.store.lastActivity(of: user)) }
                try await cleanUp(house)
                for (user, at) in zip(users, before) { #expect(try await house.store.lastActivity(of: user) == at, "seed \(seed)") }
            }
            #expect(try await house.count("identity.session") == 0)
        }
    }

    @Test func `ID-154 links go 30 days after their end, and no decision waits for it`() async throws {
        try await House.with { house in
            try await house.register()
            let link = try await house.secret(of: .emailVerification)
            house.clock.advance(by: .hours(24))
            await #expect(throws: IdentityError.linkExpired) {
                try await Profiles(house.environment).verifyEmail(with: link, from: house.client)
            }
            house.clock.advance(by: .days(30))
            try await cleanUp(house)
            #expect(try await house.count("identity.link_token WHERE kind = 'email_verification'") == 1)
            house.clock.advance(by: .seconds(1))
            try await cleanUp(house)
            #expect(try await house.count("identity.link_token WHERE kind = 'email_verification'") == 0)
            await #expect(throws: IdentityError.linkInvalid) {
                try await Profiles(house.environment).verifyEmail(with: link, from: house.client)
            }
        }
    }
}
