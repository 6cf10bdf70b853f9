import Admin
import AuditPostgres
import Core
import Cryptography
import HTTPServer
import Identity
import IdentityCryptography
import IdentityPostgres
import JobsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@testable import AdminHTTP

/// A hasher that is fast and tells nothing: these tests are about operators.
private struct PlainHasher: Identity.PasswordHasher {
    func hash(_ password: Password) -> StoredPassword { StoredPassword(phc: "plain:" + password.secret.withValue { $0 }) }
    func verify(_ password: Password, against hash: StoredPassword) -> PasswordVerdict {
        self.hash(password) == hash ? .matches(isOutdated: false) : .differs
    }
    func verifyAgainstNothing(_ password: Password) {}
}

extension Office {
    static func environment(_ store: PostgresOrgStore, _ clock: TestClock) throws -> IdentityEnvironment<PostgresOrgStore> {
        let ring = try KeyRing(newest: .init(id: "k1", secret: SecretBytes(Array(repeating: 7, count: 32))))
        return IdentityEnvironment(
            store: store, passwords: PlainHasher(), tokens: try EdDSATokenSigner(keys: ring, issuer: "trellis", audience: "trellis"),
            secrets: DerivedSecrets(master: SecretBytes(Array(repeating: 9, count: 32))), captcha: nil, dateSource: clock,
            settings: IdentitySettings())
    }

    static func people(_ store: PostgresOrgStore, _ clock: TestClock) throws -> OperatedAccounts {
        let environment = try environment(store, clock)
        let observer = OrgAccountObserver<OrgOnlyTransaction>(
            settings: OrgsSettings(), secrets: environment.secrets, membershipObservers: [], lifecycleObservers: [], dateSource: clock)
        return OperatedAccounts(
            orders: Accounts(environment, observer: observer), resets: SecondFactorResets(environment), exports: PersonalData(environment))
    }

    /// The owner of a new org.
    func person(_ name: String) async throws -> User.ID {
        let org = try await org(name)
        let rows = try await database.adminClient.query("SELECT user_id FROM orgs.membership WHERE org_id = \(org)")
        return try #require(rows.first).decode("user_id")
    }

    /// Gives a person a passkey, as a row.
    func enrol(_ user: User.ID) async throws {
        let now = clock.now
        let facts = PasskeyFacts(
            credentialID: Array("\(user)".utf8), publicKey: [1], algorithm: -8, model: [], transports: [], isBackupEligible: false)
        _ = try await store.withTransaction(.system) { transaction in
            try await transaction.insert(
                Passkey(
                    id: .make(at: now), user: user, name: "Key", facts: facts, signCount: 0, isBackedUp: false, lastUsedAt: nil,
                    createdAt: now))
        }
    }

    func number(_ sql: String) async throws -> Int {
        Int(try await database.adminClient.query(Statement("SELECT count(*) FROM " + sql))[0].decode(Int64.self))
    }

    /// Everything that a rehearsal must leave as it was; calls are recorded apart.
    func fingerprint() async throws -> String {
        try await database.adminClient.query(
            """
            SELECT md5(concat_ws('|', (SELECT string_agg(a::text, ',' ORDER BY id) FROM identity.account a),
                (SELECT string_agg(o::text, ',' ORDER BY id) FROM orgs.org o), (SELECT count(*) FROM identity.link_token),
                (SELECT count(*) FROM identity.personal_export), (SELECT count(*) FROM identity.second_factor_reset),
                (SELECT count(*) FROM jobs.event), (SELECT count(*) FROM jobs.job),
                (SELECT count(*) FROM audit.entry WHERE type <> 'admin_action')))
            """
        )[0].decode(String.self)
    }
}

@Suite struct PeopleTests {
    private static let why = "asked for by the customer"

    @Test func `ID-136 a reset takes a reason and a second operator, and waits a day that begins with the approval`() async throws {
        try await Office.with { office in
            let user = try await office.person("Ada")
            let (first, second) = (try await office.token(.support), try await office.token(.superadmin))
            let path = "/v1/admin/users/\(user)/reset-mfa"
            #expect(try await office.call(.post, path, as: first.token, [:]).status == 422)
            let early = try await office.call(.post, path, as: first.token, reason: Self.why)
            #expect(early.status == 409 && early.body["code"] == "NO_PASSKEY")
            try await office.enrol(user)
            let made = try await office.call(.post, path, as: first.token, reason: Self.why)
            #expect(made.status == 202 && made.body["state"] == "requested" && made.body["due_at"] == .null, "\(made.body)")
            let id = try #require(made.body["id"]?.stringValue)
            // Asking again is the same request.
            #expect(try await office.call(.post, path, as: second.token, reason: Self.why).body["id"] == .string(id))
            let approval = "/v1/admin/mfa-resets/\(id)/approve"
            let own = try await office.call(.post, approval, as: first.token, reason: Self.why)
            #expect(own.status == 409 && own.body["code"] == "APPROVAL_NEEDS_OTHER")
            #expect(try await office.number("jobs.event WHERE topic = 'identity.second_factor_reset_scheduled'") == 0)
            office.clock.advance(by: .hours(23))
            let approved = try await office.call(.post, approval, as: second.token, reason: Self.why)
            #expect(approved.status == 200 && approved.body["state"] == "approved", "\(approved.body)")
            #expect(approved.body["due_at"] == .string((office.clock.now + .hours(24)).description))
            #expect(approved.body["approved_by"] == .string(second.id.description))
            #expect(try await office.number("jobs.event WHERE topic = 'identity.second_factor_reset_scheduled'") == 1)
            let due = try await office.database.adminClient.query(
                "SELECT j.run_at FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name LIKE 'identity.reset_second_factor%'")
            #expect(try due.map { try $0.decode("run_at", as: Instant.self) } == [office.clock.now + .hours(24)])
            // A repeat begins no second day.
            let again = try await office.call(.post, approval, as: second.token, reason: Self.why)
            #expect(again.status == 200 && again.body["due_at"] == approved.body["due_at"])
            #expect(try await office.entries("user_mfa_reset").map { $0["step"] } == ["requested", "approved"])
            #expect(try await office.number("identity.passkey WHERE removed_at IS NULL") == 1)
            let list = try await office.call(.get, "/v1/admin/users/\(user)/mfa-resets", as: first.token)
            #expect(list.body["resets"]?.arrayValue?.map { $0["state"] } == ["approved"])
        }
    }

    @Test func `ID-136 a request that nobody approves lapses after a day, and one that is stopped is neither approved nor carried out`()
        async throws
    {
        try await Office.with { office in
            let user = try await office.person("Ada")
            try await office.enrol(user)
            let first = try await office.token(.support)
            let made = try await office.call(.post, "/v1/admin/users/\(user)/reset-mfa", as: first.token, reason: Self.why)
            let old = try #require(made.body["id"]?.stringValue, "\(made.body)")
            office.clock.advance(by: .hours(24))
            let again = try await office.token(.superadmin)
            let chief = try await office.token(.support)
            let refused = try await office.call(.post, "/v1/admin/mfa-resets/\(old)/approve", as: again.token, reason: Self.why)
            #expect(refused.status == 409 && refused.body["code"] == "MFA_RESET_CLOSED", "\(refused.body)")
            let new = try await office.call(.post, "/v1/admin/users/\(user)/reset-mfa", as: chief.token, reason: Self.why)
            let id = try #require(new.body["id"]?.stringValue)
            #expect(id != old)
            #expect(try await office.call(.post, "/v1/admin/mfa-resets/\(id)/approve", as: again.token, reason: Self.why).status == 200)
            let stopped = try await office.call(.post, "/v1/admin/mfa-resets/\(id)/stop", as: chief.token, reason: Self.why)
            #expect(stopped.status == 200 && stopped.body["state"] == "stopped")
            #expect(
                try await office.number("jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name LIKE 'identity.reset_second_factor%'")
                    == 0)
            #expect(try await office.call(.post, "/v1/admin/mfa-resets/\(id)/approve", as: again.token, reason: Self.why).status == 409)
        }
    }

    @Test func `ID-149 operators' orders about accounts need a reason, can be rehearsed without a trace, and are each recorded`()
        async throws
    {
        try await Office.with { office in
            let user = try await office.person("Ada")
            let idle = try await office.person("Ben")
            try await office.enrol(user)
            let token = try await office.token(.support).token
            let viewer = try await office.token(.viewer).token
            let users = "/v1/admin/users"
            let orders: [(Method, String, status: Int)] = [
                (.post, "\(users)/\(user)/exports", 200), (.post, "\(users)/\(user)/reset-mfa", 202),
                (.post, "\(users)/\(user)/deactivate", 200), (.post, "\(users)/\(user)/reactivate", 200),
                (.post, "\(users)/\(idle)/deletion", 200), (.delete, "\(users)/\(idle)/deletion", 200),
            ]
            for (method, path, status) in orders {
                #expect(try await office.call(method, path, as: viewer, reason: Self.why).status == 403, "\(path)")
                #expect(try await office.call(method, path, as: token).status == 422, "\(path) without a reason")
                let before = try await office.fingerprint()
                let rehearsal = try await office.call(method, path + "?validate_only=true", as: token, reason: Self.why)
                #expect(rehearsal.status == status && rehearsal.body["validate_only"] == true, "\(path): \(rehearsal.body)")
                #expect(try await office.fingerprint() == before, "\(path) left something")
                let done = try await office.call(method, path, as: token, reason: Self.why)
                #expect(done.status == status && done.body["validate_only"] == false, "\(path): \(done.body)")
                #expect(try await office.fingerprint() != before, "\(path) did nothing")
                // What would be is what is, but for ids that are made anew.
                #expect(done.body["status"] == rehearsal.body["status"] && done.body["purge_at"] == rehearsal.body["purge_at"])
            }
            let actions = try await office.entries("admin_action")
            #expect(actions.count == orders.count * 4)
            #expect(Set(actions.compactMap { $0["route"]?.stringValue }).count == orders.count)
            let actors = try await office.database.adminClient.query(
                "SELECT count(DISTINCT type) FROM audit.entry WHERE actor_kind = 'operator' AND type IN ('user_deactivated', 'user_reactivated', 'user_deletion_requested', 'user_deletion_canceled', 'user_data_exported', 'user_mfa_reset')"
            )[0].decode(Int64.self)
            #expect(actors == 6)
            #expect(
                try await office.call(.post, "\(users)/\(User.ID(high: 1, low: 1))/deactivate", as: token, reason: Self.why).status == 404)
        }
    }
}

@Suite struct CallerLimitTests {
    @Test func `SEC-017 an operator sees the limits of a caller, raises one and lifts all for a time with a reason, and they end with it`()
        async throws
    {
        try await Office.with { office in
            let user = try await office.person("Ada")
            let (engineer, viewer) = (try await office.token(.engineer).token, try await office.token(.viewer).token)
            let why = "a migration of the customer"
            let path = "/v1/admin/rate-limits/\(user)"
            func limit(_ category: String, _ body: JSONValue) -> JSONValue? {
                body["limits"]?.arrayValue?.first { $0["category"] == .string(category) }
            }
            let usual = try await office.call(.get, path, as: viewer)
            #expect(usual.status == 200 && usual.body["kind"] == "user")
            #expect(limit("backup_ops", usual.body)?["limit"] == 10 && limit("session", usual.body)?["limit"] == 500, "\(usual.body)")
            #expect(limit("backup_ops", usual.body)?["until"] == .null)
            let wish: JSONValue = ["category": "backup_ops", "limit": 100, "minutes": 30]
            #expect(try await office.call(.put, path, as: viewer, wish, reason: why).status == 403)
            #expect(try await office.call(.put, path, as: engineer, wish).status == 422)
            let raised = try await office.call(.put, path, as: engineer, wish, reason: why)
            #expect(raised.status == 200 && limit("backup_ops", raised.body)?["limit"] == 100, "\(raised.body)")
            #expect(limit("backup_ops", raised.body)?["usual"] == 10)
            #expect(limit("backup_ops", raised.body)?["until"] == .string((office.clock.now + .minutes(30)).description))
            #expect(limit("session", raised.body)?["limit"] == 500)
            let lifted = try await office.call(.put, path, as: engineer, ["limit": .null, "minutes": 10], reason: why)
            #expect(limit("session", lifted.body)?["limit"] == .null && limit("backup_ops", lifted.body)?["limit"] == 100)
            office.clock.advance(by: .minutes(30))
            #expect(try await office.call(.get, path, as: viewer).body == usual.body)
            for bad in [
                ["limit": 0, "minutes": 5], ["limit": 5, "minutes": 0], ["limit": 5, "minutes": 10_081],
                ["category": "no_such", "limit": 5, "minutes": 5], ["minutes": 5],
            ] as [JSONValue] {
                #expect(try await office.call(.put, path, as: engineer, bad, reason: why).status == 422, "\(bad)")
            }
            _ = try await office.call(.put, path, as: engineer, wish, reason: why)
            let cleared = try await office.call(.delete, path, as: engineer, reason: why)
            #expect(cleared.status == 200 && cleared.body == usual.body)
            // A network, a key and an org as well; nothing else.
            #expect(try await office.call(.get, "/v1/admin/rate-limits/203.0.113.9", as: viewer).body["kind"] == "network")
            #expect(try await office.call(.get, "/v1/admin/rate-limits/\(OrgReference(high: 1, low: 1))", as: viewer).body["kind"] == "org")
            // What counts by plan: for persons over all their credentials, for graphs by their own.
            let graph = try await office.call(.get, "/v1/admin/rate-limits/kg0123456789abcdef0123", as: viewer)
            #expect(graph.body["kind"] == "graph" && graph.body["limits"] == [])
            let plans = graph.body["plans"]?.arrayValue ?? []
            #expect(plans.map { $0["category"] } == ["graph_read", "graph_write", "graph_analytics"])
            #expect(plans.first?["base"] == 30 && plans.first?["xlarge"] == 480)
            #expect(try await office.call(.get, "/v1/admin/rate-limits/somebody", as: viewer).status == 404)
            #expect(try await office.entries("admin_action").contains { $0["route"] == "PUT /v1/admin/rate-limits/{caller}" })
        }
    }
}
