internal import Core

/// One event on its way to one endpoint.
struct Delivery: Codable, Sendable {
    enum State: String, Codable, Sendable {
        /// Waits for its time.
        case waiting
        /// Waits for somebody to let it go.
        case held
        case sending, delivered, failed, dropped
    }

    let id: Int
    let account: String
    let event: String
    let type: String
    let endpoint: String
    /// Whether it was made beside the one that Stripe would send, so that its end says nothing about the event.
    let isExtra: Bool
    var sequence: Int
    var state: State
    var dueAt: Instant
    var attempts = 0
    var signature = SignatureForm.valid
    var lastStatus: Int?
    var lastFailure: String?

    var hasEnded: Bool { [.delivered, .failed, .dropped].contains(state) }

    var json: JSONValue {
        [
            "id": .integer(Int64(id)), "event": .string(event), "type": .string(type), "endpoint": .string(endpoint),
            "state": .string(state.rawValue), "due_at": .string(dueAt.description), "attempts": .integer(Int64(attempts)),
            "is_extra": .bool(isExtra), "signature": .string(signature.rawValue),
            "last_status": lastStatus.map { .integer(Int64($0)) } ?? .null, "last_failure": JSONValue(lastFailure),
        ]
    }
}

/// How a delivery is signed: rightly, or wrong in a way that a receiver must notice (STR-181).
enum SignatureForm: String, Codable, Sendable, CaseIterable {
    case valid, wrong, old, future
    case onlyV0 = "v0_only"
    case missing
}

/// What came of sending one.
enum DeliveryOutcome: Sendable {
    case status(Int)
    case failed(String)

    /// Any 2xx counts; a redirect does not (STR-165).
    var isSuccess: Bool {
        if case .status(let status) = self { (200..<300).contains(status) } else { false }
    }
}
