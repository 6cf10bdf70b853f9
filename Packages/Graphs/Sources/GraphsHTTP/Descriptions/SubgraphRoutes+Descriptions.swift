internal import Billing
internal import Graphs
internal import HTTPServer
internal import IdentityHTTP

extension SubgraphRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("create_subgraph", "Makes a further database under a graph.", for: .administrator).repeatable()
                .noting(
                    "It is on its parent's host, with its tier and its members. Names are kept in lower case; the name of one that is gone stays taken."
                )
                .takes(
                    Schema(decoding: CreateSubgraphBody.self).telling("name", "1 to 20 letters and digits.")
                        .telling("display_name", "What people call it.").telling("description", "What people say about it.")
                        .telling("schema_extensions", "Those of the parent without.")
                        .telling("subgraph_type", "`empty`, `knowledge` or `static`; `static` without.")
                        .telling("metadata", "Whatever is to be noted with it.")
                        .telling("fork_parent", "Whether it begins with what the parent holds; it then goes on in the background.")
                )
                .answers(
                    .ok, "The operation that makes it; `completed` unless it takes long.", GraphSchemas.envelope,
                    headers: ["Location": "The operation."]
                )
                .refuses(
                    GraphError.subgraphLimitReached(count: 3, limit: 3), GraphError.subgraphNameTaken(suggestion: "notes2"),
                    GraphError.notActive(.suspended), GraphError.operationRunning(nil), GraphError.notWritable(.canceledReadOnly),
                    GraphError.storageFull(bytes: 11 << 30, cap: 10 << 30), GraphError.noRoomForCopy, GraphError.hostUnavailable,
                    GraphError.engineUnsupported(.restore)
                )
                .refuses(GraphError.isSubgraph(of: parent)),
            RouteDescription("delete_subgraph", "Deletes a subgraph, once a backup of it was read back whole.", for: .administrator)
                .repeatable()
                .takes(
                    Schema(decoding: DeleteSubgraphBody.self).telling("subgraph_name", "Its name.")
                        .telling("force", "Whether it is to go even when it holds data.")
                        .telling("backup_first", "Without, its backup is kept for a day only.")
                )
                .answers(
                    .ok, "The operation that deletes it; `completed` unless it takes long.", GraphSchemas.envelope,
                    headers: ["Location": "The operation."]
                )
                .refuses(
                    GraphError.subgraphHoldsData(nodes: 7), GraphError.deleteProtected, GraphError.notActive(.provisioning),
                    GraphError.operationRunning(nil), GraphError.hostUnavailable
                )
                .refuses(GraphError.isSubgraph(of: parent)),
            RouteDescription("list_subgraphs", "Lists the subgraphs of a graph, with its cap.", for: .reader)
                .answers(.ok, "The subgraphs; sizes as they were measured last.", list)
                .refuses(GraphError.isSubgraph(of: parent)),
            RouteDescription("get_subgraph_info", "Shows a subgraph, and what it holds.", for: .reader)
                .answers(.ok, "The subgraph.", subgraph)
                .refuses(GraphError.isSubgraph(of: parent)),
        ]
    }

    private static var parent: GraphID { GraphID("kg0123456789abcdef") ?? .make() }

    private static var summary: Schema {
        .object(
            "SubgraphSummary",
            [
                "graph_id": .text("kg0123456789abcdef_notes"), "subgraph_name": .text("notes"), "display_name": .text("Notes"),
                "subgraph_type": .words(of: Subgraph.Kind.self), "status": .words("active", "creating", "deleting", "failed"),
                "created_at": .instant, "size_bytes": .integer.orNull, "size_mb": .number.orNull, "last_accessed": .string.orNull,
            ])
    }

    private static var subgraph: Schema {
        .object(
            "SubgraphResponse",
            [
                "graph_id": .text("kg0123456789abcdef_notes"), "parent_graph_id": GraphSchemas.id, "subgraph_index": .integer,
                "subgraph_name": .text("notes"), "display_name": .text("Notes"), "subgraph_type": .words(of: Subgraph.Kind.self),
                "status": .words("active", "creating", "deleting", "failed"), "created_at": .instant, "updated_at": .instant,
                "description": .string.orNull, "size_bytes": .integer.orNull, "size_mb": .number.orNull, "node_count": .integer.orNull,
                "edge_count": .integer.orNull, "last_accessed": .string.orNull, "metadata": .any,
            ])
    }

    private static var list: Schema {
        .object(
            "ListSubgraphsResponse",
            [
                "parent_graph_id": GraphSchemas.id, "parent_graph_name": .text("Ledger"), "parent_graph_tier": .text("ladybug-standard"),
                "subgraphs_enabled": .boolean, "subgraph_count": .integer, "subgraphs": .array(of: summary),
                "max_subgraphs": .integer.orNull, "total_size_bytes": .integer.orNull, "total_size_mb": .number.orNull,
            ])
    }
}
