import Admin
import AdminPostgres
import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import HTTPServer
import Identity
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import AdminHTTP

/// Lists, finding and stories by the operators' API.
@Suite struct ListDeskTests {
    private let why = "asked for in ticket 4711"

    @Test func `ADM-007 every list answers as the document says, to the roles of its permission alone, and takes its own filters alone`()
        async throws
    {
        try await Office.with { office in
            let document = try AdminRoutes.document(office.router)
            let (chief, engineer) = (try await office.token(.superadmin).token, try await office.token(.engineer).token)
            let org = try await office.org("Alpha")
            _ = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            _ = try await office.ownInvoice(of: 9_900, to: org)
            try await graph(office, org)
            for list in OperatorList.all {
                let path = "/v1/admin/" + list.path
                let answer = try await office.call(.get, path, as: chief)
                #expect(answer.status == 200, "\(path): \(answer.body)")
                #expect(document.misfits(of: "GET \(path)", status: answer.status, body: answer.body).isEmpty, "\(path): \(answer.body)")
                let status = try await office.call(.get, path, as: engineer).status
                #expect(status == (list.permission == .readMoney ? 403 : 200), "\(path)")
                #expect(try await office.call(.get, path + "?color=red", as: chief).status == 400)
                for filter in list.filters {
                    guard let field = list.field(filter) else {
                        Issue.record("\(path) is filtered by \(filter), which it has not")
                        continue
                    }
                    let value = answer.body["items"]?.arrayValue?.first?[field.name]
                    let text = value?.stringValue ?? value?.boolValue.map { "\($0)" } ?? value?.integerValue.map { "\($0)" }
                    guard let text else { continue }
                    let found = try await office.call(.get, "\(path)?\(filter)=\(ConsoleText.encoded(text))", as: chief)
                    #expect(found.body["items"]?.arrayValue?.isEmpty == false, "\(path) by \(filter): \(found.body)")
                }
                guard list.hasDetail, let id = answer.body["items"]?.arrayValue?.first?["id"]?.stringValue else { continue }
                let detail = try await office.call(.get, "\(path)/\(ConsoleText.encoded(id))", as: chief)
                #expect(detail.status == 200, "\(path)/\(id): \(detail.body)")
                let route = "GET \(path)/{\(list.parameter)}"
                #expect(document.misfits(of: route, status: detail.status, body: detail.body).isEmpty, "\(route): \(detail.body)")
                #expect(try await office.call(.get, path + "/nothing", as: chief).status == 404)
            }
            // Page by page, each row once.
            var (seen, cursor): ([String], String?) = ([], nil)
            repeat {
                let page = try await office.call(.get, "/v1/admin/migrations?limit=7" + (cursor.map { "&cursor=\($0)" } ?? ""), as: chief)
                    .body
                seen += (page["items"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
                cursor = page["next_cursor"]?.stringValue
            } while cursor != nil
            #expect(seen.count == Set(seen).count && seen.contains("0904-admin-serve-operators"))
            #expect(try await office.call(.get, "/v1/admin/jobs?cursor=abc", as: chief).status == 400)
        }
    }

    @Test func `ADM-008 addresses and names are hidden from those whose role does not need them, and shown on purpose with an entry`()
        async throws
    {
        try await Office.with { office in
            let (support, engineer) = (try await office.token(.support).token, try await office.token(.engineer).token)
            let user = try await office.person("Ada")
            let path = "/v1/admin/users/\(user)"
            #expect(try await office.call(.get, path, as: support).body["email"] == "ada@example.com")
            for role in [engineer, try await office.token(.auditor).token, try await office.token(.viewer).token] {
                let hidden = try await office.call(.get, path, as: role).body
                #expect(hidden["email"] == "a…@e…" && hidden["name"] == "A…")
                let listed = try await office.call(.get, "/v1/admin/users?email=ada@example.com", as: role).body
                #expect(listed["items"]?.arrayValue?.map { $0["email"] } == ["a…@e…"])
                let found = try await office.call(.get, "/v1/admin/search?q=ada@example.com", as: role).body
                #expect(found["found"]?.arrayValue?.map { $0["label"] } == ["a…@e…"])
            }
            #expect(try await office.call(.get, path + "?reveal=true", as: engineer).status == 422)
            #expect(try await office.entries("personal_data_revealed").isEmpty)
            let shown = try await office.call(.get, path + "?reveal=true", as: engineer, reason: why)
            #expect(shown.body["email"] == "ada@example.com" && shown.body["orgs"]?.arrayValue?.count == 1, "\(shown.body)")
            #expect(try await office.entries("personal_data_revealed").map { $0["list"] } == ["users"])
            let about = try await office.database.adminClient.query(
                "SELECT ref_user = \(user) AS is_hers FROM audit.entry WHERE type = 'personal_data_revealed'")
            #expect(try about.map { try $0.decode(Bool.self) } == [true])
        }
    }

    @Test func `ADM-045 things are found by ids of ours and of the provider, addresses, names, numbers and keys, within the role`()
        async throws
    {
        try await Office.with { office in
            let (clerk, viewer) = (try await office.token(.billing).token, try await office.token(.viewer).token)
            let org = try await office.org("Alphabet")
            let user = try await office.person("Ada")
            let sale = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let invoice = try await office.ownInvoice(of: 9_900, to: org)
            try await graph(office, org)
            let number = try #require(
                try await office.call(.get, "/v1/admin/billing/invoices/\(invoice)", as: clerk).body["number"]?.stringValue)
            func search(_ text: String, _ token: String) async throws -> [String] {
                let body = try await office.call(.get, "/v1/admin/search?q=" + ConsoleText.encoded(text), as: token).body
                return (body["found"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
            }
            #expect(try await search("alpha", viewer) == [org.description])
            #expect(try await search("%", viewer) == [])
            #expect(try await search("alph_", viewer) == [])
            #expect(try await search("ada@example.com", clerk) == [user.description])
            #expect(try await search("kg0123456789abcdef", viewer) == ["kg0123456789abcdef"])
            #expect(try await search("sub_pi_1", viewer) == [sale.subscription.description])
            for (text, id) in [
                ("cus_pi_1", org.description), ("pi_1", "pi_1"), (number, invoice.description), ("in_pi_1", sale.invoice.description),
            ] {
                #expect(try await search(text, clerk) == [id], "\(text)")
                #expect(try await search(text, viewer) == [], "\(text)")
            }
            let exact = try await office.call(.get, "/v1/admin/search?q=\(sale.subscription)", as: viewer).body
            #expect(exact["only"]?.stringValue == "/v1/admin/billing/subscriptions/\(sale.subscription)", "\(exact)")
            #expect(try await office.call(.get, exact["only"]?.stringValue ?? "", as: viewer).status == 200)
            #expect(
                try await office.call(.get, "/v1/admin/search?q=\(org)", as: viewer).body["only"]?.stringValue == "/v1/admin/orgs/\(org)")
            #expect(try await search("bsub_01ARZ3NDEKTSV4RRFFQ69G5FAV", viewer) == [])
            #expect(try await office.call(.get, "/v1/admin/search?q=a", as: viewer).status == 400)
        }
    }

    @Test func `the story of an org is one list in order of time, page by page, of the kinds that are asked for`() async throws {
        try await Office.with { office in
            let clerk = try await office.token(.billing).token
            let org = try await office.org("Alpha")
            _ = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            office.clock.advance(by: .minutes(1))
            let frozen: JSONValue = ["cause": "abuse", "reason": .string(why)]
            #expect(try await office.call(.post, "/v1/admin/orgs/\(org)/freeze", as: clerk, frozen).status == 200)
            office.clock.advance(by: .minutes(1))
            #expect(try await office.call(.post, "/v1/admin/notes/\(org)", as: clerk, ["text": "asked them"], reason: why).status == 204)
            let path = "/v1/admin/orgs/\(org)/timeline"
            let whole = try await office.call(.get, path, as: clerk).body["items"]?.arrayValue ?? []
            #expect(whole.map { $0["type"] } == ["operator_note_added", "org_frozen", "collected"], "\(whole)")
            #expect(whole.map { $0["kind"] } == ["note", "entry", "payment"])
            var (ids, cursor): ([String], String?) = ([], nil)
            repeat {
                let page = try await office.call(.get, path + "?limit=1" + (cursor.map { "&cursor=\($0)" } ?? ""), as: clerk).body
                ids += (page["items"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
                cursor = page["next_cursor"]?.stringValue
            } while cursor != nil
            #expect(ids == whole.compactMap { $0["id"]?.stringValue })
            let notes = try await office.call(.get, path + "?kind=note", as: clerk).body["items"]?.arrayValue
            #expect(notes?.count == 1)
            #expect(try await office.call(.get, path + "?kind=weather", as: clerk).status == 400)
            let engineer = try await office.call(.get, path, as: try await office.token(.engineer).token).body["items"]?.arrayValue
            #expect(engineer?.contains { $0["kind"] == "payment" } == false)
            #expect(try await office.call(.get, "/v1/admin/orgs/org_01ARZ3NDEKTSV4RRFFQ69G5FAV/timeline", as: clerk).status == 404)
        }
    }

    @Test
    func
        `NOT-037 a judgement and the story of its org show which mails were due for it, what they said, who took them when, and what came back`()
        async throws
    {
        try await Office.with { office in
            let clerk = try await office.token(.billing).token
            let (org, other) = (try await office.org("Alpha"), try await office.org("Beta"))
            let sale = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let now = office.clock.now
            let judgement = Identifier<SomeJudgement>.make(at: now)
            let (idleCase, elsewhere) = (Identifier<SomeCase>.make(at: now), Identifier<SomeCase>.make(at: now))
            try await office.rows(
                """
                INSERT INTO billing.idle_evaluation (id, org_id, subscription_id, source, facts, subject_size, read_number, rule_version, outcome,
                    is_verdict, at)
                VALUES (\(judgement), \(org), \(sale.subscription), 'event', '{}', 1, 1, 1, 'idle', true, \(now))
                """,
                """
                INSERT INTO billing.idle_case (id, org_id, subscription_id, period_start, period_end, interval_unit, interval_count, threshold,
                    evaluation_id, provider_subscription_id, state, ends_at, decided_at, created_at)
                VALUES (\(idleCase), \(org), \(sale.subscription), \(now), \(now + .days(30)), 'month', 1, \(now), \(judgement), 'sub_1', 'confirmed',
                    \(now + .days(30)), \(now), \(now))
                """)
            func mail(
                _ decision: String, _ template: String, to address: String, of org: Org.ID, status: String, bounces: Int32 = 0
            ) async throws {
                let isSent = status == "sent"
                try await office.rows(
                    """
                    INSERT INTO notifications.mail (id, decision, template, class, recipient, address, org_id, reason, locale, about, context, status,
                        attempts, subject, html, plain_text, content_hash, template_hash, queued_at, rendered_at, moved_at, sent_at, relay, queue_id,
                        bounces)
                    SELECT gen_random_uuid(), \(decision), \(template), 'required', \(address), \(address), \(org), 'x', 'en', '[{}]', '{}', \(status), 1,
                        w.text, w.text, w.text, w.hash, w.hash, \(now), w.at, \(now), CASE WHEN \(isSent) THEN \(now) END,
                        CASE WHEN \(isSent) THEN 'relay.example.com' END, CASE WHEN \(isSent) THEN 'Q1' END, \(bounces)
                    FROM (SELECT CASE WHEN \(isSent) THEN 'x' END AS text, CASE WHEN \(isSent) THEN \([UInt8](repeating: 7, count: 32)) END AS hash,
                        CASE WHEN \(isSent) THEN \(now) END AS at) AS w
                    """)
            }
            try await mail("idle_cancel/\(idleCase)/1", "idle_cancel", to: "ada@example.com", of: org, status: "sent", bounces: 1)
            try await mail("idle_cancel/\(idleCase)/2", "idle_cancel", to: "bob@example.com", of: org, status: "held")
            // Of another case, of another org, and about something else.
            try await mail("idle_cancel/\(elsewhere)/1", "idle_cancel", to: "eve@example.com", of: org, status: "sent")
            try await mail("idle_cancel/\(idleCase)/1", "idle_cancel", to: "eve@example.com", of: other, status: "sent")
            try await mail("x/\(idleCase)", "plan_changed", to: "ada@example.com", of: org, status: "sent")

            let shown = try await office.call(.get, "/v1/admin/billing/decisions/\(judgement)", as: clerk).body
            let mails = (shown["mails"]?.arrayValue ?? []).sorted {
                ($0["address"]?.stringValue ?? "") < ($1["address"]?.stringValue ?? "")
            }
            #expect(mails.map { $0["address"] } == ["ada@example.com", "bob@example.com"], "\(shown)")
            let hash: JSONValue = .string(String(repeating: "07", count: 32))
            #expect(mails.map { $0["content_hash"] } == [hash, .null])
            #expect(mails.map { $0["relay"] } == ["relay.example.com", .null] && mails.map { $0["queue_id"] } == ["Q1", .null])
            #expect(mails.map { $0["status"] } == ["sent", "held"] && mails.map { $0["bounces"] } == [1, 0])
            #expect(mails.first?["sent_at"]?.stringValue == now.description && mails.last?["sent_at"] == .null)

            let story = try await office.call(.get, "/v1/admin/orgs/\(org)/timeline?kind=mail", as: clerk).body["items"]?.arrayValue ?? []
            let words = story.compactMap { $0["words"]?.stringValue }
            #expect(words.count == 4)
            #expect(
                words.contains { $0.hasPrefix("sent, taken by relay.example.com at ") && $0.contains("Z, came back 1 times, sha256 0707") },
                "\(words)")
            #expect(words.contains("held"))
        }
    }

    // MARK: The plant

    private func graph(_ office: Office, _ org: Org.ID) async throws {
        let (now, host) = (office.clock.now, GraphHost.ID.make(at: office.clock.now))
        try await office.rows(
            """
            INSERT INTO graphs.graph_host (id, name, tiers, slots, state, created_at, updated_at)
            VALUES (\(host), 'one', '{ladybug-standard}', 2, 'ready', \(now), \(now))
            """,
            """
            INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier, host_id,
                status, status_since, mode, access_epoch, purge_at)
            VALUES ('kg0123456789abcdef', \(org), 'entity', \(org), \(now), \(org), 'Books', '', '{}', '{}', 'ladybug-standard', \(host), 'suspended', \(now),
                'none', 1, \(now + .days(10)))
            """,
            """
            INSERT INTO graphs.host_slot (host_id, number, state, org_id, graph_id)
            VALUES (\(host), 1, 'occupied', \(org), 'kg0123456789abcdef'), (\(host), 2, 'free', NULL, NULL)
            """)
    }

    @Test
    func `GRA-100 a host that is drained takes no graph and is retired once it is empty, and a purge is held and let go with its entries`()
        async throws
    {
        try await Office.with { office in
            let (engineer, viewer) = (try await office.token(.engineer).token, try await office.token(.viewer).token)
            let org = try await office.org("Alpha")
            try await graph(office, org)
            let hosts = try await office.call(.get, "/v1/admin/graph-hosts", as: viewer).body["items"]?.arrayValue ?? []
            #expect(hosts.map { $0["free_slots"] } == [1] && hosts.first?["state"] == "ready", "\(hosts)")
            let path = "/v1/admin/graph-hosts/\(hosts.first?["id"]?.stringValue ?? "")"
            #expect(try await office.packages.capacity().map(\.freeSlots) == [1])
            #expect(try await office.call(.post, path + "/drain", as: viewer, reason: why).status == 403)
            #expect(try await office.call(.post, path + "/retire", as: engineer, reason: why).status == 409)
            for _ in 1...2 { #expect(try await office.call(.post, path + "/drain", as: engineer, reason: why).status == 204) }
            #expect(try await office.packages.capacity().isEmpty)
            let inUse = try await office.call(.post, path + "/retire", as: engineer, reason: why)
            #expect(inUse.status == 409 && inUse.body["code"] == "WRONG_STATE")
            #expect(try await office.call(.get, path, as: viewer).body["graphs"]?.arrayValue?.map { $0["name"] } == ["Books"])
            let sagas = try await office.database.adminClient.query("SELECT key FROM jobs.saga WHERE kind = 'graphs.drain_host'")
            #expect(try sagas.map { try $0.decode("key", as: String.self) } == [hosts.first?["id"]?.stringValue])
            try await office.rows("UPDATE graphs.host_slot SET state = 'free', org_id = NULL, graph_id = NULL")
            // What a graph has left there today still is on it.
            try await office.rows(
                """
                INSERT INTO graphs.left_place (graph_id, host_id, operation_id, nodes, edges)
                SELECT g.id, h.id, gen_random_uuid(), 1, 0 FROM graphs.graph g CROSS JOIN graphs.graph_host h
                """)
            #expect(try await office.call(.post, path + "/retire", as: engineer, reason: why).status == 409)
            try await office.rows("DELETE FROM graphs.left_place")
            #expect(try await office.call(.post, path + "/retire", as: engineer, reason: why).status == 204)
            #expect(try await office.call(.post, path + "/undrain", as: engineer, reason: why).status == 409)
            #expect(try await office.entries("graph_host_drained").count == 2)

            let books = "/v1/admin/graphs/kg0123456789abcdef"
            #expect(try await office.call(.post, books + "/hold-purge", as: viewer, reason: why).status == 403)
            for _ in 1...2 { #expect(try await office.call(.post, books + "/hold-purge", as: engineer, reason: why).status == 204) }
            #expect(try await office.call(.get, books, as: viewer).body["purge_hold"]?.stringValue == why)
            #expect(try await office.call(.post, books + "/release-purge", as: engineer, reason: why).status == 204)
            #expect(try await office.call(.get, books, as: viewer).body["purge_hold"] == .null)
            #expect(try await office.entries("graph_purge_held").count == 1)
            #expect(try await office.entries("graph_purge_released").count == 1)
            #expect(try await office.call(.post, "/v1/admin/graphs/kg9999999999999999/hold-purge", as: engineer, reason: why).status == 404)
        }
    }

    @Test
    func
        `a parked event says what to do and is processed again by a job with its entry, and controls are engaged by many and released by few`()
        async throws
    {
        try await Office.with { office in
            let (engineer, support) = (try await office.token(.engineer).token, try await office.token(.support).token)
            let (now, id) = (office.clock.now, InboundEvent.ID.make(at: office.clock.now))
            try await office.rows(
                """
                INSERT INTO billing.inbound_event (id, provider, provider_event_id, type, livemode, created_at, object_id, raw_references, body,
                    received_at, state, park_reason, settled_at)
                VALUES (\(id), 'stripe', 'evt_1', 'invoice.paid', false, \(now), 'in_1', '{}', '\\x7b7d', \(now), 'parked', 'unresolved', \(now))
                """)
            let parked = try await office.call(.get, "/v1/admin/billing/events?state=parked", as: support).body["items"]?.arrayValue ?? []
            #expect(parked.map { $0["park_reason"] } == ["unresolved"])
            #expect(parked.first?["suggested_action"]?.stringValue?.contains("process it again") == true)
            let path = "/v1/admin/billing/events/\(id)"
            #expect(try await office.call(.post, path + "/reprocess", as: support, reason: why).status == 403)
            #expect(try await office.call(.post, path + "/reprocess", as: engineer, reason: why).status == 204)
            #expect(try await office.call(.get, path, as: support).body["state"] == "received")
            let jobs = try await office.call(.get, "/v1/admin/jobs?kind=billing.process_inbound_event", as: support).body["items"]?
                .arrayValue
            #expect(jobs?.count == 1)
            #expect(try await office.call(.post, path + "/reprocess", as: engineer, reason: why).status == 409)
            #expect(try await office.entries("webhook_unparked") == [["park_reason": "unresolved"]])

            let control = "/v1/admin/controls/refunds"
            #expect(try await office.call(.post, control + "/engage", as: support, reason: why).status == 204)
            let state = try await office.call(.get, "/v1/admin/controls", as: engineer).body["controls"]?.arrayValue?.first {
                $0["name"] == "refunds"
            }
            #expect(state?["engaged"] == true && state?["reason"]?.stringValue == why, "\(String(describing: state))")
            #expect(try await office.packages.controlsOff() == [.refunds])
            #expect(try await office.call(.post, control + "/release", as: support, reason: why).status == 403)
            try await office.byTwo(.post, control + "/release", ["reason": .string(why)], as: .superadmin, and: .superadmin)
            #expect(try await office.packages.controlsOff().isEmpty)
            let actors = try await office.number("audit.entry WHERE type LIKE 'kill_switch_%' AND actor_kind = 'operator'")
            #expect(actors == 2)
        }
    }
}

private enum SomeJudgement: IdentifiedEntity {
    static let idPrefix = "bdec"
}

private enum SomeCase: IdentifiedEntity {
    static let idPrefix = "icase"
}
