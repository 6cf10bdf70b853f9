import Audit
import AuditPostgres
import Billing
import BillingPostgres
import Core
import Cryptography
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

@Suite struct IdleTrailTests {
    /// The types of the entries about idle cases and their guard, in the order in which they were written.
    private func trail(_ house: IdleHouse) async throws -> [String] {
        try await house.database.adminClient.query(
            """
            SELECT type FROM audit.entry WHERE ref_idle_case IS NOT NULL OR ref_control = 'idle_guard' ORDER BY recorded_at, id
            """
        ).map { try $0.decode("type") }
    }

    @Test func `IDL-072 from the decision to the end, and back by a link, every move of a case has an entry`() async throws {
        try await IdleHouse.with { house in
            let graph = try await house.calledOff()
            #expect(try await trail(house) == ["subscription_auto_canceled", "idle_case_confirmed"])
            _ = try await house.accept(graph, via: .link, hash: [UInt8](repeating: 3, count: 32))
            try await house.worker.drain()
            #expect(
                try await trail(house) == [
                    "subscription_auto_canceled", "idle_case_confirmed", "keep_link_used", "idle_case_reversing", "subscription_kept",
                ])
            let vias = try await house.database.adminClient.query(
                "SELECT data->>'via' AS via FROM audit.entry WHERE type IN ('idle_case_reversing', 'subscription_kept')")
            #expect(try vias.map { try $0.decode("via", as: String?.self) } == ["link", "link"])
        }
        try await IdleHouse.with { house in
            _ = try await house.calledOff()
            try await house.advance("2027-05-01T09:00:00Z")
            try await house.advance("2027-05-01T10:00:01Z")
            #expect(try await trail(house).last == "idle_case_completed")
        }
    }

    @Test func `IDL-072 IDL-063 IDL-064 whatever is done to the guard has an entry with who and why, and so have the cases`() async throws {
        var settings = IdleSettings()
        settings.guardPerHour = 0
        try await IdleHouse.with(settings: settings) { house in
            let graph = try await house.idleGraph()
            try await house.advance("2027-04-24T10:00:00Z")
            #expect(try await trail(house).sorted() == ["idle_case_held", "idle_guard_changed"])
            try await house.idle.guardian.stop(reason: "it is open already", by: "ops")
            #expect(try await house.entries("idle_guard_changed") == 1)
            #expect(try await house.idle.guardian.discard(by: "ops") == 1)
            #expect(try await house.idleCase(graph).state == .lapsed)
            try await house.idle.guardian.stop(reason: "for the night", by: "ops")
            _ = try await house.idle.guardian.release(.all, by: "ops")
            let rows = try await house.database.adminClient.query(
                "SELECT data FROM audit.entry WHERE type = 'idle_guard_changed' ORDER BY recorded_at, id")
            let told = try rows.map { try $0.decode("data", as: JSONValue.self) }
            #expect(told.map { $0["action"]?.stringValue } == ["opened", "discarded", "stopped", "released"])
            #expect(told.map { $0["operator"]?.stringValue } == [nil, "ops", "ops", "ops"])
            #expect(told[2]["reason"] == "for the night")
            #expect(try await house.entries("idle_case_lapsed") == 1)
        }
    }

    @Test
    func `IDL-072 an undo goes on where a limit ended it, tells of what has ended, and each run has an entry`()
        async throws
    {
        try await IdleHouse.with { house in
            var graphs: [IdleHouse.Graph] = []
            try await house.use(by: house.member, at: Instant("2027-02-08T12:00:00Z"))
            house.clock.advance(to: try #require(Instant("2027-03-01T09:00:00Z")))
            for number in 0..<5 {
                graphs.append(try await house.buyGraph("kg0123456789abcdef012\(number)"))
                // With a usable card on file there is no hosted page; the next purchase brings another card.
                if number < 4 {
                    try await house.database.adminClient.execute("UPDATE billing.payment_method SET expiry_month = 1, expiry_year = 2020")
                }
            }
            for date in ["2027-03-25T10:00:00Z", "2027-04-01T12:00:00Z", "2027-04-24T10:00:00Z"] { try await house.advance(date) }
            for graph in graphs { #expect(try await house.idleCase(graph).state == .confirmed) }
            // One of them has ended meanwhile.
            try await house.cancel(graphs[4], origin: .admin, mode: .immediate)
            try await house.worker.drain()
            func request(validatesOnly: Bool = false, limit: Int = 100, reason: String = "our own mistake") throws -> UndoRequest {
                UndoRequest(
                    from: try #require(Instant("2027-04-24T00:00:00Z")), until: try #require(Instant("2027-04-25T00:00:00Z")),
                    reason: reason, validatesOnly: validatesOnly, limit: limit, operator: .commandLine("ops"))
            }
            await #expect(throws: IdleOperationRefused.reasonMissing) { try await house.idle.operations.undo(request(reason: "oops")) }
            let outlook = try await house.idle.operations.undo(request(validatesOnly: true))
            #expect(outlook.count(.wouldReverse) == 4 && outlook.count(.overridden) == 1)
            #expect(try await house.entries("idle_undo_run") == 0)
            #expect(try await house.idleCase(graphs[0]).state == .confirmed)

            try await house.simulator.control("DELETE", "/transcript")
            #expect(try await house.idle.operations.undo(request(limit: 2)).count(.reversed) == 2)
            let rest = try await house.idle.operations.undo(request())
            #expect(rest.count(.reversed) == 2 && rest.count(.already) == 2 && rest.count(.overridden) == 1)
            try await house.worker.drain()
            #expect(try await house.idle.operations.undo(request()).count(.reversed) == 0)
            for graph in graphs.prefix(4) {
                let kept = try await house.idleCase(graph)
                #expect(kept.state == .kept && kept.via == .operator)
                #expect(try await house.subscription(graph.id).status == .active)
                #expect(try await house.simulator.updates(of: graph.provider).count == 1)
            }
            #expect(try await house.entries("idle_undo_run") == 3)
        }
    }
}
