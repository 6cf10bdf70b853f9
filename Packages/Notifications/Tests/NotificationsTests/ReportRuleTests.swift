import Billing
import Core
import Identity
import Orgs
import Testing

@testable import Notifications

@Suite struct ReportRuleTests {
    @Test func `NOT-205 the report of a month goes to those who run the product, once, with totals, changes and a link to it`() async throws
    {
        var acme = try Acme()
        let gone = Org.ID(high: 9, low: 9)
        let event = MonthlyReportStored(
            month: "2026-01", orgs: 2, graphs: 3, averageBytes: (Int64(5) << 30) + (1 << 29), creditsGranted: 800_000, creditsUsed: 123_405,
            changes: [.init(org: acme.org.id, used: 120_000, usedBefore: 50), .init(org: gone, used: 3_405, usedBefore: 9_000)])
        func drafts() async throws -> [MailDraft] {
            try await MonthlyReportRule(facts: acme.facts).drafts(for: event, occurrence: "1")
        }
        #expect(try await drafts().isEmpty)
        acme.facts.operators = [try #require(MailAddress("billing@example.com"))]
        let draft = try #require(try await drafts().first)
        #expect(try await drafts().map(\.decision) == ["billing.monthly_report_stored/2026-01"])
        #expect([draft].addresses == ["billing@example.com"])
        let context = try #require(draft.context as? MonthlyReportContext)
        #expect(context.storage == "5.5 GiB" && context.creditsGranted == "8000.00" && context.creditsUsed == "1234.05")
        #expect(
            context.changes == [
                .init(org: acme.org.name.description, used: "1200.00", usedBefore: "0.50"),
                .init(org: gone.description, used: "34.05", usedBefore: "90.00"),
            ])
        #expect(context.values["report"] == .link(.consolePage(["billing", "reports", "2026-01"])))
        #expect(MailTemplate.monthlyReport.mailClass == .service)
    }
}
