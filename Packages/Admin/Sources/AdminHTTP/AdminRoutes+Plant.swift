internal import Admin
internal import Billing
internal import Core
internal import Graphs
internal import GraphsHTTP
internal import HTTPServer
internal import Orgs

/// Hosts, graphs that are to be destroyed, and events of the payment provider (ADM-027, ADM-028, ADM-033).
extension AdminRoutes {
    var plantRoutes: [OperatorRoute] {
        func host(_ word: String, _ state: GraphHost.State) -> OperatorRoute {
            OperatorRoute(
                .post, "/v1/admin/graph-hosts/{graph_host_id}/\(word)", operation: "\(word)_graph_host",
                .commanding(.manageHosts) { call in
                    let id: GraphHost.ID = try call.request.parameter("graph_host_id")
                    try await refusingQueue { try await desk.plant.setHost(id, to: state, call.order) }
                    return Response(status: .noContent)
                })
        }
        return [
            host("drain", .draining), host("undrain", .ready), host("retire", .retired),
            OperatorRoute(
                .post, "/v1/admin/graphs/{graph_id}/hold-purge", operation: "hold_graph_purge",
                .commanding(.manageHosts) { call in
                    try await desk.graphs.holdPurge(of: try call.request.parameter("graph_id"), call.order)
                    return Response(status: .noContent)
                }),
            OperatorRoute(
                .post, "/v1/admin/graphs/{graph_id}/release-purge", operation: "release_graph_purge",
                .commanding(.manageHosts) { call in
                    try await desk.graphs.releasePurge(of: try call.request.parameter("graph_id"), call.order)
                    return Response(status: .noContent)
                }),
            OperatorRoute(
                .post, "/v1/admin/graphs/{graph_id}/waive-final-backup", operation: "waive_final_backup",
                .consenting(.manageHosts, about: { .string(try $0.request.parameter("graph_id")) }) { call in
                    let id: GraphID = try call.request.parameter("graph_id")
                    try call.requireConsent("What ends without a final backup is ended by two.")
                    try await refusingWaivers { try await desk.graphs.waiveFinalBackup(of: id, call.order) }
                    return Response(status: .noContent)
                }),
        ] + eventRoutes
    }

    private func refusingWaivers(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let refusal as WaiverRefusal {
            throw WaiverBodies.problem(of: refusal)
        }
    }

    private var eventRoutes: [OperatorRoute] {
        func change(
            _ word: String, _ act: @escaping @Sendable (InboundEvent.ID, OperatorCall) async throws -> Void
        ) -> OperatorRoute {
            OperatorRoute(
                .post, "/v1/admin/billing/events/{event_id}/\(word)", operation: "\(word)_event",
                .commanding(.manageJobs) { call in
                    let id: InboundEvent.ID = try call.request.parameter("event_id")
                    try await refusingQueue { try await act(id, call) }
                    return Response(status: .noContent)
                })
        }
        return [
            change("reprocess") { try await desk.plant.reprocess($0, $1.order) },
            change("unpark") { try await desk.plant.unpark($0, $1.order) },
            change("discard") { try await desk.plant.discard($0, $1.order) },
            change("assign") { try await desk.plant.assign($0, to: try $1.request.decode(AssignBody.self).owner, $1.order) },
            OperatorRoute(
                .get, "/v1/admin/billing/events/{event_id}/body", operation: "show_event_body",
                .reading(.read) { call in
                    let id: InboundEvent.ID = try call.request.parameter("event_id")
                    return try .json(["body": try await refusingQueue { try await desk.plant.body(of: id) }] as JSONValue)
                }),
        ]
    }
}

enum WaiverBodies {
    static func problem(of refusal: WaiverRefusal) -> Problem {
        switch refusal {
        case .notBeingDestroyed(let status):
            Problem(
                status: .conflict, code: "NOT_BEING_DESTROYED",
                detail: "The graph is \(status.rawValue): only the destruction of a graph can end without its final backup.")
        case .hostNotLost(let name):
            Problem(
                status: .conflict, code: "HOST_NOT_LOST",
                detail: "The host \(name) was not given up, or has answered since. Give it up first; one that answers can be backed up.")
        case .backupComplete:
            Problem(
                status: .conflict, code: "FINAL_BACKUP_COMPLETE",
                detail: "The final backup is complete and is being read back. Ask again once it is verified.")
        }
    }
}

private struct AssignBody: Decodable {
    let org: Org.ID?
    let subscription: Subscription.ID?

    enum CodingKeys: String, CodingKey {
        case org = "org_id"
        case subscription = "subscription_id"
    }

    var owner: EventOwner {
        get throws {
            switch (org, subscription) {
            case (let org?, nil): .org(org)
            case (nil, let subscription?): .subscription(subscription)
            default: throw Problem.invalidField("subscription_id", message: "or org_id must be given, one of the two")
            }
        }
    }
}
