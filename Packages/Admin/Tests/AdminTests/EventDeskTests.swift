import Admin
import AdminPostgres
import Billing
import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

@testable import AdminHTTP

/// Parked events of the payment provider, by the operators' API; the clock is the office's and stands.
@Suite struct EventDeskTests {
    private let why = "asked for in ticket 4711"

    private func park(_ office: Office, _ name: String, subscription: String? = nil, body: String = "{}") async throws -> String {
        let (now, id) = (office.clock.now, InboundEvent.ID.make(at: office.clock.now))
        let references = subscription.map { #"{"subscription":"\#($0)"}"# } ?? "{}"
        try await office.rows(
            """
            INSERT INTO billing.inbound_event (id, provider, provider_event_id, type, livemode, created_at, object_id, raw_references, body,
                received_at, state, park_reason, settled_at)
            VALUES (\(id), 'stripe', \(name), 'invoice.paid', false, \(now), 'in_1', \(references)::text::jsonb,
                \(Array(body.utf8)), \(now), 'parked', 'unresolved', \(now))
            """)
        return "/v1/admin/billing/events/\(id)"
    }

    private func jobs(_ office: Office, as token: String) async throws -> Int? {
        try await office.call(.get, "/v1/admin/jobs?kind=billing.process_inbound_event", as: token).body["items"]?.arrayValue?.count
    }

    @Test func `STR-069 ADM-033 a parked event is taken up again, or laid aside and stays listed, by those who may and with a reason`()
        async throws
    {
        try await Office.with { office in
            let (engineer, support) = (try await office.token(.engineer).token, try await office.token(.support).token)
            let (first, second) = (try await park(office, "evt_1"), try await park(office, "evt_2"))
            for word in ["unpark", "discard"] {
                #expect(try await office.call(.post, "\(first)/\(word)", as: support, reason: why).status == 403)
                #expect(try await office.call(.post, "\(first)/\(word)", as: engineer).status == 422)
            }
            #expect(try await office.call(.post, first + "/unpark", as: engineer, reason: why).status == 204)
            #expect(try await office.call(.get, first, as: support).body["state"] == "received")
            #expect(try await office.call(.post, first + "/unpark", as: engineer, reason: why).status == 409)
            #expect(try await office.call(.post, first + "/discard", as: engineer, reason: why).status == 409)
            #expect(try await jobs(office, as: support) == 1)
            #expect(try await office.entries("webhook_unparked") == [["park_reason": "unresolved"]])

            #expect(try await office.call(.post, second + "/discard", as: engineer, reason: why).status == 204)
            let listed = try await office.call(.get, second, as: support).body
            #expect(listed["state"] == "done" && listed["outcome"] == "discarded" && listed["park_reason"] == .null)
            #expect(try await office.call(.get, "/v1/admin/billing/events?state=done", as: support).body["items"]?.arrayValue?.count == 1)
            #expect(try await office.entries("webhook_discarded") == [["park_reason": "unresolved"]])
            #expect(try await jobs(office, as: support) == 1)
            // What was laid aside by mistake is processed again all the same.
            #expect(try await office.call(.post, second + "/reprocess", as: engineer, reason: why).status == 204)
            #expect(try await jobs(office, as: support) == 2)
        }
    }

    @Test func `STR-069 a parked event is said to be somebody's once, by one id that is known and bound to nothing else`() async throws {
        try await Office.with { office in
            let engineer = try await office.token(.engineer).token
            let org = try await office.org("Alpha")
            let sale = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let (own, other, loose) = (
                try await park(office, "evt_1", subscription: "sub_pi_1"), try await park(office, "evt_2", subscription: "sub_9"),
                try await park(office, "evt_3")
            )
            func assign(_ path: String, _ body: JSONValue) async throws -> Int {
                try await office.call(.post, path + "/assign", as: engineer, body, reason: why).status
            }
            let subscription: JSONValue = ["subscription_id": .string("\(sale.subscription)")]
            #expect(try await assign(own, [:]) == 422)
            #expect(try await assign(own, ["subscription_id": .string("\(sale.subscription)"), "org_id": .string("\(org)")]) == 422)
            let nobody = Subscription.ID.make(at: office.clock.now)
            #expect(try await assign(own, ["subscription_id": .string("\(nobody)")]) == 404)
            // Events of another subscription of the provider would end the one that is not its own.
            #expect(try await assign(other, subscription) == 409)
            #expect(try await assign(own, subscription) == 204)
            #expect(try await assign(own, subscription) == 409)
            #expect(try await assign(loose, ["org_id": .string("\(org)")]) == 204)
            let (first, last) = (
                try await office.call(.get, own, as: engineer).body, try await office.call(.get, loose, as: engineer).body
            )
            #expect(first["assigned_subscription_id"] == .string("\(sale.subscription)") && first["assigned_org_id"] == .string("\(org)"))
            #expect(last["assigned_subscription_id"] == .null && last["assigned_org_id"] == .string("\(org)"))
            #expect(first["state"] == "received" && last["state"] == "received")
            #expect(try await jobs(office, as: engineer) == 2)
            let told = try await office.number(
                "audit.entry AS e WHERE e.type = 'webhook_unparked' AND e.ref_org = '\(org.uuid)'")
            #expect(told == 2)
        }
    }

    @Test func `STR-069 the stored body of an event is shown without what people wrote, and without what pays or opens`() async throws {
        try await Office.with { office in
            let support = try await office.token(.support).token
            let path = try await park(
                office, "evt_1",
                body: """
                    {"id":"evt_1NabcDEF23","object":"event","type":"invoice.paid","created":1700000000,"livemode":false,"data":{"object":{
                    "id":"in_1NabcDEF23","object":"invoice","customer":"cus_9s6XKzkNRiz8","customer_email":"ada@example.com",
                    "customer_name":"ada","status":"paid","amount_paid":9900,"hosted_invoice_url":"https://pay.example/x",
                    "metadata":{"trellis_subscription":"bsub_01HZX5T2V8","note":"call ada"},"client_secret":"pi_1Nabc_secret_1NabcDEF2",
                    "card":{"brand":"visa","last4":"4242","exp_year":2030},"reason":"call me back","lines":{"data":[{"amount":9900,
                    "description":"for ada"}]}}}}
                    """)
            let body = try await office.call(.get, path + "/body", as: support).body["body"]
            let object = body?["data"]?["object"]
            #expect(body?["type"] == "invoice.paid" && body?["id"] == "evt_1NabcDEF23" && body?["created"] == 1_700_000_000)
            #expect(object?["customer"] == "cus_9s6XKzkNRiz8" && object?["status"] == "paid" && object?["amount_paid"] == 9_900)
            #expect(object?["metadata"]?["trellis_subscription"] == "bsub_01HZX5T2V8" && object?["card"]?["brand"] == "visa")
            #expect(object?["lines"]?["data"]?.arrayValue?.first?["amount"] == 9_900)
            let text = String(decoding: try JSON.encode(body ?? .null), as: UTF8.self)
            for personal in ["ada@", "\"ada\"", "for ada", "call", "https", "pi_1Nabc", "4242", "2030"] {
                #expect(!text.contains(personal), "\(personal)")
            }
            let unreadable = try await park(office, "evt_2", body: "not JSON of ada")
            #expect(try await office.call(.get, unreadable + "/body", as: support).body["body"] == "[hidden]")
            let unknown = "/v1/admin/billing/events/\(InboundEvent.ID.make(at: office.clock.now))/body"
            #expect(try await office.call(.get, unknown, as: support).status == 404)
        }
    }
}
