import AuditPostgres
import Core
import EventLoops
import FoundationEssentials
@_spi(Authentication) import Identity
import IdentityPostgres
import JobsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Orgs on a real database, with people who have one each.
struct House: Sendable {
    let database: TestDatabase
    let clock: SteppedDateSource
    let store: PostgresOrgStore
    var settings = OrgsSettings()
    let authorizer = MembershipAuthorizer()

    static func with(
        also migrations: [any Migration.Type] = [], _ body: (House) async throws -> Void
    ) async throws {
        let all = [AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, migrations]
        try await TestDatabase.withDatabase(migrations: all) { database in
            let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
            try await body(House(database: database, clock: clock, store: PostgresOrgStore(client: database.client, dateSource: clock)))
        }
    }

    var orgs: Organizations<PostgresOrgStore> { Organizations(store: store, settings: settings, dateSource: clock) }
    var memberships: Memberships<PostgresOrgStore> { Memberships(store: store, observers: [], dateSource: clock) }

    func accountObserver(_ surroundings: Surroundings = Surroundings()) -> OrgAccountObserver<OrgOnlyTransaction> {
        OrgAccountObserver(
            settings: settings, secrets: TestSecrets(), membershipObservers: [], lifecycleObservers: [surroundings], dateSource: clock)
    }

    /// A registered person with the personal org that registration makes.
    func person(_ name: String, verified: Bool = true) async throws -> (user: User.ID, org: Org.ID) {
        let now = clock.now
        let user = User(
            id: .make(at: now), email: try #require(EmailAddress("\(name.lowercased())@example.com")),
            name: try #require(PersonName(name)), emailVerifiedAt: verified ? now : nil, status: .active, sessionEpoch: 1, keyEpoch: 1,
            defaultOrg: nil, createdAt: now, updatedAt: now)
        let org = try await store.withTransaction(.system) { transaction in
            try await transaction.insert(user, password: nil)
            return try await accountObserver().accountRegistered(user, through: nil, in: transaction)?.org
        }
        return (user.id, try #require(org))
    }

    /// Makes a person a member of an org, as an operator would.
    @discardableResult
    func join(_ user: User.ID, _ org: Org.ID, as role: OrgRole) async throws -> Membership.ID {
        let now = clock.now
        let membership = Membership(id: .make(at: now), org: org, user: user, role: role, joinedAt: now, joinedThrough: .operator)
        try await store.withTransaction(.system) { transaction in
            _ = try await transaction.lockedOrg(org)
            try await transaction.insert(membership)
        }
        return membership.id
    }

    /// A further person who is in the org.
    func member(_ name: String, of org: Org.ID, as role: OrgRole) async throws -> User.ID {
        let user = try await person(name).user
        try await join(user, org, as: role)
        return user
    }

    /// The caller as authentication would find it, acting for an org.
    func principal(_ user: User.ID, in org: Org.ID?) async throws -> Principal {
        let account = try #require(try await store.profile(of: user))
        let scope = if let org { try await store.scope(of: user, in: org) } else { OrgScope?.none }
        return Principal(
            userID: user, email: account.email, name: account.name, isEmailVerified: account.isEmailVerified,
            credential: .session(Session.ID.make(at: clock.now), generation: 1), scopes: nil, graph: nil, orgScope: scope)
    }

    func memberScope(_ user: User.ID, _ org: Org.ID) async throws -> MemberScope {
        try authorizer.memberScope(for: try await principal(user, in: org), in: org)
    }
    func adminScope(_ user: User.ID, _ org: Org.ID) async throws -> AdminScope {
        try authorizer.adminScope(for: try await principal(user, in: org), in: org)
    }
    func ownerScope(_ user: User.ID, _ org: Org.ID) async throws -> OwnerScope {
        try authorizer.ownerScope(for: try await principal(user, in: org), in: org)
    }

    func count(_ sql: String) async throws -> Int {
        Int(try await database.adminClient.query(Statement("SELECT count(*) FROM " + sql))[0].decode(Int64.self))
    }

    func entries(_ type: String, of org: Org.ID? = nil) async throws -> Int {
        Int(
            try await database.adminClient.query(
                "SELECT count(*) FROM audit.entry WHERE type = \(type) AND (\(org)::uuid IS NULL OR ref_org = \(org))")[0]
                .decode(Int64.self))
    }

    func events(_ topic: String) async throws -> Int {
        Int(try await database.adminClient.query("SELECT count(*) FROM jobs.event WHERE topic = \(topic)")[0].decode(Int64.self))
    }

    func role(of user: User.ID, in org: Org.ID) async throws -> OrgRole? { try await store.scope(of: user, in: org)?.role }

    /// Every live org has a live owner with an active account, and knows how many.
    func expectOwners(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let wrong = try await count(
            """
            orgs.org o WHERE o.owner_count <> (SELECT count(*) FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
                WHERE m.org_id = o.id AND m.role = 'owner' AND m.ended_at IS NULL AND a.status = 'active')
                OR (o.owner_count = 0 AND o.state = 'active')
            """)
        #expect(wrong == 0, sourceLocation: sourceLocation)
    }
}

/// How often a race is run: enough to meet now, more where `TRELLIS_RACE_ROUNDS` says so.
let raceRounds = ProcessInfo.processInfo.environment["TRELLIS_RACE_ROUNDS"].flatMap(Int.init) ?? 12

/// How often the two races are run at least on which rights and places hang: the last owner's, and an invitation that is accepted twice.
let decisiveRounds = max(200, raceRounds)

/// What a command came to, when being refused is one of its ordinary ends.
enum Ending: Hashable {
    case done
    case refused(OrgsError)

    init(_ body: () async throws -> Void) async throws {
        do {
            try await body()
            self = .done
        } catch let error as OrgsError {
            self = .refused(error)
        }
    }
}

extension House {
    /// The statements that reach the server while a closure uses a store on a connection of its own, by the server's own count.
    func statements(_ body: (PostgresOrgStore) async throws -> Void) async throws -> Int {
        let cost = try await cost(body)
        return cost.statements + cost.transactions
    }

    /// The same, with the transactions around them apart: an explicit one is its BEGIN, COMMIT and scope.
    func cost(_ body: (PostgresOrgStore) async throws -> Void) async throws -> (statements: Int, transactions: Int) {
        let loops = try EventLoopGroup(count: 1, name: "counted")
        defer { loops.shutdown() }
        var configuration = database.configuration()
        configuration.poolSizePerLoop = 1
        let client = PostgresClient(configuration: configuration, loops: loops)
        func executed() async throws -> (statements: Int, transactions: Int) {
            let rows = try await client.query(
                """
                SELECT coalesce(sum(n) FILTER (WHERE statement NOT IN ('BEGIN', 'COMMIT')), 0)::bigint AS statements,
                    coalesce(sum(n) FILTER (WHERE statement = 'COMMIT'), 0)::bigint AS transactions
                FROM (SELECT statement, generic_plans + custom_plans AS n FROM pg_prepared_statements) AS p
                WHERE statement NOT LIKE '%pg_prepared_statements%' AND statement NOT LIKE '%set_config%'
                """)
            return (Int(try rows[0].decode("statements", as: Int64.self)), Int(try rows[0].decode("transactions", as: Int64.self)))
        }
        let before = try await executed()
        try await body(PostgresOrgStore(client: client, dateSource: clock))
        let after = try await executed()
        await client.close()
        return (after.statements - before.statements, after.transactions - before.transactions)
    }
}
