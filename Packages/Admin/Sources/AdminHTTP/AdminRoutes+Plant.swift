internal import Admin
internal import Billing
internal import Core
internal import Graphs
internal import GraphsHTTP
internal import HTTPServer

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
                .post, "/v1/admin/billing/events/{event_id}/reprocess", operation: "reprocess_event",
                .commanding(.manageJobs) { call in
                    let id: InboundEvent.ID = try call.request.parameter("event_id")
                    try await refusingQueue { try await desk.plant.reprocess(id, call.order) }
                    return Response(status: .noContent)
                }),
        ]
    }
}
