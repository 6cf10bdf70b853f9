import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct LogOutEverywhereTests {
    @Test func `ID-065 signing out everywhere ends all sessions, keeps the calling one with a new token, and ends keys on request`()
        async throws
    {
        try await House.with { house in
            let other = try await house.register()
            let calling = try await house.signIn()
            let sessions = Sessions(house.environment)
            let principal = try await house.authenticate(calling.token)
            let label = try #require(APIKeyLabel(name: "ci", description: nil))
            let (_, secret) = try await APIKeys(house.environment, graphs: nil).create(APIKeyDraft(label: label), by: principal)
            let kept = try #require(try await sessions.logOutEverywhere(keepingCurrent: true, includingKeys: false, by: principal))
            #expect(kept.session.id == calling.session.id)
            #expect(try await house.authenticate(kept.token).userID == principal.userID)
            await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(other.token) }
            house.clock.advance(by: .seconds(6))
            await #expect(throws: IdentityError.tokenInvalid) { try await house.authenticate(calling.token) }
            #expect(try await house.authenticate(secret).userID == principal.userID)
            let again = try await house.authenticate(kept.token)
            #expect(try await sessions.logOutEverywhere(keepingCurrent: false, includingKeys: true, by: again) == nil)
            await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(kept.token) }
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
            #expect(try await house.entries("api_key_revoked") == 1)
            #expect(try await house.entries("sessions_revoked_all") == 2)
            #expect(try await house.count("jobs.event WHERE topic = 'identity.all_sessions_ended'") == 2)
        }
    }

    @Test func `ID-065 of fifty sign-ins that race with it each carries the new epoch or is dead`() async throws {
        try await House.with { house in
            let first = try await house.register()
            let principal = try await house.authenticate(first.token)
            let tokens = try await withThrowingTaskGroup(of: AccessToken?.self) { group in
                for n in 0..<51 {
                    group.addTask {
                        if n == 25 {
                            _ = try await Sessions(house.environment).logOutEverywhere(
                                keepingCurrent: false, includingKeys: false, by: principal)
                            return nil
                        }
                        // A sign-in that read the password before and came to its lock after is refused like a wrong one.
                        return try? await house.signIn().token
                    }
                }
                return try await group.reduce(into: [AccessToken]()) { if let token = $1 { $0.append(token) } }
            }
            var live = 0
            for token in tokens where (try? await house.authenticate(token)) != nil { live += 1 }
            let fresh = try await house.count(
                "identity.session s JOIN identity.account a ON a.id = s.user_id AND a.session_epoch = s.epoch WHERE s.revoked_at IS NULL")
            #expect(live == fresh)
            #expect(try await house.count("identity.session WHERE revoked_at IS NULL AND epoch = 1") == 0)
        }
    }

    @Test func `ID-070 a session is bound to no program and no network`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let elsewhere = ClientContext(address: "2001:db8::1", userAgent: "Other/9")
            let authenticator = CredentialAuthenticator(house.environment)
            let principal = try await authenticator.principal(for: .bearer(outcome.token.value), actingFor: nil, from: elsewhere)
            #expect(principal.userID == outcome.user.id)
            let next = try await Sessions(house.environment).refresh(outcome.token.value, from: elsewhere)
            #expect(
                try await authenticator.principal(for: .bearer(next.token.value), actingFor: nil, from: house.client).userID
                    == outcome.user.id)
            #expect(try await house.count("identity.session WHERE revoked_at IS NOT NULL") == 0)
        }
    }

    @Test func `ID-067 a secret of another kind is no bearer, and is written down once an hour`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let key = house.environment.secrets.makeAPIKeySecret()
            let link = house.environment.secrets.linkSecret(of: "email_verification", "ltk_1")
            for secret in [key, link, key, SecretString("anything else")] {
                await #expect(throws: IdentityError.unauthorized) {
                    try await CredentialAuthenticator(house.environment).principal(for: .bearer(secret), actingFor: nil, from: house.client)
                }
                await #expect(throws: IdentityError.unauthorized) {
                    try await Sessions(house.environment).refresh(secret, from: house.client)
                }
            }
            #expect(try await house.entries("non_access_token_as_bearer") == 2)
            house.clock.advance(by: .hours(1))
            await #expect(throws: IdentityError.unauthorized) {
                try await CredentialAuthenticator(house.environment).principal(for: .bearer(key), actingFor: nil, from: house.client)
            }
            #expect(try await house.entries("non_access_token_as_bearer") == 3)
            #expect(try await house.store.lastActivity(of: outcome.user.id) == outcome.session.lastActiveAt)
        }
    }

    @Test func `ID-063 the owner is told when a replaced token ends the session`() async throws {
        try await House.with { house in
            let sessions = Sessions(house.environment)
            let outcome = try await house.register()
            let next = try await sessions.refresh(outcome.token.value, from: house.client)
            _ = try await house.authenticate(next.token)
            house.clock.advance(by: .seconds(6))
            await #expect(throws: IdentityError.tokenReused) { try await sessions.refresh(outcome.token.value, from: house.client) }
            #expect(try await house.count("jobs.event WHERE topic = 'identity.all_sessions_ended'") == 0)
            let elsewhere = ClientContext(address: "198.51.100.1", userAgent: nil)
            await #expect(throws: IdentityError.tokenReused) { try await sessions.refresh(outcome.token.value, from: elsewhere) }
            #expect(try await house.count("jobs.event WHERE topic = 'identity.all_sessions_ended'") == 1)
        }
    }
}
