import Audit
import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

extension House {
    var accounts: Accounts<PostgresIdentityStore, NoAccountObserver<IdentityOnlyTransaction>> {
        Accounts(environment, observer: NoAccountObserver())
    }

    func scheduleDeletion(by principal: Principal) async throws -> AccountDeletionPlan {
        try await accounts.scheduleDeletion(
            confirmedBy: principal.email.description, provenBy: .password(Password(Self.password)), by: principal, from: client)
    }

    func purgeDue() async throws {
        try await run(PurgeAccountHandler(workerEnvironment, observer: NoAccountObserver()))
    }

    /// Stands for an operator, whose accounts are of a package above.
    var staff: AuditActor { .system(component: "identity") }
}

/// What packages above say is in the way: one of each kind for each org.
private struct Obligations: AccountObserver {
    let kinds: [AccountDeletionBlocker.Kind]

    func accountRegistered(
        _ user: User, through invitation: InvitationSecret?, in transaction: IdentityOnlyTransaction
    ) async throws -> OrgScope? { nil }

    func deletionBlockers(
        of user: User.ID, with orgs: [OrgReference], in transaction: IdentityOnlyTransaction
    ) async throws -> [AccountDeletionBlocker] {
        orgs.flatMap { org in kinds.map { AccountDeletionBlocker(kind: $0, org: org, reference: "ref", label: nil) } }
    }
}

@Suite struct AccountEndTests {
    @Test func `ID-143 the plan names what goes, what stays and what is in the way, and changes nothing`() async throws {
        try await House.with(withOrgs: true) { house in
            let outcome = try await house.register()
            let eve = try await house.register("eve@example.com")
            let now = house.clock.now
            let own = try await house.database.makeOrg("Own", at: now)
            let shared = try await house.database.makeOrg("Shared", at: now)
            try await house.database.join(own, outcome.user.id, as: .owner, at: now)
            try await house.database.join(shared, outcome.user.id, as: .owner, at: now + .seconds(1))
            try await house.database.join(shared, eve.user.id, as: .admin, at: now)
            let kinds: [AccountDeletionBlocker.Kind] = [.accountCredit, .endingSubscription, .liveGraph, .liveSubscription, .openInvoice]
            let accounts = Accounts(house.environment, observer: Obligations(kinds: kinds))
            let before = try await house.count("audit.entry")
            let plan = try await accounts.deletionPlan(for: outcome.user.id)
            #expect(plan.purgeAt == now + .days(30))
            #expect(!plan.isScheduled)
            #expect(plan.endingOrgs.map(\.id) == [own])
            #expect(plan.blockers.map(\.kind) == [.soleOwner] + kinds)
            #expect(plan.blockers.first?.org == shared)
            // The packages above are asked about the org that would end with the account, and about no other.
            #expect(plan.blockers.dropFirst().allSatisfy { $0.org == own })
            #expect(try await house.count("audit.entry") == before)
            let principal = try await house.authenticate(outcome.token)
            await #expect(throws: IdentityError.deletionBlocked(plan.blockers)) {
                _ = try await accounts.scheduleDeletion(
                    confirmedBy: "ada@example.com", provenBy: .password(Password(House.password)), by: principal, from: house.client)
            }
            _ = try await house.authenticate(outcome.token)
        }
    }

    @Test func `ID-144 a membership that came to be since the plan is seen`() async throws {
        try await House.with(withOrgs: true) { house in
            let outcome = try await house.register()
            let eve = try await house.register("eve@example.com")
            let own = try await house.database.makeOrg("Own", at: house.clock.now)
            try await house.database.join(own, outcome.user.id, as: .owner, at: house.clock.now)
            let principal = try await house.authenticate(outcome.token)
            #expect(try await house.accounts.deletionPlan(for: outcome.user.id).blockers.isEmpty)
            try await house.database.join(own, eve.user.id, at: house.clock.now)
            await #expect(throws: IdentityError.self) { _ = try await house.scheduleDeletion(by: principal) }
            try await house.database.adminClient.execute("DELETE FROM test_orgs.membership WHERE user_id = \(eve.user.id)")
            await #expect(throws: IdentityError.confirmMismatch) {
                _ = try await house.accounts.scheduleDeletion(
                    confirmedBy: "eve@example.com", provenBy: .password(Password(House.password)), by: principal, from: house.client)
            }
            await #expect(throws: IdentityError.proofFailed) {
                _ = try await house.accounts.scheduleDeletion(
                    confirmedBy: "ada@example.com", provenBy: .password(Password("no")), by: principal,
                    from: house.client)
            }
            #expect(try await house.scheduleDeletion(by: principal).endingOrgs.map(\.id) == [own])
        }
    }

    @Test func `ID-145 an account that is to end is dead at once, and the mailed link brings it back but for keys and sessions`()
        async throws
    {
        try await House.with { house in
            let outcome = try await house.register()
            let principal = try await house.authenticate(outcome.token)
            let (_, secret) = try await house.newKey(by: principal)
            let plan = try await house.scheduleDeletion(by: principal)
            #expect(plan.purgeAt == house.clock.now + .days(30))
            await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(outcome.token) }
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
            await #expect(throws: IdentityError.invalidCredentials) { try await house.signIn() }
            let link = try await house.secret(of: .deletionCancel)
            house.clock.advance(by: .days(30) - .seconds(1))
            try await house.purgeDue()
            try await house.accounts.cancelDeletion(with: link)
            await #expect(throws: IdentityError.linkUsed) { try await house.accounts.cancelDeletion(with: link) }
            #expect(try await house.count("jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'identity.purge_account'") == 0)
            house.clock.advance(by: .days(30))
            try await house.purgeDue()
            let again = try await house.signIn()
            #expect(again.user.id == outcome.user.id)
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
            #expect(try await house.entries("user_deletion_requested") == 1)
            #expect(try await house.entries("user_deletion_canceled") == 1)
        }
    }

    @Test func `ID-146 at the very instant the account is due it cannot be brought back`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            _ = try await house.scheduleDeletion(by: principal)
            let link = try await house.secret(of: .deletionCancel)
            house.clock.advance(by: .days(30) - .seconds(1))
            #expect(try await house.accounts.purge(principal.userID) == false)
            house.clock.advance(by: .seconds(1))
            await #expect(throws: IdentityError.linkExpired) { try await house.accounts.cancelDeletion(with: link) }
            #expect(try await house.accounts.purge(principal.userID))
            #expect(try await house.accounts.purge(principal.userID) == false)
            #expect(try await house.entries("user_deleted") == 1)
        }
    }

    @Test func `ID-146 of a purge and a link at the same moment one wins, and both see it`() async throws {
        try await House.with { house in
            for n in 0..<20 {
                let email = "user\(n)@example.com"
                let principal = try await house.authenticate(try await house.register(email).token)
                let plan = try await house.scheduleDeletion(by: principal)
                let link = try await house.secret(of: .deletionCancel, sentTo: email)
                // Two processes whose clocks differ by a second, one on each side of the end.
                let early = IdentityEnvironment(
                    store: house.store, passwords: house.environment.passwords, tokens: house.environment.tokens,
                    secrets: house.environment.secrets, captcha: nil,
                    dateSource: SteppedDateSource(startingAt: plan.purgeAt - .seconds(1)), settings: house.environment.settings)
                let late = IdentityEnvironment(
                    store: house.store, passwords: house.environment.passwords, tokens: house.environment.tokens,
                    secrets: house.environment.secrets, captcha: nil, dateSource: SteppedDateSource(startingAt: plan.purgeAt),
                    settings: house.environment.settings)
                async let canceled: Bool =
                    (try? Accounts(early, observer: NoAccountObserver()).cancelDeletion(with: link)) != nil
                async let purged = Accounts(late, observer: NoAccountObserver()).purge(principal.userID)
                let (isBack, isGone) = (await canceled, try await purged)
                #expect(isBack != isGone)
                let status = try await house.database.adminClient.query(
                    "SELECT status FROM identity.account WHERE id = \(principal.userID)")
                #expect(try status[0].decode("status", as: String.self) == (isBack ? "active" : "purged"))
            }
        }
    }

    @Test func `ID-141 switching off ends everything for good, and a sign-in that races is dead or refused`() async throws {
        try await House.with { house in
            let outcome = try await house.register()
            let principal = try await house.authenticate(outcome.token)
            let (_, secret) = try await house.newKey(by: principal)
            let made = await withTaskGroup(of: (AccessToken?, SecretString?).self) { group in
                group.addTask {
                    try? await house.accounts.deactivate(
                        principal.userID, freezingOrgs: false, by: house.staff, because: "abuse")
                    return (nil, nil)
                }
                for n in 0..<50 {
                    group.addTask { (try? await house.signIn().token, nil) }
                    if n % 5 == 0 { group.addTask { (nil, try? await house.newKey("key \(n)", by: principal).secret) } }
                }
                return await group.reduce(into: [(AccessToken?, SecretString?)]()) { $0.append($1) }
            }
            for (token, key) in made {
                if let token { await #expect(throws: IdentityError.accountDisabled) { try await house.authenticate(token) } }
                if let key { await #expect(throws: IdentityError.accountDisabled) { try await house.authenticate(key) } }
            }
            await #expect(throws: IdentityError.accountDisabled) { try await house.authenticate(outcome.token) }
            await #expect(throws: IdentityError.invalidCredentials) { try await house.signIn() }
            try await house.accounts.reactivate(principal.userID, by: house.staff, because: "appeal")
            for (token, key) in made {
                if let token { await #expect(throws: IdentityError.sessionRevoked) { try await house.authenticate(token) } }
                if let key { await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(key) } }
            }
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
            _ = try await house.signIn()
            #expect(try await house.entries("user_deactivated") == 1)
            #expect(try await house.entries("user_reactivated") == 1)
        }
    }

    @Test func `ID-142 the only owner of an org with other members is not switched off unless the org is frozen`() async throws {
        struct Freezer: AccountObserver {
            func accountRegistered(
                _ user: User, through invitation: InvitationSecret?, in transaction: IdentityOnlyTransaction
            ) -> OrgScope? { nil }

            func freeze(_ orgs: [OrgReference], because reason: String, by actor: AuditActor, in transaction: IdentityOnlyTransaction)
                async throws
            {
                for org in orgs { try await transaction.postgres.execute("UPDATE test_orgs.org SET state = 'frozen' WHERE id = \(org)") }
            }
        }
        try await House.with(withOrgs: true) { house in
            let (ada, eve) = (try await house.register(), try await house.register("eve@example.com"))
            let org = try await house.database.makeOrg("Both", at: house.clock.now)
            try await house.database.join(org, ada.user.id, as: .owner, at: house.clock.now)
            try await house.database.join(org, eve.user.id, at: house.clock.now)
            for freezing in [false, true] {
                await #expect(throws: IdentityError.soleOwner([org])) {
                    try await house.accounts.deactivate(ada.user.id, freezingOrgs: freezing, by: house.staff, because: "x")
                }
            }
            _ = try await house.authenticate(ada.token)
            try await Accounts(house.environment, observer: Freezer()).deactivate(
                ada.user.id, freezingOrgs: true, by: house.staff, because: "x")
            #expect(try await house.authenticate(eve.token).orgScope?.state == .frozen)
        }
    }
}
