import Billing
import Core
import Graphs
import GraphsPostgres
import Identity
import Jobs
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import GraphEngines

/// What a command writes is there as a whole or not at all, and its key belongs to it from its commit on.
@Suite struct OneTransactionTests {
    /// What the deletion of a graph must write together.
    private static let together = [
        "graphs.graph", "billing.subscription", "operations.operation", "operations.operation_event", "operations.idempotency_record",
        "jobs.saga", "jobs.job", "jobs.event", "audit.entry",
    ]

    /// The contents of every table of the product, as one digest each.
    private func contents(_ deployment: Deployment) async throws -> [String: String] {
        let tables = try await deployment.database.adminClient.query(
            """
            SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND n.nspname IN ('graphs', 'billing', 'operations', 'jobs', 'audit', 'orgs', 'identity')
            """
        ).map { try $0.decode("name", as: String.self) }
        var contents: [String: String] = [:]
        for table in tables {
            let row = try await deployment.database.adminClient.query(
                Statement("SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') AS digest FROM \(table) t", [])
            ).first
            contents[table] = try row?.decode("digest")
        }
        return contents
    }

    private func delete(_ id: GraphID, _ deployment: Deployment, key: String) async throws -> Operations.Operation.ID {
        let call = CallKey(
            key: try #require(RequestKey(key)),
            fingerprint: try CallFingerprint(
                method: "POST", route: "/v1/graphs/delete", pathValues: [:], query: [], body: ["confirm": .string(id.description)]))
        return try await deployment.services.graphs.delete(
            id, confirmation: id.description, atPeriodEnd: false, key: call, as: deployment.caller
        ).operation.id
    }

    @Test
    func
        `OPS-004 change, operation, first job, key, entry and notices are one transaction: whichever write fails, and the commit itself, leaves nothing`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let admin = deployment.database.adminClient
            try await admin.execute(
                """
                CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN RAISE EXCEPTION 'cut'; END $body$
                """)
            let before = try await contents(deployment)
            for table in Self.together {
                let trigger = "CREATE TRIGGER cut BEFORE INSERT OR UPDATE ON \(table) FOR EACH ROW EXECUTE FUNCTION public.fail()"
                try await admin.execute(Statement(trigger, []))
                await #expect(throws: (any Error).self, "\(table)") { try await delete(id, deployment, key: "cut") }
                try await admin.execute(Statement("DROP TRIGGER cut ON \(table)", []))
                #expect(try await contents(deployment) == before, "\(table)")
            }
            // Everything was written, and the commit fails: no answer was given either.
            try await admin.execute(
                """
                CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON operations.operation DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION public.fail()
                """)
            await #expect(throws: (any Error).self) { try await delete(id, deployment, key: "cut") }
            try await admin.execute("DROP TRIGGER cut ON operations.operation")
            #expect(try await contents(deployment) == before)

            _ = try await delete(id, deployment, key: "cut")
            let after = try await contents(deployment)
            for table in Self.together { #expect(after[table] != before[table], "\(table)") }
        }
    }

    @Test func `OPS-015 OPS-020 whoever did not get the answer gets it by the key, also once what followed has failed for good`()
        async throws
    {
        try await Deployment.with { deployment in
            deployment.engine.fail(.refused("principals"))
            // The process is gone between its commit and its answer: nobody has seen this one.
            let unseen = try await deployment.create(key: "lost").operation.id
            let first = try await deployment.create(key: "lost")
            #expect(first.isReplay && first.operation.id == unseen && first.operation.status == .pending)
            for _ in 0..<8 { try await deployment.advance(.hours(1)) }
            let graphs = try await deployment.database.adminClient.query("SELECT id FROM graphs.graph").count
            let again = try await deployment.create(key: "lost")
            #expect(again.isReplay && again.operation.id == unseen && again.operation.status == .failed)
            #expect(again.operation.createdAt == first.operation.createdAt)
            #expect(try await deployment.database.adminClient.query("SELECT id FROM graphs.graph").count == graphs)
        }
    }

    @Test func `OPS-017 a key stays with what failed later, its replay says so, and another key runs it again`() async throws {
        try await Deployment.with { deployment in
            deployment.engine.fail(.refused("principals"))
            let first = try await deployment.create(key: "once")
            for _ in 0..<8 { try await deployment.advance(.hours(1)) }
            deployment.engine.heal()
            let replay = try await deployment.create(key: "once")
            #expect(replay.isReplay && replay.operation.id == first.operation.id)
            let shown = OperationEnvelope(replay.operation, idempotentReplay: replay.isReplay)
            #expect(shown.status == .failed)
            guard case .string(let detail)? = shown.result["detail"] else {
                Issue.record("no detail")
                return
            }
            #expect(detail.contains("new key"))
            let other = try await deployment.create(key: "twice")
            #expect(!other.isReplay && other.operation.id != first.operation.id)
            try await deployment.worker.drain()
            #expect(try await deployment.operation(other.operation.id).status == .completed)
            #expect(OperationEnvelope(other.operation, idempotentReplay: false).result["detail"] == nil)
        }
    }

    @Test
    func `OPS-018 a replay takes the rights of a first call: whoever lost the role or the org is refused, and gets nothing of the answer`()
        async throws
    {
        try await Deployment.with { deployment in
            let created = try await deployment.create(key: "mine").operation
            try await deployment.worker.drain()
            let id = try #require(created.graph.flatMap { GraphID($0) })
            let graphs = deployment.services.graphs
            let change = GraphMetadataChange(name: "Other", description: nil, tags: nil)
            let key = CallKey(
                key: try #require(RequestKey("renamed")),
                fingerprint: try CallFingerprint(method: "POST", route: "/x", pathValues: [:], query: [], body: ["name": "Other"]))
            _ = try await graphs.updateMetadata(id, change, key: key, as: deployment.caller)
            #expect(try await graphs.updateMetadata(id, change, key: key, as: deployment.caller).isReplay)
            func set(_ change: Statement) async throws {
                _ = try await deployment.database.adminClient.pipeline([
                    withoutRules, "UPDATE orgs.membership SET \(fragment: change) WHERE user_id = \(deployment.owner)",
                ])
            }
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_grant SET role = 'viewer'")
            try await set("role = 'member'")
            await #expect(throws: GraphError.orgAdminRequired) { try await deployment.create(key: "mine") }
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) {
                try await graphs.updateMetadata(id, change, key: key, as: deployment.caller)
            }
            try await set("ended_at = \(start + .seconds(1)), end_reason = 'removed'")
            await #expect(throws: GraphError.notOrgMember) { try await deployment.create(key: "mine") }
            try await set("role = 'owner', ended_at = NULL, end_reason = NULL")
            #expect(try await deployment.create(key: "mine").operation.id == created.id)
        }
    }
}
