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
        let issued = try await issue(on: id, access: access, label: label, expiresAt: expiresAt, replacing: nil, as: caller)
        return (issued.credential, issued.login)
    }

    /// The login that a new one takes the place of, and for how long it may go on.
    struct Replacement {
        let credential: GraphCredential.ID
        let overlap: Duration
    }

    /// The same in the place of another, which does not count any more: a graph with as many as it may have rotates them all the same.
    ///
    /// - Returns: with the graph when the other ends by this.
    func issue(
        on id: GraphID, access: GraphCredential.Access, label: String, expiresAt: Instant?, replacing old: Replacement?,
        as caller: GraphCaller
    ) async throws -> (credential: GraphCredential, login: IssuedLogin, replaced: Graph?) {
        let graph = try await administered(id, by: caller)
        guard graph.status == .active else { throw GraphError.notActive(graph.status) }
        let now = dateSource.now
        guard label.count <= 100 else { throw GraphError.invalid(field: "label", reason: "must be at most 100 characters") }
        if let expiresAt, expiresAt <= now { throw GraphError.invalid(field: "expires_at", reason: "must lie in the future") }
        guard let host = graph.host, let place = try await store.host(host), let tier = catalogue.tier(graph.tier) else {
            throw GraphError.hostUnavailable
        }
        try engine.require(.logins, of: place.reference)
        let credential = GraphCredential(
            id: .make(at: now), graph: id, role: id.loginRole(UInt32.random(in: .min ... .max)), access: access, label: label,
            createdBy: caller.user, createdAt: now, expiresAt: expiresAt, revokedAt: nil)
        let actor = AuditActor.user(AuditReference(caller.user))
        let name = old == nil ? GraphCallName.createCredential : .rotateCredential
        try await store.withTransaction(.system) { transaction in
            guard let locked = try await transaction.lockedGraph(id), locked.status == .active else {
                throw GraphError.notActive(graph.status)
            }
            // Closed for the switch of a restore, or on its way to another host: a new login would be thrown away, or stay behind.
            if locked.mode == .none || locked.isBeingMoved, let running = try await transaction.exclusiveOperation(of: id) {
                throw GraphError.operationRunning(running)
            }
            guard locked.host == host else { throw GraphError.hostUnavailable }
            try await transaction.insert(credential, replacing: old?.credential)
            try await transaction.record(GraphCredentialCreated(graph, credential: credential), by: actor)
            try await transaction.publish(
                GraphLoginCreated(facts: GraphFactsOfEvent(graph), credential, isRotation: old != nil))
            if let expiresAt {
                try await transaction.enqueue(
                    ExpireCredential(graph: id, credential: credential.id), .init(runAt: expiresAt, uniqueKey: credential.id.description))
            }
            try await transaction.note(name, .pending, .call, on: locked, credential.id, by: caller, at: now)
        }
        MutatingCall.current?.trace.move(to: .begun(AuditReference(credential.id)))
        do {
            let login = try await engine.issue(
                LoginSpecification(role: credential.role, access: access), for: EngineGraph(host: place.reference, graph: id),
                limits: tier.engineLimits)
            // Whoever lost access meanwhile had the credential revoked before its login was there.
            let (isThere, replaced) = try await store.withTransaction(.system) { transaction -> (Bool, Graph?) in
                // The older one is locked first, as by whoever takes several.
                var replaced: GraphCredential?
                if let old { replaced = try await transaction.lockedCredential(old.credential, of: id) }
                guard try await transaction.lockedCredential(credential.id, of: id)?.revokedAt == nil else { return (false, nil) }
                if let sealed = login.sealed { try await transaction.keep(sealed, of: credential.id) }
                try await transaction.note(name, .completed, .end, on: graph, credential.id, by: caller, at: dateSource.now)
                guard let old, let replaced, replaced.revokedAt == nil else { return (true, nil) }
                return (true, try await replace(replaced, by: credential, overlap: old.overlap, as: caller, in: transaction))
            }
            guard isThere else {
                try await engine.revoke(role: credential.role, of: EngineGraph(host: place.reference, graph: id))
                throw GraphError.notFound
            }
            MutatingCall.current?.trace.move(to: .completed)
            return (credential, login, replaced)
        } catch let error as GraphError {
            throw error
        } catch {
            let fault = error as? EngineError
            // It may be there although its answer did not come; nobody holds its password, and it is taken away all the same.
            if fault?.nature ?? .unknown == .unknown {
                try? await engine.revoke(role: credential.role, of: EngineGraph(host: place.reference, graph: id))
            }
            try await store.withTransaction(.system) { transaction in
                try await transaction.revokeCredentials(credential.id, of: id, at: now)
                try await transaction.record(GraphCredentialRevoked(graph, credential: credential), by: .system(component: "graphs"))
            }
            throw fault?.isRetryable == true ? GraphError.hostUnavailable : error
        }
    }

    /// Lists logins for an admin, with the address their clients enter.
    public func logins(of id: GraphID, as caller: GraphCaller) async throws -> (credentials: [GraphCredential], address: HostAddress?) {
        let graph = try await administered(id, by: caller)
        var place: GraphHost?
        if let host = graph.host { place = try await store.host(host) }
        return (try await store.credentials(of: id), place.flatMap { engine.address(of: $0.reference) })
    }

    /// Lists logins for an admin.
    public func credentials(of id: GraphID, as caller: GraphCaller) async throws -> [GraphCredential] {
        _ = try await administered(id, by: caller)
        return try await store.credentials(of: id)
    }

    /// Ends the login on the host first; only then is it shown as revoked.
    public func revoke(_ credential: GraphCredential.ID, of id: GraphID, as caller: GraphCaller) async throws {
        let graph = try await administered(id, by: caller)
        try await revoke(credential, of: graph, by: .user(AuditReference(caller.user))) { transaction, now in
            try await transaction.note(.revokeCredential, .completed, .call, on: graph, credential, by: caller, at: now)
        }
    }

    /// The same, with what its transaction writes besides.
    func revoke(
        _ credential: GraphCredential.ID, of graph: Graph, by actor: AuditActor,
        noting note: (Store.Transaction, Instant) async throws -> Void = { _, _ in }
    ) async throws {
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
        let moved = try await store.withTransaction(.system) { transaction -> Graph? in
            // On another host meanwhile, where the login has come along: it ends there.
            if let newer = try await transaction.lockedGraph(graph.id), newer.host != graph.host { return newer }
            guard try await transaction.lockedCredential(credential, of: graph.id)?.revokedAt == nil else { return nil }
            try await transaction.revokeCredentials(credential, of: graph.id, at: now)
            try await transaction.record(GraphCredentialRevoked(graph, credential: found), by: actor)
            try await note(transaction, now)
            return nil
        }
        if let moved, moved.host != nil { try await revoke(credential, of: moved, by: actor, noting: note) }
    }

    private func administered(_ id: GraphID, by caller: GraphCaller) async throws -> Graph {
        guard let found = try await store.graph(id, for: caller), !found.graph.status.isTerminal else { throw GraphError.notFound }
        guard found.role == .admin else { throw GraphError.roleTooWeak(needed: .admin) }
        return found.graph
    }
}
