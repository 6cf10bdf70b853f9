import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct ReviewTests {
    private func review(_ house: House) async throws {
        try await house.enqueue(ReviewUnverified())
        try await house.run(ReviewUnverifiedHandler(house.workerEnvironment, observer: NoAccountObserver()))
        try await house.run(PurgeAccountHandler(house.workerEnvironment, observer: NoAccountObserver()))
    }

    private func status(_ user: User.ID, _ house: House) async throws -> String {
        try await house.database.adminClient.query("SELECT status FROM identity.account WHERE id = \(user)")[0].decode(String.self)
    }

    @Test func `ID-020 an account that was never verified is told on day 23 and removed on day 30`() async throws {
        try await House.with { house in
            let never = try await house.register("never@example.com").user.id
            let proven = try await house.register("proven@example.com")
            _ = try await Profiles(house.environment).verifyEmail(
                with: try await house.secret(of: .emailVerification, sentTo: "proven@example.com"), from: house.client)
            // An address that was changed is to be proven again; the account was proven once.
            _ = try await house.change("changed@example.com", from: try await house.authenticate(proven.token))
            house.clock.advance(by: .days(23) - .seconds(1))
            try await review(house)
            #expect(try await house.events("identity.unverified_account_ending") == 0)
            house.clock.advance(by: .seconds(1))
            try await review(house)
            try await review(house)
            #expect(try await house.events("identity.unverified_account_ending") == 1)
            house.clock.advance(by: .days(7) - .seconds(1))
            try await review(house)
            #expect(try await status(never, house) == "active")
            house.clock.advance(by: .seconds(1))
            try await review(house)
            #expect(try await status(never, house) == "purged")
            #expect(try await status(proven.user.id, house) == "active")
            house.clock.advance(by: .days(400))
            try await review(house)
            #expect(try await status(proven.user.id, house) == "active")
        }
    }

    @Test func `ID-020 nobody is removed who was not told seven days before, however late that was`() async throws {
        try await House.with { house in
            let never = try await house.register().user.id
            house.clock.advance(by: .days(365))
            try await review(house)
            #expect(try await status(never, house) == "active")
            house.clock.advance(by: .days(7))
            try await review(house)
            #expect(try await status(never, house) == "purged")
        }
    }

    @Test func `ID-020 an account with a fellow member stays`() async throws {
        try await House.with(withOrgs: true) { house in
            let never = try await house.register().user.id
            let other = try await house.register("ben@example.com").user.id
            let org = try await house.database.makeOrg("Team", at: house.clock.now)
            for user in [never, other] { try await house.database.join(org, user, at: house.clock.now) }
            house.clock.advance(by: .days(23))
            try await review(house)
            house.clock.advance(by: .days(7))
            try await review(house)
            #expect(try await status(never, house) == "active")
        }
    }

    @Test(arguments: [(true, "deactivated"), (false, "active")])
    func `ID-150 an account that is left without any org is switched off only where the deployment wishes so`(
        wishes: Bool, expected: String
    ) async throws {
        try await House.with(withOrgs: true) { house in
            let outcome = try await house.register()
            let orgs = [
                try await house.database.makeOrg("One", at: house.clock.now), try await house.database.makeOrg("Two", at: house.clock.now),
            ]
            for org in orgs { try await house.database.join(org, outcome.user.id, at: house.clock.now) }
            var settings = IdentitySettings()
            settings.deactivatesOrphans = wishes
            let worker = IdentityEnvironment(
                store: house.workerEnvironment.store, passwords: house.environment.passwords, tokens: house.environment.tokens,
                secrets: house.environment.secrets, captcha: nil, dateSource: house.clock, settings: settings)
            for (org, then) in zip(orgs, ["active", expected]) {
                try await house.database.adminClient.execute("DELETE FROM test_orgs.membership WHERE org_id = \(org)")
                try await house.store.withTransaction(.system) { try await $0.leaveOrg(org, user: outcome.user.id, at: house.clock.now) }
                try await house.run(ReviewOrphanHandler(worker, observer: NoAccountObserver()))
                #expect(try await status(outcome.user.id, house) == then)
            }
        }
    }
}
