public import Core
public import Jobs
public import Orgs

/// The usage and the credits of a month are stored, org by org (OPS-142).
public struct MonthlyReportStored: DomainEvent {
    /// `billing.monthly_report_stored`
    public static let topic = "billing.monthly_report_stored"

    /// An org that used more or less credits than in the month before.
    public struct Change: Codable, Sendable, Hashable {
        /// Which org.
        public let org: Org.ID
        /// What it used, in hundredths of a credit.
        public let used: Int64
        /// What it used in the month before.
        public let usedBefore: Int64

        /// Names a change.
        public init(org: Org.ID, used: Int64, usedBefore: Int64) {
            self.org = org
            self.used = used
            self.usedBefore = usedBefore
        }
    }

    /// Which month, such as `2026-01`.
    public let month: String
    /// How many orgs used something or were given credits.
    public let orgs: Int64
    /// How many graphs were measured.
    public let graphs: Int64
    /// How large all graphs were on average over the days of the month, in bytes.
    public let averageBytes: Int64
    /// The credits that were given, in hundredths.
    public let creditsGranted: Int64
    /// The credits that were used, in hundredths.
    public let creditsUsed: Int64
    /// The largest changes, the largest first.
    public let changes: [Change]

    /// Tells of it.
    public init(
        month: String, orgs: Int64, graphs: Int64, averageBytes: Int64, creditsGranted: Int64, creditsUsed: Int64, changes: [Change]
    ) {
        self.month = month
        self.orgs = orgs
        self.graphs = graphs
        self.averageBytes = averageBytes
        self.creditsGranted = creditsGranted
        self.creditsUsed = creditsUsed
        self.changes = changes
    }

    /// Each month is told on its own.
    public var eventKey: String { month }
}
