import Audit
import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct PurgeProofTests {
    private func suspended(in deployment: Deployment) async throws -> Graph {
        let id = try await deployment.activeGraph()
        try await deployment.suspend(id)
        return try await deployment.graph(id)
    }

    @Test func `GRA-057 with the mail transport down a purge is put off day by day, held on day 14, and nothing is destroyed in a year`()
        async throws
    {
        try await Deployment.with { deployment in
            let graph = try await suspended(in: deployment)
            deployment.notices.show([.init(suspension: nil, lastWarning: nil)])
            deployment.clock.advance(to: try #require(graph.purgeAt))
            for day in 1...14 {
                try await deployment.worker.drain()
                let waiting = try await deployment.graph(graph.id)
                #expect(waiting.status == .suspended && waiting.purgeHold == nil)
                #expect(waiting.purgeAt == deployment.clock.now + .days(1), "day \(day)")
                try await deployment.advance(.days(1))
            }
            let held = try await deployment.graph(graph.id)
            #expect(held.purgeHold == "there is no proof that an owner was told: suspension, last_warning")
            for _ in 0..<12 {
                try await sweep(deployment)
                try await deployment.advance(.days(31))
            }
            #expect(try await deployment.graph(graph.id).status == .suspended)
            #expect(try await deployment.objects(of: graph.id).contains("d:" + graph.id.databaseName))
            let types = try await deployment.auditTypes(of: graph.id)
            #expect(types.count(where: { $0 == "graph_purge_deferred" }) == 14)
            #expect(types.count(where: { $0 == "graph_purge_held" }) == 1)
            #expect(!types.contains("graph_teardown_started"))

            // The proof comes: three days more, so that the owners are warned of the new time.
            let told = deployment.clock.now
            deployment.notices.show([.init(suspension: told, lastWarning: told)])
            try await sweep(deployment)
            let released = try await deployment.graph(graph.id)
            #expect(released.purgeHold == nil && released.purgeAt == told + .days(3))
            try await deployment.advance(.days(3) - .seconds(1))
            #expect(try await deployment.graph(graph.id).status == .suspended)
            for _ in 0..<2 { try await deployment.advance(.seconds(1)) }
            #expect(try await deployment.graph(graph.id).status == .deprovisioned)
        }
    }

    @Test func `GRA-057 a last warning that is younger than a day is waited for, to the second`() async throws {
        try await Deployment.with { deployment in
            let graph = try await suspended(in: deployment)
            let purgeAt = try #require(graph.purgeAt)
            deployment.notices.show([.init(suspension: graph.statusSince, lastWarning: purgeAt - .hours(24) + .seconds(30))])
            deployment.clock.advance(to: purgeAt)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(graph.id).status == .suspended)
            try await deployment.advance(.seconds(29))
            #expect(try await deployment.graph(graph.id).status == .suspended)
            for _ in 0..<2 { try await deployment.advance(.seconds(1)) }
            #expect(try await deployment.graph(graph.id).status == .deprovisioned)
            #expect(try await !deployment.auditTypes(of: graph.id).contains("graph_purge_deferred"))
        }
    }

    @Test
    func `IDL-057 an idle end that nobody was told of freezes the retention at once, and a decision mail that is accepted releases it`()
        async throws
    {
        try await Deployment.with { deployment in
            let graph = try await suspended(in: deployment)
            let said = NoticeProof.Owner(suspension: graph.statusSince, lastWarning: graph.statusSince)
            deployment.notices.show([said], idleEnd: .untold)
            deployment.clock.advance(to: try #require(graph.purgeAt))
            try await deployment.worker.drain()
            #expect(try await deployment.graph(graph.id).purgeHold == "there is no proof that an owner was told: idle_decision")
            try await deployment.advance(.days(100))
            try await sweep(deployment)
            #expect(try await deployment.graph(graph.id).status == .suspended)
            deployment.notices.show([said], idleEnd: .told)
            try await sweep(deployment)
            #expect(try await deployment.graph(graph.id).purgeHold == nil)
            for _ in 0..<2 { try await deployment.advance(.days(3)) }
            #expect(try await deployment.graph(graph.id).status == .deprovisioned)
        }
    }

    @Test func `GRA-057 a hold of an operator is not let go by proof, and whoever commands a destruction needs none`() async throws {
        try await Deployment.with { deployment in
            let graph = try await suspended(in: deployment)
            try await deployment.store.withTransaction(.system) { transaction in
                let locked = try #require(try await transaction.lockedGraph(graph.id))
                try await deployment.services.lifecycle.holdPurge(
                    of: locked, because: "a question of law", by: .system(component: "operators"), in: transaction)
            }
            deployment.clock.advance(by: .days(30))
            try await sweep(deployment)
            #expect(try await deployment.graph(graph.id).purgeHold == "a question of law")

            let other = try await deployment.activeGraph()
            deployment.notices.show([])
            _ = try await deployment.services.graphs.delete(
                other, confirmation: other.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(other).status == .deprovisioned)
        }
    }

    private func sweep(_ deployment: Deployment) async throws {
        try await deployment.store.withTransaction(.system) { transaction in
            try await transaction.enqueue(SweepDueGraphs(), .standard)
            try await transaction.enqueue(CheckHeldPurges(), .standard)
        }
        try await deployment.worker.drain()
    }
}
