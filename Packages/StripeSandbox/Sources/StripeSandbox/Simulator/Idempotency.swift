internal import Core

/// What is remembered of calls with an idempotency key (STR-145).
struct IdempotencyMemory: Sendable {
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
        let requestID: String
    }

    enum Admission {
        case proceed
        case replay(Answer)
    }

    private struct Record {
        let fingerprint: [UInt8]
        let time: Int64
        var answer: Answer?
    }

    private var records: [String: Record] = [:]

    /// Admits a call, or gives the answer that the first one of its key got.
    ///
    /// - Throws: 400 when the key was used for another call, 409 while that call is under way.
    mutating func admit(_ key: String, _ fingerprint: [UInt8], at now: Int64, memory: Int64) throws -> Admission {
        guard key.utf8.count <= 255, !key.isEmpty else {
            throw StripeError.invalid("Idempotency keys are 1 to 255 characters long.")
        }
        if let record = records[key], record.time > now - memory {
            guard record.fingerprint == fingerprint else {
                throw StripeError(
                    status: 400, kind: .idempotency,
                    message: "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                        + "Try using a key other than '\(key)' if you meant to execute a different request.")
            }
            guard let answer = record.answer else { throw Self.inUse(key) }
            return .replay(answer)
        }
        records[key] = Record(fingerprint: fingerprint, time: now)
        return .proceed
    }

    static func inUse(_ key: String) -> StripeError {
        StripeError(
            status: 409, kind: .idempotency,
            message: "There is currently another in-progress request using this Idempotency Key (that probably means you submitted twice, "
                + "and the other request is still going through): \(key). Please try again later.", code: "idempotency_key_in_use")
    }

    /// Keeps the answer of a call that began to execute; `nil` forgets the key.
    mutating func finish(_ key: String, _ answer: Answer?) {
        if let answer { records[key]?.answer = answer } else { records[key] = nil }
    }

    mutating func forget(before time: Int64) {
        records = records.filter { $0.value.time > time }
    }
}
