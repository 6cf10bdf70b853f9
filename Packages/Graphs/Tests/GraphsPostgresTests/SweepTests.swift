import Audit
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
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@testable import GraphEngines
@testable import JobsPostgres

/// The nets under jobs that wait for an instant: every one of those is lost, and what was due happens all the same.
@Suite struct SweepTests {
    private func loseJobs(_ deployment: Deployment) async throws {
        try await deployment.database.adminClient.execute("DELETE FROM jobs.job")
    }

    private func sweep(_ deployment: Deployment) async throws {
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepDueGraphs(), .standard) }
        try await deployment.worker.drain()
    }

    private func ending(_ deployment: Deployment) async throws -> (id: GraphID, endsAt: Instant) {
        let id = try await deployment.activeGraph()
        return (id, try await deployment.cancelAtPeriodEnd(id))
    }

    @Test func `GRA-055 OPS-100 an ended subscription closes the graph at the next of the five minutes, once`()
        async throws
    {
        let schedule = try #require(SweepDueGraphs.schedule)
        #expect(schedule.cron.next(after: start) == start + .minutes(5))
        #expect(ReconcileGraph.lane == .lifecycle)
        try await Deployment.with { deployment in
            let (id, endsAt) = try await ending(deployment)
            try await loseJobs(deployment)
            deployment.clock.advance(to: endsAt - .seconds(1))
            try await sweep(deployment)
            #expect(try await deployment.graph(id).status == .active)
            deployment.clock.advance(to: endsAt)
            // Two that sweep at once find one and the same job.
            try await deployment.store.withTransaction(.system) { transaction in
                for due in try await deployment.store.dueGraphs(at: endsAt, limit: 10) {
                    let options = JobOptions(uniqueKey: due.graph.description)
                    #expect(try await transaction.outcome(ofEnqueuing: ReconcileGraph(graph: due.graph), options) != .alreadyQueued)
                    #expect(try await transaction.outcome(ofEnqueuing: ReconcileGraph(graph: due.graph), options) == .alreadyQueued)
                }
            }
            try await sweep(deployment)
            #expect(try await deployment.graph(id).status == .suspended)
            #expect(try await deployment.graph(id).purgeAt == endsAt + .days(7))
            try await sweep(deployment)
            #expect(try await deployment.auditTypes(of: id).count(where: { $0 == "graph_suspended" }) == 1)
        }
    }

    @Test func `OPS-101 a graph past its time is destroyed by the sweep, a held one is not, and a protected one is told of once`()
        async throws
    {
        try await Deployment.with { deployment in
            let (id, endsAt) = try await ending(deployment)
            deployment.clock.advance(to: endsAt)
            try await deployment.worker.drain()
            try await loseJobs(deployment)
            func set(_ change: Statement) async throws {
                try await deployment.database.adminClient.execute("UPDATE graphs.graph SET \(fragment: change)")
            }
            try await set("delete_protected = true")
            deployment.clock.advance(to: endsAt + .days(7) - .seconds(1))
            try await sweep(deployment)
            #expect(try await deployment.audit("graph_purge_deferred") == 0)
            deployment.clock.advance(by: .seconds(1))
            for _ in 0..<3 { try await sweep(deployment) }
            #expect(try await deployment.graph(id).status == .suspended)
            #expect(try await deployment.audit("graph_purge_deferred") == 1)
            try await set("delete_protected = false, purge_hold = 'law'")
            for _ in 0..<2 { try await sweep(deployment) }
            #expect(try await deployment.graph(id).status == .suspended)
            try await set("purge_hold = NULL")
            try await sweep(deployment)
            #expect(try await deployment.graph(id).status == .deprovisioned)
            try await sweep(deployment)
            #expect(try await deployment.auditTypes(of: id).count(where: { $0 == "graph_teardown_started" }) == 1)
        }
    }

    @Test func `OPS-102 a creation without room waits for it for a day, one with room is done within an hour, and else all is given back`()
        async throws
    {
        try await Deployment.with { deployment in
            try await deployment.payByCard()
            let store = PostgresJobStore(client: deployment.database.systemClient, dateSource: deployment.clock)
            let supervisor = SagaSupervisor(store: store, dateSource: deployment.clock)
            func set(_ change: Statement) async throws {
                try await deployment.database.adminClient.execute("UPDATE graphs.\(fragment: change)")
            }
            func loseSteps() async throws {
                try await deployment.database.adminClient.execute("DELETE FROM jobs.job WHERE saga_id IS NOT NULL")
            }
            /// The subscription is ended and every cent is given back.
            func isGivenBack(_ operation: Operations.Operation) async throws {
                for _ in 0..<4 { try await deployment.advance(.seconds(60)) }
                #expect(try await deployment.operation(operation.id).status == .failed)
                #expect(deployment.provider.collected > 0 && deployment.provider.refunded == deployment.provider.collected)
                #expect(deployment.provider.runningSubscriptions.isEmpty)
            }
            let waiting = try await deployment.create().operation
            let accepted = deployment.clock.now
            try await set("graph_host SET state = 'draining'")
            try await set("host_slot SET state = 'free', org_id = NULL, subscription_id = NULL, reserved_until = NULL, graph_id = NULL")
            try await deployment.worker.drain()
            // The supervisor goes on with what lost its job in the middle of its waiting.
            try await loseSteps()
            deployment.clock.advance(to: accepted + .hours(24) - .seconds(61))
            #expect(try await supervisor.run() == ["graphs.provision"])
            try await deployment.worker.drain()
            try await deployment.advance(.seconds(60))
            #expect(try await deployment.operation(waiting.id).status == .pending)
            #expect(deployment.provider.refunded == 0)
            try await isGivenBack(waiting)

            try await set("graph_host SET state = 'ready'")
            let slow = try await deployment.create(name: "Slow").operation
            for _ in 0..<20 where try await deployment.operation(slow.id).startedAt == nil { try await deployment.worker.drain(limit: 1) }
            let placed = try #require(try await deployment.operation(slow.id).startedAt)
            try await loseSteps()
            deployment.clock.advance(to: placed + .minutes(60) - .seconds(1))
            #expect(try await supervisor.run() == ["graphs.provision"])
            try await deployment.worker.drain(limit: 1)
            #expect(try await deployment.operation(slow.id).phase == .forward)
            #expect(deployment.provider.runningSubscriptions.count == 1)
            try await loseSteps()
            deployment.clock.advance(by: SagaSupervisor.patience)
            #expect(try await supervisor.run() == ["graphs.provision"])
            try await isGivenBack(slow)
        }
    }

    @Test
    func
        `OPS-103 a creation and a destruction whose job got lost go on at their step within two minutes, and leave no trace twice`()
        async throws
    {
        try await Deployment.with { deployment in
            let store = PostgresJobStore(client: deployment.database.systemClient, dateSource: deployment.clock)
            let supervisor = SagaSupervisor(store: store, dateSource: deployment.clock)
            /// Loses the job at every step until the saga has ended.
            func goOnWithoutJobs() async throws -> Int {
                var found = 0
                for _ in 0..<40 {
                    try await loseJobs(deployment)
                    deployment.clock.advance(by: SagaSupervisor.patience)
                    guard try await !supervisor.run().isEmpty else { break }
                    #expect(try await supervisor.run().isEmpty)
                    found += 1
                    try await deployment.worker.drain(limit: 1)
                }
                return found
            }
            let creation = try await deployment.create().operation
            try await deployment.worker.drain(limit: 1)
            #expect(try await goOnWithoutJobs() >= 5)
            let id = try #require(creation.graph.flatMap { GraphID($0) })
            #expect(try await deployment.graph(id).status == .active)
            #expect(try await deployment.operation(creation.id).status == .completed)
            #expect(try await deployment.objects(of: id).count(where: { $0.hasPrefix("d:") }) == 1)

            _ = try await deployment.services.graphs.delete(
                id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            #expect(try await goOnWithoutJobs() >= 5)
            #expect(try await deployment.graph(id).status == .deprovisioned)
            #expect(try await deployment.objects(of: id).isEmpty)
        }
    }
}
