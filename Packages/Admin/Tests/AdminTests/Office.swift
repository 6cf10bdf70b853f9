import Admin
import AdminPostgres
import Audit
import AuditHTTP
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Cryptography
import Graphs
import GraphsPostgres
import HTTPServer
import Identity
import IdentityCryptography
import IdentityPostgres
import IdleCancellationPostgres
import JobsPostgres
import Markup
import Notifications
import NotificationsMarkup
import NotificationsPostgres
import Observability
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import RateLimits
import RateLimitsPostgres
import Testing

@testable import AdminHTTP

/// The operators' side on a database with the whole schema.
struct Office: Sendable {
    let database: TestDatabase
    let clock: TestClock
    let store: PostgresOrgStore
    let accounts: PostgresOperatorAccounts
    let router: Router
    let routes: AdminRoutes
    let sessions: PostgresOperatorSessions

    static let names = AuditReferenceNames(
        text: { reference in
            guard case .id(let id) = reference.key else { return nil }
            return reference.kind == .org ? OrgReference(uuid: id).description : nil
        },
        reference: { text in OrgReference(text).map { AuditReference($0) } ?? User.ID(text).map { AuditReference($0) } })

    static func with(networks: [String] = [], _ body: (Office) async throws -> Void) async throws {
        let migrations: [[any Migration.Type]] = [
            RateLimitsMigrations.all, AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all,
            OperationsMigrations.all,
            BillingMigrations.all, IdleCancellationMigrations.all, GraphsMigrations.all, NotificationsMigrations.all, AdminMigrations.all,
        ]
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            let clock = TestClock.fixed()
            let store = PostgresOrgStore(client: database.client, dateSource: clock)
            let accounts = PostgresOperatorAccounts(client: database.client, dateSource: clock)
            let sessions = PostgresOperatorSessions(client: database.client, dateSource: clock)
            var router = Router(dateSource: clock)
            let routes = AdminRoutes(
                gate: OperatorGate(
                    accounts: accounts, networks: networks.compactMap(NetworkRange.init), rehearsals: PostgresCommandRehearsals(),
                    repeats: PostgresOperatorRepeats(client: database.client, dateSource: clock),
                    approvals: PostgresOperatorApprovals(client: database.client, dateSource: clock)), accounts: accounts,
                sessions: sessions, consoleURL: "http://localhost:8081",
                directory: PostgresOrgInspector(client: database.client),
                orgs: StoredOrgAdministration(store: store, dateSource: clock), throttles: PostgresNetworkBlocks(store: store),
                levels: PostgresLogLevels(LogLevelStore(client: database.client)),
                audit: PostgresAuditReader(client: database.client), names: Self.names,
                notes: PostgresOperatorNotes(client: database.client, dateSource: clock), people: try people(store, clock),
                holds: PostgresAuditLegalHolds(client: database.client, dateSource: clock), limits: RateLimitSettings(),
                limitControl: PostgresRateLimitOverrides(client: database.client), desk: try desk(database, clock), dateSource: clock)
            routes.register(on: &router)
            try await body(
                Office(
                    database: database, clock: clock, store: store, accounts: accounts, router: router, routes: routes, sessions: sessions))
        }
    }

    /// The routes' services over the whole schema, as the API has them: by the login that may do less.
    static func desk(_ database: TestDatabase, _ clock: TestClock) throws -> OperatorDesk {
        let store = PostgresGraphPackagesStore(client: database.client, dateSource: clock)
        let registry = HostRegistry(
            store: store, hosts: ListedHosts(), settings: ["fit", "old"].map { NewGraphHost(name: $0, tiers: [.standard], slots: 3) },
            dateSource: clock)
        return OperatorDesk(
            lists: PostgresOperatorLists(client: database.client), queue: PostgresOperatorQueue(client: database.client, dateSource: clock),
            billing: BillingDesk(store: store, services: try billing(store, clock), dateSource: clock),
            graphs: GraphDesk(store: store, catalogue: .standard, dateSource: clock),
            plant: PostgresOperatorPlant(client: database.client, dateSource: clock),
            hosts: HostDesk(
                registry: registry, recovery: HostRecovery(store: store, hosts: ListedHosts(), dateSource: clock)),
            orphans: OrphanDesk(repairs: OrphanRepairs(store: store, catalogue: .standard, dateSource: clock)),
            approvals: PostgresOperatorApprovals(client: database.client, dateSource: clock),
            allowances: PostgresOperatorAllowances(client: database.client, dateSource: clock),
            mails: PostgresOperatorMails(previewer: try ShippedMails.previewer, client: database.client, dateSource: clock),
            invitations: PostgresOperatorInvitations(client: database.client, secrets: secrets, dateSource: clock))
    }

    /// What derives the secrets of mailed links.
    static let secrets = DerivedSecrets(master: SecretBytes(Array(repeating: 9, count: 32)))

    static func billing(
        _ store: PostgresGraphPackagesStore, _ clock: TestClock
    ) throws -> BillingServices<PostgresGraphPackagesStore> {
        BillingServices(
            store: store, provider: FakePaymentProvider(dateSource: clock), catalogue: try BuiltInCatalogue.load(),
            resources: [GraphResource<GraphPackagesTransaction>(catalogue: .standard, dateSource: clock)],
            directory: StoredOrgDirectory(store: store), authorizer: MembershipAuthorizer(),
            settings: BillingSettings(
                isEnabled: true, isSandboxMode: true, successURL: "https://example.com", cancelURL: "https://example.com",
                portalReturnURL: "https://example.com"), dateSource: clock, log: .silent,
            guarded: DueGraph.Step.allCases.map { GuardedGraphs<GraphPackagesTransaction>($0) })
    }

    /// A token of a new operator.
    func token(_ role: OperatorRole, from networks: [NetworkRange] = []) async throws -> (id: Operator.ID, token: String) {
        let made = try await accounts.create(
            "A \(role.rawValue)", at: nil, as: role, token: .days(1), from: networks, by: .system(component: "cli"))
        return (made.operator.id, made.token.withValue { $0 })
    }

    /// Calls a route as a program would.
    func call(
        _ method: Method, _ path: String, as token: String?, _ body: JSONValue? = nil, reason: String? = nil,
        from address: String = "10.0.0.7", ifMatch: String? = nil, key: String? = nil
    ) async throws -> (status: Int, body: JSONValue) {
        var headers: Headers = [:]
        if let token { headers["Authorization"] = "Bearer \(token)" }
        if let reason { headers["X-Actor-Reason"] = reason }
        if let ifMatch { headers["If-Match"] = ifMatch }
        if let key { headers["Idempotency-Key"] = key }
        if body != nil { headers["Content-Type"] = "application/json" }
        let bytes = try body.map { try JSON.encode($0) } ?? []
        let request = try #require(
            Request(
                method: method, target: path, headers: headers, body: bytes, remoteAddress: address, id: RequestID.make(at: clock.now)))
        let response = await router.respond(to: request)
        guard case .bytes(let answer) = response.body, !answer.isEmpty else { return (response.status.rawValue, .null) }
        return (response.status.rawValue, try JSON.decode(JSONValue.self, from: answer))
    }

    /// Calls a route as somebody who is signed in to the console.
    func console(_ method: Method, _ path: String, as person: Operator, _ body: JSONValue = [:]) async throws -> (
        status: Int, body: JSONValue
    ) {
        var request = try #require(
            Request(
                method: method, target: path, headers: ["Content-Type": "application/json"], body: try JSON.encode(body),
                remoteAddress: "10.0.0.7", id: RequestID.make(at: clock.now)))
        request.context[SignedInOperator.self] = person
        let response = await router.respond(to: request)
        guard case .bytes(let answer) = response.body, !answer.isEmpty else { return (response.status.rawValue, .null) }
        return (response.status.rawValue, try JSON.decode(JSONValue.self, from: answer))
    }

    /// A new operator.
    func person(_ role: OperatorRole, at email: String? = nil) async throws -> Operator {
        try await accounts.admit("A \(role.rawValue)", at: email.flatMap { MailAddress($0) }, as: role, by: .system(component: "cli"))
    }

    /// What one operator asks for, a second one consents to, and the first one carries out.
    func byTwo(
        _ method: Method, _ path: String, _ body: JSONValue, as first: OperatorRole, and second: OperatorRole
    ) async throws {
        let (one, two) = (try await person(first), try await person(second))
        let asked = try await console(method, path, as: one, body)
        #expect(asked.status == 202, "\(path): \(asked.body)")
        let approval = "/v1/admin/approvals/\(try #require(asked.body["approval_id"]?.stringValue))"
        let reason: JSONValue = ["reason": "looked at, and it is right"]
        #expect(try await console(.post, approval + "/approve", as: two, reason).status == 204)
        let done = try await console(.post, approval + "/carry-out", as: one, reason)
        #expect(done.status == 204, "\(path): \(done.body)")
    }

    /// The version of what a route shows.
    func version(_ path: String, as token: String) async throws -> String {
        let request = try #require(
            Request(
                method: .get, target: path, headers: ["Authorization": "Bearer \(token)"], body: [], remoteAddress: "10.0.0.7",
                id: RequestID.make(at: clock.now)))
        return try #require(await router.respond(to: request).headers["ETag"])
    }

    /// Billing and graphs as the API has them.
    var packages: PostgresGraphPackagesStore { PostgresGraphPackagesStore(client: database.client, dateSource: clock) }

    /// An org with an owner, as rows.
    func org(_ name: String) async throws -> Org.ID {
        let now = clock.now
        let user = User(
            id: .make(at: now), email: try #require(EmailAddress("\(name.lowercased())@example.com")), name: try #require(PersonName(name)),
            emailVerifiedAt: now, status: .active, sessionEpoch: 1, keyEpoch: 1, defaultOrg: nil, createdAt: now, updatedAt: now)
        try await store.withTransaction(.system) { try await $0.insert(user, password: nil) }
        let id = Org.ID.make(at: now)
        try await database.adminClient.withTransaction(scope: .system) { transaction in
            try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
            try await transaction.execute(
                """
                INSERT INTO orgs.org (id, name, org_type, state, owner_count, created_at, updated_at)
                VALUES (\(id), \(name), 'team', 'active', 1, \(now), \(now))
                """)
            try await transaction.execute(
                """
                INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                VALUES (\(Membership.ID.make(at: now)), \(id), \(user.id), 'owner', \(now), 'founding', \(now))
                """)
            try await transaction.execute(
                "INSERT INTO orgs.org_limits (org_id, max_graphs, max_members, source) VALUES (\(id), 3, 10, 'catalogue')")
        }
        return id
    }

    func entries(_ type: String) async throws -> [JSONValue] {
        try await database.adminClient.query("SELECT data FROM audit.entry WHERE type = \(type) ORDER BY recorded_at, id").map {
            try $0.decode("data")
        }
    }
}

/// All templates as they ship, read once (NOT-007); no link opens anything.
enum ShippedMails {
    private struct NoSecrets: MailLinkSecrets {
        func secret(of link: MailSecretLink) -> SecretString { SecretString("preview") }
    }

    private static let result = Result {
        let base = try #require(MarkupLink.Base("https://app.example.com"))
        return try MarkupMailRenderer(
            configuration: .init(
                base: base, providerHosts: [],
                brand: MarkupBrand(
                    productName: "Trellis", supportAddress: "support@example.com", legalLine: "Example Ltd", home: base.link([]),
                    palettes: .standard), secrets: NoSecrets()))
    }

    static var previewer: MailPreviewer { get throws { MailPreviewer(shelf: try result.get()) } }
}
