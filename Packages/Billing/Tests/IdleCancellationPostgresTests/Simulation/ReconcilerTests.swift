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

/// Rows, cases, orders and the provider compared both ways (IDL-074).
@Suite struct ReconcilerTests {
    private func write(_ fleet: IdleFleet, _ statement: Statement) async throws {
        _ = try await fleet.database.adminClient.pipeline(["SELECT set_config('session_replication_role', 'replica', true)", statement])
    }

    /// Eight subscriptions of which the first seven are called off and confirmed.
    private func arrange(_ fleet: IdleFleet) async throws -> [IdleFleet.Payer] {
        let begun = try #require(Instant("2027-04-01T09:00:00Z"))
        let payers = try await fleet.sell(8, begun: begun, startedAt: begun - .days(59))
        try await fleet.use(payers[7])
        try await fleet.use(payers[5])
        #expect(try await fleet.idle.evaluator.sweepMissed(limit: 10) == 8)
        try await fleet.worker.drain()
        #expect(try await fleet.count("SELECT count(*) FROM billing.idle_case WHERE state = 'confirmed'") == 6)
        return payers
    }

    @Test(.timeLimit(.minutes(15)))
    func `IDL-074 each difference is reported with its repair, and nothing is taken back at the provider without a case`() async throws {
        try await IdleFleet.with(at: "2027-04-26T09:00:00Z") { fleet in
            let payers = try await arrange(fleet)
            #expect(try await fleet.idle.reconciler.differences().isEmpty)
            let end = try #require(try await fleet.remote(payers[4]).endsAt)

            try await write(fleet, "DELETE FROM billing.idle_case WHERE subscription_id = \(payers[0].subscription)")
            try await write(
                fleet,
                """
                UPDATE billing.subscription SET status = 'active', canceled_at = NULL, ends_at = NULL, cancellation_type = NULL,
                    cancellation_origin = NULL, cancellation_reason = NULL WHERE id = \(payers[1].subscription)
                """)
            fleet.provider.fail("clear_idle_end", with: .refused(ProviderRefusal(kind: .badRequest, code: "no")))
            let wish = ReversalRequest(
                case: try #require(try await fleet.store.newestCase(of: payers[2].subscription)).id, via: .operator,
                actor: .system(component: "cli"))
            #expect(try await fleet.store.withTransaction(.system) { try await fleet.idle.reversals.accept(wish, in: $0) }.isReversed)
            try await fleet.worker.drain()
            fleet.provider.know([
                try await fleet.remote(payers[3]).ending(at: nil, mark: nil), try await fleet.remote(payers[4]).ending(at: end + .days(2)),
                try await fleet.remote(payers[5]).ending(at: end, mark: IdleCase.ID.make(at: fleet.now).description),
            ])
            let sent = fleet.provider.sentKeys
            let found = try await fleet.idle.reconciler.differences()
            func kinds(_ number: Int) -> [IdleDifference.Kind] { found.filter { $0.object == payers[number].remote }.map(\.kind) }
            #expect(kinds(0) == [.rowWithoutCase, .markWithoutCase])
            #expect(kinds(1) == [.caseWithoutRow])
            #expect(kinds(2) == [.orderLost])
            #expect(kinds(3) == [.notEndingThere])
            #expect(kinds(4) == [.endsOtherwise])
            #expect(kinds(5) == [.markWithoutCase])
            #expect(kinds(6).isEmpty && kinds(7).isEmpty && found.count == 7)
            for difference in found where difference.idleCase == nil { #expect(difference.kind.repair == .decide) }
            #expect(fleet.provider.sentKeys == sent)
            // The nightly look reads each again that this puts right, although their ids look alike in print.
            let context = JobContext.inline(
                dateSource: fleet.clock, effects: PostgresEffectLedger(client: fleet.database.systemClient, dateSource: fleet.clock))
            _ = try await fleet.idle.handlers.reconcile.run(ReconcileIdleEnds(), context: context)
            let looks = try await fleet.count(
                "SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'billing.sync_provider_object'")
            #expect(looks == found.count { $0.kind.repair == .readAgain } && looks == 2)

            // What has no case is still as the provider has it.
            #expect(fleet.provider.effects(of: "clear_idle_end") == 0)
            for number in [0, 5] { #expect(try await fleet.remote(payers[number]).endsAt == end) }
        }
    }

    @Test func `IDL-074 a provider that cannot be read is asked again, and one that refuses is left until the next night`() async throws {
        try await IdleFleet.with(at: "2027-04-26T09:00:00Z") { fleet in
            let context = JobContext.inline(
                dateSource: fleet.clock, effects: PostgresEffectLedger(client: fleet.database.systemClient, dateSource: fleet.clock))
            let job = fleet.idle.handlers.reconcile
            fleet.provider.failReads(with: ProviderFailure(kind: .timeout, detail: "no answer"))
            let silent = try await job.run(ReconcileIdleEnds(), context: context)
            #expect(silent == JobOutcome.retry(after: .seconds(10)))
            fleet.provider.failReads(with: ProviderFailure(kind: .unauthorized, detail: "no"))
            let refused = try await job.run(ReconcileIdleEnds(), context: context)
            #expect(refused == JobOutcome.cancelled(reason: "the provider cannot be compared with"))
            let done = try await job.run(ReconcileIdleEnds(), context: context)
            #expect(done == JobOutcome.completed)
        }
    }
}

extension ProviderSubscription {
    fileprivate func ending(at end: Instant?) -> ProviderSubscription { ending(at: end, mark: terms?.idleMark) }

    fileprivate func ending(at end: Instant?, mark: String?) -> ProviderSubscription {
        var next = ProviderSubscription(
            id: id, customer: customer, status: status, tags: tags, item: item, price: price, period: period, trialEnd: trialEnd,
            endsAt: end, endedAt: endedAt, cancellationReason: cancellationReason, latestInvoice: latestInvoice,
            defaultMethod: defaultMethod)
        next.terms = terms
        next.terms?.idleMark = mark
        next.terms?.isFlagged = end != nil
        if end == nil { next.terms?.canceledAt = nil }
        return next
    }
}
