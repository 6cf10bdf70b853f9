import Audit
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// Says that something of value hangs on every account.
private struct Obliged: AccountObserver {
    typealias Transaction = IdentityOnlyTransaction

    func accountRegistered(_ user: User, through invitation: InvitationSecret?, in transaction: Transaction) async throws -> OrgScope? {
        nil
    }

    func deletionBlockers(
        of user: User.ID, with orgs: [OrgReference], in transaction: Transaction
    ) async throws -> [AccountDeletionBlocker] {
        [AccountDeletionBlocker(kind: .liveGraph, org: .make(at: .init(secondsSinceEpoch: 0)), reference: "kg1", label: "sales")]
    }
}

@Suite struct DisownTests {
    private func accounts(_ house: House) -> Accounts<PostgresIdentityStore, NoAccountObserver<IdentityOnlyTransaction>> {
        Accounts(house.environment, observer: NoAccountObserver())
    }

    private func purgeDue(_ house: House) async throws {
        try await house.run(PurgeAccountHandler(house.workerEnvironment, observer: NoAccountObserver()))
    }

    @Test func `ID-019 whoever disowns an account ends it with all its credentials, and the address is free at once`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let principal = try await house.authenticate(outcome.token)
            let (_, key) = try await house.newKey("deploy", by: principal)
            let token = try await house.secret(of: .disown)
            #expect(try await accounts(house).disown(with: token) == .removed)
            await #expect(throws: IdentityError.self) { try await house.authenticate(outcome.token) }
            await #expect(throws: IdentityError.self) { try await house.authenticate(key) }
            #expect(try await house.entries("account_disowned") == 1)
            let again = try await house.register()
            #expect(again.user.id != outcome.user.id)

            await #expect(throws: IdentityError.linkUsed) { try await accounts(house).disown(with: token) }
            try await purgeDue(house)
            #expect(try await house.count("identity.account WHERE status = 'purged'") == 1)
            // Nobody is mailed at an address that is not theirs.
            #expect(try await house.events("identity.account_status_changed") == 0)
        }
    }

    @Test func `ID-019 an account on which something of value hangs is switched off instead, and the address is free all the same`()
        async throws
    {
        try await House.with { house in
            let outcome = try await house.register()
            let ended = try await Accounts(house.environment, observer: Obliged()).disown(with: try await house.secret(of: .disown))
            #expect(ended == .deactivated)
            #expect(try await house.count("identity.account WHERE status = 'deactivated' AND id = '\(outcome.user.id.uuid)'") == 1)
            await #expect(throws: IdentityError.self) { try await house.authenticate(outcome.token) }
            #expect(try await house.register().user.id != outcome.user.id)
            #expect(try await house.entries("account_disowned") == 1)
        }
    }

    @Test func `ID-019 an address that was proven cannot be disowned, nor can the account be by whoever holds a later address`()
        async throws
    {
        try await House.with { house in
            let outcome = try await house.register()
            let token = try await house.secret(of: .disown)
            let principal = try await house.authenticate(outcome.token)
            _ = try await Profiles(house.environment).verifyEmail(
                with: try await house.secret(of: .emailVerification), from: house.client)
            await #expect(throws: IdentityError.linkInvalid) { try await accounts(house).disown(with: token) }
            house.clock.advance(by: .hours(1))
            _ = try await house.change("new@example.com", from: principal)
            await #expect(throws: IdentityError.self) { try await accounts(house).disown(with: token) }
            #expect(try await house.count("identity.link_token WHERE kind = 'disown'") == 1)
            #expect(try await house.count("identity.account WHERE status = 'active'") == 1)
        }
    }

    @Test func `ID-019 a mail that is sent again carries the same link, and one of two uses wins`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            house.clock.advance(by: .hours(1))
            try await Profiles(house.environment).resendVerification(to: outcome.user.id)
            let links = try await house.database.adminClient.query(
                "SELECT DISTINCT payload->>'disownLink' AS link FROM jobs.event WHERE topic = 'identity.email_verification_requested'")
            #expect(links.count == 1)
            #expect(try links[0].decode("link", as: String?.self) != nil)
            let token = try await house.secret(of: .disown)
            let accounts = accounts(house)
            let wins = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 { group.addTask { (try? await accounts.disown(with: token)) == .removed } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wins == 1)
        }
    }
}
