import Billing
import Core
import HTTPClient
import Observability
import Orgs
import Synchronization
import Testing

@testable import BillingStripe

@Suite struct RequestTests {
    static let org = Org.ID.make(at: Instant(secondsSinceEpoch: 1_700_000_000))
    static let row = Subscription.ID.make(at: Instant(secondsSinceEpoch: 1_700_000_000))
    static let plan = PlanReference(key: .graph("ladybug-standard"), version: 1)
    static let customer = ProviderID("cus_1")

    static let session = ProviderCommand.Session(
        org: org, subscription: row, customer: customer, price: ProviderID("price_1"), successURL: "https://a.example/ok",
        cancelURL: "https://a.example/no", allowPromotionCodes: true, trialDays: 14, expiresAt: Instant(secondsSinceEpoch: 1_700_007_200))

    static let sale = ProviderCommand.Sale(
        org: org, subscription: row, customer: customer, price: ProviderID("price_1"), method: ProviderID("pm_1"), trialDays: 0)

    /// Everything that makes an object at the provider.
    static let creations: [ProviderCommand] = [
        .createCustomer(.init(org: org, email: "a@example.com", name: "A")), .createProduct(.init(plan: plan, name: "Standard")),
        .createPrice(
            .init(plan: plan, interval: .monthly, amount: Money(minorUnits: 9_900, currency: .usd), product: ProviderID("prod_1"))),
        .openCheckout(session), .createSubscription(sale),
        .refund(.init(subscription: row, payment: ProviderID("pi_1"), amount: Money(minorUnits: 100, currency: .usd))),
        .openSetup(.init(org: org, customer: customer, returnURL: "https://a.example/billing", makesDefault: true)),
    ]

    /// Everything else.
    static let changes: [ProviderCommand] = [
        .updateCustomer(.init(org: org, customer: customer, email: nil, address: nil)), .expireCheckout(session: ProviderID("cs_1")),
        .cancelAtPeriodEnd(subscription: ProviderID("sub_1")), .cancelNow(subscription: ProviderID("sub_1")),
        .takeBackEnd(subscription: ProviderID("sub_1")), .openPortal(customer: customer, returnURL: "https://a.example"),
        .renameProduct(product: ProviderID("prod_1"), name: "B"), .setDefaultMethod(customer: customer, method: ProviderID("pm_1")),
        .setSubscriptionMethod(subscription: ProviderID("sub_1"), method: ProviderID("pm_1")), .detachMethod(ProviderID("pm_1")),
        .payInvoice(ProviderID("in_1")),
    ]

    private func intent(_ command: ProviderCommand) -> ProviderIntent {
        ProviderIntent(
            id: .make(at: Instant(secondsSinceEpoch: 1_700_000_000)), org: Self.org, object: "test", operationSequence: 1, command: command,
            at: Instant(secondsSinceEpoch: 1_700_000_000))
    }

    private func fields(_ body: String) -> [String: String] {
        let pairs = body.split(separator: "&").map { pair -> (String, String) in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { text -> String in
                String(text).replacing("+", with: " ").replacing("%5B", with: "[").replacing("%5D", with: "]").replacing("%3A", with: ":")
                    .replacing("%2F", with: "/")
            }
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        return Dictionary(pairs) { first, _ in first }
    }

    @Test(arguments: creations) func `STR-011 what is made carries the intent, the org and, where it applies, the subscription`(
        _ command: ProviderCommand
    ) {
        let intent = intent(command)
        let fields = fields(StripeRequests.request(for: intent, isSandboxMode: true).body)
        #expect(fields["metadata[trellis_intent]"] == intent.id.description)
        #expect(fields["metadata[trellis_org]"] == Self.org.description)
        switch command {
        case .openCheckout, .createSubscription, .refund:
            #expect(fields["metadata[trellis_subscription]"] == Self.row.description)
        default: #expect(fields["metadata[trellis_subscription]"] == nil)
        }
    }

    @Test func `BIL-089 what follows a period of ours begins where it ended and is anchored a period later`() throws {
        let period = try #require(Period(start: Instant(secondsSinceEpoch: 1_000_000), end: Instant(secondsSinceEpoch: 3_592_000)))
        let sale = ProviderCommand.Sale(
            org: Self.org, subscription: Self.row, customer: Self.customer, price: ProviderID("price_1"), method: ProviderID("pm_1"),
            trialDays: 0, period: period)
        let begun = fields(StripeRequests.request(for: intent(.createSubscription(sale)), isSandboxMode: true).body)
        #expect(begun["backdate_start_date"] == "1000000" && begun["billing_cycle_anchor"] == "3592000")
        // Nothing would be charged before the anchor otherwise.
        #expect(begun["proration_behavior"] == "create_prorations")
        let sold = fields(StripeRequests.request(for: intent(.createSubscription(Self.sale)), isSandboxMode: true).body)
        #expect(sold["backdate_start_date"] == nil && sold["billing_cycle_anchor"] == nil && sold["proration_behavior"] == nil)
    }

    @Test(arguments: creations + changes) func `STR-011 STR-024 reading back searches nothing and expands only what is listed`(
        _ command: ProviderCommand
    ) async throws {
        let empty = StubTransport.Answer.status(
            200, #"{"object":"list","data":[],"has_more":false,"id":"x","customer":"c","status":"open"}"#)
        let transport = StubTransport([empty, empty, empty])
        let provider = try StripePaymentProvider.stubbed(transport)
        _ = try? await provider.readBack(intent(command), budget: .job)
        _ = await provider.send(provider.request(for: intent(command)), for: intent(command), budget: .job)
        #expect(!transport.requests.isEmpty)
        let known = Set(StripeExpansion.allCases.map(\.rawValue))
        for request in transport.requests {
            #expect(!request.url.contains("/search"))
            for (name, value) in fields(request.url + "&" + String(decoding: request.body, as: UTF8.self)) where name.contains("expand[") {
                #expect(known.contains(value), "\(value)")
                #expect(value.split(separator: ".").count <= 4)
            }
        }
    }

    @Test func `BIL-018 a page sells one item with our ids, the configured links, promotion codes and an end`() {
        let request = StripeRequests.request(for: intent(.openCheckout(Self.session)), isSandboxMode: true)
        let fields = fields(request.body)
        #expect(request.path == "/v1/checkout/sessions")
        #expect(fields["mode"] == "subscription")
        #expect(fields["line_items[0][price]"] == "price_1")
        #expect(fields["line_items[0][quantity]"] == "1")
        #expect(!request.body.contains("line_items%5B1%5D") && !request.body.contains("line_items[1]"))
        #expect(fields["client_reference_id"] == Self.row.description)
        #expect(fields["subscription_data[metadata][trellis_subscription]"] == Self.row.description)
        #expect(fields["subscription_data[metadata][trellis_org]"] == Self.org.description)
        #expect(fields["subscription_data[trial_period_days]"] == "14")
        #expect(fields["success_url"] == "https://a.example/ok")
        #expect(fields["cancel_url"] == "https://a.example/no")
        #expect(fields["allow_promotion_codes"] == "true")
        #expect(fields["expires_at"] == "1700007200")
    }

    @Test func `BIL-151 a product is called by the plan's name alone in either mode; what else there is stands in its metadata`() {
        let made = intent(.createProduct(.init(plan: Self.plan, name: "Graph Standard")))
        let sandbox = fields(StripeRequests.request(for: made, isSandboxMode: true).body)
        let live = fields(StripeRequests.request(for: made, isSandboxMode: false).body)
        #expect(sandbox["name"] == "Graph Standard")
        #expect(live["name"] == sandbox["name"])
        #expect(sandbox["metadata[trellis_mode]"] == "sandbox")
        #expect(live["metadata[trellis_mode]"] == "live")
        #expect(live["metadata[trellis_plan]"] == Self.plan.key.description)
        #expect(live["metadata[trellis_plan_version]"] == "1")
    }

    @Test func `STR-020 every exchange is noted and logged with its ids, and no body ever is`() async throws {
        let lines = Mutex<[String]>([])
        let log = Log(label: "test", level: .info, sink: { line in lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
        let answers: [StubTransport.Answer] = [
            .status(500, #"{"error":{"message":"secret text"}}"#, [("Request-Id", "req_first")]),
            .status(
                200, #"{"id":"cus_1","object":"customer","name":"secret text"}"#,
                [("Request-Id", "req_second"), ("Original-Request", "req_first"), ("Idempotent-Replayed", "true")]),
        ]
        let provider = StripePaymentProvider(
            configuration: try StripeConfiguration(secretKey: SecretString("sk_test_1"), isSandboxMode: true),
            transport: StubTransport(answers), pacing: StripePacing(jitter: { 1 }, wait: { _ in true }), log: log)
        let made = intent(.createCustomer(.init(org: Self.org, email: "secret@example.com", name: "secret text")))
        let reply = await provider.exchange(provider.request(for: made), for: made, budget: .job)
        #expect(reply.exchanges.map(\.attempt) == [1, 2])
        #expect(reply.exchanges.map(\.status) == [500, 200])
        #expect(reply.exchanges.map(\.requestID) == ["req_first", "req_second"])
        #expect(reply.exchanges.map(\.originalRequest) == [nil, "req_first"])
        #expect(reply.exchanges.map(\.isReplay) == [false, true])
        #expect(lines.withLock { $0.count } == 2)
        for line in lines.withLock({ $0 }) {
            #expect(line.contains("req_"))
            #expect(!line.contains("secret") && !line.contains("sk_test"))
        }
    }
}
