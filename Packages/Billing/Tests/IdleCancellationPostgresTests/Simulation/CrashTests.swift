import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import FoundationEssentials
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

/// Processes that are killed while they write a decision, or right after they have answered.
@Suite struct IdleCrashTests {
    /// The writes of a decision (IDL-023), and its commit.
    enum Write: String, CaseIterable, Sendable {
        case evaluation = "AFTER INSERT ON billing.idle_evaluation"
        case idleCase = "AFTER INSERT ON billing.idle_case"
        case row = "AFTER UPDATE ON billing.subscription"
        case intent = "AFTER INSERT ON billing.intent"
        case entry = "AFTER INSERT ON audit.entry"
        case event = "AFTER INSERT ON jobs.event"
        case job = "AFTER INSERT ON jobs.job"
        case mail = "AFTER INSERT ON public.told"
        case commit = "AFTER INSERT ON billing.idle_case DEFERRABLE INITIALLY DEFERRED"
    }

    /// An idle subscription in its second period, five days before its renewal, found by the search.
    private func idlePayer(_ fleet: IdleFleet) async throws -> IdleFleet.Payer {
        let begun = try #require(Instant("2027-04-01T09:00:00Z"))
        let payers = try await fleet.sell(1, begun: begun, startedAt: begun - .days(59))
        #expect(try await fleet.idle.evaluator.sweepMissed(limit: 10) == 1)
        return try #require(payers.first)
    }

    private func leftovers(_ fleet: IdleFleet) async throws -> [Int] {
        var counts: [Int] = []
        for statement in [
            "SELECT count(*) FROM billing.idle_evaluation", "SELECT count(*) FROM billing.idle_case", "SELECT count(*) FROM billing.intent",
            "SELECT count(*) FROM billing.subscription WHERE status = 'canceled'",
            "SELECT count(*) FROM audit.entry WHERE type = 'subscription_auto_canceled'",
            "SELECT count(*) FROM jobs.event WHERE topic = 'billing.subscription_ending'",
            "SELECT count(*) FROM public.told WHERE word = 'hold'",
            """
            SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name IN ('billing.watch_idle_end', 'billing.end_access')
            """,
        ] as [Statement] { counts.append(try await fleet.count(statement)) }
        return counts
    }

    @Test(.timeLimit(.minutes(15)), arguments: Write.allCases)
    func `IDL-T15 IDL-024 a process killed at any write of a decision, or at its commit, leaves nothing of it; then it is made once`(
        _ write: Write
    ) async throws {
        try await IdleFleet.with(at: "2027-04-26T09:00:00Z") { fleet in
            let payer = try await idlePayer(fleet)
            let before = try await leftovers(fleet)
            // The connection of whoever writes this row about a decision ends there and then, as it does when the process is killed.
            let isAboutADecision =
                switch write {
                case .entry, .event, .job, .row, .intent:
                    "IF NOT EXISTS (SELECT FROM billing.idle_evaluation WHERE xmin = pg_current_xact_id()::xid) THEN RETURN NULL; END IF;"
                case .evaluation, .idleCase, .mail, .commit: ""
                }
            _ = try await fleet.database.adminClient.pipeline([
                Statement(
                    """
                    CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
                    BEGIN \(isAboutADecision) PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$
                    """, []),
                Statement(
                    "CREATE \(write == .commit ? "CONSTRAINT " : "")TRIGGER die \(write.rawValue) FOR EACH ROW EXECUTE FUNCTION public.die()",
                    []),
            ])
            _ = try? await fleet.worker.drain()
            #expect(try await leftovers(fleet) == before, "\(write)")
            #expect(try await fleet.subscription(payer).status == .active)
            #expect(fleet.provider.effects(of: "set_idle_end") == 0)

            try await fleet.database.adminClient.execute("DROP FUNCTION public.die CASCADE")
            try await fleet.database.rescueJobs()
            fleet.clock.advance(by: .minutes(2))
            let next = try await fleet.restarted()
            try await next.worker.drain()
            try await expectEndedOnce(next, payer)
        }
    }

    @Test(.timeLimit(.minutes(15)), arguments: [false, true])
    func `IDL-T15 IDL-024 a process killed while it sends its order or waits for the answer leaves one effect, and one word to people`(
        isDoneThere: Bool
    ) async throws {
        try await IdleFleet.with(at: "2027-04-26T09:00:00Z") { fleet in
            let payer = try await idlePayer(fleet)
            let gate = fleet.provider.holdCommand("set_idle_end", afterEffect: isDoneThere)
            let dying = Task { _ = try? await fleet.worker.drain() }
            await gate.isReached()
            try await fleet.database.killConnections()
            try await fleet.database.rescueJobs()
            let next = try await fleet.restarted()
            for _ in 0..<3 {
                fleet.clock.advance(by: .minutes(20))
                try await next.worker.drain()
            }
            // What was on the wire arrives all the same, after another process has asked for it.
            gate.open()
            await dying.value
            fleet.clock.advance(by: .minutes(20))
            try await next.worker.drain()
            try await expectEndedOnce(next, payer)
        }
    }

    private func expectEndedOnce(_ fleet: IdleFleet, _ payer: IdleFleet.Payer) async throws {
        #expect(try await fleet.store.newestCase(of: payer.subscription)?.state == .confirmed)
        #expect(try await leftovers(fleet).prefix(7) == [1, 1, 1, 1, 1, 1, 1])
        #expect(try await fleet.told("release") == 1)
        #expect(fleet.provider.effects(of: "set_idle_end") == 1)
        #expect(Set(fleet.provider.sentKeys).count == 1)
        #expect(try await fleet.remote(payer).endsAt == (try await fleet.subscription(payer).endsAt))
    }

    /// How a reversal is asked for by somebody who waits for the answer.
    enum Response: CaseIterable, Sendable {
        case link, use, owner, `operator`
    }

    @Test(.timeLimit(.minutes(15)), arguments: Response.allCases)
    func `IDL-T49 IDL-041 a reversal whose process is killed right after its response settles after the restart`(_ response: Response)
        async throws
    {
        try await IdleFleet.with(at: "2027-04-26T09:00:00Z") { fleet in
            let payer = try await idlePayer(fleet)
            try await fleet.worker.drain()
            let found = try #require(try await fleet.store.newestCase(of: payer.subscription))
            #expect(found.state == .confirmed)
            fleet.clock.advance(by: .hours(1))
            switch response {
            case .link:
                let request = ReversalRequest(
                    case: found.id, via: .link, actor: .link(AuditReference(found.id)), tokenHash: [UInt8](repeating: 5, count: 32))
                #expect(
                    try await fleet.store.withTransaction(.system) { try await fleet.idle.reversals.accept(request, in: $0) }.isReversed)
            case .use:
                // The statement that a request waits for.
                _ = try await fleet.database.client.query(
                    "SELECT identity.record_pending_activity(\(payer.owner), NULL, 1, \(payer.key), \(fleet.now))")
            case .owner:
                // The order stands with the answer; who carries it out is another matter.
                let row = try await fleet.billing.subscriptions.uncancel(
                    UncancelSubscription(subscription: payer.subscription, by: .person(payer.owner)))
                #expect(row.id == payer.subscription)
            case .operator:
                let report = try await fleet.idle.operations.undo(
                    UndoRequest(
                        from: found.createdAt, until: fleet.now, reason: "a mistake of our own", validatesOnly: false, limit: 10,
                        operator: .commandLine("ops")))
                #expect(report.count(.reversed) == 1)
            }
            try await fleet.database.killConnections()
            try await fleet.database.rescueJobs()
            let next = try await fleet.restarted()
            for _ in 0..<3 {
                try await next.worker.drain()
                fleet.clock.advance(by: .minutes(2))
            }
            #expect(try await next.store.newestCase(of: payer.subscription)?.state == .kept)
            #expect(try await next.subscription(payer).status == .active)
            #expect(try await next.remote(payer).endsAt == nil)
            #expect(next.provider.effects(of: "clear_idle_end") == 1)
            #expect(try await next.told("kept") == 1)
        }
    }
}
