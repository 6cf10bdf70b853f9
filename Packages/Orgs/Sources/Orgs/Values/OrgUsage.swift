public import Core

/// What was used, as it is stored: credits in hundredths, storage in bytes.
public struct OrgUsageRows: Sendable, Hashable {
    /// The use of a graph on a day.
    public struct Day: Sendable, Hashable {
        /// The graph.
        public let graph: String
        /// The day, UTC.
        public let day: CalendarDate
        /// Hundredths of credits.
        public let credits: Int64
        /// Operations of artificial intelligence.
        public let aiOperations: Int64

        /// Makes a day.
        public init(graph: String, day: CalendarDate, credits: Int64, aiOperations: Int64) {
            self.graph = graph
            self.day = day
            self.credits = credits
            self.aiOperations = aiOperations
        }
    }

    /// A graph that exists, or ended within the window.
    public struct Graph: Sendable, Hashable {
        /// The graph.
        public let id: String
        /// Its name.
        public let name: String
        /// Hundredths of credits left; `nil` without a pool.
        public let creditsAvailable: Int64?
        /// Hundredths of credits allotted; `nil` without a pool.
        public let creditsAllocated: Int64?
        /// Bytes stored now.
        public let storageBytes: Int64
        /// Whether it is gone.
        public let hasEnded: Bool

        /// Makes a graph.
        public init(
            id: String, name: String, creditsAvailable: Int64?, creditsAllocated: Int64?, storageBytes: Int64, hasEnded: Bool
        ) {
            self.id = id
            self.name = name
            self.creditsAvailable = creditsAvailable
            self.creditsAllocated = creditsAllocated
            self.storageBytes = storageBytes
            self.hasEnded = hasEnded
        }
    }

    /// Days of use, in order.
    public let days: [Day]
    /// The graphs.
    public let graphs: [Graph]

    /// Makes rows.
    public init(days: [Day], graphs: [Graph]) {
        self.days = days
        self.graphs = graphs
    }
}

/// The usage of an org over a window of whole days (ORG-079): sums of integers, so that days, graphs and total always agree.
public struct OrgUsage: Sendable, Hashable {
    /// The use of one graph.
    public struct GraphUsage: Sendable, Hashable {
        /// The graph.
        public let graph: OrgUsageRows.Graph
        /// Hundredths of credits.
        public let credits: Int64
        /// Operations of artificial intelligence.
        public let aiOperations: Int64
    }

    /// The first day.
    public let firstDay: CalendarDate
    /// How many days.
    public let dayCount: Int
    /// By graph.
    public let graphs: [GraphUsage]
    /// Hundredths of credits of each day; days without use are there with 0.
    public let days: [(day: CalendarDate, credits: Int64)]

    /// Sums rows over a window.
    public init(summarising rows: OrgUsageRows, from firstDay: CalendarDate, days count: Int) {
        self.firstDay = firstDay
        dayCount = count
        var byDay: [CalendarDate: Int64] = [:]
        var byGraph: [String: (credits: Int64, operations: Int64)] = [:]
        for row in rows.days {
            byDay[row.day, default: 0] += row.credits
            byGraph[row.graph, default: (0, 0)].credits += row.credits
            byGraph[row.graph, default: (0, 0)].operations += row.aiOperations
        }
        graphs = rows.graphs.map { graph in
            let use = byGraph[graph.id] ?? (0, 0)
            return GraphUsage(graph: graph, credits: use.credits, aiOperations: use.operations)
        }
        days = (0..<count).map { offset in
            let day = CalendarDate(daysSinceEpoch: firstDay.daysSinceEpoch + offset)
            return (day, byDay[day] ?? 0)
        }
    }

    /// Hundredths of credits of the whole window.
    public var totalCredits: Int64 { days.reduce(0) { $0 + $1.credits } }
    /// Operations of the whole window.
    public var totalAIOperations: Int64 { graphs.reduce(0) { $0 + $1.aiOperations } }
    /// Bytes stored now.
    public var totalStorageBytes: Int64 { graphs.reduce(0) { $0 + $1.graph.storageBytes } }

    /// Whether two reports say the same.
    public static func == (left: OrgUsage, right: OrgUsage) -> Bool {
        left.firstDay == right.firstDay && left.graphs == right.graphs && left.days.map(\.credits) == right.days.map(\.credits)
    }

    /// Mixes the window and the total.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(firstDay)
        hasher.combine(totalCredits)
    }
}
