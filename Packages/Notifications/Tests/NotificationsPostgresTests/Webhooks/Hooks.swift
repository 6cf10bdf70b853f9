import Audit
import AuditPostgres
import Core
import Cryptography
import HTTPClient
@_spi(Authentication) import Identity
import Jobs
import JobsPostgres
import NotificationsPostgres
import NotificationsWebhooks
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import Notifications

/// An org of the tests' own, so that the log has something to point to.
enum CreateWebhookOrgs: Migration {
    static var id: String { "0900-test-orgs" }
    static var sql: String {
        """
        CREATE TABLE notifications.test_org (id uuid PRIMARY KEY);
        CREATE TABLE notifications.test_person (id uuid PRIMARY KEY);
        GRANT SELECT, INSERT ON notifications.test_org, notifications.test_person TO trellis_app, trellis_system;
        """ + AuditSchema.locate(.org, in: "notifications.test_org", column: "id")
            + AuditSchema.locate(.user, in: "notifications.test_person", column: "id")
    }
}

/// A receiver that answers as it is told and keeps what came.
final class WebhookReceiver: HTTPTransport {
    let requests = Mutex<[ClientRequest]>([])
    let answers = Mutex<[ClientResponse]>([])
    let usual = Mutex(ClientResponse(status: 200))
    /// What happens elsewhere while an endpoint answers.
    let meanwhile = Mutex<(@Sendable () async throws -> Void)?>(nil)

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        requests.withLock { $0.append(request) }
        try await meanwhile.withLock { $0 }?()
        return answers.withLock { $0.isEmpty ? nil : $0.removeFirst() } ?? usual.withLock { $0 }
    }

    var count: Int { requests.withLock { $0.count } }
}

struct Hooks {
    static let org = Org.ID(high: 1, low: 2)
    let outbox: Outbox
    let receiver = WebhookReceiver()
    let sender: HTTPWebhookSender
    let publisher = WebhookPublisher(publicURL: "https://api.example.com")

    init(_ outbox: Outbox) throws {
        self.outbox = outbox
        let ring = try KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes([UInt8](repeating: 7, count: 32))))
        sender = HTTPWebhookSender(transport: receiver, sealer: try SecretSealer(keys: ring), rules: DestinationRules())
    }

    static func with(_ body: (Hooks) async throws -> Void) async throws {
        let migrations = [AuditMigrations.all, JobsMigrations.all, NotificationsMigrations.all, [CreateWebhookOrgs.self]]
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            for low: UInt64 in [2, 3] {
                try await database.systemClient.execute("INSERT INTO notifications.test_org VALUES (\(Org.ID(high: 1, low: low)))")
            }
            try await database.systemClient.execute("INSERT INTO notifications.test_person VALUES (\(User.ID(high: 1, low: 1)))")
            try await body(Hooks(Outbox(database: database)))
        }
    }

    /// An admin of the org.
    var scope: AdminScope {
        get throws {
            let user = User.ID(high: 1, low: 1)
            let membership = OrgScope(
                org: OrgReference(uuid: Self.org.uuid), user: user, membership: .make(at: outbox.clock.now), role: .admin, state: .active,
                name: "Acme", type: .team)
            let principal = Principal(
                userID: user, email: try #require(EmailAddress("ada@example.com")), name: try #require(PersonName("Ada")),
                isEmailVerified: true, credential: .session(.make(at: outbox.clock.now), generation: 1), scopes: nil, graph: nil,
                orgScope: membership)
            return try MembershipAuthorizer().adminScope(for: principal, in: Self.org)
        }
    }

    @discardableResult
    func endpoint(
        _ number: UInt64 = 1, types: [String] = [], ordered: Bool = false, org: Org.ID = Hooks.org
    ) async throws -> (endpoint: WebhookEndpoint, secret: SecretString) {
        let endpoint = WebhookEndpoint(
            id: .init(high: 9, low: number), org: org, url: "https://hooks.example.com/\(number)", description: "",
            filter: WebhookFilter(patterns: types),
            isOrdered: ordered, status: .enabled, disabledBecause: nil, createdBy: User.ID(high: 1, low: 1), createdAt: outbox.clock.now,
            failingSince: nil)
        let (secret, sealed) = try sender.makeSecret(for: endpoint.id)
        try await outbox.store.withTransaction { transaction in
            try await transaction.insert(endpoint)
            try await transaction.insertSecret(sealed, of: endpoint, endingOthersAt: outbox.clock.now, at: outbox.clock.now)
        }
        return (endpoint, secret)
    }

    func fact(_ type: WebhookEventType = .graphCreated, object: String = "kg1") -> WebhookFact {
        WebhookFact(type, of: object, in: Self.org, at: "/v1/graphs/\(object)", ["tier": "standard"])
    }

    @discardableResult
    func publish(_ fact: WebhookFact? = nil, cause: String = "c1") async throws -> WebhookMessage? {
        try await outbox.store.withTransaction {
            try await publisher.publish(fact ?? self.fact(), cause: cause, at: outbox.clock.now, in: $0)
        }
    }

    func deliver(_ message: WebhookMessage, to endpoint: WebhookEndpoint) async throws -> JobOutcome {
        let handler = DeliverWebhookHandler(store: outbox.store, sender: sender, jitter: { 0.5 }, log: .silent)
        return try await handler.run(DeliverWebhook(message, to: endpoint), context: outbox.context)
    }

    func delivery(_ message: WebhookMessage, _ endpoint: WebhookEndpoint) async throws -> WebhookDelivery {
        try #require(
            try await outbox.store.withTransaction {
                try await $0.lockDelivery(of: message.id, to: endpoint.id, in: endpoint.org, at: outbox.clock.now)
            })
    }

    func replay(_ selection: WebhookReplay, to endpoint: WebhookEndpoint, limit: Int = 100) async throws -> [ReplayedMessage] {
        let now = outbox.clock.now
        return try await outbox.store.withTransaction {
            try await $0.replay(selection, to: endpoint, limit: limit, forgottenBefore: now - .hours(25), at: now)
        }
    }

    func service() -> WebhookService<PostgresNotificationStore<TestTransaction>> {
        WebhookService(store: outbox.store, secrets: sender, publisher: publisher, dateSource: outbox.clock)
    }

    func count(_ table: String) async throws -> Int {
        try await outbox.database.adminClient.query(Statement("SELECT count(*) FROM notifications.webhook_\(table)", []))[0].decode(
            Int.self)
    }

    func jobs() async throws -> Int {
        try await outbox.database.adminClient.query(
            "SELECT count(*) FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'notifications.deliver_webhook'")[0]
            .decode(Int.self)
    }

    func entries() async throws -> [String] {
        try await outbox.database.adminClient.query(
            "SELECT type FROM audit.entry WHERE type LIKE 'webhook%' ORDER BY recorded_at, type"
        ).map { try $0.decode(String.self) }
    }
}
