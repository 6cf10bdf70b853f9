public import HTTPServer
public import Operations

extension OperationError: ProblemConvertible {
    /// The answer to a refusal.
    public var problem: Problem {
        switch self {
        case .alreadyEnded(let status):
            Problem(status: .conflict, code: "OPERATION_ENDED", detail: "The operation is \(status.rawValue) already.")
        case .notAwaitingInput:
            Problem(status: .conflict, code: "NOT_AWAITING_INPUT", detail: "The operation does not wait for an answer.")
        case .notCancellable(let kind):
            Problem(status: .conflict, code: "NOT_CANCELLABLE", detail: "An operation \(kind) cannot be cancelled in this state.")
        case .exclusiveOperationRunning(let running):
            Problem(
                status: .conflict, code: "OPERATION_RUNNING",
                detail: "Another operation is under way" + (running.map { ": \($0)." } ?? "."))
        case .notFound: .notFound
        case .forbidden:
            Problem(
                status: .forbidden, code: "FORBIDDEN",
                detail: "Only who started the operation, and owners and admins of its org, may see it.")
        }
    }
}

extension IdempotencyError: ProblemConvertible {
    /// 409, with the second to wait when the first call is still at work.
    public var problem: Problem {
        switch self {
        case .keyReused:
            Problem(
                status: .conflict, code: "IDEMPOTENCY_KEY_REUSED", detail: "This Idempotency-Key was used for another request.")
        case .inProgress:
            Problem(
                status: .conflict, code: "IDEMPOTENCY_IN_PROGRESS", detail: "The first request with this Idempotency-Key is still at work.",
                headers: ["Retry-After": "1"])
        }
    }
}
