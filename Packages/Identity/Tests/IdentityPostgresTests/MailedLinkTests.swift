import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

extension House {
    /// The secret of the newest link of a kind, as its mail carries it.
    func secret(of kind: LinkToken.Kind, sentTo address: String? = nil) async throws -> SecretString {
        let rows = try await database.adminClient.query(
            """
            SELECT id FROM identity.link_token WHERE kind = \(kind.rawValue) AND (\(address)::text IS NULL OR address = \(address))
            ORDER BY created_at DESC, id DESC LIMIT 1
            """)
        let id = try #require(rows.first).decode("id", as: LinkToken.ID.self)
        return environment.secrets.linkSecret(of: kind.rawValue, id.description)
    }

    func events(_ topic: String) async throws -> Int {
        Int(try await database.adminClient.query("SELECT count(*) FROM jobs.event WHERE topic = \(topic)")[0].decode(Int64.self))
    }

    func askForReset(_ email: String = "ada@example.com") async throws {
        try await Passwords(environment).requestReset(for: try #require(EmailAddress(email)), from: client)
        try await run(SendPasswordResetHandler(workerEnvironment))
    }

    func change(_ email: String, from principal: Principal) async throws -> User {
        try await Profiles(environment).update(
            ProfileChanges(email: email, proof: .password(Password(Self.password))), by: principal, from: client)
    }

    func newKey(_ name: String = "ci", by principal: Principal) async throws -> (key: APIKey, secret: SecretString) {
        let label = try #require(APIKeyLabel(name: name, description: nil))
        return try await APIKeys(environment, graphs: nil).create(APIKeyDraft(label: label), by: principal)
    }
}

@Suite struct MailedLinkTests {
    @Test func `ID-085 a link that is unknown, replaced, late, used or for another address says which`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let profiles = Profiles(house.environment)
            let first = try await house.secret(of: .emailVerification)
            house.clock.advance(by: .seconds(60))
            try await profiles.resendVerification(to: principal.userID)
            let second = try await house.secret(of: .emailVerification)
            await #expect(throws: IdentityError.linkInvalid) { try await profiles.verifyEmail(with: first, from: house.client) }
            await #expect(throws: IdentityError.linkInvalid) {
                try await profiles.verifyEmail(with: SecretString("none"), from: house.client)
            }
            _ = try await profiles.verifyEmail(with: second, from: house.client)
            await #expect(throws: IdentityError.linkUsed) { try await profiles.verifyEmail(with: second, from: house.client) }

            try await house.register("late@example.com")
            let lateLink = try await house.secret(of: .emailVerification, sentTo: "late@example.com")
            house.clock.advance(by: .hours(24))
            await #expect(throws: IdentityError.linkExpired) { try await profiles.verifyEmail(with: lateLink, from: house.client) }

            // A link to an address that the account has left proves nothing about the new one, even if nobody replaced it.
            let moved = try await house.signIn("late@example.com")
            _ = try await house.change("moved@example.com", from: try await house.authenticate(moved.token))
            let now = house.clock.now
            try await house.database.adminClient.execute(
                "UPDATE identity.link_token SET superseded_at = \(now) WHERE address = 'moved@example.com'")
            try await house.database.adminClient.execute(
                """
                UPDATE identity.link_token SET superseded_at = NULL, expires_at = \(now + .hours(1))
                WHERE address = 'late@example.com' AND kind = 'email_verification'
                """)
            await #expect(throws: IdentityError.linkInvalid) { try await profiles.verifyEmail(with: lateLink, from: house.client) }
        }
    }

    @Test func `ID-086 SEC-016 verification mails are 60 s apart, three an hour, ten a day, and one of ten at once`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let profiles = Profiles(house.environment)
            await #expect(throws: IdentityError.sendBudgetExceeded(seconds: 60)) {
                try await profiles.resendVerification(to: principal.userID)
            }
            house.clock.advance(by: .seconds(60))
            let sent = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 {
                    group.addTask { (try? await profiles.resendVerification(to: principal.userID)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(sent == 1)
            #expect(try await house.events("identity.email_verification_requested") == 2)
            house.clock.advance(by: .seconds(60))
            try await profiles.resendVerification(to: principal.userID)
            house.clock.advance(by: .seconds(60))
            await #expect(throws: IdentityError.sendBudgetExceeded(seconds: 3_420)) {
                try await profiles.resendVerification(to: principal.userID)
            }
            for _ in 3..<10 {
                house.clock.advance(by: .hours(1))
                try await profiles.resendVerification(to: principal.userID)
            }
            house.clock.advance(by: .hours(2))
            await #expect(throws: IdentityError.sendBudgetExceeded(seconds: 86_400 - 7 * 3_600 - 7_380)) {
                try await profiles.resendVerification(to: principal.userID)
            }
            _ = try await profiles.verifyEmail(with: try await house.secret(of: .emailVerification), from: house.client)
            await #expect(throws: IdentityError.emailAlreadyVerified) { try await profiles.resendVerification(to: principal.userID) }
        }
    }

    @Test func `ID-086 the budget is the address's as well, whichever account has it`() async throws {
        try await House.with { house in
            let ada = try await house.authenticate(try await house.register().token)
            for _ in 0..<2 {
                house.clock.advance(by: .seconds(60))
                try await Profiles(house.environment).resendVerification(to: ada.userID)
            }
            _ = try await house.change("elsewhere@example.com", from: ada)
            let eve = try await house.authenticate(try await house.register().token)
            house.clock.advance(by: .seconds(60))
            let refusal = await #expect(throws: IdentityError.self) {
                try await Profiles(house.environment).resendVerification(to: eve.userID)
            }
            guard case .sendBudgetExceeded = refusal else {
                Issue.record("refused otherwise: \(String(describing: refusal))")
                return
            }
        }
    }

    @Test func `ID-088 a request for a reset writes one job, whoever has the address, and twice is once`() async throws {
        try await House.with { house in
            try await house.register()
            let passwords = Passwords(house.environment)
            for email in ["ada@example.com", "nobody@example.com", "nobody@example.com"] {
                try await passwords.requestReset(for: try #require(EmailAddress(email)), from: house.client)
            }
            #expect(try await house.count("jobs.job") == 2)
            #expect(try await house.count("identity.link_token WHERE kind = 'password_reset'") == 0)
            try await house.run(SendPasswordResetHandler(house.workerEnvironment))
            #expect(try await house.count("identity.link_token WHERE kind = 'password_reset'") == 1)
            #expect(try await house.events("identity.password_reset_requested") == 1)
        }
    }

    @Test func `OPS-054 the job of a request holds neither the address nor the network, and is pointless without an active account`()
        async throws
    {
        try await House.with { house in
            try await house.register()
            let passwords = Passwords(house.environment)
            for email in ["ada@example.com", "nobody@example.com"] {
                try await passwords.requestReset(for: try #require(EmailAddress(email)), from: house.client)
            }
            let rows = try await house.database.adminClient.query(
                """
                SELECT to_jsonb(j)::text FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id
                WHERE k.name = 'identity.send_password_reset#2'
                """)
            #expect(rows.count == 2)
            for row in rows {
                let text = try row.decode(String.self)
                #expect(!text.contains("example.com") && !text.contains("203.0.113") && !text.contains("Ada"), "\(text)")
            }
            // Between the request and the job the account may end: the job decides again.
            try await house.database.adminClient.execute("UPDATE identity.account SET status = 'deactivated'")
            try await house.run(SendPasswordResetHandler(house.workerEnvironment))
            #expect(try await house.events("identity.password_reset_requested") == 0)
            #expect(try await house.count("identity.link_token WHERE kind = 'password_reset'") == 0)
        }
    }

    @Test func `OPS-052 a job that the last release wrote finds its account by the address, and the new one is in a version of its own`()
        async throws
    {
        try await House.with { house in
            try await house.register()
            #expect(SendPasswordReset.version == 2)
            try await Passwords(house.environment).requestReset(for: try #require(EmailAddress("ada@example.com")), from: house.client)
            // As that release wrote it: another kind by its name, with the address and the network.
            for statement: Statement in [
                "INSERT INTO jobs.kind (name) VALUES ('identity.send_password_reset') ON CONFLICT DO NOTHING",
                """
                UPDATE jobs.job SET args = '{"email": "ada@example.com", "network": "203.0.113.0/24"}',
                    kind_id = (SELECT id FROM jobs.kind WHERE name = 'identity.send_password_reset')
                """,
            ] {
                try await house.database.adminClient.execute(statement)
            }
            try await house.run(SendPasswordResetHandler(house.workerEnvironment))
            #expect(try await house.events("identity.password_reset_requested") == 1)
        }
    }

    @Test func `ID-089 three reset mails an hour and ten a day, then an entry instead`() async throws {
        try await House.with { house in
            try await house.register()
            for _ in 0..<4 { try await house.askForReset() }
            #expect(try await house.events("identity.password_reset_requested") == 3)
            #expect(try await house.entries("send_budget_exceeded") == 1)
            for _ in 3..<12 {
                house.clock.advance(by: .hours(1))
                try await house.askForReset()
            }
            #expect(try await house.events("identity.password_reset_requested") == 10)
            #expect(try await house.entries("send_budget_exceeded") == 3)
            try await house.database.adminClient.execute("UPDATE identity.account SET status = 'deactivated'")
            house.clock.advance(by: .hours(48))
            try await house.askForReset()
            #expect(try await house.events("identity.password_reset_requested") == 10)
        }
    }
}
