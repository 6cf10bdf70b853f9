import AdminPostgres
import Audit
import AuditHTTP
import AuditPostgres
import Core
import HTTPServer
import Identity
import Observability
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Admin
@testable import AdminHTTP

@Suite struct LogReadingTests {
    private let why = "asked for by the customer"

    @Test func `ADM-007 the matrix of the table: who lacks a route's permission gets 403 with its name, everybody else passes`()
        async throws
    {
        try await Office.with { office in
            let table = office.routes.table
            // Nothing is served beside the table but the document of it.
            #expect(
                Set(table.map { "\($0.method.rawValue) \($0.path)" } + ["GET /v1/admin/openapi.json"])
                    == Set(office.router.routes.map { "\($0.method.rawValue) \($0.path)" }))
            #expect(Set(table.map(\.operation)).count == table.count)
            var tokens: [(role: OperatorRole, token: String)] = []
            for role in OperatorRole.allCases { tokens.append((role, try await office.token(role).token)) }
            for route in table {
                // Nothing is found at these places, so that a call that is let in changes nothing.
                let path = route.path.replacing("{org_id}", with: Org.ID(high: 1, low: 1).description)
                    .replacing("{operator_id}", with: Operator.ID(high: 1, low: 1).description).replacing("{component}", with: "9")
                    .replacing("{caller}", with: User.ID(high: 1, low: 1).description)
                    .replacing("{user_id}", with: User.ID(high: 1, low: 1).description)
                    .replacing("{reset_id}", with: SecondFactorReset.ID(high: 1, low: 1).description)
                    .replacing("{subject_id}", with: Org.ID(high: 1, low: 1).description)
                for (role, token) in tokens {
                    let answer = try await office.call(
                        route.method, path + (route.operation == "list_audit" ? "?org_id=\(Org.ID(high: 1, low: 1))" : ""), as: token,
                        route.method == .get ? nil : [:], reason: why)
                    if role.permissions.contains(route.handling.permission) {
                        #expect(
                            answer.status != 403 && answer.status != 401 && answer.status < 500, "\(role) \(route.operation): \(answer)")
                    } else {
                        #expect(answer.status == 403, "\(role) \(route.operation)")
                        #expect(answer.body["detail"]?.stringValue?.contains(route.handling.permission.rawValue) == true)
                    }
                }
            }
            // The table of the specification, as far as there are routes.
            let may = Dictionary(uniqueKeysWithValues: OperatorRole.allCases.map { ($0, $0.permissions) })
            #expect(may[.viewer] == [.read] && may[.auditor] == [.read, .readMoney, .readAudit, .readOrgAudit, .manageHolds])
            #expect(may[.superadmin] == Set(OperatorPermission.allCases))
            #expect(may.filter { $0.value.contains(.thaw) }.keys.map(\.self) == [.superadmin])
            #expect(Set(may.filter { $0.value.contains(.freeze) }.keys) == [.support, .billing, .superadmin])
        }
    }

    @Test
    func
        `AUD-078 AUD-032 operators read all chains with the filters, follow a trace, and each read is an entry; others read one org at a time`()
        async throws
    {
        try await Office.with { office in
            let auditor = try await office.token(.auditor)
            let (support, viewer) = (try await office.token(.support).token, try await office.token(.viewer).token)
            let (alpha, beta) = (try await office.org("Alpha"), try await office.org("Beta"))
            var generator = SystemRandomNumberGenerator()
            let trace = TraceContext.make(using: &generator)
            let written: [(org: Org.ID, trace: TraceContext?)] = [(alpha, trace), (beta, nil), (alpha, nil)]
            for (org, trace) in written {
                office.clock.advance(by: .seconds(1))
                try await LogContext.$current.withValue(LogContext(requestID: "req_1", trace: trace)) {
                    _ = try await PostgresOrgNotes(office).add("a note", to: org, by: auditor.id)
                }
            }
            // What led elsewhere belongs to the trace as well.
            try await LogContext.$current.withValue(LogContext(trace: trace)) {
                try await office.accounts.record(
                    OperatorDisabled(id: auditor.id, reason: "left the team"), by: .system(component: "jobs"))
            }
            func entries(_ query: String, as token: String? = nil) async throws -> [JSONValue] {
                let answer = try await office.call(
                    .get, "/v1/admin/audit?type=operator_note_added&type=operator_disabled&" + query, as: token ?? auditor.token)
                #expect(answer.status == 200, "\(answer.body)")
                return answer.body["entries"]?.arrayValue ?? []
            }
            let all = try await entries("")
            #expect(all.count == 4)
            #expect(all.allSatisfy { $0["private"] == nil }, "what is personal is not shown in passing")
            #expect(try await entries("org_id=\(alpha)").count == 2)
            #expect(try await entries("org_id=\(alpha)", as: support).count == 2)
            // An org that is being deleted is read as before (AUD-032).
            try await office.database.adminClient.withTransaction(scope: .system) { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                try await transaction.execute(
                    "UPDATE orgs.org SET state = 'deleted', deleted_at = now(), purge_at = now() + interval '30 days' WHERE id = \(alpha)")
            }
            #expect(try await entries("org_id=\(alpha)", as: support).count == 2)
            #expect(try await entries("operator_id=\(auditor.id)").count == 3)
            #expect(try await entries("component=jobs").count == 1)
            #expect(try await entries("request_id=req_1").count == 3)
            #expect(try await entries("reference=\(beta)").count == 1)
            #expect(try await entries("risk_min=high").map { $0["type"] } == ["operator_disabled"])
            let ofTrace = try #require(all.last?["id"]?.stringValue)
            #expect(try await entries("follow=\(ofTrace)").map { $0["type"] } == ["operator_disabled", "operator_note_added"])

            #expect(try await office.call(.get, "/v1/admin/audit", as: support).status == 403)
            #expect(try await office.call(.get, "/v1/admin/audit?org_id=\(alpha)", as: viewer).status == 403)
            #expect(try await office.call(.get, "/v1/admin/audit?colour=red", as: auditor.token).status == 400)
            let first = try await office.call(.get, "/v1/admin/audit?limit=1", as: auditor.token).body
            let cursor = try #require(first["next_cursor"]?.stringValue)
            #expect(try await office.call(.get, "/v1/admin/audit?limit=1&cursor=\(cursor)", as: auditor.token).status == 200)
            #expect(try await office.call(.get, "/v1/admin/audit?limit=1&component=jobs&cursor=\(cursor)", as: auditor.token).status == 400)
            let reads = try await office.entries("admin_action").filter { $0["route"] == "GET /v1/admin/audit" }
            #expect(reads.count == 16)
        }
    }

    @Test
    func `OPS-086 what takes an idle cancellation back is of medium risk, and the release before may still write it without its case`()
        async throws
    {
        try await Office.with { office in
            let types = try await PostgresAuditCatalogue(client: office.database.client).types()
            let kept = try #require(types.first { $0.name == "subscription_kept" })
            #expect(kept.risk == .medium && !kept.requires.contains(.idleCase))
            await #expect(throws: PostgresError.self) {
                try await office.database.adminClient.execute("UPDATE audit.event_type SET risk = 'low' WHERE name = 'subscription_kept'")
            }
            let org = try await office.org("Alpha")
            let error = await #expect(throws: PostgresError.self) {
                try await office.database.systemClient.execute(
                    """
                    INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_component, summary, ref_org)
                    VALUES (gen_random_uuid(), 'subscription_kept', 'medium', now(), 'system', 'x', 'x', \(org))
                    """, scope: .system)
            }
            // What it lacks is the subscription, as it always would have.
            #expect(error?.constraint == "entry_has_required_references" && error?.message.contains("subscription") == true)
        }
    }

    @Test func `AUD-014 a note of 2000 characters reads back whole, and one of too many bytes is refused by name of its field`()
        async throws
    {
        try await Office.with { office in
            let support = try await office.token(.support).token
            let org = try await office.org("Alpha")
            let path = "/v1/admin/notes/\(org)"
            let text = String(repeating: "wörter ", count: 285) + "12345"
            #expect(text.count == 2_000)
            #expect(try await office.call(.post, path, as: support, ["text": .string(text)], reason: why).status == 204)
            let found = try await office.call(.get, path, as: support).body["entries"]?.arrayValue ?? []
            #expect(found.map { $0["private"]?["note"] } == [.string(text)])
            let marks = String(repeating: "a" + String(repeating: "\u{301}", count: 30), count: 501)
            let refused = try await office.call(.post, path, as: support, ["text": .string(marks)], reason: why)
            #expect(refused.status == 422)
        }
    }

    @Test func `AUD-059 what operators write as their reason stands beside the entry`() async throws {
        try await Office.with { office in
            let support = try await office.token(.support).token
            let org = try await office.org("Alpha")
            #expect(
                try await office.call(.post, "/v1/admin/notes/\(org)", as: support, ["text": "x"], reason: "Ada Lovelace called").status
                    == 204)
            let rows = try await office.database.adminClient.query(
                """
                SELECT to_jsonb(e)::text AS entry, convert_from(p.body, 'UTF8') AS body, p.is_shared
                FROM audit.entry AS e JOIN audit.private_part AS p ON p.entry_id = e.id WHERE e.type = 'admin_action'
                """)
            #expect(try rows.map { try $0.decode("body", as: String.self) } == [#"{"reason":"Ada Lovelace called"}"#])
            #expect(try rows.allSatisfy { try !$0.decode("entry", as: String.self).contains("Lovelace") })
            #expect(try rows.allSatisfy { try !$0.decode("is_shared", as: Bool.self) })
        }
    }

    @Test func `ADM-050 a note is an entry that is added and never changed; the org sees the fact and not the text`() async throws {
        try await Office.with { office in
            let support = try await office.token(.support)
            let viewer = try await office.token(.viewer).token
            let org = try await office.org("Alpha")
            let path = "/v1/admin/notes/\(org)"
            #expect(try await office.call(.post, path, as: viewer, ["text": "x"], reason: why).status == 403)
            #expect(try await office.call(.post, path, as: support.token, ["text": "x"]).status == 422, "without a reason")
            #expect(try await office.call(.post, path, as: support.token, ["text": ""], reason: why).status == 422)
            #expect(
                try await office.call(.post, "/v1/admin/notes/\(Org.ID(high: 1, low: 1))", as: support.token, ["text": "x"], reason: why)
                    .status == 404)
            #expect(
                try await office.call(.post, "/v1/admin/notes/\(support.id)", as: support.token, ["text": "x"], reason: why).status == 404)
            for text in ["called, wants net terms", "called again"] {
                office.clock.advance(by: .seconds(1))
                #expect(try await office.call(.post, path, as: support.token, ["text": .string(text)], reason: why).status == 204)
            }
            for method in [Method.put, .patch, .delete] {
                #expect(try await office.call(method, path, as: support.token, ["text": "x"], reason: why).status == 405)
            }
            let found = try await office.call(.get, path, as: viewer).body["entries"]?.arrayValue ?? []
            #expect(found.map { $0["private"]?["note"] } == ["called again", "called, wants net terms"])
            #expect(found.allSatisfy { $0["type"] == "operator_note_added" && $0["risk"] == "low" && $0["actor"]?["kind"] == "operator" })
            // The org reads its log: the fact is there, the words are not.
            let reader = PostgresAuditReader(client: office.database.client)
            let seen = try await reader.entries(ofOrg: org.uuid, AuditQuery()).elements.filter { $0.type == "operator_note_added" }
            #expect(seen.count == 2 && seen.allSatisfy { $0.personal == nil })
            let stored = try await office.database.adminClient.query(
                "SELECT to_jsonb(e)::text FROM audit.entry AS e WHERE type = 'operator_note_added'")
            #expect(try stored.allSatisfy { try !$0.decode(String.self).contains("net terms") })
        }
    }
}

/// Notes as the routes make them, in whatever context the caller works.
private struct PostgresOrgNotes {
    let office: Office

    init(_ office: Office) { self.office = office }

    func add(_ text: String, to org: Org.ID, by person: Operator.ID) async throws -> Bool {
        let reference = try #require(Office.names.reference(org.description))
        return try await office.routes.notes.add(text, about: reference, by: person)
    }
}
