internal import Audit
internal import Core
public import Identity
internal import Jobs
internal import Operations
public import Orgs

/// What a changed membership means for the graphs of the org, in the transaction in which it changes (GRA-039, ORG-020, ORG-024).
public struct GraphMembershipObserver<Transaction: GraphTransaction>: MembershipObserver {
    /// Makes an observer.
    public init() {}

    /// A new member begins without grants.
    public func membershipBegan(_ membership: Membership, in transaction: Transaction) async throws {}

    /// Who becomes a plain member keeps no admin grant; a promotion changes none.
    public func roleChanged(of membership: Membership, from old: OrgRole, in transaction: Transaction) async throws {
        guard membership.role == .member, old != .member else { return }
        try await transaction.lowerAdminGrants(of: membership.user, in: membership.org)
        try await transaction.unselectLost(of: membership.user, in: membership.org)
    }

    /// Grants and the selection end here; the logins that the person took out end on their hosts, by jobs that do not give up.
    public func membershipEnded(_ membership: Membership, in transaction: Transaction) async throws {
        try await transaction.revokeRepositoryGrants(
            of: membership.user, in: membership.org, cause: .offBoarding, by: .system(component: "graphs"))
        try await transaction.endAccessAndLogins(of: membership.user, in: membership.org)
    }
}

extension GraphTransaction {
    /// Ends a person's grants on the graphs of an org and the selection of one; the logins taken out for them end by jobs.
    func endAccessAndLogins(of user: User.ID, in org: Org.ID) async throws {
        for credential in try await endAccess(of: user, in: org) {
            // Beside the one that waits for the credential's own end, which then finds nothing left to do.
            try await enqueue(
                ExpireCredential(graph: credential.graph, credential: credential.id),
                .init(uniqueKey: credential.id.description + ":membership"))
        }
    }
}

/// Which graphs a person can reach, by the store: for API keys that are bound to one (ID-103).
public struct StoredGraphAccess<Store: GraphStore>: GraphAccessReader {
    private let store: Store

    /// Makes a reader.
    public init(store: Store) {
        self.store = store
    }

    /// Whether the caller has a role on a graph that is not gone; a text that is no graph's id names none.
    public func canReach(_ graph: String, by principal: Principal) async throws -> Bool {
        guard let id = GraphID(graph), let found = try await store.graph(id, for: GraphCaller(principal)) else { return false }
        return found.role != nil && !found.graph.status.isTerminal
    }
}
