import Audit
import Core
import Identity
import IdentityPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct TransferTests {
    @Test func `ORG-035 an owner proposes with a proof, and both are told`() async throws {
        try await Handover.with { handover in
            await #expect(throws: IdentityError.proofRequired) { try await handover.propose(proof: nil) }
            await #expect(throws: IdentityError.proofFailed) { try await handover.propose(proof: "wrong") }
            let transfer = try await handover.propose()
            #expect(transfer.state == .pending && transfer.keepRole == .admin)
            #expect(transfer.expiresAt == handover.house.clock.now + .days(7))
            #expect(try await handover.house.entries("ownership_transfer_requested", of: handover.org) == 1)
            #expect(try await handover.house.events("orgs.ownership_transfer_requested") == 1)
        }
    }

    @Test func `ORG-035 only a live, active, verified member who is no owner can be named`() async throws {
        try await Handover.with { handover in
            let house = handover.house
            let stranger = try await house.person("Stranger").user
            let unverified = try await house.person("Una", verified: false).user
            try await house.join(unverified, handover.org, as: .member)
            let coOwner = try await house.member("Otto", of: handover.org, as: .owner)
            let inactive = try await house.member("Ina", of: handover.org, as: .member)
            try await house.database.adminClient.execute(
                "UPDATE orgs.membership SET role = 'member' WHERE user_id = \(inactive) AND org_id = \(handover.org)")
            try await house.database.systemClient.withTransaction(scope: .system) {
                _ = try await $0.execute("UPDATE orgs.org SET state = 'frozen' WHERE personal_owner_id = \(inactive)")
                _ = try await $0.execute("UPDATE identity.account SET status = 'deactivated' WHERE id = \(inactive)")
            }
            for user in [stranger, unverified, coOwner, inactive, handover.owner] {
                await #expect(throws: OrgsError.transferTargetInvalid) { try await handover.propose(to: user) }
            }
            #expect(try await house.count("orgs.ownership_transfer") == 0)
        }
    }

    @Test func `ORG-035 validate_only runs all checks and changes nothing`() async throws {
        try await Handover.with { handover in
            _ = try await handover.propose(trial: true)
            #expect(try await handover.house.count("orgs.ownership_transfer") == 0)
            #expect(try await handover.house.events("orgs.ownership_transfer_requested") == 0)
            await #expect(throws: OrgsError.transferTargetInvalid) { try await handover.propose(to: handover.owner, trial: true) }
        }
    }

    @Test func `ORG-036 one transfer is pending for an org; its end makes room for another`() async throws {
        try await Handover.with { handover in
            let house = handover.house
            let first = try await handover.propose()
            await #expect(throws: OrgsError.transferPending) { try await handover.propose(keeping: .owner) }
            let otto = try await house.member("Otto", of: handover.org, as: .owner)
            await #expect(throws: IdentityError.forbidden) {
                try await handover.service().cancel(first.id, in: try await house.ownerScope(otto, handover.org))
            }
            await #expect(throws: IdentityError.forbidden) { try await handover.accept(first, as: otto) }
            await #expect(throws: IdentityError.forbidden) {
                try await handover.service().decline(first.id, in: try await house.memberScope(handover.owner, handover.org))
            }
            try await handover.service().cancel(first.id, in: try await house.ownerScope(handover.owner, handover.org))
            #expect(try await house.entries("ownership_transfer_canceled", of: handover.org) == 1)
            let second = try await handover.propose()
            try await handover.service().decline(second.id, in: try await house.memberScope(handover.member, handover.org))
            #expect(try await house.entries("ownership_transfer_declined", of: handover.org) == 1)
            await #expect(throws: OrgsError.transferNotPending) { try await handover.accept(second) }
            let third = try await handover.propose()
            house.clock.advance(by: .days(7))
            await #expect(throws: OrgsError.transferNotPending) { try await handover.accept(third) }
            _ = try await handover.propose()
            #expect(try await handover.state(of: third) == "expired")
            #expect(try await house.role(of: handover.member, in: handover.org) == .member)
        }
    }

    @Test func `ORG-036 of ten transfers at once one is pending`() async throws {
        try await Handover.with { handover in
            let endings = try await handover.house.atOnce((0..<10).map { _ in { try await handover.propose() } })
            #expect(endings.count(of: .done) == 1)
            #expect(endings.count(of: .refused(.transferPending)) == 9)
        }
    }

    @Test(arguments: OrgRole.allCases)
    func `ORG-037 ORG-040 acceptance changes both roles and nothing else of the org`(keepRole: OrgRole) async throws {
        try await Handover.with { handover in
            let house = handover.house
            let before = try #require(try await house.store.org(handover.org))
            let sent = try await house.invitations().invite(
                try address("new@example.com"), as: .member, in: try await house.adminScope(handover.owner, handover.org))
            let seen = SeenRoles()
            let transfer = try await handover.propose(keeping: keepRole)
            _ = try await handover.service(observers: [seen]).accept(
                transfer.id, in: try await house.memberScope(handover.member, handover.org))
            #expect(try await house.role(of: handover.member, in: handover.org) == .owner)
            #expect(try await house.role(of: handover.owner, in: handover.org) == keepRole)
            let after = try #require(try await house.store.org(handover.org))
            #expect(after.name == before.name && after.state == .active)
            // A personal org that is given away is a team's (ORG-004).
            #expect(after.type == (keepRole == .owner ? .personal : .team))
            #expect(after.personalOwner == (keepRole == .owner ? handover.owner : nil))
            #expect(Set(seen.changes.map(\.user)) == (keepRole == .owner ? [handover.member] : [handover.member, handover.owner]))
            #expect(try await house.state(of: sent.invitation.id) == (keepRole == .member ? "revoked" : "pending"))
            #expect(try await house.entries("ownership_transferred", of: handover.org) == 1)
            #expect(try await house.events("orgs.ownership_transferred") == 1)
            try await house.expectOwners()
        }
    }

    @Test func `ORG-037 where owners need a second factor the transfer waits until there is one`() async throws {
        try await Handover.with { handover in
            let house = handover.house
            try await house.database.adminClient.execute("UPDATE orgs.org SET mfa_rule = 'admins' WHERE id = \(handover.org)")
            let transfer = try await handover.propose()
            await #expect(throws: OrgsError.mfaEnrollmentRequired) { try await handover.accept(transfer) }
            #expect(try await handover.state(of: transfer) == "pending")
            _ = try await handover.service(SomeSecondFactors(people: [handover.member])).accept(
                transfer.id, in: try await house.memberScope(handover.member, handover.org))
            #expect(try await house.role(of: handover.member, in: handover.org) == .owner)
        }
    }

    @Test func `ORG-038 a transfer whose owner is none any more is void`() async throws {
        try await Handover.with { handover in
            let house = handover.house
            let otto = try await house.member("Otto", of: handover.org, as: .owner)
            let transfer = try await handover.propose()
            _ = try await house.memberships.setRole(
                .admin, of: handover.owner, in: try await house.adminScope(handover.owner, handover.org))
            await #expect(throws: OrgsError.transferNotPending) { try await handover.accept(transfer) }
            #expect(try await handover.state(of: transfer) == "void")
            #expect(try await house.entries("ownership_transfer_voided", of: handover.org) == 1)
            #expect(try await house.role(of: handover.member, in: handover.org) == .member)
            #expect(try await house.role(of: otto, in: handover.org) == .owner)
        }
    }

    @Test func `ORG-024 the removal of a named person ends the transfer in its own transaction`() async throws {
        try await Handover.with { handover in
            let house = handover.house
            let transfer = try await handover.propose()
            try await house.memberships.remove(handover.member, in: try await house.memberScope(handover.owner, handover.org))
            #expect(try await handover.state(of: transfer) == "void")
            #expect(try await house.events("orgs.ownership_transfer_ended") == 1)
            let other = try await house.member("Olaf", of: handover.org, as: .member)
            let second = try await handover.propose(to: other)
            try await house.memberships.remove(
                try await house.member("Third", of: handover.org, as: .member),
                in: try await house.memberScope(handover.owner, handover.org))
            #expect(try await handover.state(of: second) == "pending")
        }
    }

    @Test func `ORG-041 an operator's transfer needs two, can be stopped by any owner for seven days, and then be accepted`() async throws {
        try await Handover.with { handover in
            let house = handover.house
            let otto = try await house.member("Otto", of: handover.org, as: .owner)
            let one = AuditActor.system(component: "support")
            let two = AuditActor.system(component: "console")
            func start() async throws -> OwnershipTransfer {
                try await handover.service().propose(
                    from: handover.owner, to: handover.member, keeping: .member, in: handover.org, because: "owner unreachable", by: one,
                    approvedBy: two)
            }
            await #expect(throws: IdentityError.forbidden) {
                try await handover.service().propose(
                    from: handover.owner, to: handover.member, keeping: .member, in: handover.org, because: "alone", by: one,
                    approvedBy: one)
            }
            let stopped = try await start()
            await #expect(throws: OrgsError.transferNotPending) { try await handover.accept(stopped) }
            house.clock.advance(by: .days(6))
            try await handover.service().cancel(stopped.id, in: try await house.ownerScope(otto, handover.org))
            #expect(try await handover.state(of: stopped) == "canceled")
            let transfer = try await start()
            house.clock.advance(by: .days(7))
            try await handover.accept(transfer)
            #expect(try await house.role(of: handover.member, in: handover.org) == .owner)
            #expect(try await house.role(of: handover.owner, in: handover.org) == .member)
        }
    }

    @Test func `ORG-036 members see the transfers that name them, those who run the org see all`() async throws {
        try await Handover.with { handover in
            let house = handover.house
            let transfer = try await handover.propose()
            let other = try await house.member("Olaf", of: handover.org, as: .member)
            for (user, count) in [(handover.owner, 1), (handover.member, 1), (other, 0)] {
                let list = try await handover.service().transfers(for: try await house.memberScope(user, handover.org))
                #expect(list.count == count)
                #expect(list.allSatisfy { $0 == transfer })
            }
        }
    }
}
