internal import Billing
internal import Core
internal import Graphs
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Operations

extension GraphRoutes {
    /// Commands that end with their own commit, and why a command is allowed or not.
    func registerCommands(on router: inout Router) {
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/update-graph-metadata", operation: "update_graph_metadata",
            command { routes, request, key, caller, id in
                let body = try withTextDetail { try request.decode(GraphMetadataBody.self) }
                return try await routes.graphs.updateMetadata(id, body.change, key: key, as: caller)
            })
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/set-delete-protection", operation: "set_delete_protection",
            command { routes, request, key, caller, id in
                let body = try withTextDetail { try request.decode(ProtectionBody.self) }
                return try await routes.graphs.setProtection(id, to: body.enabled, key: key, as: caller)
            })
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/reactivate-graph", operation: "reactivate_graph",
            command { routes, _, key, caller, id in
                try await routes.graphs.reactivate(id, key: key, as: caller)
            })
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/undelete-graph", operation: "undelete_graph",
            command(status: .accepted) { routes, _, key, caller, id in
                try await routes.graphs.undelete(id, key: key, as: caller)
            })
        router.add(
            .post, "/v1/graphs/{graph_id}/operations/change-tier", operation: "change_tier",
            command(status: .accepted) { routes, request, key, caller, id in
                let body = try withTextDetail { try request.decode(ChangeTierBody.self) }
                return try await routes.graphs.changeTier(id, to: body.newTier, quote: try body.acceptedQuote(), key: key, as: caller)
            })
        router.add(
            .get, "/v1/graphs/{graph_id}/explain", operation: "explain_graph",
            authenticator.authenticated { [graphs] request, principal in
                try principal.require(.graphRead)
                let (situation, answers) = try await graphs.explain(graph(of: request, principal), as: request.caller(principal))
                return try .json(ExplanationBodies.explanation(situation, answers))
            })
        router.add(
            .get, "/v1/graphs/{graph_id}/usage", operation: "get_graph_usage",
            authenticator.authenticated { [graphs, dateSource] request, principal in
                try principal.require(.graphRead)
                let id = try await graph(of: request, principal)
                let word = try request.queryValue("time_range", as: String.self) ?? UsageRange.month.rawValue
                guard let range = UsageRange(rawValue: word) else {
                    throw Problem.invalidField(
                        "time_range", message: "must be one of \(UsageRange.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                let (graph, usage) = try await graphs.usage(
                    of: id, over: range, Self.usageParts(of: request), as: request.caller(principal))
                return try .json(UsageBodies.usage(graph, usage, over: range, now: dateSource.now))
            })
        let metrics = about { routes, found, _ in
            try .json(GraphBodies.metrics(found, await routes.graphs.facts(of: found.graph), now: routes.dateSource.now))
        }
        router.add(.get, "/v1/graphs/{graph_id}/metrics", operation: "get_graph_metrics") { request in
            do {
                return try await metrics(request)
            } catch GraphError.sharedRepository {
                throw GraphError.notOfRepositories
            }
        }
    }

    private static func usageParts(of request: Request) throws -> Set<UsagePart> {
        var parts: Set<UsagePart> = []
        for (name, part, isUsual) in [
            ("include_storage", UsagePart.storage, true), ("include_credits", .credits, true), ("include_performance", .performance, false),
            ("include_events", .events, false),
        ] where try request.queryValue(name, as: Bool.self) ?? isUsual { parts.insert(part) }
        return parts
    }

    private typealias Answer = (operation: Operations.Operation, isReplay: Bool)

    /// A command on one graph; most are done at once.
    private func command(
        status: Status = .ok,
        _ carryOut: @escaping @Sendable (GraphRoutes, Request, CallKey?, GraphCaller, GraphID) async throws -> Answer
    ) -> @Sendable (Request) async throws -> Response {
        authenticator.authenticated { [self] request, principal in
            try principal.require(.graphAdmin)
            let id = try await graph(of: request, principal)
            let key = try request.idempotency().map { CallKey(key: $0.key, fingerprint: $0.fingerprint) }
            let caller = request.caller(principal)
            let (operation, isReplay) = try await answering {
                try await mutations.carryingOut(request, on: id, as: caller) { try await carryOut(self, request, key, caller, id) }
            }
            return try .operation(operation, isReplay: isReplay, status: status)
        }
    }
}
