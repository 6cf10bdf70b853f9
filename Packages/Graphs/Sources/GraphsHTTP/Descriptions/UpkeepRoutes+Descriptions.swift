internal import Billing
internal import Graphs
internal import HTTPServer
internal import IdentityHTTP

extension UpkeepRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("materialize", "Brings what is known of a graph in line with what it holds.", for: .administrator).repeatable()
                .noting(
                    "A graph that is written directly has no staged sources: its statistics and counts are made anew. Members of the graph may ask."
                )
                .mayTake(
                    Schema(decoding: MaterializeBody.self).telling("force", "Changes nothing here: it is always done.")
                        .telling("rebuild", "Changes nothing here: there is nothing to rebuild from.")
                        .telling("dry_run", "Whether it is only to say what it would do.")
                        .telling("source", "`staged` or `extensions`; `staged` without.")
                        .telling("materialize_embeddings", "Changes nothing here: there are none.")
                )
                .answers(.accepted, "The operation that does it.", GraphSchemas.envelope, headers: ["Location": "The operation."])
                .refuses(
                    GraphError.notWritable(.canceledReadOnly), GraphError.notActive(.suspended), GraphError.operationRunning(nil)),
            RouteDescription("compact_graph", "Gives the dead space of a graph back to its host.", for: .administrator).repeatable()
                .noting("What was deleted lowers the measured size only then. Whoever works in the graph may have to wait meanwhile.")
                .answers(.accepted, "The operation that does it.", GraphSchemas.envelope, headers: ["Location": "The operation."])
                .refuses(
                    GraphError.notActive(.suspended), GraphError.operationRunning(nil), GraphError.storageReclaimOff,
                    GraphError.noRoomForCopy, GraphError.engineUnsupported(.compaction)),
        ]
    }
}
