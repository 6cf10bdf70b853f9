import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct KeyReviewTests {
    private func review(_ house: House) async throws {
        try await house.enqueue(ReviewKeys())
        try await house.run(ReviewKeysHandler(house.workerEnvironment))
    }

    private func create(_ house: House, by principal: Principal, lasting: Duration? = nil) async throws -> (APIKey, SecretString) {
        let label = try #require(APIKeyLabel(name: "ci", description: nil))
        return try await APIKeys(house.environment, graphs: nil).create(
            APIKeyDraft(label: label, expiresAt: lasting.map { house.clock.now + $0 }), by: principal)
    }

    @Test func `ID-115 the owner is told 14 days and one day before a key ends, once each, and its end is an entry`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            _ = try await create(house, by: principal, lasting: .days(30))
            _ = try await create(house, by: principal, lasting: .days(7))
            _ = try await create(house, by: principal)
            try await review(house)
            #expect(try await house.events("identity.api_key_expiring") == 0)
            house.clock.advance(by: .days(6))
            try await review(house)
            try await review(house)
            // The key of seven days was made with less than 14 to go.
            #expect(try await house.events("identity.api_key_expiring") == 1)
            house.clock.advance(by: .days(10))
            try await review(house)
            #expect(try await house.events("identity.api_key_expiring") == 2)
            #expect(try await house.entries("api_key_expired") == 1)
            house.clock.advance(by: .days(13))
            try await review(house)
            #expect(try await house.events("identity.api_key_expiring") == 3)
            house.clock.advance(by: .days(1))
            try await review(house)
            try await review(house)
            #expect(try await house.events("identity.api_key_expiring") == 3)
            #expect(try await house.entries("api_key_expired") == 2)
        }
    }

    @Test func `ID-115 the first use of a key is an entry, one from another network a mail, once`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let (_, secret) = try await create(house, by: principal)
            let authenticator = CredentialAuthenticator(house.environment)
            for address in ["203.0.113.7", "203.0.113.7", "198.51.100.9", "198.51.100.9", "2001:db8::5"] {
                _ = try await authenticator.principal(
                    for: .apiKey(secret), actingFor: nil, from: ClientContext(address: address, userAgent: nil))
            }
            try await review(house)
            try await review(house)
            #expect(try await house.entries("api_key_first_use") == 1)
            #expect(try await house.entries("api_key_new_network") == 2)
            #expect(try await house.events("identity.api_key_new_network") == 2)
        }
    }

    @Test func `ID-112 keys that ended stay for ever as evidence`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let keys = APIKeys(house.environment, graphs: nil)
            let (expired, _) = try await create(house, by: principal, lasting: .days(30))
            let (revoked, _) = try await create(house, by: principal)
            try await keys.revoke(revoked.id, by: principal)
            house.clock.advance(by: .days(3 * 365))
            try await review(house)
            #expect(try await keys.keys(of: principal.userID, includingInactive: false).isEmpty)
            let kept = try await keys.keys(of: principal.userID, includingInactive: true)
            #expect(Set(kept.map(\.id)) == [expired.id, revoked.id])
            let reasons = try await house.database.adminClient.query(
                "SELECT revoke_reason FROM identity.api_key WHERE revoked_at IS NOT NULL")
            #expect(try reasons.map { try $0.decode("revoke_reason", as: String.self) } == ["revoked_by_user"])
            for role in [house.database.client, house.database.systemClient] {
                await #expect(throws: PostgresError.self) { try await role.execute("DELETE FROM identity.api_key") }
            }
        }
    }

    @Test func `ID-114 a new secret works at once, the old one for the overlap, and both are listed`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let keys = APIKeys(house.environment, graphs: nil)
            let label = try #require(APIKeyLabel(name: "deploy", description: "nightly"))
            let range = try #require(NetworkRange("203.0.113.0/24"))
            let (old, oldSecret) = try await keys.create(
                APIKeyDraft(label: label, scopes: [.graphRead], networks: [range], expiresAt: house.clock.now + .days(90)), by: principal)
            let (new, newSecret) = try await keys.rotate(old.id, keepingOldFor: .hours(24), by: principal)
            #expect(new.label == old.label)
            #expect(new.scopes == old.scopes)
            #expect(new.networks == old.networks)
            #expect(new.expiresAt == old.expiresAt)
            #expect(try await keys.keys(of: principal.userID, includingInactive: false).count == 2)
            house.clock.advance(by: .hours(24) - .seconds(1))
            _ = try await house.authenticate(oldSecret)
            _ = try await house.authenticate(newSecret)
            house.clock.advance(by: .seconds(1))
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(oldSecret) }
            let (_, last) = try await keys.rotate(new.id, keepingOldFor: .zero, by: principal)
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(newSecret) }
            _ = try await house.authenticate(last)
            #expect(try await house.entries("api_key_rotated") == 2)
            await #expect(throws: IdentityError.notFound) { _ = try await keys.rotate(old.id, keepingOldFor: .zero, by: principal) }
        }
    }

    @Test func `ID-114 a key cannot give a new secret to one that may more`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let keys = APIKeys(house.environment, graphs: nil)
            let (whole, _) = try await create(house, by: principal)
            let label = try #require(APIKeyLabel(name: "small", description: nil))
            let (small, secret) = try await keys.create(APIKeyDraft(label: label, scopes: [.keysWrite]), by: principal)
            let held = try await house.authenticate(secret)
            await #expect(throws: IdentityError.forbidden) { _ = try await keys.rotate(whole.id, keepingOldFor: .zero, by: held) }
            _ = try await keys.rotate(small.id, keepingOldFor: .zero, by: held)
        }
    }
}
