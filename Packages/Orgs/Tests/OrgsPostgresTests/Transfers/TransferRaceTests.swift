import Core
import Identity
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Answers to one transfer at once, `TRELLIS_RACE_ROUNDS` times: one wins, and the org always has its owner.
@Suite struct TransferRaceTests {
    private func withTransfers(_ body: (Handover, OwnershipTransfer) async throws -> Void) async throws {
        try await House.with { house in
            for round in 0..<raceRounds {
                let (_, owner, org) = try await house.owner("Owner\(round)")
                let member = try await house.member("Member\(round)", of: org, as: .member)
                let handover = Handover(house: house, org: org, owner: owner, member: member)
                try await body(handover, try await handover.propose())
                #expect(
                    try await house.count(
                        "orgs.membership WHERE org_id = '\(org.uuid)' AND ended_at IS NULL AND role = 'owner'") == 1)
            }
            try await house.expectOwners()
        }
    }

    @Test func `ORG-039 accepted, declined and canceled at once: one wins`() async throws {
        try await withTransfers { handover, transfer in
            let house = handover.house
            let member = try await house.memberScope(handover.member, handover.org)
            let owner = try await house.ownerScope(handover.owner, handover.org)
            let endings = try await house.atOnce([
                { _ = try await handover.service().accept(transfer.id, in: member) },
                { try await handover.service().decline(transfer.id, in: member) },
                { try await handover.service().cancel(transfer.id, in: owner) },
            ])
            #expect(endings.count(of: .done) == 1)
            #expect(endings.count(of: .refused(.transferNotPending)) == 2)
            let isAccepted = try await handover.state(of: transfer) == "accepted"
            #expect(try await house.role(of: handover.member, in: handover.org) == (isAccepted ? .owner : .member))
        }
    }

    @Test func `ORG-038 acceptance against the removal of the named person`() async throws {
        try await withTransfers { handover, transfer in
            let house = handover.house
            let member = try await house.memberScope(handover.member, handover.org)
            let owner = try await house.memberScope(handover.owner, handover.org)
            let endings = try await house.atOnce([
                { _ = try await handover.service().accept(transfer.id, in: member) },
                { try await house.memberships.remove(handover.member, in: owner) },
            ])
            let state = try await handover.state(of: transfer)
            #expect(["accepted", "void"].contains(state))
            #expect(endings.count(of: .done) == 1)
            #expect(try await house.isLive(handover.member, in: handover.org) == (state == "accepted"))
        }
    }

    @Test func `ORG-038 acceptance against the owner's leaving: the org goes to the one or stays with the other`() async throws {
        try await withTransfers { handover, transfer in
            let house = handover.house
            let member = try await house.memberScope(handover.member, handover.org)
            let owner = try await house.memberScope(handover.owner, handover.org)
            let endings = try await house.atOnce([
                { _ = try await handover.service().accept(transfer.id, in: member) },
                { try await house.memberships.remove(handover.owner, in: owner) },
            ])
            // The only owner cannot leave before the other one is there, and an admin can afterwards.
            #expect(try await handover.state(of: transfer) == "accepted")
            #expect(endings.contains(.done))
            #expect(try await house.role(of: handover.member, in: handover.org) == .owner)
        }
    }
}

/// Remembers whose role changed.
final class SeenRoles: MembershipObserver {
    private let memberships = Mutex<[Membership]>([])
    var changes: [Membership] { memberships.withLock { $0 } }

    func membershipBegan(_ membership: Membership, in transaction: OrgOnlyTransaction) async throws {}
    func roleChanged(of membership: Membership, from old: OrgRole, in transaction: OrgOnlyTransaction) async throws {
        memberships.withLock { $0.append(membership) }
    }
    func membershipEnded(_ membership: Membership, in transaction: OrgOnlyTransaction) async throws {}
}
