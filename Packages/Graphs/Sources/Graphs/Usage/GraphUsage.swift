public import Billing
public import Core
internal import Identity

/// For which time usage is asked (GRA-030).
public enum UsageRange: String, Sendable, CaseIterable {
    /// The last 24 hours.
    case day = "24h"
    /// The last seven days.
    case week = "7d"
    /// The last thirty days.
    case month = "30d"
    /// From the first of the month on.
    case currentMonth = "current_month"
    /// The calendar month before.
    case lastMonth = "last_month"

    /// The instants it means now; months are those of UTC.
    public func span(at now: Instant) -> Range<Instant> {
        switch self {
        case .day: now - .hours(24)..<now
        case .week: now - .days(7)..<now
        case .month: now - .days(30)..<now
        case .currentMonth: now.monthStart..<now
        case .lastMonth: (now.monthStart - .seconds(1)).monthStart..<now.monthStart
        }
    }
}

/// The parts that usage consists of.
public enum UsagePart: Sendable, CaseIterable {
    /// How large the graph was.
    case storage
    /// What its credits were spent on.
    case credits
    /// How work on it went.
    case performance
    /// The newest of all that.
    case events
}

/// What a graph used; a part that was not asked for is `nil`.
public struct GraphUsage: Sendable, Hashable {
    /// The time it is of.
    public let span: Range<Instant>
    /// How large the graph was.
    public var storage: StorageUse?
    /// What its credits were spent on.
    public var credits: CreditsSpent?
    /// How work on it went, by kind.
    public var work: [WorkUse]?
    /// The newest events, at most fifty.
    public var events: [UsageEvent]?

    /// Begins with no part.
    public init(span: Range<Instant>) {
        self.span = span
    }
}

/// How large a graph was over a time.
public struct StorageUse: Sendable, Hashable {
    /// The average over time, in bytes.
    public let average: Double
    /// The largest.
    public let maximum: Int64
    /// The smallest.
    public let minimum: Int64
    /// How often it was measured in that time.
    public let measures: Int

    /// Folds measures in the order of their instants. A measure holds until the next; the one before the beginning holds from there on, and
    /// the time before the first is not known and does not count.
    public init(_ measures: [SizeAt], in span: Range<Instant>) {
        let known = measures.filter { $0.at < span.upperBound }
        let carried = known.lastIndex { $0.at <= span.lowerBound } ?? 0
        let inForce = known.dropFirst(carried)
        var (sum, duration) = (0.0, 0.0)
        for (index, size) in zip(inForce.indices, inForce) {
            let end = index + 1 < inForce.endIndex ? inForce[index + 1].at : span.upperBound
            let seconds = Double((end - max(size.at, span.lowerBound)).wholeMilliseconds) / 1_000
            sum += Double(size.bytes) * seconds
            duration += seconds
        }
        average = duration > 0 ? sum / duration : Double(inForce.last?.bytes ?? 0)
        maximum = inForce.map(\.bytes).max() ?? 0
        minimum = inForce.map(\.bytes).min() ?? 0
        self.measures = known.count { $0.at >= span.lowerBound }
    }
}

/// How large a graph was at an instant.
public struct SizeAt: Sendable, Hashable {
    /// The instant.
    public let at: Instant
    /// Its size.
    public let bytes: Int64

    /// Makes a pair.
    public init(at: Instant, bytes: Int64) {
        self.at = at
        self.bytes = bytes
    }
}

/// What credits were spent on, as the ledger has it.
public struct CreditsSpent: Sendable, Hashable {
    /// One kind of use.
    public struct Kind: Sendable, Hashable {
        /// Its name; uses without one are `other`.
        public let name: String
        /// How often.
        public let count: Int
        /// For how much.
        public let credits: AICredits
        /// How often for nothing.
        public let free: Int

        /// Describes a kind.
        public init(name: String, count: Int, credits: AICredits, free: Int) {
            self.name = name
            self.count = count
            self.credits = credits
            self.free = free
        }
    }

    /// By kind, in the order of their names.
    public let kinds: [Kind]
    /// Lines of the ledger, of whatever kind.
    public let lines: Int

    /// Gathers kinds.
    public init(kinds: [Kind], lines: Int) {
        self.kinds = kinds
        self.lines = lines
    }

    /// Everything that was spent.
    public var total: AICredits { AICredits(hundredths: kinds.reduce(0) { $0 + $1.credits.hundredths }) }
}

/// How one kind of work on a graph went.
public struct WorkUse: Sendable, Hashable {
    /// The operation's kind.
    public let kind: String
    /// How many ended.
    public let ended: Int
    /// How many of them failed.
    public let failed: Int
    /// How long they took on average, in seconds.
    public let averageSeconds: Double
    /// How long the longest took.
    public let maximumSeconds: Double

    /// Describes it.
    public init(kind: String, ended: Int, failed: Int, averageSeconds: Double, maximumSeconds: Double) {
        self.kind = kind
        self.ended = ended
        self.failed = failed
        self.averageSeconds = averageSeconds
        self.maximumSeconds = maximumSeconds
    }
}

/// A measure or a line of the ledger.
public enum UsageEvent: Sendable, Hashable {
    /// The graph was measured.
    case storage(SizeAt)
    /// The balance of its credits changed.
    case credits(at: Instant, kind: String, operation: String?, amount: AICredits, description: String)

    /// When.
    public var at: Instant {
        switch self {
        case .storage(let size): size.at
        case .credits(let at, _, _, _, _): at
        }
    }

    /// How many are shown.
    public static let limit = 50
}

/// Reads of what graphs used: of measures, ledger and operations, never of a second count (GRA-030).
public protocol UsageReads: Sendable {
    /// The measures of a graph in a time, with the one before it, in their order.
    func sizes(of graph: GraphID, in span: Range<Instant>) async throws -> [SizeAt]

    /// What the engine had counted of it at its rows since an instant, in their order.
    func engineCounters(of graph: GraphID, since instant: Instant) async throws -> [EngineCounters]

    /// What its credits were spent on.
    func creditUse(of graph: GraphID, in span: Range<Instant>) async throws -> CreditsSpent

    /// How work on it went, by the names of kinds.
    func work(on graph: GraphID, in span: Range<Instant>) async throws -> [WorkUse]

    /// Measures and lines of the ledger, the newest first.
    func usageEvents(of graph: GraphID, in span: Range<Instant>, limit: Int) async throws -> [UsageEvent]
}
