public import Billing
public import Core
public import Graphs
public import HTTPServer
internal import Identity
public import IdentityHTTP
internal import Operations

/// The routes of graphs (wire contract, section 4, and graphs.md, section 6).
public struct GraphRoutes: Sendable {
    let graphs: any GraphManaging
    let credentials: any CredentialManaging
    let mutations: any GraphMutationManaging
    let pools: any CreditViewing
    let catalogue: GraphCatalogue
    let plans: Catalogue
    let authenticator: Authenticator
    let dateSource: any DateSource

    /// Makes routes.
    public init(
        graphs: any GraphManaging, credentials: any CredentialManaging, mutations: any GraphMutationManaging, pools: any CreditViewing,
        catalogue: GraphCatalogue,
        plans: Catalogue,
        authenticator: Authenticator, dateSource: any DateSource
    ) {
        self.graphs = graphs
        self.credentials = credentials
        self.mutations = mutations
        self.pools = pools
        self.catalogue = catalogue
        self.plans = plans
        self.authenticator = authenticator
        self.dateSource = dateSource
    }

    /// Adds the routes.
    public func register(on router: inout Router) {
        router.describe("Graphs") { Self.descriptions }
        registerCollection(on: &router)
        registerCatalogue(on: &router)
        registerGraph(on: &router)
        registerCommands(on: &router)
        registerCredentials(on: &router)
    }

    private func registerCollection(on router: inout Router) {
        router.add(
            .post, "/v1/graphs", operation: "create_graph",
            authenticator.authenticated { [graphs, mutations] request, principal in
                try principal.require(.graphAdmin)
                let key = try request.idempotency().map { CallKey(key: $0.key, fingerprint: $0.fingerprint) }
                let (operation, isReplay) = try await answering {
                    try await MutatingCall.$current.withValue(mutations.call(of: request)) {
                        try await graphs.create(
                            { try withTextDetail { try request.decode(CreateGraphBody.self) }.wish }, key: key,
                            as: request.caller(principal))
                    }
                }
                return try .operation(operation, isReplay: isReplay, status: .accepted)
            })
        router.add(
            .get, "/v1/graphs", operation: "get_graphs",
            authenticator.authenticated { [graphs] request, principal in
                try principal.require(.graphRead)
                let includesEnded = try request.queryValue("include_ended", as: Bool.self) ?? false
                let (found, selected) = try await graphs.graphs(as: request.caller(principal), includingEnded: includesEnded)
                // Repositories are open to the person, not to a key that is bound to one graph.
                let repositories = principal.graph == nil ? try await graphs.repositories(as: request.caller(principal)) : []
                let all =
                    found.map { ($0.graph.createdAt, GraphBodies.listed($0, isSelected: $0.graph.id == selected)) }
                    + repositories.map { ($0.repository.createdAt, GraphBodies.listed($0)) }
                return try .json(
                    JSONValue.object([
                        "graphs": .array(all.sorted { $0.0 > $1.0 }.map(\.1)),
                        "selectedGraphId": selected.map { .string($0.description) } ?? .null,
                    ]))
            })
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/delete-graph", operation: "delete_graph",
            authenticator.authenticated { [graphs, mutations] request, principal in
                try principal.require(.graphAdmin)
                let id = try await graph(of: request, principal)
                let key = try request.idempotency().map { CallKey(key: $0.key, fingerprint: $0.fingerprint) }
                let caller = request.caller(principal)
                let (operation, isReplay) = try await answering {
                    try await mutations.carryingOut(request, on: id, as: caller) {
                        let body = try withTextDetail { try request.decode(DeleteGraphBody.self) }
                        return try await graphs.delete(
                            id, confirmation: body.confirm, atPeriodEnd: body.atPeriodEnd ?? false, key: key, as: caller)
                    }
                }
                return try .operation(operation, isReplay: isReplay, status: .accepted)
            })
        router.add(
            .put, "/v1/user/selected-graph", operation: "set_selected_graph",
            authenticator.authenticated { [graphs] request, principal in
                try principal.require(.graphRead)
                let body = try request.decode(SelectedGraphBody.self)
                guard let id = GraphID(body.graphID) else {
                    guard try await graphs.isRepository(body.graphID) else { throw Problem.notFound }
                    throw GraphError.sharedRepository
                }
                try await graphs.select(id, as: request.caller(principal))
                return try .json(JSONValue.object(["success": true, "message": "The graph is selected.", "data": nil]))
            })
    }

    private func registerCatalogue(on router: inout Router) {
        let (catalogue, plans) = (catalogue, plans)
        router.add(
            .get, "/v1/graphs/tiers", operation: "get_available_graph_tiers",
            authenticator.authenticated { [graphs] request, _ in
                let includesDisabled = try request.queryValue("include_disabled", as: Bool.self) ?? false
                let memory = try await graphs.machineMemory()
                let tiers = catalogue.tiers.compactMap { tier -> JSONValue? in
                    guard let plan = plans.plans[.graph(tier.name.rawValue)], plan.isOnSale || includesDisabled else { return nil }
                    return TierBodies.tier(tier, plan: plan, sold: plans.tiers[tier.name.rawValue], memory: memory[tier.name] ?? 0)
                }
                return try .json(JSONValue.object(["tiers": .array(tiers)]))
            })
        router.add(
            .get, "/v1/graphs/extensions", operation: "get_available_extensions",
            authenticator.authenticated { _, _ in
                let extensions = catalogue.extensions.map { pack -> JSONValue in
                    [
                        "name": .string(pack.name), "description": .string(pack.summary), "display_name": .string(pack.displayName),
                        "enabled": true,
                    ]
                }
                return try .json(JSONValue.object(["extensions": .array(extensions)]))
            })
        router.add(
            .get, "/v1/graphs/capacity", operation: "get_graph_capacity",
            authenticator.authenticated { [graphs] _, _ in
                let free = Dictionary(try await graphs.capacity().map { ($0.tier, $0.freeSlots) }) { $0 + $1 }
                let tiers = catalogue.tiers.map { tier -> JSONValue in
                    let isReady = (free[tier.name] ?? 0) > 0
                    return [
                        "tier": .string(tier.name.rawValue), "display_name": .string(tier.displayName),
                        "status": isReady ? "ready" : "at_capacity",
                        "message": isReady
                            ? "A graph can be created at once." : "There is no room now; new hosts are added by the operators.",
                    ]
                }
                return try .json(JSONValue.object(["tiers": .array(tiers)]))
            })
    }

    private func registerGraph(on router: inout Router) {
        router.add(
            .get, "/v1/graphs/{graph_id}", operation: "get_graph",
            about(admittingSubgraphs: true) { _, seat in
                GraphBodies.record(seat)
            } _: { routes, found, access in
                try .json(
                    GraphBodies.record(found, access: access, lacking: await routes.graphs.missingCapabilities(of: found.graph)))
            })
        router.add(
            .get, "/v1/graphs/{graph_id}/info", operation: "get_database_info",
            about(admittingSubgraphs: true) { _, seat in
                GraphBodies.info(seat)
            } _: { routes, found, access in
                let backups = try await routes.graphs.backups(of: found.graph.id)
                return try .json(
                    GraphBodies.info(found.graph, await routes.graphs.reading(of: found.graph), access: access, backups: backups))
            })
        router.add(
            .get, "/v1/graphs/{graph_id}/health", operation: "get_database_health",
            about(admittingSubgraphs: true) { _, seat in
                GraphBodies.health(seat)
            } _: { routes, found, _ in
                let reading = try await routes.graphs.reading(of: found.graph)
                let activity = try await routes.graphs.activity(of: found.graph, upTo: reading)
                return try .json(GraphBodies.health(found.graph, reading, activity, now: routes.dateSource.now))
            })
        registerLimits(on: &router)
        router.add(
            .get, "/v1/graphs/{graph_id}/members", operation: "list_graph_members",
            authenticator.authenticated { [graphs] request, principal in
                try principal.require(.graphAdmin)
                let id = try await graph(of: request, principal)
                let members = try await graphs.members(of: id, as: request.caller(principal))
                return try .json(
                    JSONValue.object([
                        "members": .array(members.map(GraphBodies.member)), "total": .integer(Int64(members.count)),
                        "graph_id": .string(id.description),
                    ]))
            })
    }

    /// A route that shows something of one graph to whoever has a role on it, and of a shared repository to whoever has a seat (GRA-090).
    func about(
        admittingSubgraphs: Bool = false, seat shown: @escaping @Sendable (GraphRoutes, RepositoryForUser) -> JSONValue,
        _ show: @escaping @Sendable (GraphRoutes, GraphForUser, AccessDecision) async throws -> Response
    ) -> @Sendable (Request) async throws -> Response {
        authenticator.authenticated { [self] request, principal in
            try principal.require(.graphRead)
            if let seat = try await seat(of: request, principal) { return try .json(shown(self, seat)) }
            return try await answer(request, principal, admittingSubgraphs, show)
        }
    }

    /// The same of graphs alone.
    func about(
        admittingSubgraphs: Bool = false,
        _ show: @escaping @Sendable (GraphRoutes, GraphForUser, AccessDecision) async throws -> Response
    ) -> @Sendable (Request) async throws -> Response {
        authenticator.authenticated { [self] request, principal in
            try principal.require(.graphRead)
            return try await answer(request, principal, admittingSubgraphs, show)
        }
    }

    private func answer(
        _ request: Request, _ principal: Principal, _ admittingSubgraphs: Bool,
        _ show: @Sendable (GraphRoutes, GraphForUser, AccessDecision) async throws -> Response
    ) async throws -> Response {
        let found = try await graphs.graph(
            request.namedGraph(principal, in: graphs, admittingSubgraphs: admittingSubgraphs), as: request.caller(principal))
        try await request.gate?.admit(graph: found.graph.id.counted, tier: found.graph.tier.rawValue)
        return try await show(self, found, graphs.access(to: found.graph))
    }

    /// The only answer that holds a login's password.
    private static func issued(_ credential: GraphCredential, _ login: IssuedLogin) throws -> Response {
        var shown = GraphBodies.credential(credential)
        shown["password"] = .string(login.password.withValue { $0 })
        shown["connection_string"] = .string(login.connectionString.withValue { $0 })
        shown["host"] = .string(login.address)
        shown["port"] = .integer(Int64(login.port))
        shown["database"] = .string(login.database)
        return try .json(JSONValue.object(shown), status: .created, headers: ["Cache-Control": "no-store"])
    }

    private func registerCredentials(on router: inout Router) {
        let path = "/v1/graphs/{graph_id}/credentials"
        router.add(
            .post, path, operation: "create_graph_credential",
            authenticator.authenticated { [credentials, mutations] request, principal in
                try principal.require(.graphAdmin)
                let id = try await graph(of: request, principal, admittingSubgraphs: true)
                let caller = request.caller(principal)
                let (credential, login) = try await mutations.carryingOut(named: .createCredential, request, on: id, as: caller) {
                    let body = try request.decodeIfPresent(CredentialBody.self)
                    guard let access = GraphCredential.Access(rawValue: body?.mode ?? "rw") else {
                        throw Problem.invalidField("mode", message: "must be rw or ro")
                    }
                    return try await credentials.issue(
                        on: id, access: access, label: body?.label ?? "", expiresAt: body?.expiresAt, as: caller)
                }
                return try Self.issued(credential, login)
            })
        router.add(
            .get, path, operation: "list_graph_credentials",
            authenticator.authenticated { [credentials] request, principal in
                try principal.require(.graphAdmin)
                let id = try await graph(of: request, principal, admittingSubgraphs: true)
                let (found, address) = try await credentials.logins(of: id, as: request.caller(principal))
                return try .json(
                    JSONValue.object([
                        "credentials": .array(found.map { .object(GraphBodies.credential($0)) }), "total": .integer(Int64(found.count)),
                        "host": address.map { .string($0.host) } ?? .null, "port": address.map { .integer(Int64($0.port)) } ?? .null,
                    ]))
            })
        router.add(
            .post, path + "/{credential_id}/rotate", operation: "rotate_graph_credential",
            authenticator.authenticated { [credentials, mutations] request, principal in
                try principal.require(.graphAdmin)
                let id = try await graph(of: request, principal, admittingSubgraphs: true)
                let caller = request.caller(principal)
                let (credential, login) = try await mutations.carryingOut(named: .rotateCredential, request, on: id, as: caller) {
                    let body = try request.decodeIfPresent(RotationBody.self)
                    return try await credentials.rotate(
                        request.parameter("credential_id", as: GraphCredential.ID.self), of: id,
                        overlap: .seconds(body?.overlapSeconds ?? 86_400), as: caller)
                }
                return try Self.issued(credential, login)
            })
        router.add(
            .delete, path + "/{credential_id}", operation: "revoke_graph_credential",
            authenticator.authenticated { [credentials, mutations] request, principal in
                try principal.require(.graphAdmin)
                let (id, caller) = (try await graph(of: request, principal, admittingSubgraphs: true), request.caller(principal))
                try await mutations.carryingOut(named: .revokeCredential, request, on: id, as: caller) {
                    try await credentials.revoke(request.parameter("credential_id", as: GraphCredential.ID.self), of: id, as: caller)
                }
                return Response(status: .noContent)
            })
    }
}

/// Faults of these bodies are told as one text (wire contract 0.3), all of them beside it.
func withTextDetail<Value>(_ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch var problem as Problem {
        problem.keepsTextDetail = true
        throw problem
    }
}

/// An answer that was given before is given again as it was.
func answering<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
        return try await body()
    } catch GraphError.orgRequired {
        // Authentication answers this one with the orgs between which the caller may choose.
        throw IdentityError.orgRequired
    } catch let answer as StoredAnswer {
        throw Problem(
            status: Status(rawValue: answer.status), code: answer.body["code"]?.stringValue ?? "OPERATION_FAILED",
            detail: answer.body["detail"]?.stringValue ?? "The first request with this Idempotency-Key was refused.")
    }
}

extension GraphRoutes {
    /// The graph of the path.
    func graph(of request: Request, _ principal: Principal, admittingSubgraphs: Bool = false) async throws -> GraphID {
        try await request.graph(principal, in: graphs, admittingSubgraphs: admittingSubgraphs)
    }
}

extension Request {
    /// Who calls, and for which org, as authentication found it (ID-071).
    func caller(_ principal: Principal) -> GraphCaller {
        GraphCaller(principal)
    }

    /// The graph of the path, for every route of graphs. Where the graph's own budget counts, the caller's access is proved first: who has none is refused by
    /// what the route does, and spends nothing of it (SEC-011).
    func graph(_ principal: Principal, in graphs: any GraphManaging, admittingSubgraphs: Bool = false) async throws -> GraphID {
        let id = try await namedGraph(principal, in: graphs, admittingSubgraphs: admittingSubgraphs)
        guard let gate, gate.countsGraph, let found = try? await graphs.graph(id, as: caller(principal)) else { return id }
        try await gate.admit(graph: id.counted, tier: found.graph.tier.rawValue)
        return id
    }

    /// The graph of the path by its name alone: a key that reaches one graph only finds no other (ID-107), and what is asked here is asked of no
    /// repository (GRA-040).
    func namedGraph(_ principal: Principal, in graphs: any GraphManaging, admittingSubgraphs: Bool = false) async throws -> GraphID {
        guard let name = pathParameters["graph_id"], let id = GraphID(name) else {
            if let name = pathParameters["graph_id"], try await graphs.isRepository(name) {
                // A seat may ask, and there is nothing of the kind: a repository has no backups of anybody's.
                throw graphCall?.isOpenToSeats == true ? GraphError.notFound : .sharedRepository
            }
            return try parameter("graph_id", as: GraphID.self)
        }
        guard principal.graph == nil || principal.graph == id.description || principal.graph == id.topLevel.description else {
            throw GraphError.notFound
        }
        if id.isSubgraph, !admittingSubgraphs {
            // Whoever may not know of it hears of none.
            _ = try await graphs.graph(id, as: caller(principal))
            throw GraphError.isSubgraph(of: id.topLevel)
        }
        return id
    }
}

extension GraphID {
    /// The graph as somebody whose requests are counted; of an id longer than 128 bits what stands before them is folded in.
    public var counted: Caller {
        var (high, low): (UInt64, UInt64) = (0, 0)
        for digit in topLevel.description.utf8.dropFirst(2) {
            let over = high >> 60
            high = high << 4 | low >> 60
            low = (low << 4 | UInt64(digit < 58 ? digit - 48 : digit - 87)) ^ over
        }
        return Caller(.graph, high: high, low: low)
    }
}
