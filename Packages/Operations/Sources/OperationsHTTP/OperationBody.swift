internal import Core
internal import Operations

/// What the status endpoint says of an operation (OPS-023); keys that have nothing to say in a state are left out.
struct OperationBody {
    static func status(_ view: OperationView) -> JSONValue {
        let operation = view.operation
        var members: [String: JSONValue] = [
            "operation_id": .string(operation.id.description), "operation_type": .string(operation.kind.name),
            "status": .string(operation.status.rawValue), "created_at": .string(operation.createdAt.description),
            "updated_at": .string(operation.updatedAt.description), "graph_id": operation.graph.map { .string($0) } ?? .null,
            "message": .string(operation.message), "phase": .string(operation.phase.rawValue),
            "needs_operator": .bool(operation.phase == .stuck && !operation.status.isTerminal),
            "progress": [
                "percent": .integer(Int64(operation.percent)), "message": .string(operation.message),
                "current_step": .integer(Int64(operation.currentStep)), "total_steps": .integer(Int64(operation.steps.count)),
            ],
            "steps": .array(operation.steps.map(step)), "_links": links(operation),
        ]
        if let deadline = operation.deadline { members["deadline"] = .string(deadline.description) }
        if let queue = view.queue {
            members["queue_position"] = .integer(Int64(queue.position))
            members["queue_depth"] = .integer(Int64(queue.depth))
        }
        if let request = operation.inputRequest {
            members["input_request"] = [
                "prompt": .string(request.prompt), "details": request.details, "requested_at": .string(request.requestedAt.description),
                "expires_at": .string(request.expiresAt.description),
            ]
        }
        if operation.status == .completed || operation.result != .null { members["result"] = operation.result }
        if operation.status == .failed, let failure = operation.failure {
            members["error"] = .string(failure.message)
            members["error_detail"] = ["code": .string(failure.code), "message": .string(failure.message)]
        }
        if !operation.undoErrors.isEmpty {
            members["undo_errors"] = .array(
                operation.undoErrors.map { ["message": .string($0.message), "at": .string($0.at.description)] })
        }
        return .object(members)
    }

    /// One line of a list.
    static func summary(_ operation: Operation) -> JSONValue {
        [
            "operation_id": .string(operation.id.description), "operation_type": .string(operation.kind.name),
            "status": .string(operation.status.rawValue), "graph_id": operation.graph.map { .string($0) } ?? .null,
            "org_id": .string(operation.org.description), "created_at": .string(operation.createdAt.description),
            "updated_at": .string(operation.updatedAt.description), "ended_at": operation.endedAt.map { .string($0.description) } ?? .null,
            "percent": .integer(Int64(operation.percent)), "message": .string(operation.message),
        ]
    }

    static func links(_ operation: Operation) -> JSONValue {
        let base = "/v1/operations/\(operation.id)"
        var links: [String: JSONValue] = ["stream": .string(base + "/stream"), "status": .string(base + "/status")]
        if operation.isCancellable { links["cancel"] = .string(base) }
        if operation.status == .awaitingInput { links["resume"] = .string(base + "/resume") }
        return .object(links)
    }

    private static func step(_ step: OperationStep) -> JSONValue {
        func text(_ instant: Instant?) -> JSONValue { instant.map { .string($0.description) } ?? .null }
        return [
            "name": .string(step.name), "state": .string(step.state.rawValue), "attempt": .integer(Int64(step.attempt)),
            "started_at": text(step.startedAt), "ended_at": text(step.endedAt), "error": step.error.map { .string($0) } ?? .null,
            "next_retry_at": text(step.nextRetryAt),
        ]
    }
}
