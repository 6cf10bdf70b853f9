import Core
import Identity
import PlatformTesting
import Postgres
import Testing

@Suite struct APIKeyTests {
    private func draft(_ name: String = "ci", scopes: Set<Scope>? = nil, expiresAt: Instant? = nil) throws -> APIKeyDraft {
        APIKeyDraft(label: try #require(APIKeyLabel(name: name, description: nil)), scopes: scopes, expiresAt: expiresAt)
    }

    @Test func `ID-103 a key is rfs and 64 hex digits, and only its digest is kept`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let (key, secret) = try await APIKeys(house.environment, graphs: nil).create(try draft(), by: principal)
            let text = secret.withValue { $0 }
            #expect(text.wholeMatch(of: /rfs[0-9a-f]{64}/) != nil)
            #expect(key.prefix == String(text.prefix(8)))
            let rows = try await house.database.adminClient.query(
                "SELECT count(*) FROM identity.api_key k WHERE k::text LIKE '%' || \(String(text.dropFirst(8))) || '%'")
            #expect(try rows[0].decode(Int64.self) == 0)
            #expect(try await house.authenticate(secret).credential == .apiKey(key.id))
        }
    }

    @Test func `ID-113 of a hundred keys made at once fifty come to be`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let keys = APIKeys(house.environment, graphs: nil)
            let refusals = try await withThrowingTaskGroup(of: IdentityError?.self) { group in
                for n in 0..<100 {
                    let draft = try draft("key \(n)")
                    group.addTask {
                        do {
                            _ = try await keys.create(draft, by: principal)
                            return nil
                        } catch let error as IdentityError { return error }
                    }
                }
                return try await group.reduce(into: [IdentityError]()) { if let error = $1 { $0.append(error) } }
            }
            #expect(refusals == Array(repeating: .keyLimitReached(50), count: 50))
            #expect(try await house.count("identity.api_key") == 50)
            #expect(try await house.entries("api_key_created") == 50)
        }
    }

    @Test func `ID-110 a revoked key is refused at the next request, and its row stays`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let other = try await house.authenticate(try await house.register("eve@example.com").token)
            let keys = APIKeys(house.environment, graphs: nil)
            let (key, secret) = try await keys.create(try draft(), by: principal)
            await #expect(throws: IdentityError.notFound) { try await keys.revoke(key.id, by: other) }
            await #expect(throws: IdentityError.notFound) {
                _ = try await keys.relabel(key.id, name: "mine", description: nil, by: other)
            }
            #expect(try await keys.relabel(key.id, name: "build", description: "x", by: principal).label.name == "build")
            try await keys.revoke(key.id, by: principal)
            try await keys.revoke(key.id, by: principal)
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
            #expect(try await keys.keys(of: principal.userID, includingInactive: false).isEmpty)
            #expect(try await keys.keys(of: principal.userID, includingInactive: true).map(\.id) == [key.id])
            #expect(try await house.entries("api_key_revoked") == 1)
        }
    }

    @Test func `ID-104 and ID-106 an end must lie ahead, and a key makes at most its like`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let keys = APIKeys(house.environment, graphs: nil)
            await #expect(throws: IdentityError.invalidExpiry) {
                _ = try await keys.create(try draft(expiresAt: house.clock.now), by: principal)
            }
            let end = house.clock.now + .days(1)
            let (_, secret) = try await keys.create(try draft(scopes: [.keysWrite, .graphRead], expiresAt: end), by: principal)
            let maker = try await house.authenticate(secret)
            let (child, _) = try await keys.create(try draft(scopes: [.graphAdmin, .graphRead], expiresAt: end + .days(9)), by: maker)
            #expect(child.scopes == [.graphRead])
            #expect(child.expiresAt == end)
            house.clock.advance(to: end)
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
        }
    }

    @Test func `ID-066 a person sees no other person's rows, whatever the statement`() async throws {
        try await House.with { house in
            let ada = try await house.register()
            try await house.register("eve@example.com")
            for (table, rows) in [("account", 1), ("session", 1), ("link_token", 2)] as [(String, Int64)] {
                let own = try await house.database.client.query(
                    "SELECT count(*) FROM identity.\(identifier: table)", scope: .user(ada.user.id.uuid))
                #expect(try own[0].decode(Int64.self) == rows, "\(table)")
                let none = try await house.database.client.query("SELECT count(*) FROM identity.\(identifier: table)")
                #expect(try none[0].decode(Int64.self) == 0, "\(table)")
            }
        }
    }

    @Test func `ID-159 authenticating is one statement in one transaction`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let principal = try await house.authenticate(outcome.token)
            let label = try #require(APIKeyLabel(name: "ci", description: nil))
            let (_, secret) = try await APIKeys(house.environment, graphs: nil).create(APIKeyDraft(label: label), by: principal)
            house.clock.advance(by: .seconds(90))
            let count = try await house.statements { environment in
                let authenticator = CredentialAuthenticator(environment)
                _ = try await authenticator.principal(for: .bearer(outcome.token.value), actingFor: nil, from: house.client)
                _ = try await authenticator.principal(for: .apiKey(secret), actingFor: nil, from: house.client)
                _ = try await authenticator.principal(for: .apiKey(secret), actingFor: nil, from: house.client)
            }
            #expect(count == 3)
        }
    }
}
