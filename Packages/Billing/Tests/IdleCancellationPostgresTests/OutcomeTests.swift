import Audit
import AuditPostgres
import Billing
import BillingPostgres
import Core
import Identity
import IdentityPostgres
import IdleCancellation
import IdleCancellationPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What each outcome counts and records.
@Suite struct OutcomeTests {
    /// The basic counters (idle-cancel.md, section 8) but that of the mails, which whoever writes them counts.
    private static let basic = [
        "cancel_fired_total", "cancel_skipped_total", "reverse_link_total", "reverse_activity_total", "cancel_error_total",
        "drift_corrected_total",
    ]

    /// An outcome, and the one basic counter that it moves.
    enum Outcome: String, CaseIterable, Sendable {
        case calledOff = "trellis_idle_cancel_fired_total"
        case stillActive = #"trellis_idle_cancel_skipped_total{reason="still_active"}"#
        case keptByLink = "trellis_idle_reverse_link_total"
        case keptByUse = "trellis_idle_reverse_activity_total"
        case unknownToTheProvider = "trellis_idle_drift_corrected_total"
    }

    private func counters(_ house: IdleHouse) -> [String: Int] {
        var counters: [String: Int] = [:]
        for line in house.metrics.render().split(separator: "\n")
        where Self.basic.contains(where: { line.hasPrefix("trellis_idle_" + $0) }) {
            let parts = line.split(separator: " ")
            if let name = parts.first, let value = parts.last.flatMap({ Int($0) }) { counters[String(name)] = value }
        }
        return counters
    }

    @Test(arguments: Outcome.allCases)
    func `IDL-073 ADM-062 IDL-T37 each outcome moves exactly one of the basic counters, and by one`(_ outcome: Outcome) async throws {
        try await IdleHouse.with { house in
            let graph =
                switch outcome {
                case .calledOff, .stillActive: try await house.idleGraph()
                case .keptByLink, .keptByUse, .unknownToTheProvider: try await house.calledOff()
                }
            let before = counters(house)
            switch outcome {
            case .calledOff: try await house.advance("2027-04-24T10:00:00Z")
            case .stillActive:
                try await house.use(by: house.member)
                try await house.advance("2027-04-24T10:00:00Z")
            case .keptByLink: #expect(try await house.accept(graph, via: .link, hash: [UInt8](repeating: 9, count: 32)).isReversed)
            case .keptByUse: #expect(try await house.accept(graph, via: .activity).isReversed)
            case .unknownToTheProvider:
                try await house.simulator.call(
                    "POST", "/v1/subscriptions/\(graph.provider.rawValue)", "cancel_at=&metadata[trellis_idle_case]=")
                #expect(try await house.accept(graph, via: .owner).isReversed)
                try await house.advance("2027-04-24T11:00:00Z")
            }
            try await house.worker.drain()
            let moved = counters(house).compactMap { name, value in value == before[name, default: 0] ? nil : name }
            #expect(moved == [outcome.rawValue])
            #expect(counters(house)[outcome.rawValue] == before[outcome.rawValue, default: 0] + 1)
            // No id is in a label: every name is one of a closed list of words.
            #expect(!house.metrics.render().contains(graph.provider.rawValue))
            #expect(!house.metrics.render().contains(graph.id.description))
        }
    }

    @Test
    func `AUD-020 a decision and its reversal by the link are recorded about org, subscription and case`()
        async throws
    {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            _ = try await house.accept(graph, via: .link, hash: [UInt8](repeating: 9, count: 32))
            try await house.worker.drain()
            let found = try await house.idleCase(graph)
            let rows = try await house.database.adminClient.query(
                """
                SELECT e.type, t.risk, e.ref_org = \(house.org) AND e.ref_subscription = \(graph.id) AND e.ref_idle_case = \(found.id) AS is_whole,
                    e.ref_link_use IS NOT NULL AS has_link, e.ref_provider_event IS NOT NULL AS has_event,
                    d.rule_version, d.outcome, d.at, d.facts
                FROM audit.entry e JOIN audit.event_type t ON t.name = e.type
                    LEFT JOIN billing.idle_evaluation d ON d.id = e.ref_decision
                WHERE e.ref_idle_case IS NOT NULL ORDER BY e.occurred_at, e.recorded_at, e.id
                """)
            let told = try rows.map { row in
                "\(try row.decode("type", as: String.self)) \(try row.decode("risk", as: String.self)) \(try row.decode("is_whole", as: Bool.self))"
            }
            #expect(
                Set(told) == [
                    "subscription_auto_canceled medium true", "keep_link_used low true", "subscription_kept low true",
                    "idle_case_confirmed low true", "idle_case_reversing low true",
                ])
            #expect(told.count == 5)
            for row in rows {
                let type = try row.decode("type", as: String.self)
                #expect(try row.decode("has_link", as: Bool.self) == (type == "keep_link_used"))
                if type == "subscription_auto_canceled" {
                    #expect(try row.decode("has_event", as: Bool.self))
                    // The decision says by which version of the rule it was made, when, and from which facts.
                    #expect(try row.decode("rule_version", as: Int32?.self) != nil && row.decode("at", as: Instant?.self) != nil)
                    #expect(try row.decode("outcome", as: String?.self) == "fired")
                    let facts = try row.decode("facts", as: JSONValue?.self)?.objectValue
                    #expect(facts?.isEmpty == false)
                }
            }
            // The usual pair is not written beside them.
            #expect(try await house.entries("subscription_canceled") == 0)
            #expect(try await house.entries("subscription_resumed") == 0)
        }
    }
}
