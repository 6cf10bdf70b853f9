import Billing
import Core
import HTTPClient
import Testing

@testable import BillingStripe

@Suite struct AnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let answers: [StubTransport.Answer]
        let outcome: String
        init(_ name: String, _ answers: [StubTransport.Answer], _ outcome: String) {
            (self.name, self.answers, self.outcome) = (name, answers, outcome)
        }
        var testDescription: String { name }
    }

    static let customer = #"{"id":"cus_1","object":"customer"}"#
    static let conflict = #"{"error":{"type":"invalid_request_error","code":"lock_timeout"}}"#
    static func failure(_ kind: TransportError.Kind, _ progress: TransportError.Progress) -> StubTransport.Answer {
        .failure(TransportError(kind, progress, reason: "test"))
    }

    static let rows: [Row] = [
        Row("well formed", [.status(200, customer)], "succeeded"),
        Row("unreadable", [.status(200, "<html>")], "unknown unreadable"),
        Row("empty", [.status(200, "")], "unknown unreadable"),
        Row("no connection", Array(repeating: failure(.connection, .nothingSent), count: 3), "retryLater unreachable"),
        Row("no connection, then there", [failure(.connection, .nothingSent), .status(200, customer)], "succeeded"),
        Row("timeout after sending", Array(repeating: failure(.timeout, .maybeSent), count: 3), "unknown timeout"),
        Row("reset after sending", Array(repeating: failure(.interrupted, .maybeSent), count: 3), "unknown timeout"),
        Row(
            "cut, then unreachable", [failure(.interrupted, .maybeSent)] + Array(repeating: failure(.connection, .nothingSent), count: 2),
            "unknown timeout"),
        Row("STR-E35 cut in the body", Array(repeating: failure(.interrupted, .maybeSent), count: 3), "unknown timeout"),
        Row("STR-E35 silence, then an answer", [failure(.timeout, .maybeSent), .status(200, customer)], "succeeded"),
        Row(
            "STR-E35 frames that cannot be read", Array(repeating: failure(.malformedResponse, .maybeSent), count: 3), "unknown unreadable"),
        Row("STR-E35 more than anybody reads", [failure(.limit, .maybeSent)], "unknown unreadable"),
        Row("STR-E36 certificate", [failure(.certificate, .nothingSent)], "refused untrusted"),
        Row("bad request", [.status(400, #"{"error":{"type":"invalid_request_error"}}"#)], "refused bad_request"),
        Row("key reuse", [.status(400, #"{"error":{"type":"idempotency_error"}}"#)], "refused key_reuse"),
        Row("missing", [.status(404, #"{"error":{"code":"resource_missing"}}"#)], "refused missing"),
        Row("unauthorized", [.status(401, "{}")], "retryLater unauthorized"),
        Row("forbidden", [.status(403, "{}")], "retryLater unauthorized"),
        Row("declined", [.status(402, #"{"error":{"type":"card_error","code":"card_declined","message":"No."}}"#)], "refused declined"),
        Row("action", [.status(402, #"{"error":{"type":"card_error","code":"authentication_required"}}"#)], "refused action_required"),
        Row("plain 429", [.status(429, "{}", [("Retry-After", "7")])], "retryLater busy"),
        Row("STR-E33 plain 429 with advice", [.status(429, "{}", [("Stripe-Should-Retry", "true")])], "retryLater busy"),
        Row("STR-E33 lock, then free", [.status(429, conflict), .status(200, customer)], "succeeded"),
        Row("STR-E33 409, 409, 200", [.status(409, "{}"), .status(409, "{}"), .status(200, customer)], "succeeded"),
        Row("409 for good", Array(repeating: .status(409, "{}"), count: 3), "unknown conflict"),
        Row("500 for good", Array(repeating: .status(500, "{}"), count: 3), "unknown server_error"),
        Row("STR-E33 500 told not to", [.status(500, "{}", [("Stripe-Should-Retry", "false")])], "unknown server_error"),
        Row("STR-E33 400 told to", [.status(400, "{}", [("Stripe-Should-Retry", "true")]), .status(200, customer)], "succeeded"),
        Row("502 as HTML", Array(repeating: .status(502, "<html>bad gateway"), count: 3), "unknown server_error"),
    ]

    @Test(arguments: rows) func `STR-013 STR-016 STR-E33 STR-E35 STR-E36 STR-E37 each answer means what the table says`(_ row: Row)
        async throws
    {
        let transport = StubTransport(row.answers)
        let provider = try StripePaymentProvider.stubbed(transport)
        let intent = ProviderIntent.fixture(.createCustomer(.init(org: .make(at: .init(secondsSinceEpoch: 0)), email: nil, name: "A")))
        let outcome = await provider.send(provider.request(for: intent), for: intent, budget: .job)
        #expect(Self.word(outcome) == row.outcome)
        #expect(transport.requests.count == row.answers.count)
        // STR-008: each repetition has the same bytes and the same key.
        #expect(Set(transport.requests.map(\.body)).count == 1)
        #expect(Set(transport.requests.map { $0.headers["Idempotency-Key"] }) == [intent.key.description])
    }

    @Test func `STR-005 every call names the key, the pinned version and the product, and no telemetry`() async throws {
        let transport = StubTransport([.status(200, Self.customer)])
        let provider = try StripePaymentProvider.stubbed(transport)
        let intent = ProviderIntent.fixture(.createCustomer(.init(org: .make(at: .init(secondsSinceEpoch: 0)), email: nil, name: "A")))
        _ = await provider.send(provider.request(for: intent), for: intent, budget: .job)
        let headers = try #require(transport.requests.first).headers
        #expect(headers["Authorization"] == "Bearer sk_test_1")
        #expect(headers["Stripe-Version"] == "2026-08-26.dahlia")
        #expect(headers["Accept"] == "application/json")
        #expect(headers["User-Agent"] == "Trellis/1.0")
        #expect(headers["X-Stripe-Client-Telemetry"] == nil)
    }

    @Test func `STR-007 STR-030 an end now is a DELETE with its parameters in the query and no body`() async throws {
        let transport = StubTransport([.status(404, #"{"error":{"code":"resource_missing"}}"#)])
        let provider = try StripePaymentProvider.stubbed(transport)
        let intent = ProviderIntent.fixture(.cancelNow(subscription: ProviderID("sub_1")))
        let outcome = await provider.send(provider.request(for: intent), for: intent, budget: .job)
        let request = try #require(transport.requests.first)
        #expect(request.method == "DELETE")
        #expect(request.url == "https://api.stripe.com/v1/subscriptions/sub_1?invoice_now=false&prorate=false")
        #expect(request.body.isEmpty)
        // STR-E62: what is gone already is what was wanted.
        #expect(outcome == .succeeded(.subscriptionGone))
    }

    @Test(arguments: [
        ProviderCommand.cancelNow(subscription: ProviderID("sub_1")), .cancelAtPeriodEnd(subscription: ProviderID("sub_1")),
        .takeBackEnd(subscription: ProviderID("sub_1")),
    ])
    func `STR-030 STR-E69 a schedule is released for the refusal that names it as the owner, and for no other`(
        _ command: ProviderCommand
    ) async throws {
        let intent = ProviderIntent.fixture(command)
        let object = #"{"id":"sub_1","customer":"cus_1","status":"active","schedule":"sub_sched_1"}"#
        for error in [
            #"{"type":"invalid_request_error","message":"This subscription cannot be changed, see its subscription schedule."}"#,
            #"{"type":"invalid_request_error","code":"parameter_invalid_empty","message":"managed by the subscription schedule"}"#,
            #"{"type":"api_error","message":"The subscription is managed by the subscription schedule `sub_sched_1`."}"#,
            #"{"type":"invalid_request_error"}"#,
        ] {
            // What is looked up, if anything, is how the subscription stands.
            let transport = StubTransport([.status(400, #"{"error":\#(error)}"#), .status(200, object)])
            let provider = try StripePaymentProvider.stubbed(transport)
            let outcome = await provider.send(provider.request(for: intent), for: intent, budget: .job)
            guard case .refused(let refusal) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(refusal.kind == .badRequest && refusal.code != "owned_by_schedule")
            #expect(transport.requests.count { $0.method != "GET" } == 1, "\(error)")
        }
        let owned =
            #"{"error":{"type":"invalid_request_error","message":"The subscription is managed by the subscription schedule `sub_sched_1`, "#
            + #"and updating any cancelation behavior directly is not allowed. Please update the schedule instead."}}"#
        let transport = StubTransport([
            .status(400, owned), .status(200, object), .status(200, "{}"), .status(400, owned), .status(200, object),
        ])
        let provider = try StripePaymentProvider.stubbed(transport)
        let outcome = await provider.send(provider.request(for: intent), for: intent, budget: .job)
        guard case .refused(let refusal) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(refusal.code == "owned_by_schedule")
        let paths = transport.requests.prefix(4).map(\.url)
        #expect(paths[2].hasSuffix("/v1/subscription_schedules/sub_sched_1/release"), "\(paths)")
        #expect(paths[3] == paths[0])
    }

    @Test(arguments: [("complete", CheckoutClosure.complete), ("expired", .expired)])
    func `STR-032 closing a page that was completed or had expired is told apart`(word: String, closure: CheckoutClosure) async throws {
        let transport = StubTransport([
            .status(400, #"{"error":{"type":"invalid_request_error"}}"#), .status(200, #"{"id":"cs_1","status":"\#(word)"}"#),
        ])
        let provider = try StripePaymentProvider.stubbed(transport)
        let intent = ProviderIntent.fixture(.expireCheckout(session: ProviderID("cs_1")))
        let outcome = await provider.send(provider.request(for: intent), for: intent, budget: .job)
        #expect(outcome == .succeeded(.closure(closure)))
    }

    @Test func `STR-012 a lost creation is found again by its tag`() async throws {
        let intent = ProviderIntent.fixture(.createCustomer(.init(org: .make(at: .init(secondsSinceEpoch: 0)), email: nil, name: "A")))
        let listed =
            #"{"data":[{"id":"cus_9","metadata":{}},{"id":"cus_2","metadata":{"trellis_intent":"\#(intent.id)"}}],"has_more":false}"#
        let provider = try StripePaymentProvider.stubbed(StubTransport([.status(200, listed)]))
        #expect(try await provider.readBack(intent, budget: .job) == .done(.customer(ProviderID("cus_2"))))
        let empty = try StripePaymentProvider.stubbed(StubTransport([.status(200, #"{"data":[],"has_more":false}"#)]))
        #expect(try await empty.readBack(intent, budget: .job) == .notDone)
    }

    @Test func `STR-023 lists are paged to their end, each object once, and a list that stands still is an error`() async throws {
        let first = #"{"data":[{"id":"in_1","currency":"usd"},{"id":"in_2","currency":"usd"}],"has_more":true}"#
        let second = #"{"data":[{"id":"in_2","currency":"usd"},{"id":"in_3","currency":"usd"}],"has_more":false}"#
        let transport = StubTransport([.status(200, first), .status(200, second)])
        let provider = try StripePaymentProvider.stubbed(transport)
        let invoices = try await provider.invoices(of: ProviderID("sub_1"), budget: .job)
        #expect(invoices.map(\.id.rawValue) == ["in_1", "in_2", "in_3"])
        #expect(transport.requests.last?.url.hasSuffix("limit=100&starting_after=in_2") == true)
        let standing = try StripePaymentProvider.stubbed(StubTransport([.status(200, first), .status(200, first)]))
        await #expect(throws: ProviderFailure.self) { try await standing.invoices(of: ProviderID("sub_1"), budget: .job) }
    }

    @Test(arguments: [
        ("https://api.stripe.com", "sk_test_1", true, true), ("https://api.stripe.com", "sk_live_1", false, true),
        ("https://api.stripe.com", "sk_live_1", true, false), ("https://api.stripe.com", "sk_test_1", false, false),
        ("http://127.0.0.1:9", "sk_test_1", true, true), ("http://127.0.0.1:9", "sk_live_1", false, false),
        ("http://127.0.0.1.example.com", "sk_test_1", true, false), ("http://api.stripe.com", "sk_test_1", true, false),
        ("https://api.stripe.com", "nonsense", true, false),
    ])
    func `STR-001 STR-026 BIL-133 keys fit their mode and addresses are safe`(base: String, key: String, sandbox: Bool, isGood: Bool) {
        let made = try? StripeConfiguration(apiBase: base, secretKey: SecretString(key), isSandboxMode: sandbox)
        #expect((made != nil) == isGood)
    }

    private static func word(_ outcome: ProviderOutcome) -> String {
        switch outcome {
        case .succeeded: "succeeded"
        case .refused(let refusal): "refused " + refusal.kind.rawValue
        case .retryLater(let failure): "retryLater " + failure.kind.rawValue
        case .unknown(let failure): "unknown " + failure.kind.rawValue
        }
    }
}
