internal import Core

/// Something that goes wrong with some requests (STR-180).
struct FaultRule: Codable, Sendable, Hashable {
    enum Kind: String, Codable, Sendable {
        /// The answer comes late.
        case delay
        /// The connection breaks; nothing was done.
        case cutBefore = "cut_before"
        /// The connection breaks; it was done.
        case cutAfter = "cut_after"
        /// Half of the answer, then the connection breaks; it was done.
        case cutBody = "cut_body"
        /// Nothing is done and nothing is answered.
        case silence
        /// A page of a proxy; nothing was done.
        case html
        /// An error; nothing was done.
        case error
        /// An error although it was done.
        case errorAfter = "error_after"
    }

    var id: Int?
    var kind: Kind
    /// Without it, all methods.
    var method: String?
    /// A path, or the beginning of one and a star; without it, all.
    var path: String?
    /// How many matching requests pass first.
    var skip: Int?
    /// How many requests it hits; without it, all.
    var count: Int?
    /// The chance of a hit, from 0 to 1, decided by the simulator's seed.
    var probability: Double?
    var seconds: Double?
    var status: Int?
    var code: String?
    var declineCode: String?
    var shouldRetry: Bool?
    var retryAfter: Int?

    enum CodingKeys: String, CodingKey {
        case id, kind, method, path, skip, count, probability, seconds, status, code
        case declineCode = "decline_code"
        case shouldRetry = "should_retry"
        case retryAfter = "retry_after"
    }

    func applies(to method: String, _ path: String) -> Bool {
        (self.method == nil || self.method == method) && (self.path.map { Account.matches(path, $0) } ?? true)
    }

    /// The error that it answers with.
    var error: StripeError {
        let status = status ?? 500
        var error: StripeError
        switch status {
        case 401: error = .unauthorized("Invalid API Key provided.")
        case 402:
            let decline = declineCode ?? "generic_decline"
            error = CardDecline.declined(decline, "Your card was declined.").error
        case 409:
            error = StripeError(status: 409, kind: .invalidRequest, message: "The object is in use by another request.", code: "conflict")
        case 429:
            error = StripeError(status: 429, kind: .invalidRequest, message: "Too many requests. Please retry later.", code: "rate_limit")
        default: error = StripeError(status: status, kind: .api, message: "An unknown error occurred.")
        }
        if let code { error.code = code }
        if let shouldRetry { error.headers["Stripe-Should-Retry"] = shouldRetry ? "true" : "false" }
        if let retryAfter { error.headers["Retry-After"] = String(retryAfter) }
        return error
    }
}

/// The faults that are set, in the order they were set.
struct FaultList: Sendable {
    private(set) var rules: [FaultRule] = []
    private var nextID = 1
    private var generator: IDGenerator

    init(seed: UInt64) {
        generator = IDGenerator(seed: seed)
    }

    mutating func add(_ rule: FaultRule) -> FaultRule {
        var rule = rule
        rule.id = nextID
        nextID += 1
        rules.append(rule)
        return rule
    }

    mutating func removeAll() {
        rules = []
    }

    /// The fault that hits a request, if any.
    mutating func take(_ method: String, _ path: String) -> FaultRule? {
        for index in rules.indices where rules[index].applies(to: method, path) {
            if let skip = rules[index].skip, skip > 0 {
                rules[index].skip = skip - 1
                continue
            }
            if rules[index].count == 0 { continue }
            if let probability = rules[index].probability, Double(generator.next() % 1_000_000) >= probability * 1_000_000 { continue }
            if let count = rules[index].count { rules[index].count = count - 1 }
            return rules[index]
        }
        return nil
    }
}
