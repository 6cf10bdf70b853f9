import Audit
import AuditPostgres
import Core
import Identity
import IdentityPostgres
import Jobs
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// What becomes of orgs when accounts end or are switched off.
@Suite struct AccountObserverTests {
    private let staff = AuditActor.system(component: "test")

    /// As Identity does it: the hook, then the account's status, in one transaction.
    private func end(
        _ user: User.ID, with orgs: [Org.ID], in house: House, _ surroundings: Surroundings = Surroundings()
    ) async throws -> [AccountDeletionBlocker] {
        let now = house.clock.now
        return try await house.store.withTransaction(.system) { transaction in
            let blockers = try await house.accountObserver(surroundings).accountWillBeDeleted(
                user, with: orgs, at: now + .days(30), by: .user(AuditReference(user)), in: transaction)
            if blockers.isEmpty { try await transaction.setDeletion(of: user, purgeAt: now + .days(30), at: now) }
            return blockers
        }
    }

    private func setStatus(_ status: String, of user: User.ID, in transaction: OrgOnlyTransaction) async throws {
        try await transaction.postgres.execute("UPDATE identity.account SET status = \(status) WHERE id = \(user)")
    }

    private func state(of org: Org.ID, in house: House) async throws -> String { try await house.state(of: org) }

    @Test func `ID-145 an org in which nobody else is ends with the account and comes back with it, one that was deleted before does not`()
        async throws
    {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let eve = try await house.person("Eve")
            try await house.join(ada.user, eve.org, as: .admin)
            let surroundings = Surroundings()
            #expect(try await end(ada.user, with: [ada.org], in: house, surroundings).isEmpty)
            #expect(try await state(of: ada.org, in: house) == "deleted")
            #expect(try await state(of: eve.org, in: house) == "active")
            #expect(surroundings.told.withLock { $0 } == ["deleted"])
            #expect(try await house.entries("org_deletion_requested", of: ada.org) == 1)
            try await house.store.withTransaction(.system) { transaction in
                try await transaction.setDeletion(of: ada.user, purgeAt: nil, at: house.clock.now)
                try await house.accountObserver(surroundings).accountDeletionCanceled(ada.user, in: transaction)
            }
            #expect(try await state(of: ada.org, in: house) == "active")
            #expect(surroundings.told.withLock { $0 } == ["deleted", "restored"])
            #expect(try await house.role(of: ada.user, in: eve.org) == .admin)
            try await house.expectOwners()

            let scope = try await house.endingScope(ada.user, ada.org)
            _ = try await house.deletions().delete(house.request(), in: scope, validatingOnly: false)
            #expect(try await end(ada.user, with: [], in: house).isEmpty)
            try await house.store.withTransaction(.system) { transaction in
                try await transaction.setDeletion(of: ada.user, purgeAt: nil, at: house.clock.now)
                try await house.accountObserver().accountDeletionCanceled(ada.user, in: transaction)
            }
            #expect(try await state(of: ada.org, in: house) == "deleted")
        }
    }

    @Test func `ID-144 what is in the way under the lock of the org keeps every org as it is`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let eve = try await house.person("Eve")
            let surroundings = Surroundings()
            surroundings.blockers.withLock { $0 = [DeletionBlocker(.liveSubscription, id: "sub_1", remedy: "cancel it")] }
            let held = try await end(ada.user, with: [ada.org], in: house, surroundings)
            #expect(held.map(\.kind) == [.liveSubscription])
            #expect(held.map(\.reference) == ["sub_1"])
            #expect(try await state(of: ada.org, in: house) == "active")
            // Somebody has joined since the plan was made.
            try await house.join(eve.user, ada.org, as: .member)
            #expect(try await end(ada.user, with: [ada.org], in: house).map(\.kind) == [.soleOwner])
            #expect(try await state(of: ada.org, in: house) == "active")
        }
    }

    @Test func `ID-143 an org that was frozen for another reason does not vanish with the account`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let administration = StoredOrgAdministration(store: house.store, dateSource: house.clock)
            try await administration.freeze(ada.org, as: .legal, because: "a court's order", by: staff)
            let plan = try await house.store.withTransaction(.system) { transaction in
                try await house.accountObserver().deletionBlockers(of: ada.user, with: [ada.org], in: transaction)
            }
            #expect(plan.map(\.kind) == [.frozenOrg])
            #expect(try await end(ada.user, with: [ada.org], in: house).map(\.kind) == [.frozenOrg])
            #expect(try await state(of: ada.org, in: house) == "frozen")
        }
    }

    @Test func `ORG-034 an account waits for the purge of its orgs, and its memberships in others end with it`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let eve = try await house.person("Eve")
            try await house.join(ada.user, eve.org, as: .owner)
            #expect(try await end(ada.user, with: [ada.org], in: house).isEmpty)
            func mayBePurged() async throws -> Bool {
                try await house.store.withTransaction(.system) { transaction in
                    try await house.accountObserver().accountMayBePurged(ada.user, in: transaction)
                }
            }
            #expect(try await !mayBePurged())
            try await house.warn(ada.org)
            house.clock.advance(by: .days(30))
            _ = try await house.purger().run(PurgeOrg(org: ada.org), context: house.context())
            #expect(try await state(of: ada.org, in: house) == "purged")
            #expect(try await mayBePurged())
            try await house.store.withTransaction(.system) { transaction in
                #expect(try await transaction.purge(ada.user, at: house.clock.now) != nil)
                try await house.accountObserver().accountPurged(ada.user, in: transaction)
            }
            #expect(try await house.role(of: ada.user, in: eve.org) == nil)
            #expect(try await house.entries("org_member_left", of: eve.org) == 1)
            try await house.expectOwners()
        }
    }

    @Test func `ORG-034 switching the only person off freezes the org, and switching on again makes it work`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            try await house.store.withTransaction(.system) { transaction in
                try await setStatus("deactivated", of: ada.user, in: transaction)
                try await house.accountObserver().accountDeactivated(ada.user, because: "abuse", by: staff, in: transaction)
            }
            #expect(try await state(of: ada.org, in: house) == "frozen")
            #expect(try await house.entries("org_frozen", of: ada.org) == 1)
            try await house.store.withTransaction(.system) { transaction in
                try await setStatus("active", of: ada.user, in: transaction)
                try await house.accountObserver().accountReactivated(ada.user, because: "cleared", by: staff, in: transaction)
            }
            #expect(try await state(of: ada.org, in: house) == "active")
            try await house.expectOwners()
        }
    }

    @Test func `ORG-028 nobody stays invited by a person who is switched off`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let eve = try await house.member("Eve", of: ada.org, as: .admin)
            _ = try await house.invite("ben", in: try await house.adminScope(eve, ada.org))
            _ = try await house.invite("cleo", in: try await house.adminScope(ada.user, ada.org))
            try await house.store.withTransaction(.system) { transaction in
                try await setStatus("deactivated", of: eve, in: transaction)
                try await house.accountObserver().accountDeactivated(eve, because: "abuse", by: staff, in: transaction)
            }
            #expect(try await house.count("orgs.invitation WHERE state = 'pending'") == 1)
            #expect(try await house.entries("org_invitation_revoked", of: ada.org) == 1)
            #expect(try await state(of: ada.org, in: house) == "active")
        }
    }
}
