import AuditPostgres
import Billing
import Core
import Graphs
import GraphsPostgres
import Identity
import Operations
import OperationsPostgres
import Orgs
import PlatformTesting
import Postgres

let start = Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0)
let someOrg = Org.ID(high: 1, low: 1)
let otherOrg = Org.ID(high: 1, low: 2)
let someUser = User.ID(high: 2, low: 2)

struct TestTransaction: PostgresGraphTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
}

struct TestStore: PostgresGraphStore {
    let client: PostgresClient
    let dateSource: any DateSource
}

/// Who is in which org, as Identity shows it to the packages above.
enum CreateMemberships: Migration {
    static let id = "0999-test-create-memberships"
    static let sql = """
        CREATE SCHEMA identity;
        CREATE TABLE identity.org_membership (
            user_id uuid, org_id uuid, role text, org_state text DEFAULT 'active', org_type text DEFAULT 'team', mfa_rule text);
        CREATE TABLE identity.account (id uuid, status text DEFAULT 'active');
        GRANT USAGE ON SCHEMA identity TO trellis_app, trellis_system;
        GRANT SELECT ON identity.org_membership, identity.account TO trellis_app, trellis_system;
        """
}

extension TestDatabase {
    static func withGraphs<Value: Sendable>(_ body: @Sendable (TestDatabase) async throws -> Value) async throws -> Value {
        try await withDatabase(
            migrations: [AuditMigrations.all, OperationsMigrations.all, GraphsMigrations.all, [CreateMemberships.self]], body)
    }

    /// Works as the API does for one org, or as the worker.
    func transaction<Value: Sendable>(
        org: Org.ID? = nil, _ body: (TestTransaction) async throws -> Value
    ) async throws -> Value {
        try await client.withTransaction(scope: org.map { .org($0.uuid) } ?? .system) {
            try await body(TestTransaction(postgres: $0, dateSource: TestClock.fixed()))
        }
    }

    var store: TestStore { TestStore(client: systemClient, dateSource: SteppedDateSource(startingAt: start)) }

    func registered(slots: Int = 3, hosts: Int = 1, tiers: [TierName] = [.standard]) async throws {
        try await store.register((0..<hosts).map { NewGraphHost(name: "h\($0)", tiers: tiers, slots: slots) }, at: start)
        try await keepHostsHealthy()
    }

    /// An active graph with a slot.
    func activeGraph(org: Org.ID = someOrg) async throws -> Graph {
        try await transaction { transaction in
            let graph = Graph.fixture(org: org)
            try await transaction.insert(graph)
            let subscription = graph.subscription ?? .make(at: start)
            _ = try await transaction.holdSlot(of: .standard, for: subscription, org: org, until: start + .hours(1), now: start)
            var placed = graph
            placed.host = try await transaction.giveSlot(of: subscription, to: graph.id)?.host
            try await transaction.occupySlot(of: graph.id)
            guard let active = placed.applying(.activate(.full), at: start) else { throw GraphError.notActive(placed.status) }
            try await transaction.save(active)
            return active
        }
    }
}

extension TestDatabase {
    /// A host that did not report for 100 s of the server's own time gets no graph; a slow test is no such host.
    func keepHostsHealthy() async throws {
        try await adminClient.execute("UPDATE graphs.graph_host SET last_healthy_at = now() + interval '1 day'")
    }
}

extension Graph {
    static func fixture(org: Org.ID = someOrg) -> Graph {
        let wish = GraphDraft.Wish(
            name: "Ledger", description: "of Acme", extensions: ["roboledger"], tags: ["a", "b"], tier: "ladybug-standard",
            customSchema: ["name": "own", "nodes": [["name": "A"]]], initialEntity: nil, createsEntity: true)
        guard let draft = try? GraphDraft(wish, catalogue: .standard) else { preconditionFailure("the fixture is a good wish") }
        return Graph(
            creating: draft, id: .make(), org: org, by: someUser, subscription: .make(at: start), provisioning: .make(at: start), at: start)
    }
}
