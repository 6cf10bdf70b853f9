internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Operations

extension OperationRoutes {
    static var descriptions: [RouteDescription] {
        func one(_ scope: Scope) -> RouteAccess {
            RouteAccess.signedIn(with: scope).only(
                "Whoever started the operation, and owners and admins of its org.", OperationError.notFound, OperationError.forbidden)
        }
        return [
            RouteDescription("list_operations", "Lists operations, the newest first.", for: .signedIn(with: .graphRead))
                .query("graph_id", .string, "Of this graph alone.").query("operation_type", .text("create-graph"), "Of this kind alone.")
                .query("status", .words(of: Operations.Operation.Status.self), "In this state alone.")
                .query("cursor", .id("op"), "`next_cursor` of the page before.")
                .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 200), "How many; 50 without.")
                .answers(
                    .ok, "A page of them.",
                    .object("OperationList", ["operations": .array(of: summary), "next_cursor": .id("op").orNull])
                )
                .refuses(Problem.badRequest("The cursor is not one of ours.")),
            RouteDescription("get_operation", "Shows an operation with its steps.", for: one(.graphRead)).answers(
                .ok, "The operation.", status
            )
            .malformed(),
            RouteDescription("get_operation_status", "Shows how far an operation is.", for: one(.graphRead)).answers(
                .ok, "The operation.", status
            )
            .malformed(),
            RouteDescription("resume_operation", "Answers an operation that waits for an answer.", for: one(.graphAdmin))
                .mayTake(Schema(decoding: ResumeBody.self).telling("input", "What its prompt asks for."))
                .answers(
                    .accepted, "It goes on.",
                    .object(
                        "ResumedOperation",
                        ["operation_id": .id("op"), "status": .words("running"), "message": .string, "_links": links])
                ).refuses(OperationError.notAwaitingInput, OperationError.alreadyEnded(.completed)).malformed(),
            RouteDescription("cancel_operation", "Cancels an operation, where its kind allows it.", for: one(.graphAdmin))
                .answers(
                    .ok, "It is cancelled.",
                    .object("CancelledOperation", ["operation_id": .id("op"), "status": .words("cancelled"), "message": .string])
                )
                .refuses(OperationError.alreadyEnded(.completed))
                .refuses(
                    Problem(
                        status: .conflict, code: "NOT_CANCELLABLE",
                        detail: "An operation create-graph cannot be cancelled in this state.")
                ).malformed(),
            RouteDescription(
                "stream_operation_events", "Sends the events of an operation as they happen (server-sent events).", for: one(.graphRead)
            )
            .noting("All events from `from_sequence` on come first; the stream ends with the operation.")
            .query("from_sequence", Schema.integer.limited("minimum", 0), "The first event; 0 without.")
            .query("token", .string, "The access token, for event sources that cannot set a header.")
            .header("Last-Event-ID", .string, "The last event that the reader has seen.")
            .answers(.ok, "The events.", as: "text/event-stream").malformed(),
        ]
    }

    private static var links: Schema {
        Schema.object("OperationLinks", ["stream": .string, "status": .string]).withOptional(["cancel": .string, "resume": .string])
    }

    private static var status: Schema {
        Schema.object(
            "OperationStatus",
            [
                "operation_id": .id("op"), "operation_type": .text("create-graph"), "status": .words(of: Operations.Operation.Status.self),
                "created_at": .instant, "updated_at": .instant, "graph_id": .text("kg0123456789abcdef").orNull, "message": .string,
                "phase": .text("forward"), "needs_operator": .boolean,
                "progress": .object(["percent": .integer, "message": .string, "current_step": .integer, "total_steps": .integer]),
                "steps": .array(
                    of: .object(
                        "OperationStep",
                        [
                            "name": .string, "state": .string, "attempt": .integer, "started_at": .instant.orNull,
                            "ended_at": .instant.orNull,
                            "error": .string.orNull, "next_retry_at": .instant.orNull,
                        ])),
                "_links": links,
            ]
        ).withOptional([
            "deadline": .instant, "queue_position": .integer, "queue_depth": .integer,
            "input_request": .object(["prompt": .string, "details": .any, "requested_at": .instant, "expires_at": .instant]),
            "result": .any,
            "error": .string, "error_detail": .object(["code": .string, "message": .string]),
            "undo_errors": .array(of: .object(["message": .string, "at": .instant])),
        ])
    }

    private static var summary: Schema {
        .object(
            "OperationSummary",
            [
                "operation_id": .id("op"), "operation_type": .text("create-graph"), "status": .words(of: Operations.Operation.Status.self),
                "graph_id": .text("kg0123456789abcdef").orNull, "org_id": .id("org"), "created_at": .instant, "updated_at": .instant,
                "ended_at": .instant.orNull, "percent": .integer, "message": .string,
            ])
    }
}

extension RouteDescription {
    fileprivate func malformed() -> RouteDescription {
        refuses(
            Problem.invalidFields([
                .init(location: ["path", "operation_id"], message: "must be op_ and 26 characters, or a UUID", type: "value_error")
            ]))
    }
}
