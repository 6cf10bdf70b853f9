public import Core
public import HTTPServer
internal import Synchronization

/// Another figure for one caller for a time, by an operator's word (SEC-017).
public struct RateLimitOverride: Sendable, Hashable {
    /// Whose count.
    public let caller: Caller
    /// The category; `nil` for every one.
    public let category: String?
    /// The most requests in the category's window; `nil` when they are not limited.
    public let limit: Int?
    /// When the usual figure holds again.
    public let until: Instant

    /// Describes one.
    public init(caller: Caller, category: String?, limit: Int?, until: Instant) {
        self.caller = caller
        self.category = category
        self.limit = limit
        self.until = until
    }
}

/// Gives single callers other figures for a time, on all nodes (SEC-017).
public protocol RateLimitControl: Sendable {
    /// What holds at an instant.
    func overrides(at now: Instant) async throws -> [RateLimitOverride]
    /// Sets one in place of what held for the same caller and category; what the caller has used up of strict counts is given back.
    func set(_ override: RateLimitOverride, at now: Instant) async throws
    /// Ends all of a caller.
    ///
    /// - Returns: how many.
    func clear(_ caller: Caller) async throws -> Int
}

/// The overrides that hold in this process: asked at each request, replaced as a whole now and then.
public final class RateLimitOverrides: Sendable {
    /// As many as a count can hold: no caller gets there within a minute.
    private static let unlimited = 65_000
    private let state = Mutex<[Caller: [RateLimitOverride]]>([:])
    private let isEmpty = Atomic(true)

    /// Makes an empty table.
    public init() {}

    /// Takes what holds now in place of what held before.
    public func replace(by overrides: [RateLimitOverride]) {
        let table = Dictionary(grouping: overrides, by: \.caller)
        state.withLock { $0 = table }
        isEmpty.store(table.isEmpty, ordering: .releasing)
    }

    /// The figure that holds for a caller: one for the very category goes before one for all.
    public func rate(_ rate: RateLimit, of category: String, for caller: Caller, at now: Instant) -> RateLimit {
        guard !isEmpty.load(ordering: .acquiring) else { return rate }
        let live = state.withLock { $0[caller] ?? [] }.filter { now < $0.until }
        guard let found = live.first(where: { $0.category == category }) ?? live.first(where: { $0.category == nil }) else { return rate }
        let window = Duration.microseconds(rate.windowMicroseconds)
        return RateLimit(found.limit ?? Self.unlimited, per: window)
    }
}
