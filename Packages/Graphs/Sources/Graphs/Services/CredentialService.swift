internal import Audit
internal import Billing
public import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

/// Logins to graphs' databases.
public struct CredentialService<Store: GraphStore>: CredentialManaging {
    let store: Store
    private let engine: any GraphEngine
    private let catalogue: GraphCatalogue
    let dateSource: any DateSource

    /// Makes a service.
    public init(store: Store, engine: any GraphEngine, catalogue: GraphCatalogue, dateSource: any DateSource) {
        self.store = store
        self.engine = engine
        self.catalogue = catalogue
        self.dateSource = dateSource
    }

    /// Stores the credential with its audit entry, then makes the login; a login that could not be made is marked as revoked.
    public func issue(
        on id: GraphID, access: GraphCredential.Access, label: String, expiresAt: Instant?, as caller: GraphCaller
    ) async throws -> (credential: GraphCredential, login: IssuedLogin) {
        try await issue(on: id, access: access, label: label, expiresAt: expiresAt, replacing: nil, as: caller)
    }

    /// The same in the place of another, which does not count any more: a graph with as many as it may have rotates them all the same.
    func issue(
        on id: GraphID, access: GraphCredential.Access, label: String, expiresAt: Instant?, replacing old: GraphCredential.ID?,
        as caller: GraphCaller
    ) async throws -> (credential: GraphCredential, login: IssuedLogin) {
        let graph = try await administered(id, by: caller)
        guard graph.status == .active else { throw GraphError.notActive(graph.status) }
        let now = dateSource.now
        guard label.count <= 100 else { throw GraphError.invalid(field: "label", reason: "must be at most 100 characters") }
        if let expiresAt, expiresAt <= now { throw GraphError.invalid(field: "expires_at", reason: "must lie in the future") }
        guard let host = graph.host, let place = try await store.host(host), let tier = catalogue.tier(graph.tier) else {
            throw GraphError.hostUnavailable
        }
        let credential = GraphCredential(
            id: .make(at: now), graph: id, role: id.loginRole(UInt32.random(in: .min ... .max)), access: access, label: label,
            createdBy: caller.user, createdAt: now, expiresAt: expiresAt, revokedAt: nil)
        let actor = AuditActor.user(AuditReference(caller.user))
        try await store.withTransaction(.system) { transaction in
            guard let locked = try await transaction.lockedGraph(id), locked.status == .active else {
                throw GraphError.notActive(graph.status)
            }
            // Closed for the switch of a restore: what a new login wrote now would be thrown away.
            if locked.mode == .none, let running = try await transaction.exclusiveOperation(of: id) {
                throw GraphError.operationRunning(running)
            }
            try await transaction.insert(credential, replacing: old)
            try await transaction.record(GraphCredentialCreated(graph, credential: credential), by: actor)
            try await transaction.publish(
                GraphLoginCreated(facts: GraphFactsOfEvent(graph), credential, isRotation: old != nil))
            if let expiresAt {
                try await transaction.enqueue(
                    ExpireCredential(graph: id, credential: credential.id), .init(runAt: expiresAt, uniqueKey: credential.id.description))
            }
        }
        do {
            let login = try await engine.issue(
                LoginSpecification(role: credential.role, access: access), for: EngineGraph(host: place.reference, graph: id),
                limits: tier.engineLimits)
            // Whoever lost access meanwhile had the credential revoked before its login was there.
            let isRevoked = try await store.withTransaction(.system) {
                try await $0.lockedCredential(credential.id, of: id)?.revokedAt != nil
            }
            guard !isRevoked else {
                try await engine.revoke(role: credential.role, of: EngineGraph(host: place.reference, graph: id))
                throw GraphError.notFound
            }
            return (credential, login)
        } catch let error as EngineError {
            // It may be there although its answer did not come; nobody holds its password, and it is taken away all the same.
            if error.nature == .unknown {
                try? await engine.revoke(role: credential.role, of: EngineGraph(host: place.reference, graph: id))
            }
            try await store.withTransaction(.system) { transaction in
                try await transaction.revokeCredentials(credential.id, of: id, at: now)
                try await transaction.record(GraphCredentialRevoked(graph, credential: credential), by: .system(component: "graphs"))
            }
            throw error.isRetryable ? GraphError.hostUnavailable : error
        }
    }

    /// Lists logins for an admin.
    public func credentials(of id: GraphID, as caller: GraphCaller) async throws -> [GraphCredential] {
        _ = try await administered(id, by: caller)
        return try await store.credentials(of: id)
    }

    /// Ends the login on the host first; only then is it shown as revoked.
    public func revoke(_ credential: GraphCredential.ID, of id: GraphID, as caller: GraphCaller) async throws {
        let graph = try await administered(id, by: caller)
        try await revoke(credential, of: graph, by: .user(AuditReference(caller.user)))
    }

    func revoke(_ credential: GraphCredential.ID, of graph: Graph, by actor: AuditActor) async throws {
        guard let found = try await store.credentials(of: graph.id).first(where: { $0.id == credential }) else {
            throw GraphError.credentialNotFound
        }
        guard found.revokedAt == nil else { return }
        guard let host = graph.host, let place = try await store.host(host) else { throw GraphError.hostUnavailable }
        do {
            try await engine.revoke(role: found.role, of: EngineGraph(host: place.reference, graph: graph.id))
        } catch let error as EngineError where error.isRetryable {
            throw GraphError.hostUnavailable
        }
        let now = dateSource.now
        try await store.withTransaction(.system) { transaction in
            guard try await transaction.lockedCredential(credential, of: graph.id)?.revokedAt == nil else { return }
            try await transaction.revokeCredentials(credential, of: graph.id, at: now)
            try await transaction.record(GraphCredentialRevoked(graph, credential: found), by: actor)
        }
    }

    private func administered(_ id: GraphID, by caller: GraphCaller) async throws -> Graph {
        guard let found = try await store.graph(id, for: caller), !found.graph.status.isTerminal else { throw GraphError.notFound }
        guard found.role == .admin else { throw GraphError.roleTooWeak(needed: .admin) }
        return found.graph
    }
}
