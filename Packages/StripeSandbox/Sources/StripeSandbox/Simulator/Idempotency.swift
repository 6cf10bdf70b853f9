internal import Core

/// What is remembered of calls with an idempotency key (STR-145).
struct IdempotencyMemory: Sendable {
    struct Answer: Codable, Sendable {
        let status: Int
        let body: [UInt8]
        let requestID: String
    }

    enum Admission {
        case proceed
        case replay(Answer)
    }

    struct Record: Codable, Sendable {
        let fingerprint: [UInt8]
        let time: Int64
        var answer: Answer?
    }

    private static let usual = 10_000

    private var records: [String: Record] = [:]
    /// How many records there may be until the old ones are looked for.
    private var forgetAt = usual
    /// The keys that were answered since they were last taken; `nil` as long as nobody wants to know.
    private var answered: [String]?

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
        if records.count >= forgetAt {
            forget(before: now - memory)
            forgetAt = max(Self.usual, records.count * 2)
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
        answered?.append(key)
    }

    /// From now on it is remembered which keys are answered.
    mutating func watchAnswers() {
        answered = []
    }

    /// The records of the keys answered since the last call; one that was forgotten is left out.
    mutating func takeAnswered() -> [String: Record] {
        guard let keys = answered, !keys.isEmpty else { return [:] }
        answered = []
        return Dictionary(
            keys.compactMap { key in records[key].flatMap { $0.answer == nil ? nil : (key, $0) } }, uniquingKeysWith: { first, _ in first })
    }

    /// Every call that was answered.
    var allAnswered: [String: Record] { records.filter { $0.value.answer != nil } }

    mutating func put(_ answered: [String: Record]) {
        records.merge(answered) { _, new in new }
    }

    private mutating func forget(before time: Int64) {
        records = records.filter { $0.value.time > time }
    }
}
