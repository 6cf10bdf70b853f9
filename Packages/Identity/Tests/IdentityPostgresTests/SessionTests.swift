import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct SessionTests {
    @Test func `ID-031 wrong passwords, unknown addresses and disabled accounts get one refusal, and an entry each`() async throws {
        try await House.with { house in
            try await house.register()
            try await house.register("eve@example.com")
            try await house.database.adminClient.execute(
                "UPDATE identity.account SET status = 'deactivated' WHERE email = 'eve@example.com'")
            await #expect(throws: IdentityError.invalidCredentials) { try await house.signIn("ada@example.com", "wrong-password") }
            await #expect(throws: IdentityError.invalidCredentials) { try await house.signIn("nobody@example.com") }
            await #expect(throws: IdentityError.invalidCredentials) { try await house.signIn("eve@example.com") }
            #expect(try await house.entries("auth_failure") == 3)
            #expect(try await house.count("audit.entry WHERE type = 'auth_failure' AND ref_user IS NULL") == 1)
            #expect(try await house.signIn(" ADA@example.com").user.email.description == "ada@example.com")
        }
    }

    @Test func `ID-058 a token stops working with the commit of its session's end`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            #expect(try await house.authenticate(outcome.token).userID == outcome.user.id)
            try await Sessions(house.environment).logOut(outcome.token.value, from: house.client)
            await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(outcome.token) }
            try await Sessions(house.environment).logOut(outcome.token.value, from: house.client)
            #expect(try await house.entries("session_revoked") == 1)
        }
    }

    @Test func `ID-059 a token can be refreshed until five minutes after its end`() async throws {
        try await House.with { house in
            let sessions = Sessions(house.environment)
            let outcome = try await house.register()
            house.clock.advance(by: .minutes(30) + .seconds(299))
            await #expect(throws: IdentityError.tokenExpired) { try await house.authenticate(outcome.token) }
            let next = try await sessions.refresh(outcome.token.value, from: house.client)
            #expect(next.session.generation == 2)
            _ = try await house.authenticate(next.token)
            house.clock.advance(by: .minutes(30) + .seconds(300))
            await #expect(throws: IdentityError.tokenExpired) { try await sessions.refresh(next.token.value, from: house.client) }
        }
    }

    @Test func `ID-059 a session ends thirty days after its sign-in`() async throws {
        try await House.with { house in
            let sessions = Sessions(house.environment)
            var outcome = try await house.register()
            let end = outcome.session.absoluteExpiresAt
            while house.clock.now + .minutes(30) < end {
                house.clock.advance(by: .minutes(30))
                outcome = try await sessions.refresh(outcome.token.value, from: house.client)
            }
            house.clock.advance(to: end)
            await #expect(throws: IdentityError.sessionExpired) { try await sessions.refresh(outcome.token.value, from: house.client) }
        }
    }

    @Test func `ID-061 ten refreshes with one token at once move the session on by one generation`() async throws {
        try await House.with { house in
            let sessions = Sessions(house.environment)
            let outcome = try await house.register()
            let tokens = try await withThrowingTaskGroup(of: SignInOutcome.self) { group in
                for _ in 0..<10 { group.addTask { try await sessions.refresh(outcome.token.value, from: house.client) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(tokens.map(\.session.generation)) == [2])
            for token in tokens { #expect(try await house.authenticate(token.token).userID == outcome.user.id) }
        }
    }

    @Test func `ID-062 a lost answer signs nobody out`() async throws {
        try await House.with { house in
            let sessions = Sessions(house.environment)
            let outcome = try await house.register()
            _ = try await sessions.refresh(outcome.token.value, from: house.client)
            house.clock.advance(by: .seconds(60))
            let again = try await sessions.refresh(outcome.token.value, from: house.client)
            #expect(again.session.generation == 2)
            _ = try await house.authenticate(again.token)
        }
    }

    @Test func `ID-063 SEC-211 a replaced token fails at home, and ends the session from elsewhere`() async throws {
        try await House.with { house in
            let sessions = Sessions(house.environment)
            let outcome = try await house.register()
            let next = try await sessions.refresh(outcome.token.value, from: house.client)
            _ = try await house.authenticate(next.token)
            house.clock.advance(by: .seconds(6))
            await #expect(throws: IdentityError.tokenReused) { try await sessions.refresh(outcome.token.value, from: house.client) }
            _ = try await house.authenticate(next.token)
            let elsewhere = ClientContext(address: "198.51.100.1", userAgent: nil)
            await #expect(throws: IdentityError.tokenReused) { try await sessions.refresh(outcome.token.value, from: elsewhere) }
            await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(next.token) }
            #expect(try await house.entries("refresh_reuse_detected") == 2)
        }
    }

    @Test func `ID-077 a thousand requests within a minute make one write`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            func versions() async throws -> String {
                try await house.database.adminClient.query("SELECT xmin::text FROM identity.session")[0].decode(String.self)
            }
            let before = try await versions()
            for _ in 0..<100 { _ = try await house.authenticate(outcome.token) }
            #expect(try await versions() == before)
            house.clock.advance(by: .seconds(60))
            for _ in 0..<100 { _ = try await house.authenticate(outcome.token) }
            let after = try await versions()
            #expect(after != before)
            #expect(try await house.store.lastActivity(of: outcome.user.id) == house.clock.now)
        }
    }

    @Test func `ID-078 a touch does not wait for a locked row`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            house.clock.advance(by: .seconds(120))
            try await house.database.systemClient.withTransaction(scope: .system) { transaction in
                _ = try await transaction.query("SELECT FROM identity.session WHERE id = \(outcome.session.id) FOR UPDATE")
                #expect(try await house.authenticate(outcome.token).userID == outcome.user.id)
            }
            #expect(try await house.store.lastActivity(of: outcome.user.id) != house.clock.now)
        }
    }

    @Test func `ID-079 the end of a session keeps its last use, and an expired token adds none`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let used = house.clock.now
            house.clock.advance(by: .days(29))
            try await Sessions(house.environment).logOut(outcome.token.value, from: house.client)
            #expect(try await house.store.lastActivity(of: outcome.user.id) == used)
            let second = try await house.signIn()
            house.clock.advance(by: .minutes(3))
            try await Sessions(house.environment).logOut(second.token.value, from: house.client)
            #expect(try await house.store.lastActivity(of: outcome.user.id) == house.clock.now)
        }
    }

    @Test func `ID-035 the least recently used of a hundred sessions ends when another begins`() async throws {
        try await House.with { house in
            let first = try await house.register()
            for _ in 0..<100 {
                house.clock.advance(by: .seconds(1))
                _ = try await house.signIn()
            }
            await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(first.token) }
            #expect(try await house.count("identity.session WHERE revoked_at IS NULL") == 100)
            #expect(try await house.count("identity.session WHERE revoke_reason = 'limit'") == 1)
        }
    }

    @Test func `ID-100 a changed password ends the other sessions and keeps the calling one`() async throws {
        try await House.with { house in
            let other = try await house.register()
            let calling = try await house.signIn()
            let principal = try await house.authenticate(calling.token)
            let passwords = Passwords(house.environment)
            await #expect(throws: IdentityError.wrongCurrentPassword) {
                try await passwords.change(to: Password("Red-Kettle43xy"), from: Password("wrong"), by: principal, from: house.client)
            }
            await #expect(throws: IdentityError.passwordReused) {
                try await passwords.change(to: Password(House.password), from: Password(House.password), by: principal, from: house.client)
            }
            try await passwords.change(to: Password("Red-Kettle43xy"), from: Password(House.password), by: principal, from: house.client)
            _ = try await house.authenticate(calling.token)
            await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(other.token) }
            await #expect(throws: IdentityError.invalidCredentials) { try await house.signIn() }
            _ = try await house.signIn("ada@example.com", "Red-Kettle43xy")
        }
    }

    @Test func `ID-101 of ten changes with one current password at once one wins`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let passwords = Passwords(house.environment)
            let wins = await withTaskGroup(of: Bool.self) { group in
                for n in 0..<10 {
                    group.addTask {
                        do {
                            try await passwords.change(
                                to: Password("Red-Kettle4\(n)xy"), from: Password(House.password), by: principal, from: house.client)
                            return true
                        } catch { return false }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(wins == 1)
        }
    }
}
