import Billing
import Core
import Graphs
import Identity
import Notifications
import Orgs
import Testing

/// Who is told of a seat at a shared repository. The clock stands at `Acme.now`.
@Suite struct RepositoryRuleTests {
    private func drafts(
        _ change: RepositoryAccessChanged.Change, _ cause: RepositoryGrant.Cause, of acme: Acme, until end: Instant? = nil,
        occurrence: String = "1"
    ) async throws -> [MailDraft] {
        let grant = RepositoryGrant(
            id: RepositoryGrant.ID(high: 1, low: 8), repository: try #require(ResourceID("sec")), user: acme.ada.id, org: acme.org.id,
            subscription: acme.subscription.id, plan: "starter", access: .read, expiresAt: end,
            state: change == .ended ? .revoked : change == .suspended ? .suspended : .active, cause: cause, createdAt: Acme.now)
        return try await RepositoryAccessChangedRule(facts: acme.facts).drafts(
            for: RepositoryAccessChanged(grant, change), occurrence: occurrence)
    }

    @Test func `NOT-165 a seat that is given, suspended, restored or over is told to its person, and to whoever pays where money is why`()
        async throws
    {
        var acme = try Acme()
        acme.facts.billing = "bills@example.com"
        for change in RepositoryAccessChanged.Change.allCases {
            let told = try await drafts(change, .reconciler, of: acme, until: Acme.now + .days(3))
            #expect(told.addresses == (change == .granted ? ["ada@example.com"] : ["ada@example.com", "bills@example.com"]))
            let context = try #require(told.first?.context as? RepositoryAccessChangedContext)
            #expect(context.repository == "sec" && context.change == change && context.org == "Acme")
            #expect(context.cause == (change == .suspended ? .payment : .subscription))
            // Until when it is open is said of what is open.
            #expect(context.until == (change == .granted || change == .restored ? Acme.now + .days(3) : nil))
            #expect(try await drafts(change, .reconciler, of: acme).map(\.decision) == told.map(\.decision))
            #expect(try await drafts(change, .reconciler, of: acme, occurrence: "2").map(\.decision) != told.map(\.decision))
        }
        for (cause, reason) in [
            (RepositoryGrant.Cause.offBoarding, RepositoryAccessChangedContext.Cause.leaving), (.administrator, .administrator),
        ] {
            let told = try await drafts(.ended, cause, of: acme)
            #expect(told.addresses == ["ada@example.com"])
            #expect((told.first?.context as? RepositoryAccessChangedContext)?.cause == reason)
        }
        // A person who is gone is told nothing, and nobody in that person's place.
        acme.facts.people = []
        #expect(try await drafts(.ended, .offBoarding, of: acme).isEmpty)
        #expect(MailTemplate.repositoryAccessChanged.mailClass == .required)
    }
}
