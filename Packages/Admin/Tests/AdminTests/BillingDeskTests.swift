import Admin
import AdminPostgres
import Billing
import BillingPostgres
import Core
import GraphsPostgres
import HTTPServer
import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Money and subscriptions by the operators' API.
@Suite struct BillingDeskTests {
    private let why = "asked for in ticket 4711"

    @Test func `ADM-026 a refund goes up to what is left, and a credit is granted, used on the next invoice, revoked or paid out`()
        async throws
    {
        try await Office.with { office in
            let (clerk, engineer) = (try await office.token(.billing).token, try await office.token(.engineer).token)
            let org = try await office.org("Alpha")
            _ = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let refund: JSONValue = ["org_id": .string(org.description), "payment_id": "pi_1", "amount": 6_000, "reason": .string(why)]
            let path = "/v1/admin/billing/refunds"
            #expect(try await office.call(.post, path, as: engineer, refund).status == 403)
            let first = try await office.call(.post, path, as: clerk, refund, key: "one")
            #expect(first.status == 202, "\(first.body)")
            #expect(try await office.call(.post, path, as: clerk, refund, key: "one").body == first.body, "the same key is one refund")
            let second = try await office.call(.post, path, as: clerk, refund, key: "two")
            #expect(second.status == 400 && second.body["code"] == "REFUND_TOO_LARGE", "\(second.body)")
            let large: JSONValue = ["org_id": .string(org.description), "payment_id": "pi_1", "amount": 50_001, "reason": .string(why)]
            #expect(
                try await office.call(.post, path, as: clerk, large).body["code"] == "REFUND_TOO_LARGE", "nobody is asked for what fails")
            #expect(try await office.number("billing.intent WHERE kind = 'refund'") == 1)
            let id = try #require(first.body["id"]?.stringValue)
            let shown = try await office.call(.get, "\(path)/\(id)", as: clerk).body
            #expect(shown["amount"] == 6_000 && shown["status"] == "pending" && shown["reason"]?.stringValue == why, "\(shown)")
            let payment = try await office.call(.get, "/v1/admin/billing/payments/pi_1", as: clerk).body
            #expect(payment["refunded"] == 6_000 && payment["refunds"]?.arrayValue?.count == 1)
            #expect(try await office.call(.get, "/v1/admin/billing/disputes?org_id=\(org)", as: clerk).body["items"]?.arrayValue == [])

            // Another org pays by invoice: its credits are used by the next one.
            let payer = try await office.org("Beta")
            let terms: JSONValue = ["invoice_billing": true, "payment_terms": "net_60", "reason": .string(why)]
            #expect(try await office.call(.put, "/v1/admin/orgs/\(payer)/payment-terms", as: clerk, terms).status == 204)
            func grant(_ amount: Int64) async throws -> String {
                let wish: JSONValue = [
                    "org_id": .string(payer.description), "amount": .integer(amount), "currency": "usd", "source": "goodwill",
                    "reason": .string(why),
                ]
                let made = try await office.call(.post, "/v1/admin/billing/credits", as: clerk, wish)
                #expect(made.status == 201, "\(made.body)")
                office.clock.advance(by: .seconds(1))
                return try #require(made.body["id"]?.stringValue)
            }
            let (one, two) = (try await grant(3_000), try await grant(2_000))
            let invoice = try await office.ownInvoice(of: 2_500, to: payer)
            let paid = try await office.call(.get, "/v1/admin/billing/invoices/\(invoice)", as: clerk).body
            #expect(paid["applied_credit"] == 2_500 && paid["status"] == "paid", "\(paid)")
            #expect(try await office.call(.post, "/v1/admin/billing/credits/\(one)/revoke", as: clerk, reason: why).body["amount"] == 500)
            let out = try await office.call(
                .post, "/v1/admin/billing/credits/\(two)/pay-out", as: clerk, ["reference": "wire 17", "reason": .string(why)])
            #expect(out.body["amount"] == 2_000, "\(out.body)")
            let history = try await office.call(.get, "/v1/admin/billing/credits/\(one)", as: clerk).body
            #expect(history["remaining"] == 0)
            #expect(Set((history["history"]?.arrayValue ?? []).compactMap { $0["kind"]?.stringValue }) == ["issue", "apply", "revoke"])
        }
    }

    @Test func `of two who note the same payment one succeeds, and what is paid is neither paid nor taken back again`() async throws {
        try await Office.with { office in
            let (one, two) = (try await office.token(.billing).token, try await office.token(.superadmin).token)
            let org = try await office.org("Alpha")
            let invoice = try await office.ownInvoice(of: 9_900, to: org)
            let path = "/v1/admin/billing/invoices/\(invoice)"
            let note: JSONValue = ["method": "wire", "reference": "statement 3", "reason": .string(why)]
            async let first = office.call(.post, path + "/mark-paid", as: one, note)
            async let second = office.call(.post, path + "/mark-paid", as: two, note)
            let answers = try await [first.status, second.status].sorted()
            #expect(answers == [204, 409])
            let shown = try await office.call(.get, path, as: one).body
            #expect(shown["status"] == "paid" && shown["recorded_payments"]?.arrayValue?.count == 1, "\(shown)")
            #expect(try await office.number("audit.entry WHERE type = 'invoice_marked_paid' AND actor_kind = 'operator'") == 1)
            let refused = try await office.call(.post, path + "/void", as: one, reason: why)
            #expect(refused.status == 409 && refused.body["code"] == "INVOICE_NOT_ALLOWED")
            #expect(try await office.call(.post, path + "/mark-uncollectible", as: one, reason: why).status == 409)
            let other = try await office.ownInvoice(of: 500, to: org)
            #expect(try await office.call(.post, "/v1/admin/billing/invoices/\(other)/void", as: one, reason: why).status == 204)
            let open = try await office.ownInvoice(of: 700, to: org)
            #expect(
                try await office.call(.post, "/v1/admin/billing/invoices/\(open)/mark-uncollectible", as: one, reason: why).status == 204)
            let voided = try await office.call(.get, "/v1/admin/billing/invoices?status=void&org_id=\(org)", as: one).body
            #expect(voided["items"]?.arrayValue?.map { $0["void_reason"]?.stringValue } == [why])
        }
    }

    @Test
    func `ADM-012 an operator's end of a subscription asks the provider and tells people as the owner's does, with an entry of its own`()
        async throws
    {
        try await Office.with { office in
            let (clerk, support) = (try await office.token(.billing).token, try await office.token(.support).token)
            let org = try await office.org("Alpha")
            let sale = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let path = "/v1/admin/billing/subscriptions/\(sale.subscription)"
            let wish: JSONValue = ["mode": "period_end", "reason": .string(why)]
            #expect(try await office.call(.post, path + "/cancel", as: support, wish).status == 403)
            let mark = try await office.everything()
            #expect(try await office.call(.post, path + "/cancel", as: clerk, wish).status == 204)
            let written = try await office.written(since: mark)
            #expect(written.contains { $0.hasPrefix("order ") } && written.contains("entry subscription_admin_changed"), "\(written)")
            let shown = try await office.call(.get, path, as: support).body
            #expect(shown["status"] == "canceled" && shown["cancellation_origin"] == "admin", "\(shown)")
            #expect(shown["cancellation_reason"]?.stringValue == why && shown["intents"]?.arrayValue?.count == 1)
            let again = try await office.call(.post, path + "/cancel", as: clerk, wish)
            #expect(again.status == 400 && again.body["code"] == "ALREADY_CANCELED")
            // No customer takes back what an operator ended; an operator who does has an entry of its own.
            #expect(try await office.entries("admin_override").isEmpty)
            let back = try await office.call(.post, path + "/uncancel", as: clerk, reason: why)
            #expect(back.status == 204, "\(back.body)")
            #expect(try await office.entries("admin_override") == [["command": "uncancel", "rule": "OWNER_REQUIRED"]])

            // What an owner does differs by who did it, and by the operator's own entry, alone.
            let other = try await office.sale(to: org, of: "kg1123456789abcdef", payment: "pi_2")
            let before = try await office.everything()
            let store = office.packages
            let services = try Office.billing(store, office.clock)
            try await store.withTransaction(.system) { transaction in
                let command = CancelSubscription(
                    subscription: other.subscription, mode: .periodEnd, origin: .user, user: nil, reason: nil, via: "test")
                _ = try await services.subscriptions.cancel(command, in: transaction)
            }
            #expect(try await office.written(since: before) == written.filter { $0 != "entry subscription_admin_changed" })
        }
    }

    @Test func `a ledger of AI credits sums up to its balance after every change, and unsound pools are found`() async throws {
        try await Office.with { office in
            let (support, clerk) = (try await office.token(.support).token, try await office.token(.billing).token)
            let org = try await office.org("Alpha")
            let sale = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let (pool, now) = (CreditPool.ID.make(at: office.clock.now), office.clock.now)
            try await office.rows(
                """
                INSERT INTO billing.credit_pool (id, org_id, subscription_id, scope, resource_id, allocation, anchor, window_start, window_end,
                    allocated_at, created_at)
                VALUES (\(pool), \(org), \(sale.subscription), 'graph', 'kg0123456789abcdef', 50000, \(now), \(now), \(now + .days(30)), \(now), \(now))
                """)
            let path = "/v1/admin/billing/pools/\(pool)"
            func shown() async throws -> JSONValue { try await office.call(.get, path, as: support).body }
            #expect(
                try await office.call(.post, path + "/bonus", as: support, ["amount": 2_500, "reason": .string(why)], key: "a").status
                    == 204)
            #expect(
                try await office.call(.post, path + "/bonus", as: support, ["amount": 2_500, "reason": .string(why)], key: "a").status
                    == 204)
            #expect(try await shown()["balance"] == 2_500)
            #expect(try await shown()["sums_up"] == true)
            let much: JSONValue = ["amount": 100_001, "reason": .string(why)]
            #expect(try await office.call(.post, path + "/bonus", as: support, much).body["code"] == "ABOVE_CAP")
            #expect(try await office.call(.post, path + "/reset", as: clerk, reason: why).status == 204)
            #expect(try await shown()["balance"] == 50_000)
            #expect(try await shown()["sums_up"] == true)
            #expect(try await shown()["ledger"]?.arrayValue?.count == 2)
            try await office.rows("UPDATE billing.credit_pool SET balance = 7, allocated_at = NULL WHERE id = \(pool)")
            for filter in ["sums_up=false", "is_allocated=false"] {
                let found = try await office.call(.get, "/v1/admin/billing/pools?" + filter, as: support).body["items"]?.arrayValue
                #expect(found?.map { $0["id"]?.stringValue } == [pool.description], "\(filter)")
            }
        }
    }

    @Test func `what validate_only says is what the change does, and saying it leaves nothing behind`() async throws {
        try await Office.with { office in
            let chief = try await office.token(.superadmin).token
            let org = try await office.org("Alpha")
            let sale = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let invoice = try await office.ownInvoice(of: 9_900, to: org)
            let text = JSONValue.string(org.description)
            let changes: [(Method, String, JSONValue)] = [
                (.put, "/v1/admin/orgs/\(org)/limits", ["max_graphs": 7]), (.post, "/v1/admin/orgs/\(org)/freeze", ["cause": "abuse"]),
                (.post, "/v1/admin/orgs/\(org)/thaw", [:]), (.put, "/v1/admin/orgs/\(org)/payment-terms", ["invoice_billing": true]),
                (.post, "/v1/admin/billing/refunds", ["org_id": text, "payment_id": "pi_1", "amount": 100]),
                (.post, "/v1/admin/billing/credits", ["org_id": text, "amount": 100, "currency": "usd", "source": "goodwill"]),
                (.post, "/v1/admin/billing/invoices/\(invoice)/mark-paid", ["method": "wire", "reference": "7"]),
                (.post, "/v1/admin/billing/subscriptions/\(sale.subscription)/cancel", ["mode": "immediate"]),
                (.post, "/v1/admin/lanes/mail/pause", [:]), (.post, "/v1/admin/controls/sell/engage", [:]),
            ]
            for (method, path, body) in changes {
                let before = try await office.everything()
                let said = try await office.call(method, path + "?validate_only=true", as: chief, body, reason: why)
                #expect(said.status == 200 && said.body["validate_only"] == true, "\(path): \(said.body)")
                #expect(try await office.written(since: before) == [], "\(path) left something")
                let done = try await office.call(method, path, as: chief, body, reason: why)
                #expect(said.body["would_answer"] == .integer(Int64(done.status)), "\(path): \(done)")
                let written = try await office.written(since: before)
                #expect(written == Office.words(of: said.body), "\(path)")
                #expect(!written.isEmpty, "\(path) did nothing")
            }
            // What would be refused is refused, with the same words.
            let path = "/v1/admin/billing/subscriptions/\(sale.subscription)/cancel"
            let said = try await office.call(.post, path + "?validate_only=true", as: chief, ["mode": "immediate"], reason: why)
            let done = try await office.call(.post, path, as: chief, ["mode": "immediate"], reason: why)
            #expect(said.status == done.status && said.body["code"] == done.body["code"] && done.status == 400, "\(said) \(done)")
            let impossible = try await office.call(
                .post, "/v1/admin/notes/\(org)?validate_only=true", as: chief, ["text": "a note"], reason: why)
            #expect(impossible.body["code"] == "NO_REHEARSAL")
        }
    }

    @Test func `ADM-014 a change of something that changed meanwhile is refused with its version, and the same key answers the same`()
        async throws
    {
        try await Office.with { office in
            let (one, two) = (try await office.token(.billing), try await office.token(.superadmin))
            let org = try await office.org("Alpha")
            let sale = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let path = "/v1/admin/billing/subscriptions/\(sale.subscription)"
            let (first, second) = (try await office.version(path, as: one.token), try await office.version(path, as: two.token))
            let wish: JSONValue = ["mode": "period_end", "reason": .string(why)]
            #expect(try await office.call(.post, path + "/cancel", as: one.token, wish, ifMatch: first).status == 204)
            let now: JSONValue = ["mode": "immediate", "reason": .string(why)]
            let late = try await office.call(.post, path + "/cancel", as: two.token, now, ifMatch: second)
            #expect(late.status == 412 && late.body["code"] == "CHANGED_MEANWHILE", "\(late.body)")
            let newest = try await office.version(path, as: two.token)
            #expect(late.body["detail"]?.stringValue?.contains(newest) == true)
            #expect(try await office.call(.post, path + "/cancel", as: two.token, now, ifMatch: newest, key: "k1").status == 204)
            // Repeated with the key it is answered as before; without one it is refused, since it is done.
            #expect(try await office.call(.post, path + "/cancel", as: two.token, now, ifMatch: newest, key: "k1").status == 204)
            #expect(try await office.call(.post, path + "/cancel", as: two.token, now).status == 400)
            let other = try await office.call(.post, path + "/cancel", as: two.token, wish, key: "k1")
            #expect(other.status == 409 && other.body["code"] == "IDEMPOTENCY_KEY_REUSED")
            // Keys are each operator's own, and what was refused may be asked for again.
            #expect(try await office.call(.post, path + "/cancel", as: one.token, now, key: "k1").status == 400)
            #expect(try await office.entries("subscription_admin_changed").count == 2)
            office.clock.advance(by: .hours(24))
            let renewed = try await office.accounts.issueToken(for: two.id, lifetime: .days(1), from: []).withValue { $0 }
            #expect(try await office.call(.post, path + "/cancel", as: renewed, wish, key: "k1").body["code"] == "ALREADY_CANCELED")
            // What is over goes with the next answer, whosever it is.
            #expect(try await office.call(.post, "/v1/admin/lanes/mail/pause", as: renewed, reason: why, key: "k2").status == 204)
            office.clock.advance(by: .hours(24))
            let third = try await office.token(.superadmin).token
            #expect(try await office.number("admin.operator_request") == 1)
            #expect(try await office.call(.post, "/v1/admin/lanes/mail/resume", as: third, reason: why, key: "k3").status == 204)
            let left = try await office.database.adminClient.query("SELECT key FROM admin.operator_request")
            #expect(try left.map { try $0.decode(String.self) } == ["k3"])
        }
    }
}
