/// Usage and credits of a month, for those who run the product (NOT-205).
public struct MonthlyReportContext: MailContext {
    /// `monthly_report`
    public static let template = MailTemplate.monthlyReport
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("month", .text),
        .mandatory("orgs", .integer),
        .mandatory("graphs", .integer),
        .mandatory("storage", .text),
        .mandatory("credits_granted", .text),
        .mandatory("credits_used", .text),
        .optional("changes", .list([.required("org", .text), .required("used", .text), .required("used_before", .text)])),
        .mandatory("report", .link),
    ]

    /// An org that used more or less credits than in the month before.
    public struct Change: Codable, Sendable, Hashable {
        /// The name of the org.
        public let org: String
        /// What it used.
        public let used: String
        /// What it used in the month before.
        public let usedBefore: String

        /// Names a change.
        public init(org: String, used: String, usedBefore: String) {
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
    /// How large they were on average.
    public let storage: String
    /// The credits that were given.
    public let creditsGranted: String
    /// The credits that were used.
    public let creditsUsed: String
    /// The largest changes, the largest first.
    public let changes: [Change]

    /// Makes the values.
    public init(
        month: String, orgs: Int64, graphs: Int64, storage: String, creditsGranted: String, creditsUsed: String, changes: [Change]
    ) {
        self.month = month
        self.orgs = orgs
        self.graphs = graphs
        self.storage = storage
        self.creditsGranted = creditsGranted
        self.creditsUsed = creditsUsed
        self.changes = changes
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "month": .text(month), "orgs": .integer(orgs), "graphs": .integer(graphs), "storage": .text(storage),
            "credits_granted": .text(creditsGranted), "credits_used": .text(creditsUsed),
            "changes": changes.isEmpty
                ? .absent
                : .list(changes.map { ["org": .text($0.org), "used": .text($0.used), "used_before": .text($0.usedBefore)] }),
            "report": .link(.consolePage(["billing", "reports", month])),
        ]
    }
}
