public import Core

/// When somebody is told that a graph fills up (GRA-095, OPS-121).
public struct StorageWarnings: Sendable, Hashable {
    /// How it stands with one threshold.
    public struct State: Sendable, Hashable {
        /// When somebody was told last.
        public var toldAt: Instant?
        /// Whether the graph has since been five points below it.
        public var hasEased: Bool

        /// Describes a state.
        public init(toldAt: Instant?, hasEased: Bool) {
            self.toldAt = toldAt
            self.hasEased = hasEased
        }
    }

    /// At 80 % of the cap.
    public var near: State
    /// Above the cap.
    public var over: State

    /// Nobody was told yet.
    public init() {
        near = State(toldAt: nil, hasEased: false)
        over = State(toldAt: nil, hasEased: false)
    }

    /// After how long somebody is told again.
    private static var pause: Duration { .days(7) }

    /// Takes a sample in.
    ///
    /// - Returns: the threshold of which somebody is to be told now, 80 or 100; the higher one when both were crossed.
    public mutating func take(bytes: Int64, cap: Int64, at now: Instant) -> Int? {
        guard cap > 0 else { return nil }
        // In whole numbers, so that a share of exactly 80 % is one.
        let isNear = Double(bytes) * 100 >= Double(cap) * 80
        let isOver = bytes > cap
        if Double(bytes) * 100 <= Double(cap) * 75 { near.hasEased = true }
        if Double(bytes) * 100 <= Double(cap) * 95 { over.hasEased = true }
        let tellsOver = isOver && Self.isDue(over, now)
        let tellsNear = isNear && Self.isDue(near, now)
        if tellsOver { over = State(toldAt: now, hasEased: false) }
        if tellsOver || (tellsNear && !isOver) { near = State(toldAt: now, hasEased: false) }
        return tellsOver ? 100 : tellsNear && !isOver ? 80 : nil
    }

    private static func isDue(_ state: State, _ now: Instant) -> Bool {
        guard let toldAt = state.toldAt else { return true }
        return state.hasEased || now - toldAt >= pause
    }
}

/// A graph has come near its cap, or above it.
public struct StorageThresholdReached: GraphDomainEvent {
    /// `graphs.storage_threshold_reached`
    public static let topic = "graphs.storage_threshold_reached"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// 80 or 100.
    public let percent: Int
    /// Its size.
    public let bytes: Int64
    /// The cap.
    public let cap: Int64

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, percent: Int, bytes: Int64, cap: Int64) {
        self.facts = facts
        self.percent = percent
        self.bytes = bytes
        self.cap = cap
    }
}
