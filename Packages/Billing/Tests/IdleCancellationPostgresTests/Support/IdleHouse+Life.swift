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

extension IdleHouse {
    struct Graph: Sendable {
        let id: Subscription.ID
        let provider: ProviderID
    }

    /// Buys a graph through the hosted page and brings it to active.
    func buyGraph(_ resource: String = "kg0123456789abcdef0123") async throws -> Graph {
        let request = CheckoutRequest(
            principal: try principal, namedOrg: nil, planName: "ladybug-standard", resourceType: .graph, configuration: ["name": "a graph"])
        guard case .open(let url, _, let id) = try await billing.billing.startCheckout(request) else {
            throw NotPartOfTheTest()
        }
        try await simulator.pay(url)
        try await simulator.control("POST", "/quiesce")
        try await worker.drain()
        let row = try await subscription(id)
        let fence = try #require(row.lease).fence
        try await store.withTransaction(.system) { transaction in
            let graph = try #require(ResourceID(resource))
            try await billing.subscriptions.link(graph, to: id, fence: fence, in: transaction)
            try await billing.subscriptions.activate(id, fence: fence, in: transaction)
        }
        return Graph(id: id, provider: try #require(try await subscription(id).providerLink?.subscription))
    }

    /// A graph that was bought on 1 March by an org that was active last on 8 February, in its second period.
    func idleGraph() async throws -> Graph {
        try await use(by: member, at: Instant("2027-02-08T12:00:00Z"))
        clock.advance(to: try #require(Instant("2027-03-01T09:00:00Z")))
        let graph = try await buyGraph()
        try await advance("2027-03-25T10:00:00Z")
        try await advance("2027-04-01T12:00:00Z")
        return graph
    }

    /// A graph that was bought on 1 February and last used on the 8th, in April (section 3).
    func graphOfTheTimeline() async throws -> Graph {
        let graph = try await buyGraph()
        try await advance("2027-02-08T12:00:00Z")
        try await use(by: member)
        for date in ["2027-02-22T10:00:00Z", "2027-03-01T12:00:00Z", "2027-03-25T10:00:00Z", "2027-04-01T12:00:00Z"] {
            try await advance(date)
        }
        return graph
    }

    /// The same, with the renewal called off and the provider's confirmation.
    func calledOff() async throws -> Graph {
        let graph = try await idleGraph()
        try await advance("2027-04-24T10:00:00Z")
        #expect(try await idleCase(graph).state == .confirmed)
        return graph
    }

    /// Lets time pass at the provider and here, then does what is due.
    func advance(_ date: String) async throws {
        try await pass(date)
        try await worker.drain()
    }

    /// Lets time pass without doing what is due.
    func pass(_ date: String) async throws {
        try await simulator.control("POST", "/clock", #"{"to":"\#(date)"}"#)
    }

    /// Somebody uses the product by an API key; nothing follows from it by itself here.
    func use(by user: User.ID, at instant: Instant? = nil) async throws {
        let instant = instant ?? now
        try await database.adminClient.execute(
            """
            INSERT INTO identity.api_key (id, user_id, epoch, name, prefix, key_hash, created_at, updated_at, last_active_at)
            VALUES (\(APIKey.ID.make(at: instant)), \(user), 1, 'Key', 'rfs00000', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
                \(instant), \(instant), \(instant))
            """)
    }

    /// Delivers an announcement with a body of its own, already verified.
    func deliver(_ object: String, id: String) async throws {
        let body = Array(#"{"id":"\#(id)","type":"invoice.upcoming","created":1,"livemode":false,"data":{"object":\#(object)}}"#.utf8)
        let time = now.secondsSinceEpoch
        let mac = HMACSHA256.code(for: Array("\(time).".utf8) + body, key: SecretBytes(Array(Self.webhookSecret.utf8)))
        try await box.receive(signature: "t=\(time),v1=\(Hex.encode(mac))", body: body)
    }

    /// The provider announces the next renewal once more.
    func announce(_ graph: Graph, id: String) async throws {
        clock.advance(by: .seconds(1))
        try await deliver(#"{"object":"invoice","subscription":"\#(graph.provider.rawValue)"}"#, id: id)
        try await worker.drain()
    }

    /// Does what is due, one job after the other, until something is so.
    func drain(until isSo: () async throws -> Bool) async throws {
        for _ in 1...1_000 {
            if try await isSo() { return }
            // One job at a time; the limit ends a run early by an error, which is not one here.
            _ = try? await worker.drain(limit: 1)
        }
        Issue.record("it never came about")
    }

    func subscription(_ id: Subscription.ID) async throws -> Subscription {
        try #require(try await store.withTransaction(.system) { try await $0.subscription(id) })
    }

    func idleCase(_ graph: Graph) async throws -> IdleCase {
        try #require(try await store.newestCase(of: graph.id))
    }

    func outcomes(_ graph: Graph) async throws -> [String] {
        try await store.evaluations(of: graph.id, limit: 100).reversed().map(\.outcome.word)
    }

    /// The subscription as the provider has it.
    func remote(_ graph: Graph) async throws -> JSONValue {
        try await simulator.call("GET", "/v1/subscriptions/\(graph.provider.rawValue)")
    }

    func accept(_ graph: Graph, via: ReversalVia, hash: [UInt8]? = nil) async throws -> ReversalOutcome {
        let request = ReversalRequest(
            case: try await idleCase(graph).id, via: via, actor: .system(component: "billing"), tokenHash: hash)
        return try await store.withTransaction(.system) { try await idle.reversals.accept(request, in: $0) }
    }

    func count(_ statement: Statement) async throws -> Int {
        Int(try #require(try await database.adminClient.query(statement).first).decode(Int64.self))
    }

    func entries(_ type: String) async throws -> Int {
        try await count("SELECT count(*) FROM audit.entry WHERE type = \(type)")
    }

    /// The value of a counter without labels or with exactly these.
    func metric(_ name: String) -> Int {
        metrics.render().split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .flatMap { $0.split(separator: " ").last.flatMap { Int($0) } } ?? 0
    }
}

struct NotPartOfTheTest: Error {}
