import AuditPostgres
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
import Synchronization
import Testing

@testable import GraphEngines

/// New graphs from backups. The clock is the deployment's own and moves only by what a test says.
@Suite struct CopyTests {
    private typealias Accepted = (operation: Operations.Operation, isReplay: Bool)

    /// A graph with a rule and a node of its own that was destroyed, and its final backup.
    private func destroyed(_ deployment: Deployment) async throws -> GraphBackup {
        let id = try await deployment.activeGraph()
        let login = try await login(to: id, deployment)
        try await deployment.connected(as: login) { client in
            _ = try await client.execute("INSERT INTO graph.label (name) VALUES ('Note') ON CONFLICT DO NOTHING")
            _ = try await client.execute(
                """
                INSERT INTO graph.property_rule (kind, owner, property, type, is_required) VALUES ('node', 'Note', 'title', 'string', true)
                """)
            _ = try await client.execute("INSERT INTO graph.node (label, key, props) VALUES ('Note', 'n1', '{\"title\": \"first\"}')")
        }
        _ = try await deployment.services.graphs.delete(
            id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
        try await deployment.advance(.hours(1))
        try #require(try await deployment.graph(id).status == .deprovisioned)
        return try #require(try await deployment.store.backups(of: id).first)
    }

    private func login(to id: GraphID, _ deployment: Deployment) async throws -> IssuedLogin {
        try await deployment.services.credentials.issue(
            on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller
        ).login
    }

    private func wish(_ backup: GraphBackup.ID, _ change: (inout GraphDraft.Wish) -> Void = { _ in }) -> GraphDraft.Wish {
        var wish = GraphDraft.Wish(
            name: "Back again", description: nil, extensions: [], tags: [], tier: "ladybug-standard", customSchema: nil, initialEntity: nil,
            createsEntity: true, source: backup)
        change(&wish)
        return wish
    }

    private func copy(_ backup: GraphBackup.ID, _ deployment: Deployment) async throws -> (Operations.Operation.ID, GraphID) {
        let wish = wish(backup)
        let operation = try await deployment.services.graphs.create({ wish }, key: nil, as: deployment.caller).operation
        return (operation.id, try #require(operation.graph.flatMap { GraphID($0) }))
    }

    private func expectWhole(_ id: GraphID, _ deployment: Deployment) async throws {
        #expect(try await deployment.graph(id).status == .active)
        #expect(try await deployment.objects(of: id) == ["d:\(id)", "r:\(id)", "r:\(id)__ro", "r:\(id)__rw"])
        let facts = try #require(try await deployment.services.graphs.facts(of: deployment.graph(id)))
        #expect(facts.nodes == ["Entity": 1, "Note": 1])
    }

    @Test func `GRA-010 a destroyed graph comes back from its final backup as a graph of its own, and goes like any other`() async throws {
        try await Deployment.with { deployment in
            let backup = try await destroyed(deployment)
            let (operation, id) = try await copy(backup.id, deployment)
            #expect(id != backup.graph)
            // The host may be busy with other tests as well; then a step waits once more.
            for _ in 0..<4 { try await deployment.advance(.minutes(11)) }
            let done = try await deployment.operation(operation)
            #expect(done.status == .completed, "\(done.steps)")
            #expect(done.steps.allSatisfy { $0.state == .done })
            try await expectWhole(id, deployment)
            let (old, new) = (try await deployment.graph(backup.graph), try await deployment.graph(id))
            #expect(new.source == backup.id && new.name == "Back again")
            #expect(new.kind == old.kind && new.extensions == old.extensions && new.initialEntity == old.initialEntity)
            #expect(new.subscription != old.subscription)
            // Rows, rules and counters are the old ones; who may do what is as of any new graph.
            let login = try await login(to: id, deployment)
            try await deployment.connected(as: login) { client in
                let rows = try await client.query("SELECT key, props ->> 'title' AS title FROM graph.node WHERE label = 'Note'")
                #expect(try rows.map { try $0.decode("key", as: String.self) } == ["n1"])
                #expect(try rows.first?.decode("title", as: String.self) == "first")
                _ = try await client.execute("INSERT INTO graph.node (label, key, props) VALUES ('Note', 'n2', '{\"title\": \"more\"}')")
                await #expect(throws: PostgresError.self) {
                    _ = try await client.execute("INSERT INTO graph.node (label, key) VALUES ('Note', 'n3')")
                }
                await #expect(throws: PostgresError.self) { _ = try await client.execute("DELETE FROM graph.meta") }
            }
            // A mode is counted anew: what the old graph was closed with says nothing about this one.
            let meta = try await deployment.administering(id) { client in
                try await client.query("SELECT value FROM graph.meta WHERE key IN ('graph', 'mode') ORDER BY key").map {
                    try $0.decode("value", as: String.self)
                }
            }
            #expect(meta == [id.description, "full"])
            try await deployment.database.adminClient.execute(
                "UPDATE graphs.graph SET mode = 'read', access_epoch = access_epoch + 1 WHERE id = \(id.description)")
            let graph = try await deployment.graph(id)
            try await deployment.engine.setMode(
                .read, epoch: graph.accessEpoch, of: EngineGraph(host: HostReference(name: "local"), graph: id))
            await #expect(throws: PostgresError.self) {
                try await deployment.connected(as: login) { _ = try await $0.execute("DELETE FROM graph.node") }
            }
            _ = try await deployment.services.graphs.delete(
                id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            try await deployment.advance(.hours(1))
            #expect(try await deployment.graph(id).status == .deprovisioned)
            #expect(try await deployment.objects(of: id).isEmpty)
            #expect(try await deployment.store.backups(of: id).first?.archive?.nodes == 3)
        }
    }

    @Test(arguments: ["load", "loaded", "adopt", "discardScratch"])
    func `GRA-010 GRA-014 whichever moment of copying loses its answer, there is one graph, whole and alone`(_ call: String) async throws {
        try await Deployment.with { deployment in
            let backup = try await destroyed(deployment)
            deployment.engine.fail(.lost(call))
            let (operation, id) = try await copy(backup.id, deployment)
            // The host may be busy with other tests as well; then a step waits once more.
            for _ in 0..<4 { try await deployment.advance(.minutes(11)) }
            #expect(try await deployment.operation(operation).status == .completed)
            try await expectWhole(id, deployment)
        }
    }

    @Test(arguments: [FaultyEngine.Moment.before, .after], ["loaded", "adopt"])
    func `GRA-010 GRA-015 a worker that is woken after another has copied changes nothing`(_ moment: FaultyEngine.Moment, _ call: String)
        async throws
    {
        try await Deployment.with { deployment in
            let backup = try await destroyed(deployment)
            let happened = Mutex(0)
            let (operation, id) = try await copy(backup.id, deployment)
            deployment.engine.pause(moment, call) {
                try await deployment.database.adminClient.execute(
                    "UPDATE jobs.job SET lease_by = NULL, deadline = NULL, lease_token = lease_token + 1 WHERE lease_by IS NOT NULL")
                try await deployment.worker.drain()
                happened.withLock { $0 += 1 }
            }
            // The host may be busy with other tests as well; then a step waits once more.
            for _ in 0..<4 { try await deployment.advance(.minutes(11)) }
            #expect(happened.withLock(\.self) == 1)
            let done = try await deployment.operation(operation)
            #expect(done.status == .completed, "\(done.steps)")
            try await expectWhole(id, deployment)
        }
    }

    @Test func `GRA-010 a backup of another org, one that is gone, one too large and a safety copy are refused, and nothing is bought`()
        async throws
    {
        try await Deployment.with { deployment in
            let backup = try await destroyed(deployment)
            let rows = deployment.database.adminClient
            func bought() async throws -> Int { try await rows.query("SELECT FROM billing.subscription").count }
            let before = try await bought()
            func expect(_ refusal: GraphError, of id: GraphBackup.ID, selling reason: String, _ comment: Comment) async throws {
                await #expect(throws: refusal, comment) { _ = try await copy(id, deployment) }
                // A checkout is refused in the same moment, before anybody has paid.
                let plan = PlanKey.graph("ladybug-standard")
                let sale = NewSubscription(
                    id: .make(at: deployment.clock.now), org: deployment.org,
                    entitlement: try await deployment.subscriptions.entitlement(of: deployment.org, to: plan), plan: plan,
                    requestedBy: deployment.owner,
                    configuration: ["metadata": ["graph_name": "Back"], "source_backup_id": .string(id.description)], operation: nil)
                await #expect(throws: BillingError.invalidConfiguration(pointer: "/source_backup_id", reason: reason), comment) {
                    try await deployment.store.withTransaction(.system) { _ = try await deployment.subscriptions.open(sale, in: $0) }
                }
            }
            try await expect(.notFound, of: .make(at: start), selling: "must be a backup of the org", "unknown")
            // The same rows, of another org.
            let (foreign, foreignGraph) = (GraphBackup.ID.make(at: start), GraphID.make())
            _ = try await rows.pipeline([
                """
                INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier,
                    status, status_since, mode, access_epoch)
                SELECT \(foreignGraph.description), \(otherOrg), kind, created_by, created_at, provisioning_id, name, description, tags,
                    extensions, tier, status, status_since, mode, access_epoch
                FROM graphs.graph WHERE id = \(backup.graph.description)
                """,
                """
                INSERT INTO graphs.graph_backup (id, graph_id, org_id, initiator, status, archive, created_at, completed_at)
                SELECT \(foreign), \(foreignGraph.description), \(otherOrg), initiator, status, archive, created_at, completed_at
                FROM graphs.graph_backup WHERE id = \(backup.id)
                """,
            ])
            try await expect(.notFound, of: foreign, selling: "must be a backup of the org", "of another org")
            // Going past the service does not help either.
            await #expect(throws: PostgresError.self) {
                try await rows.execute(
                    "UPDATE graphs.graph SET source_backup_id = \(foreign) WHERE id = \(backup.graph.description)")
            }
            let cap = Int64(10) << 30
            try await rows.execute(
                "UPDATE graphs.graph_backup SET archive = jsonb_set(archive, '{databaseBytes}', to_jsonb(\(cap + 1))) WHERE id = \(backup.id)"
            )
            try await expect(
                .backupTooLarge(bytes: cap + 1, cap: cap), of: backup.id,
                selling: "must fit the tier: it holds \(cap + 1) bytes, the tier \(cap)", "too large")
            try await rows.execute("UPDATE graphs.graph_backup SET initiator = 'system' WHERE id = \(backup.id)")
            try await expect(.notFound, of: backup.id, selling: "must be a backup of the org", "a safety copy")
            try await rows.execute("UPDATE graphs.graph_backup SET initiator = 'final', status = 'expired' WHERE id = \(backup.id)")
            try await expect(
                .backupNotCompleted(.expired), of: backup.id, selling: "must be a completed backup; this one is expired", "expired")
            #expect(try await bought() == before)
            #expect(try await deployment.store.capacity().first?.freeSlots == 5)
        }
    }

    @Test func `GRA-010 a backup stays while it is copied, and one that is lost all the same ends the creation with the money back`()
        async throws
    {
        try await Deployment.with { deployment in
            let backup = try await destroyed(deployment)
            let (operation, id) = try await copy(backup.id, deployment)
            // Its time is over before the first step is made.
            try await deployment.database.adminClient.execute(
                "UPDATE graphs.graph_backup SET expires_at = \(deployment.clock.now) WHERE id = \(backup.id)")
            let expiry = JobContext(
                lease: JobLease(job: JobID(rawValue: 1), worker: 1, token: 1), attempt: 1, isLastAttempt: false,
                dateSource: deployment.clock,
                effects: UnusedEffects())
            let outcome = try await deployment.services.expireBackup.run(ExpireBackup(backup: backup.id), context: expiry)
            #expect(outcome == .snoozed(until: deployment.clock.now + .minutes(10)))
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_backup SET status = 'expired' WHERE id = \(backup.id)")
            // The host may be busy with other tests as well; then a step waits once more.
            for _ in 0..<5 { try await deployment.advance(.minutes(11)) }
            let failed = try await deployment.operation(operation)
            #expect(failed.status == .failed, "\(failed.steps) \(failed.undoErrors)")
            #expect(failed.failure?.code == "PROVISIONING_FAILED")
            #expect(try await deployment.graph(id).status == .failed)
            #expect(try await deployment.objects(of: id).isEmpty)
            #expect(try await deployment.subscription(of: id).status == .failed)
            #expect(try await deployment.store.capacity().first?.freeSlots == 5)
        }
    }
}

/// Expiring has no effects outside of the store.
private struct UnusedEffects: EffectLedger {
    struct NotPartOfTheTest: Error {}

    func perform<Response: Codable & Sendable>(
        _ key: EffectKey, destination: String, requestHash: [UInt8], send: @Sendable (EffectKey) async throws -> EffectOutcome<Response>,
        readBack: @Sendable (EffectKey) async throws -> EffectOutcome<Response>
    ) async throws -> Response {
        throw NotPartOfTheTest()
    }
}
