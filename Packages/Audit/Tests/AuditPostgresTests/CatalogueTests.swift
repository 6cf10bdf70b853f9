import Audit
import Core
import FoundationEssentials
import PlatformTesting
import Postgres
import Testing

@testable import AuditPostgres

@Suite struct CatalogueTests {
    private let client = NetworkClient(address: "203.0.113.9")

    private var rejected: LinkTokenRejected {
        LinkTokenRejected(client: client, route: "/v1/auth/invitations/{token}", reason: "used")
    }

    @Test func `AUD-126 denials are recorded from a network alone, attempts of a person with the person`() async throws {
        try await Log.with { log in
            let person = Person.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.person VALUES (\(person))")
            try await log.write { transaction in
                let anonymous = AuditActor.anonymous(AuditReference(client))
                _ = try await transaction.record(rejected, by: anonymous)
                _ = try await transaction.record(LinkTokenReplayed(client: client, route: "/v1/auth/invitations/{token}"), by: anonymous)
                let user = AuditActor.user(AuditReference(person))
                _ = try await transaction.record(
                    PrivilegeEscalationAttempt(user: person, client: client, route: "/v1/orgs/{org_id}", wanted: "owner"), by: user)
                _ = try await transaction.record(CrossTenantAttempt(user: person, client: client, route: "/v1/graphs/{graph_id}"), by: user)
            }
            let rows = try await log.database.adminClient.query("SELECT type, risk FROM audit.entry ORDER BY type")
            let found = try rows.map { "\(try $0.decode("type", as: String.self)) \(try $0.decode("risk", as: String.self))" }
            #expect(
                found == [
                    "cross_tenant_attempt high", "link_token_rejected medium", "link_token_replayed low",
                    "privilege_escalation_attempt high",
                ])
            let alerts = try await PostgresAuditAlerts(client: log.database.systemClient).firing(at: log.clock.now)
            #expect(alerts.map(\.rule.name) == ["privilege escalation", "foreign org"])
        }
    }

    @Test func `AUD-096 one refusal of high risk fires its rule, several rejected links theirs, and an hour later neither does`()
        async throws
    {
        try await Log.with { log in
            let links = AuditAlertRule("links", types: ["link_token_rejected"], burst: 3, within: .minutes(5))
            let alerts = PostgresAuditAlerts(client: log.database.systemClient, rules: AuditAlertRule.standard + [links])
            func refuse(_ risk: AuditRisk) async throws {
                try await log.write(scope: .none) { transaction in
                    _ = try await transaction.record(
                        AuthorizationDenied(client: client, route: "/v1/x", reason: "invalid_webhook_signature", size: 1, risk: risk),
                        by: .anonymous(AuditReference(client)))
                    _ = try await transaction.record(rejected, by: .anonymous(AuditReference(client)))
                }
            }
            try await refuse(.medium)
            var firing = try await alerts.firing(at: log.clock.now)
            #expect(firing.isEmpty)
            try await refuse(.high)
            try await refuse(.medium)
            firing = try await alerts.firing(at: log.clock.now)
            #expect(
                firing == [
                    AuditAlert(rule: AuditAlertRule.standard[1], count: 1, latest: log.clock.now),
                    AuditAlert(rule: links, count: 3, latest: log.clock.now),
                ])
            #expect(firing.map(\.rule.key) == ["refusals_of_high_risk", "links"])
            log.clock.advance(by: .hours(1))
            firing = try await alerts.firing(at: log.clock.now)
            #expect(firing.isEmpty)
        }
    }

    @Test func `AUD-092 the database refuses an authentication entry that tells of failed work`() async throws {
        try await Log.with { log in
            let insert: Statement = """
                INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_component, summary, ref_org, ref_operation)
                VALUES (\(UUID()), 'auth_failure', 'medium', \(log.clock.now), 'system', 'graphs', 'engine did not answer',
                    \(log.company), \(UUID()))
                """
            let error = await #expect(throws: PostgresError.self) { try await log.database.systemClient.execute(insert, scope: .system) }
            #expect(error?.constraint == "entry_of_work_is_not_authentication")
        }
    }

    @Test func `AUD-054 what is stored shows no address and no key, whoever forgot to shorten it`() async throws {
        try await Log.with { log in
            try await log.write { transaction in
                _ = try await transaction.record(
                    CompanyFounded(log.company, summary: "by anna@example.com with sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
                    by: .system(component: "test"))
            }
            let summary = try await log.database.adminClient.query("SELECT summary FROM audit.entry")[0].decode(String.self)
            #expect(summary == "by [address] with sk_live_***")
        }
    }

    @Test func `AUD-081 the first page is read from an index in its order, whatever the filter`() async throws {
        try await Log.with { log in
            try await log.write { transaction in
                for _ in 0..<20 { _ = try await transaction.record(CompanyRenamed(company: log.company), by: .system(component: "test")) }
            }
            let org = log.company.uuid
            var filters = [
                AuditQuery(), AuditQuery(types: ["org_updated"]), AuditQuery(since: log.clock.now, until: log.clock.now + .seconds(1)),
            ]
            var byActor = AuditQuery()
            byActor.actor = org
            filters.append(byActor)
            for filter in filters {
                let statement = Self.statement(org, filter)
                let plan = try await log.database.adminClient.withTransaction(scope: .org(org)) { transaction in
                    try await transaction.execute("SET LOCAL enable_seqscan = off")
                    try await transaction.execute("SET LOCAL enable_bitmapscan = off")
                    return try await transaction.query("EXPLAIN " + statement).map { try $0.decode(String.self) }.joined(separator: "\n")
                }
                #expect(plan.contains("Index Scan") && !plan.contains("Seq Scan"), "\(plan)")
                #expect(!plan.contains("\n  ->  Sort"), "\(plan)")
            }
        }
    }

    @Test func `AUD-081 an operator's page over all chains reads an index in its order, with any single filter`() async throws {
        try await Log.with { log in
            var queries = [AuditQuery(), AuditQuery(types: ["org_updated"]), AuditQuery(since: log.clock.now)]
            var query = AuditQuery()
            query.actor = log.company.uuid
            queries.append(query)
            query = AuditQuery()
            query.requestID = "req_1"
            queries.append(query)
            query = AuditQuery()
            query.component = "jobs"
            queries.append(query)
            for query in queries {
                let plan = try await log.database.adminClient.withTransaction(scope: .system) { transaction in
                    try await transaction.execute("SET LOCAL enable_seqscan = off")
                    try await transaction.execute("SET LOCAL enable_bitmapscan = off")
                    return try await transaction.query("EXPLAIN " + PostgresAuditReader.statement(query, from: nil))
                        .map { try $0.decode(String.self) }.joined(separator: "\n")
                }
                #expect(plan.contains("Index Scan") && !plan.contains("Seq Scan"), "\(plan)")
                #expect(!plan.contains("\n  ->  Sort"), "\(plan)")
            }
        }
    }

    private static func statement(_ org: UUID, _ query: AuditQuery) -> Statement {
        var query = query
        query.org = org
        return PostgresAuditReader.statement(query, from: nil)
    }

    @Test func `AUD-071 filters narrow the list and can be combined`() async throws {
        try await Log.with { log in
            try await log.write { transaction in
                let id = Person.ID.make(at: log.clock.now)
                try await transaction.postgres.execute("INSERT INTO audit.person VALUES (\(id))")
                _ = try await transaction.record(CompanyFounded(log.company), by: .user(AuditReference(id)))
                _ = try await transaction.record(CompanyRenamed(company: log.company), by: .system(component: "test"))
            }
            let reader = PostgresAuditReader(client: log.database.client)
            let person = try await log.database.adminClient.query("SELECT id FROM audit.person")[0].decode(UUID.self)
            func types(_ change: (inout AuditQuery) -> Void) async throws -> [String] {
                var query = AuditQuery()
                change(&query)
                return try await reader.entries(ofOrg: log.company.uuid, query).elements.map(\.type).sorted()
            }
            #expect(try await types { _ in } == ["org_created", "org_updated"])
            #expect(try await types { $0.actor = person } == ["org_created"])
            #expect(try await types { $0.classes = [.billing] } == [])
            #expect(
                try await types {
                    $0.classes = [.org]; $0.types = ["org_updated"]
                } == ["org_updated"])
            #expect(try await types { $0.minimumRisk = .medium } == [])
            #expect(try await types { $0.requestID = "req_unknown" } == [])
            #expect(try await types { $0.references = [AuditReference(log.company)] } == ["org_created", "org_updated"])
            #expect(try await types { $0.references = [AuditReference(Person.ID(uuid: person))] } == [])
        }
    }
}
