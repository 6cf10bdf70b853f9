import Audit
import Billing
import Core
import Graphs
import Identity
import Orgs
import Testing

@testable import Notifications

@Suite struct CareRuleTests {
    /// Acme with its graph, which Eve administers.
    private func acme(admins: [(String, UInt64)] = [("eve@example.com", 7)]) throws -> (Acme, GraphFactsOfEvent) {
        var acme = try Acme()
        let graph = Graph(
            id: try #require(GraphID("kg0123456789abcdef0123")), org: acme.org.id, kind: .generic, createdBy: acme.ada.id,
            createdAt: Acme.now, provisioning: .init(high: 1, low: 1), name: "sales", description: "", tags: [], extensions: [],
            customSchema: nil, initialEntity: nil, tier: .standard, subscription: acme.subscription.id, host: nil, status: .active,
            statusSince: Acme.now, statusReason: nil, mode: .none, accessEpoch: 0, purgeAt: nil, isDeleteProtected: false)
        acme.facts.graphs = [graph]
        acme.facts.graphAdmins = admins.map { email, id in
            GraphMember(
                user: User.ID(high: 1, low: id), name: email, email: email, role: .admin, source: .explicit, grantedAt: Acme.now)
        }
        return (acme, GraphFactsOfEvent(graph))
    }

    private let gibibyte = Int64(1) << 30

    @Test func `NOT-158 a graph that fills up is told at both stages to those who administer it, each time that it is told of`()
        async throws
    {
        let (acme, facts) = try acme()
        let rule = CapacityWarningRule(facts: acme.facts)
        var decisions: Set<String> = []
        for (percent, used, isFull, occurrence) in [(80, "8.5 GiB", false, "1"), (100, "10.1 GiB", true, "2"), (80, "8.5 GiB", false, "3")]
        {
            let bytes = isFull ? gibibyte * 10 + gibibyte / 8 : gibibyte * 17 / 2
            let drafts = try await rule.drafts(
                for: StorageThresholdReached(facts: facts, percent: percent, bytes: bytes, cap: gibibyte * 10), occurrence: occurrence)
            #expect(drafts.addresses == ["eve@example.com"])
            let context = try #require(drafts.first?.context as? CapacityWarningContext)
            #expect(context.percent == Int64(percent) && context.used == used && context.limit == "10 GiB" && context.isFull == isFull)
            decisions.formUnion(drafts.map(\.decision))
        }
        #expect(decisions.count == 3)
        let (lonely, own) = try self.acme(admins: [])
        let drafts = try await CapacityWarningRule(facts: lonely.facts).drafts(
            for: StorageThresholdReached(facts: own, percent: 80, bytes: 8, cap: 10), occurrence: "1")
        #expect(drafts.addresses == ["ada@example.com", "bob@example.com"])
    }

    @Test(arguments: [
        (Int64(0), "0 bytes"), (1_023, "1023 bytes"), (1_024, "1 KiB"), (1_536, "1.5 KiB"), (1 << 30, "1 GiB"), (3 << 40, "3 TiB"),
    ])
    func `sizes are in the largest unit of which there is a whole one`(bytes: Int64, text: String) {
        #expect(CapacityWarningRule.text(bytes: bytes) == text)
    }

    @Test(arguments: [
        (GraphBackup.Initiator.user, 0, true), (.scheduled, 1, false), (.scheduled, 2, true), (.scheduled, 3, true), (.system, 0, false),
        (.final, 0, false),
    ])
    func `NOT-161 a requested backup that failed is told, and nightly ones from the second night in a row on`(
        initiator: GraphBackup.Initiator, nights: Int, isTold: Bool
    ) async throws {
        let (acme, facts) = try acme()
        let event = BackupFailed(
            facts: facts, backup: .init(high: 1, low: 4), initiator: initiator, requestedBy: initiator == .user ? acme.ada.id : nil,
            nights: nights)
        let drafts = try await BackupFailedRule(facts: acme.facts).drafts(for: event, occurrence: "1")
        guard isTold else {
            #expect(drafts.isEmpty)
            return
        }
        #expect(drafts.addresses == (initiator == .user ? ["ada@example.com", "eve@example.com"] : ["eve@example.com"]))
        let context = try #require(drafts.first?.context as? BackupFailedContext)
        #expect(context.isNightly == (initiator == .scheduled) && context.nights == Int64(nights))
    }

    @Test func `NOT-162 a graph without a recent backup is told once for each day to those who administer it and to operators`()
        async throws
    {
        let (plain, facts) = try self.acme()
        var acme = plain
        acme.facts.operators = [try #require(MailAddress("ops@example.com"))]
        let rule = BackupMissingRule(facts: acme.facts)
        let drafts = try await rule.drafts(for: BackupMissing(facts: facts, day: "2026-03-01"), occurrence: "1")
        #expect(drafts.addresses == ["eve@example.com", "ops@example.com"] && drafts.first?.context is BackupMissingContext)
        let again = try await rule.drafts(for: BackupMissing(facts: facts, day: "2026-03-01"), occurrence: "2")
        let next = try await rule.drafts(for: BackupMissing(facts: facts, day: "2026-03-02"), occurrence: "3")
        #expect(again.map(\.decision) == drafts.map(\.decision) && next.map(\.decision) != drafts.map(\.decision))
    }

    @Test func `a restore is told to whoever asked and to those who administer the graph, whether it succeeded or not`() async throws {
        let (acme, facts) = try acme()
        let (backup, copy) = (GraphBackup.ID(high: 1, low: 4), GraphBackup.ID(high: 1, low: 5))
        let done = try await BackupRestoredRule(facts: acme.facts).drafts(
            for: BackupRestored(facts: facts, backup: backup, safetyCopy: copy, requestedBy: acme.ada.id), occurrence: "1")
        let failed = try await BackupRestoreFailedRule(facts: acme.facts).drafts(
            for: BackupRestoreFailed(facts: facts, backup: backup, requestedBy: acme.ada.id), occurrence: "2")
        for (drafts, safetyCopy) in [(done, copy.description as String?), (failed, nil)] {
            #expect(drafts.addresses == ["ada@example.com", "eve@example.com"])
            let context = try #require(drafts.first?.context as? RestoreFinishedContext)
            #expect(context.backup == backup.description && context.safetyCopy == safetyCopy && context.hasFailed == (safetyCopy == nil))
        }
    }

    @Test func `NOT-163 GRA-126 GRA-102 owners and those who administer a graph of a lost host are told the time of its data`() async throws
    {
        let (acme, facts) = try acme()
        let (backup, asOf) = (GraphBackup.ID(high: 1, low: 4), Acme.now - .hours(7))
        let drafts = try await GraphRecoveredRule(facts: acme.facts).drafts(
            for: GraphRecovered(facts: facts, backup: backup, dataAsOf: asOf, hasEndedLogins: true), occurrence: "1")
        #expect(Set(drafts.addresses).isSuperset(of: ["ada@example.com", "eve@example.com"]))
        let context = try #require(drafts.first?.context as? HostRecoveryContext)
        #expect(context.dataAsOf == asOf && context.backup == backup.description && context.hasEndedLogins)
        #expect(MailTemplate.hostRecovery.mailClass == .required)
    }

    @Test func `a graph that is on another host is told when its address changed or logins ended, and not otherwise`() async throws {
        let (acme, facts) = try acme()
        let rule = GraphMovedRule(facts: acme.facts)
        let address = HostAddress(host: "graphs-2.example.com", port: 5_432)
        let drafts = try await rule.drafts(for: GraphMoved(facts: facts, address: address, hasEndedLogins: false), occurrence: "1")
        #expect(Set(drafts.addresses).isSuperset(of: ["ada@example.com", "eve@example.com"]))
        let context = try #require(drafts.first?.context as? GraphMovedContext)
        #expect(context.address == "graphs-2.example.com:5432" && !context.hasEndedLogins)
        let ended = try await rule.drafts(for: GraphMoved(facts: facts, address: nil, hasEndedLogins: true), occurrence: "2")
        #expect((ended.first?.context as? GraphMovedContext)?.hasEndedLogins == true)
        #expect(try await rule.drafts(for: GraphMoved(facts: facts, address: nil, hasEndedLogins: false), occurrence: "3").isEmpty)
    }

    @Test func `NOT-166 an endpoint that fails or was switched off is told to those who run the org, once for each outage`() async throws {
        var acme = try Acme()
        acme.facts.allAdmins = acme.facts.allOwners
        let endpoint = WebhookEndpoint.ID(high: 1, low: 8)
        let failing = WebhookEndpointFailing(endpoint: endpoint, org: acme.org.id, host: "hooks.example.com", since: Acme.now, status: 500)
        let rule = WebhookEndpointFailingRule(facts: acme.facts)
        let drafts = try await rule.drafts(for: failing, occurrence: "1")
        #expect(drafts.addresses == ["ada@example.com", "bob@example.com"])
        let context = try #require(drafts.first?.context as? WebhookEndpointFailingContext)
        #expect(context.host == "hooks.example.com" && context.since == Acme.now && context.answer == "the status 500")
        #expect(try await rule.drafts(for: failing, occurrence: "2").map(\.decision) == drafts.map(\.decision))
        let off = try await WebhookEndpointDisabledRule(facts: acme.facts).drafts(
            for: WebhookEndpointDisabled(
                endpoint: endpoint, org: acme.org.id, host: "hooks.example.com", reason: "it answered 410: it is gone"),
            occurrence: "3")
        #expect(off.addresses == ["ada@example.com", "bob@example.com"])
        #expect((off.first?.context as? WebhookEndpointDisabledContext)?.cause == "it answered 410: it is gone")
    }

    @Test func `NOT-156 a contested payment is told to whoever pays, to the owners and to operators, once`() async throws {
        var (acme, _) = try acme()
        acme.facts.billing = "bills@example.com"
        acme.facts.operators = [try #require(MailAddress("ops@example.com"))]
        let dispute = Dispute(
            id: .init(high: 1, low: 6), org: acme.org.id, invoice: .init(high: 1, low: 9), payment: ProviderID("pi_1"),
            provider: ProviderID("du_1"), amount: Money(minorUnits: 4_900, currency: .usd), reason: "fraudulent", status: .open)
        let rule = DisputeOpenedRule(facts: acme.facts)
        let drafts = try await rule.drafts(for: DisputeOpened(dispute), occurrence: "1")
        #expect(drafts.addresses == ["bills@example.com", "ada@example.com", "bob@example.com", "ops@example.com"])
        let context = try #require(drafts.first?.context as? DisputeOpenedContext)
        #expect(context.amount == dispute.amount && context.number == nil)
        #expect(drafts.first?.about == [AuditReference(acme.org.id), AuditReference(dispute.id)])
        #expect(try await rule.drafts(for: DisputeOpened(dispute), occurrence: "2").map(\.decision) == drafts.map(\.decision))
    }
}
