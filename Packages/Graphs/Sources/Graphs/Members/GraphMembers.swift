internal import Audit
internal import Billing
public import Core
public import Identity
internal import Jobs
internal import Operations
internal import Orgs

/// What a graph admin can do with the roles on a graph (GRA-036 to GRA-038).
public protocol GraphMemberManaging: Sendable {
    /// Grants a role to a member of the graph's org.
    ///
    /// - Throws: ``GraphError/notFound`` for a person nobody knows, ``GraphError/notInOrg`` for one of another org,
    ///   ``GraphError/alreadyGranted`` when there is a grant.
    func add(_ user: User.ID, as role: GraphRole, to id: GraphID, by caller: GraphCaller) async throws -> GraphMember

    /// Changes a grant.
    ///
    /// - Throws: ``GraphError/nothingToChange`` for the role there is; ``GraphError/grantNotFound`` when nothing was granted: what an org role gives is changed there.
    func change(_ user: User.ID, to role: GraphRole, on id: GraphID, by caller: GraphCaller) async throws -> GraphMember

    /// Ends a grant, with the person's selection and logins when no role is left.
    ///
    /// - Throws: ``GraphError/grantNotFound`` when nothing was granted.
    func remove(_ user: User.ID, from id: GraphID, by caller: GraphCaller) async throws
}

/// What a transaction can do with grants.
public protocol GrantWrites {
    /// What was granted to a person on a graph, locked.
    func lockedGrant(on graph: GraphID, of user: User.ID) async throws -> GraphGrant?

    /// Replaces the role of a grant.
    func setRole(_ role: GraphRole, on graph: GraphID, of user: User.ID) async throws

    /// Ends a grant.
    func removeGrant(on graph: GraphID, of user: User.ID) async throws

    /// Takes a graph out of a person's selection.
    func unselect(_ graph: GraphID, for user: User.ID) async throws

    /// The live credentials that a person took out for a graph.
    func credentials(of graph: GraphID, takenOutBy user: User.ID) async throws -> [GraphCredential]
}

/// Roles on graphs, given and taken.
public struct GraphMembers<Store: GraphStore>: GraphMemberManaging {
    private let store: Store
    private let dateSource: any DateSource

    /// Makes a service.
    public init(store: Store, dateSource: any DateSource) {
        self.store = store
        self.dateSource = dateSource
    }

    /// The graph's lock decides between two who grant at once: one finds the other's grant.
    public func add(_ user: User.ID, as role: GraphRole, to id: GraphID, by caller: GraphCaller) async throws -> GraphMember {
        let graph = try await administered(id, by: caller)
        let now = dateSource.now
        try await store.withSystemTransaction { transaction in
            guard let locked = try await transaction.lockedGraph(id), !locked.status.isTerminal else { throw GraphError.notFound }
            guard try await transaction.user(user) != nil else { throw GraphError.notFound }
            // Locked: whoever is removed at this moment is gone before this, or takes the grant with them.
            guard try await transaction.lockedMembership(of: user, in: graph.org) != nil else { throw GraphError.notInOrg }
            guard try await transaction.lockedGrant(on: id, of: user) == nil else { throw GraphError.alreadyGranted }
            try await transaction.grant(role, on: id, to: user, by: caller.user, at: now)
            try await transaction.record(GraphMemberAdded(locked, user, role), by: .user(AuditReference(caller.user)))
            try await transaction.publish(
                GraphAccessChanged(facts: GraphFactsOfEvent(locked), user: user, from: nil, to: role, by: caller.user))
            try await transaction.note(.addMember, .completed, .call, on: locked, nil, by: caller, at: now)
        }
        MutatingCall.current?.trace.move(to: .completed)
        return try await member(user, of: id, in: graph)
    }

    /// Old and new role are in the log; nothing is written when they are the same.
    public func change(_ user: User.ID, to role: GraphRole, on id: GraphID, by caller: GraphCaller) async throws -> GraphMember {
        let graph = try await administered(id, by: caller)
        let orgRole = try await store.members(of: graph.org).first { $0.user == user }?.role
        try await store.withSystemTransaction { transaction in
            guard let locked = try await transaction.lockedGraph(id), let grant = try await transaction.lockedGrant(on: id, of: user) else {
                throw GraphError.grantNotFound
            }
            guard grant.role != role else { throw GraphError.nothingToChange }
            try await transaction.setRole(role, on: id, of: user)
            try await transaction.record(
                GraphMemberRoleChanged(locked, user, from: grant.role, to: role), by: .user(AuditReference(caller.user)))
            try await transaction.publish(
                GraphAccessChanged(facts: GraphFactsOfEvent(locked), user: user, from: grant.role, to: role, by: caller.user))
            // Logins are an admin's: who is none any more keeps none.
            if role < .admin { try await end(user, orgRole, on: locked, in: transaction, isGone: false) }
            try await transaction.note(.changeMember, .completed, .call, on: locked, nil, by: caller, at: dateSource.now)
        }
        MutatingCall.current?.trace.move(to: .completed)
        return try await member(user, of: id, in: graph)
    }

    /// What the org role gives stays, and with it selection and logins.
    public func remove(_ user: User.ID, from id: GraphID, by caller: GraphCaller) async throws {
        let graph = try await administered(id, by: caller)
        let orgRole = try await store.members(of: graph.org).first { $0.user == user }?.role
        try await store.withSystemTransaction { transaction in
            guard let locked = try await transaction.lockedGraph(id), let grant = try await transaction.lockedGrant(on: id, of: user) else {
                throw GraphError.grantNotFound
            }
            try await transaction.removeGrant(on: id, of: user)
            try await transaction.record(GraphMemberRemoved(locked, user, grant.role), by: .user(AuditReference(caller.user)))
            try await transaction.publish(
                GraphAccessChanged(facts: GraphFactsOfEvent(locked), user: user, from: grant.role, to: nil, by: caller.user))
            try await end(user, orgRole, on: locked, in: transaction, isGone: true)
            try await transaction.note(.removeMember, .completed, .call, on: locked, nil, by: caller, at: dateSource.now)
        }
    }

    /// Ends selection and logins of a person without the role for them; the logins end on their host by jobs that do not give up.
    private func end(
        _ user: User.ID, _ orgRole: OrgRole?, on graph: Graph, in transaction: Store.Transaction, isGone: Bool
    ) async throws {
        guard GraphRole.effective(granted: nil, inOrg: orgRole) == nil else { return }
        if isGone { try await transaction.unselect(graph.id, for: user) }
        for credential in try await transaction.credentials(of: graph.id, takenOutBy: user) {
            try await transaction.enqueue(
                ExpireCredential(graph: credential.graph, credential: credential.id),
                JobOptions(uniqueKey: credential.id.description + ":grant"))
        }
    }

    private func administered(_ id: GraphID, by caller: GraphCaller) async throws -> Graph {
        guard let found = try await store.graph(id, for: caller) else { throw GraphError.notFound }
        try GraphRules.require(.admin, role: found.role, of: found.graph)
        return found.graph
    }

    private func member(_ user: User.ID, of id: GraphID, in graph: Graph) async throws -> GraphMember {
        let (grants, people) = (try await store.grants(on: id), try await store.members(of: graph.org))
        guard let member = GraphMember.everyone(grants: grants, members: people).first(where: { $0.user == user }) else {
            throw GraphError.grantNotFound
        }
        return member
    }
}
