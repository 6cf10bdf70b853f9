internal import Core
internal import HTTPServer

/// The header fields of limited answers (SEC-008): what never changes of them is made once for each policy.
struct LimitHeaders: Sendable {
    let category: RouteCategory
    private let rate: RateLimit
    private let limitText: String
    private let policyText: String
    private let quotedName: String

    init(_ category: RouteCategory, _ rate: RateLimit) {
        self.category = category
        self.rate = rate
        limitText = String(rate.limit)
        quotedName = "\"\(category.name)\""
        policyText = "\(quotedName);q=\(rate.limit);w=\(rate.windowSeconds)"
    }

    /// Adds them to those of an answer.
    func add(_ taken: Taken, at now: Instant, to headers: inout Headers) {
        let reset = taken.resetsAt.microsecondsSinceEpoch
        // An operator may have given this caller another figure (SEC-017).
        let isUsual = taken.limit == rate.limit
        headers.add("X-RateLimit-Limit", isUsual ? limitText : String(taken.limit))
        headers.add("X-RateLimit-Remaining", String(taken.remaining))
        headers.add("X-RateLimit-Reset", String((reset + 999_999) / 1_000_000))
        headers.add("X-RateLimit-Category", category.name)
        headers.add("RateLimit-Policy", isUsual ? policyText : "\(quotedName);q=\(taken.limit);w=\(rate.windowSeconds)")
        headers.add("RateLimit", "\(quotedName);r=\(taken.remaining);t=\(Self.seconds(until: taken.resetsAt, now))")
    }

    /// The refusal (SEC-009): whole seconds, at least one, after which there is room again.
    func problem(_ taken: Taken, at now: Instant) -> Problem {
        let seconds = Self.seconds(until: taken.resetsAt, now)
        var problem = Problem(
            status: .tooManyRequests, code: "RATE_LIMIT_EXCEEDED",
            detail: "Too many requests of the category \(category.name): try again in \(seconds) s.")
        problem.headers.add("Retry-After", String(seconds))
        add(taken, at: now, to: &problem.headers)
        return problem
    }

    private static func seconds(until end: Instant, _ now: Instant) -> Int64 {
        max(1, (end.microsecondsSinceEpoch - now.microsecondsSinceEpoch + 999_999) / 1_000_000)
    }
}
