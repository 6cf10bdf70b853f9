public import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// The report of a month is stored (NOT-205).
public struct MonthlyReportRule: MailRule {
    /// `notifications.monthly_report`
    public static let name = "notifications.monthly_report"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// One mail for each month to those who run the product; an org that is gone is told by its id.
    public func drafts(for event: MonthlyReportStored, occurrence: String) async throws -> [MailDraft] {
        guard !facts.operators.isEmpty else { return [] }
        var changes: [MonthlyReportContext.Change] = []
        for change in event.changes {
            let name = try await facts.org(change.org)?.name.description ?? change.org.description
            changes.append(
                MonthlyReportContext.Change(
                    org: name, used: Self.credits(change.used), usedBefore: Self.credits(change.usedBefore)))
        }
        let context = MonthlyReportContext(
            month: event.month, orgs: event.orgs, graphs: event.graphs, storage: Self.gibibytes(event.averageBytes),
            creditsGranted: Self.credits(event.creditsGranted), creditsUsed: Self.credits(event.creditsUsed), changes: changes)
        return [
            MailDraft(
                decision: "\(MonthlyReportStored.topic)/\(event.month)", context: context, about: [],
                recipients: facts.operators.map { MailRecipient(address: $0, user: nil, locale: nil, reason: "you run the product") })
        ]
    }

    /// Hundredths of a credit as people read them.
    private static func credits(_ hundredths: Int64) -> String {
        let (whole, part) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        return "\(hundredths < 0 ? "-" : "")\(whole).\(part < 10 ? "0" : "")\(part)"
    }

    private static func gibibytes(_ bytes: Int64) -> String {
        let tenths = bytes / 107_374_182
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
