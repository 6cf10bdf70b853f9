import Core
@_spi(Authentication) import Identity
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// Takes the word `right` for a proof.
struct WordProofs: ProofService {
    func check(_ proof: Proof?, of principal: Principal, from client: ClientContext) async throws {
        guard case .password(let password)? = proof else { throw IdentityError.proofRequired }
        guard password.secret.withValue({ $0 == "right" }) else { throw IdentityError.proofFailed }
    }
}

/// People of whom a test says that they have a passkey.
struct SomeSecondFactors: SecondFactorReader {
    let people: Set<User.ID>
    func hasPasskey(_ user: User.ID) async throws -> Bool { people.contains(user) }
}

/// An org with its owner and the member who is to become one.
struct Handover: Sendable {
    let house: House
    let org: Org.ID
    let owner: User.ID
    let member: User.ID

    static func with(_ body: (Handover) async throws -> Void) async throws {
        try await House.with { house in
            let (_, owner, org) = try await house.owner()
            let member = try await house.member("Mona", of: org, as: .member)
            try await body(Handover(house: house, org: org, owner: owner, member: member))
        }
    }

    func service(
        _ secondFactors: any SecondFactorReader = NoSecondFactors(), observers: [any MembershipObserver<OrgOnlyTransaction>] = []
    ) -> OwnershipTransfers<PostgresOrgStore> {
        OwnershipTransfers(
            store: house.store, observers: observers, proofs: WordProofs(), secondFactors: secondFactors, settings: house.settings,
            dateSource: house.clock)
    }

    @discardableResult
    func propose(
        to user: User.ID? = nil, keeping role: OrgRole = .admin, by other: User.ID? = nil, proof: String? = "right", trial: Bool = false
    ) async throws -> OwnershipTransfer {
        try await service().propose(
            OwnershipProposal(to: user ?? member, keepRole: role, proof: proof.map { .password(Password($0)) }, client: someClient),
            in: try await house.ownerScope(other ?? owner, org), validatingOnly: trial)
    }

    func accept(_ transfer: OwnershipTransfer, as user: User.ID? = nil) async throws {
        _ = try await service().accept(transfer.id, in: try await house.memberScope(user ?? member, org))
    }

    func state(of transfer: OwnershipTransfer) async throws -> String? {
        try await house.database.adminClient.query("SELECT state FROM orgs.ownership_transfer WHERE id = \(transfer.id)").first?
            .decode(String.self)
    }
}
