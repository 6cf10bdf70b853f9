public import Core

/// One walk over everything that the provider has (BIL-125).
public struct ReconciliationRun: Sendable, Hashable, IdentifiedEntity {
    /// The id of a run.
    public typealias ID = Identifier<ReconciliationRun>
    /// `brec_…`
    public static let idPrefix = "brec"

    /// What is walked, in this order.
    public enum Stage: String, Codable, Sendable, CaseIterable {
        /// The provider's subscriptions of any status.
        case subscriptions
        /// The rows that none of them named.
        case rows
        /// The prices that were sold by.
        case prices
        /// Customers with their methods and balances.
        case customers
        /// The provider's invoices of the last weeks.
        case invoices
        /// Its older ones that are open.
        case openInvoices = "open_invoices"
        /// Our older ones that are open.
        case openRows = "open_rows"
        /// What it gave back in the last weeks.
        case refunds
        /// What was contested in the last weeks.
        case disputes

        /// The one that follows; `nil` after the last.
        var next: Stage? {
            let all = Self.allCases
            return all.firstIndex(of: self).flatMap { all.indices.contains($0 + 1) ? all[$0 + 1] : nil }
        }
    }

    /// Its own id.
    public let id: ID
    /// When it began.
    public let startedAt: Instant
    /// When it ended; `nil` while it goes on.
    public var finishedAt: Instant?
    /// What is walked now.
    public var stage: Stage
    /// The last object of it that was looked at, from where a stopped run goes on.
    public var cursor: ProviderID?
    /// How many objects and rows were compared.
    public var compared: Int64
    /// How many differences were found.
    public var found: Int64

    /// Begins a run.
    public init(id: ID, startedAt: Instant) {
        self.id = id
        self.startedAt = startedAt
        stage = .subscriptions
        compared = 0
        found = 0
    }

    /// Whether all of the provider's subscriptions were looked at, so that only rows without one are left.
    public var hasWalkedProvider: Bool { stage != .subscriptions }

    /// From when money is compared: what is older and over changes no more.
    var moneySince: Instant { startedAt + .days(-35) }
}

/// What a run found: its counts and every difference (BIL-125).
public struct ReconciliationReport: Sendable, Hashable {
    /// The run.
    public let run: ReconciliationRun
    /// What was open while it ran, as it stood when it ended; the worst first.
    public let items: [DriftItem]

    /// Makes a report.
    public init(run: ReconciliationRun, items: [DriftItem]) {
        self.run = run
        self.items = items.sorted { left, right in
            (left.category.severity.rank, left.category.rawValue, left.object.rawValue)
                < (right.category.severity.rank, right.category.rawValue, right.object.rawValue)
        }
    }

    /// How many of each category stand in each state.
    public var counts: [DriftItem.Category: [DriftItem.State: Int]] {
        items.reduce(into: [:]) { $0[$1.category, default: [:]][$1.state, default: 0] += 1 }
    }

    /// The report as one object.
    public var json: JSONValue {
        [
            "run": .string(run.id.description), "started_at": .string(run.startedAt.description),
            "finished_at": run.finishedAt.map { .string($0.description) } ?? .null, "compared": .integer(run.compared),
            "found": .integer(run.found),
            "counts": .object(
                counts.reduce(into: [:]) { result, line in
                    let states = line.value.map { ($0.key.rawValue, JSONValue.integer(Int64($0.value))) }
                    result[line.key.rawValue] = .object(Dictionary(uniqueKeysWithValues: states))
                }),
            "differences": .array(items.map(Self.json)),
        ]
    }

    private static func json(_ item: DriftItem) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: zip(columns, fields(item).map { $0.map { .string($0) } ?? .null })))
    }

    /// The differences as a table of RFC 4180, a line each behind the names of the columns.
    public var csv: String {
        let lines = [Self.columns] + items.map { Self.fields($0).map { $0 ?? "" } }
        return lines.map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private static let columns = [
        "id", "category", "severity", "state", "object", "org_id", "subscription_id", "ours", "theirs", "proposed_repair", "found_at",
    ]

    private static func fields(_ item: DriftItem) -> [String?] {
        [
            item.id.description, item.category.rawValue, item.category.severity.rawValue, item.state.rawValue, item.object.rawValue,
            item.org?.description, item.subscription?.description, item.ours, item.theirs, item.category.proposedRepair,
            item.foundAt.description,
        ]
    }

    /// A field that a spreadsheet would take for a formula is made text.
    private static func quoted(_ field: String) -> String {
        let text = field.first.map { "=+-@".contains($0) } == true ? "'" + field : field
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension DriftItem.Severity {
    /// The worst has the lowest.
    var rank: Int {
        switch self {
        case .critical: 0
        case .high: 1
        case .medium: 2
        case .low: 3
        }
    }
}
