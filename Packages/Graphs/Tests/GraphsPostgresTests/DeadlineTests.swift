import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@testable import GraphEngines

/// What becomes of work that has not ended by its deadline. The clock is the deployment's own.
@Suite struct DeadlineTests {
    private func backup(of id: GraphID, _ deployment: Deployment) async throws -> Operations.Operation {
        try await deployment.services.backups.request(
            BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: id, key: nil,
            as: deployment.caller
        ).operation
    }

    /// A restore that was accepted, and nothing of it done.
    private func restore(_ deployment: Deployment) async throws -> (GraphID, Operations.Operation) {
        let id = try await deployment.activeGraph()
        _ = try await backup(of: id, deployment)
        try await deployment.worker.drain()
        let written = try #require(try await deployment.store.backups(of: id).first)
        let operation = try await deployment.services.backups.restore(
            written.id, of: id, confirmation: id.description, key: nil, as: deployment.caller
        ).operation
        return (id, operation)
    }

    /// Has the net look once.
    private func lookForOverdue(_ deployment: Deployment) async throws {
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(CatchOverdueOperations(), .standard) }
        try await deployment.worker.drain()
    }

    /// What nets have caught, as it is shown to operators.
    private func caught(_ deployment: Deployment) -> String {
        deployment.metrics.render().split(separator: "\n").first { $0.hasPrefix("trellis_jobs_net_catch_total") }.map(String.init) ?? "none"
    }

    private func deadline(of operation: Operations.Operation, _ deployment: Deployment) async throws -> Instant {
        try #require(try await deployment.operation(operation.id).deadline)
    }

    @Test func `OPS-030 a restore that has not ended by its deadline is undone before the switch, not one second earlier`() async throws {
        try await Deployment.with { deployment in
            let (id, operation) = try await restore(deployment)
            let deadline = try await deadline(of: operation, deployment)
            #expect(deadline == operation.createdAt + .seconds(4 * 3_900))
            // What was loaded is never as it was written, so that a step waits for its next attempt.
            deployment.engine.fail(.before("loaded"))
            try await deployment.worker.drain()
            try await deployment.database.adminClient.execute(
                "UPDATE jobs.job SET run_at = \(deadline + .hours(1)) WHERE saga_id IS NOT NULL")
            deployment.clock.advance(to: deadline - .seconds(1))
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).phase == .forward)
            #expect(try await deployment.audit("operation_timeout") == 0)
            deployment.clock.advance(by: .seconds(1))
            try await deployment.worker.drain()
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed && failed.failure?.code == "RESTORE_FAILED", "\(failed.message)")
            #expect(try await deployment.sagas("graphs.restore", "compensated") == 1)
            #expect(try await deployment.graph(id).mode == .full)
            #expect(try await deployment.objects(of: id).count { $0.hasPrefix("d:") } == 1)
            for _ in 0..<3 { try await deployment.advance(.minutes(2)) }
            #expect(try await deployment.audit("operation_timeout") == 1)
            #expect(try await deployment.database.adminClient.query("SELECT FROM jobs.job_dead").isEmpty)
        }
    }

    @Test func `OPS-030 behind its point of no return a restore goes on past its deadline, also when nobody knows whether it was passed`()
        async throws
    {
        try await Deployment.with { deployment in
            let (id, operation) = try await restore(deployment)
            let deadline = try await deadline(of: operation, deployment)
            deployment.engine.fail(.lost("switch"))
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).status == .running)
            try await deployment.database.adminClient.execute(
                "UPDATE jobs.job SET run_at = \(deadline + .hours(1)) WHERE saga_id IS NOT NULL")
            deployment.clock.advance(to: deadline)
            try await deployment.worker.drain()
            // It goes on as long as it takes; the rule is applied and told of once, and nothing is left for the net.
            for _ in 0..<3 {
                try await lookForOverdue(deployment)
                deployment.clock.advance(by: .minutes(2))
            }
            let late = try await deployment.operation(operation.id)
            #expect(late.status == .running && late.phase == .forward && late.deadline == nil)
            #expect(try await deployment.audit("operation_timeout") == 1)
            #expect(caught(deployment) == "none")
            deployment.clock.advance(to: deadline + .hours(1))
            try await deployment.worker.drain()
            let done = try await deployment.operation(operation.id)
            #expect(done.status == .completed, "\(done.message)")
            #expect(try await deployment.graph(id).mode == .full)
            #expect(try await deployment.audit("operation_timeout") == 1)
        }
    }

    @Test func `OPS-030 a deadline that passes while a step is at work waits for it, and the next one is not begun`() async throws {
        try await Deployment.with { deployment in
            let (id, operation) = try await restore(deployment)
            let deadline = try await deadline(of: operation, deployment)
            deployment.engine.pause(.before, "loaded") {
                deployment.clock.advance(to: deadline)
                // Another worker meets the deadline now.
                try await deployment.worker.drain()
                #expect(try await deployment.operation(operation.id).phase == .forward)
                #expect(try await deployment.audit("operation_timeout") == 1)
            }
            try await deployment.worker.drain()
            try await deployment.advance(.minutes(1))
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed && failed.failure?.code == "RESTORE_FAILED")
            #expect(failed.steps.first { $0.name == RestoreStep.close.title }?.state == .pending)
            #expect(try await deployment.audit("operation_timeout") == 1)
            #expect(try await deployment.graph(id).mode == .full)
        }
    }

    @Test func `OPS-030 what has nothing to undo ends as failed at its deadline, and its traces are removed`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let operation = try await backup(of: id, deployment)
            let deadline = try await deadline(of: operation, deployment)
            // Whoever writes it is slower than the deadline.
            deployment.engine.pause(.after, "dump") {
                deployment.clock.advance(to: deadline)
                try await deployment.worker.drain()
            }
            try await deployment.worker.drain()
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed && failed.failure?.code == "OPERATION_TIMED_OUT", "\(failed.message)")
            let rows = try await deployment.database.adminClient.query(
                "SELECT status, failure FROM graphs.graph_backup WHERE graph_id = \(id.description)")
            #expect(try rows.map { try $0.decode((String, String).self) }.map { "\($0.0) \($0.1)" } == ["failed it took too long"])
            #expect(try await deployment.archives.stored(after: nil, limit: 10).isEmpty)
            #expect(try await deployment.audit("operation_timeout") == 1)
            #expect(try await deployment.audit("backup_failed") == 1)
            #expect(try await deployment.operation(try await backup(of: id, deployment).id).status == .pending)
        }
    }

    @Test func `OPS-030 OPS-098 a deadline whose job was lost is found by the net, and only then anything is counted as caught`()
        async throws
    {
        try await Deployment.with { deployment in
            let (_, operation) = try await restore(deployment)
            let deadline = try await deadline(of: operation, deployment)
            try await deployment.database.adminClient.execute("DELETE FROM jobs.job")
            deployment.clock.advance(to: deadline + .seconds(59))
            try await lookForOverdue(deployment)
            #expect(caught(deployment) == "none")
            deployment.clock.advance(by: .seconds(1))
            try await lookForOverdue(deployment)
            #expect(caught(deployment) == "trellis_jobs_net_catch_total 1")
            let store = PostgresJobStore(client: deployment.database.systemClient, dateSource: deployment.clock)
            deployment.clock.advance(by: SagaSupervisor.patience)
            #expect(try await SagaSupervisor(store: store, dateSource: deployment.clock).run() == ["graphs.restore"])
            try await lookForOverdue(deployment)
            #expect(try await deployment.operation(operation.id).status == .failed)
            try await lookForOverdue(deployment)
            #expect(caught(deployment) == "trellis_jobs_net_catch_total 1")
        }
    }

    @Test
    func `OPS-030 a graph that was bought again and not paid by the deadline stays closed, and a payment that comes later is given back`()
        async throws
    {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let id = try await deployment.activeGraph()
            try await deployment.suspend(id)
            let running = deployment.provider.runningSubscriptions
            deployment.provider.fail("create_subscription", with: .unknown(ProviderFailure(kind: .timeout)))
            let operation = try await deployment.services.graphs.undelete(id, key: nil, as: deployment.caller).operation
            #expect(try await deadline(of: operation, deployment) == operation.createdAt + .minutes(30))
            try await deployment.database.adminClient.execute(
                "UPDATE jobs.job SET run_at = run_at + interval '40 minutes' WHERE kind_id <> jobs.kind_id('operations.pass_deadline')")
            try await deployment.advance(.minutes(30))
            #expect(try await deployment.operation(operation.id).failure?.code == "OPERATION_TIMED_OUT")
            for _ in 0..<8 { try await deployment.advance(.minutes(11)) }
            #expect(try await deployment.graph(id).status == .suspended)
            #expect(deployment.provider.runningSubscriptions == running)
            // The month that was used up stays paid.
            #expect(deployment.provider.refunded > 0)
            #expect(deployment.provider.collected == deployment.provider.refunded * 2)
        }
    }
}
