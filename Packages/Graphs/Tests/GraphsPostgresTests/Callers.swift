import Core
import Graphs
import GraphsPostgres
@_spi(Authentication) import Identity
import Operations
import Orgs

/// Callers whose credential takes nothing from the person's roles: what most tests are about is said by the role alone.
extension GraphCaller {
    init(user: User.ID, org: Org.ID?) {
        self.init(user: user, org: org, reach: MembershipReach(lacking: nil, boundOrg: nil))
    }
}

extension OperationCaller {
    init(_ user: User.ID) {
        self.init(user: user, reach: MembershipReach(lacking: nil, boundOrg: nil))
    }
}

extension OperationManaging {
    func operation(_ id: Operations.Operation.ID, as user: User.ID) async throws -> OperationView {
        try await operation(id, as: OperationCaller(user))
    }

    func cancel(_ id: Operations.Operation.ID, as user: User.ID) async throws -> Operations.Operation {
        try await cancel(id, as: OperationCaller(user))
    }
}

extension PostgresGraphStore {
    func graph(_ id: GraphID, for user: User.ID) async throws -> GraphForUser? {
        try await graph(id, for: GraphCaller(user: user, org: nil))
    }

    func graphs(for user: User.ID, includingEnded: Bool) async throws -> (graphs: [GraphForUser], selected: GraphID?) {
        try await graphs(for: GraphCaller(user: user, org: nil), includingEnded: includingEnded)
    }
}

extension Principal {
    /// Somebody whose id alone matters.
    static func person(_ user: User.ID, within reach: MembershipReach = MembershipReach(lacking: nil, boundOrg: nil)) throws -> Principal {
        guard let email = EmailAddress("ada@example.com"), let name = PersonName("Ada") else { throw IdentityError.unauthorized }
        return Principal(
            userID: user, email: email, name: name, isEmailVerified: true, credential: .session(.make(at: start), generation: 1),
            scopes: nil, graph: nil, orgScope: nil, reach: reach)
    }
}
