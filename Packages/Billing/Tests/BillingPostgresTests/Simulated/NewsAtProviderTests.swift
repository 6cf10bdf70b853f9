import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingStripe
import BillingTesting
import Core
import Cryptography
import EventLoops
import HTTPClient
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// Deliveries in odd orders, shapes and versions.
@Suite struct NewsAtProviderTests {
    /// Hands in a body that is signed as the provider signs.
    private func handIn(_ body: String, _ world: SimulatedWorld) async throws {
        let (bytes, time) = (Array(body.utf8), world.now.secondsSinceEpoch)
        let mac = HMACSHA256.code(for: Array("\(time).".utf8) + bytes, key: SecretBytes(Array(SimulatedWorld.webhookSecret.utf8)))
        try await world.mailbag.handIn([Mailbag.Letter(signature: "t=\(time),v1=\(Hex.encode(mac))", body: bytes)])
        try await world.worker.drain()
    }

    private func type(_ letter: Mailbag.Letter) throws -> String {
        try #require(JSON.decode(JSONValue.self, from: letter.body)["type"]?.stringValue)
    }

    @Test(arguments: ["invoice.paid", "customer.subscription.created", "checkout.session.completed", "invoice.created"])
    func `STR-E16 whatever is heard first of a sale, the rest is fetched and the payment counts once`(_ first: String) async throws {
        try await SimulatedWorld.with { world in
            let (url, _, id) = try await world.page()
            world.mailbag.hold()
            #expect(try await world.simulator.pay(url) == 303)
            try await world.settle()
            let letters = world.mailbag.empty()
            try await world.mailbag.handIn(letters.filter { try type($0) == first })
            try await world.worker.drain()
            #expect(try await world.subscription(id).status == .provisioning)
            try await world.mailbag.handIn(letters)
            try await world.worker.drain()
            #expect(try await world.events("subscription_ready_to_provision") == 1)
            #expect(try await world.events("invoice_paid") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.invoice") == 1)
        }
    }

    @Test func `STR-E26 STR-067 what was rendered at another version says only which object to read`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            try await world.simulator.call("POST", "/v1/subscriptions/\(sold.provider.rawValue)", "cancel_at_period_end=true")
            // Its content is a lie, and of a shape of long ago; the object is read at our version.
            try await handIn(
                """
                {"id":"evt_old","object":"event","type":"customer.subscription.updated","api_version":"2015-10-16","created":1,
                 "livemode":false,"data":{"object":{"id":"\(sold.provider.rawValue)","object":"subscription","status":"canceled",
                 "customer":"cus_other","current_period_end":1,"plan":{"id":"gold"}}}}
                """, world)
            let row = try await world.subscription(sold.id)
            #expect(row.cancellation?.origin == .portal)
            #expect(row.endsAt == row.currentPeriod?.end)
            #expect(row.closedAt == nil)
        }
    }

    @Test func `STR-067 the other mode is parked, an unknown type ignored, and thin and full forms of one change are one effect`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let id = sold.provider.rawValue
            try await handIn(
                #"{"id":"evt_live","object":"event","type":"customer.subscription.deleted","created":1,"livemode":true,"data":{"object":{"id":"\#(id)","object":"subscription"}}}"#,
                world)
            try await handIn(
                #"{"id":"evt_new","object":"event","type":"brand.new","created":1,"livemode":false,"data":{"object":{"id":"x"}}}"#, world)
            #expect(try await world.park(of: "customer.subscription.deleted") == ["wrong_mode"])
            #expect(
                try await world.count("SELECT count(*) FROM billing.inbound_event WHERE type = 'brand.new' AND outcome = 'ignored'") == 1)
            #expect(try await world.subscription(sold.id).status == .active)
            try await world.simulator.call("POST", "/v1/subscriptions/\(id)", "cancel_at_period_end=true")
            try await handIn(
                #"{"id":"evt_thin","object":"v2.core.event","type":"v1.customer.subscription.updated","created":"2027-01-15T09:00:00Z","livemode":false,"related_object":{"id":"\#(id)","type":"subscription"}}"#,
                world)
            try await world.settle()
            #expect(try await world.subscription(sold.id).cancellation?.origin == .portal)
            #expect(try await world.entries("subscription_canceled") == 1)
        }
    }

    @Test func `STR-070 an event is kept although the org it tells of is gone: nothing points from it`() async throws {
        try await SimulatedWorld.with { world in
            let sold = try await world.buyGraph()
            let keys = try await world.count(
                "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND 'billing.inbound_event'::regclass IN (conrelid, confrelid)")
            #expect(keys == 0)
            try await world.database.adminClient.execute("DELETE FROM people.org")
            try await world.database.adminClient.execute("DELETE FROM people.person")
            try await handIn(
                #"{"id":"evt_after","object":"event","type":"customer.subscription.updated","created":1,"livemode":false,"data":{"object":{"id":"\#(sold.provider.rawValue)","object":"subscription"}}}"#,
                world)
            #expect(try await world.count("SELECT count(*) FROM billing.inbound_event WHERE provider_event_id = 'evt_after'") == 1)
        }
    }

    @Test func `STR-E41 two tabs at once lead to one customer, one page and one subscription`() async throws {
        try await SimulatedWorld.with { world in
            let pages = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 1...2 { group.addTask { try await world.page().url } }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(Set(pages).count == 1)
            var answers: [Int] = []
            for page in pages { answers.append(try await world.simulator.pay(page)) }
            #expect(answers.filter { $0 == 303 }.count == 1)
            try await world.settle()
            #expect(try await world.simulator.transcript("POST", "/v1/customers").count == 1)
            #expect(try await world.simulator.call("GET", "/v1/subscriptions")["data"]?.list.count == 1)
            #expect(try await world.simulator.ledger().first?["charges"]?.int == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.subscription") == 1)
        }
    }

    @Test func `STR-E45 BIL-025 a page that expires after another was completed revokes nothing`() async throws {
        try await SimulatedWorld.with { world in
            let other = try await world.directory.admit(to: world.org, as: .owner, world.database, at: world.now)
            let (_, session, first) = try await world.page()
            let request = CheckoutRequest(
                principal: other, namedOrg: nil, planName: "ladybug-standard", resourceType: .graph, configuration: ["name": "mine"])
            guard case .open(let url, _, let second) = try await world.services.billing.startCheckout(request) else {
                throw NotPartOfTheTest()
            }
            #expect(try await world.simulator.pay(url) == 303)
            try await world.settle()
            try await world.provision(second, as: "kg2222222222222222222b")
            try await world.pass(.hours(25))
            let expired = try await world.simulator.call("GET", "/v1/checkout/sessions/\(session.rawValue)")
            #expect(expired["status"] == "expired")
            #expect(try await world.subscription(first).status == .canceled)
            #expect(try await world.subscription(second).status == .active)
            #expect(try await world.simulator.ledger().first?["refunded"]?.int == 0)
        }
    }

    @Test func `STR-034 what comes next is asked by the preview, and the removed call is never made`() async throws {
        try await SimulatedWorld.with { world in
            _ = try await world.buyGraph()
            let upcoming = try #require(try await world.services.billing.upcomingInvoice(of: world.org, as: world.owner))
            #expect(upcoming.amountDue == 9_900)
            let calls = try await world.simulator.transcript()
            #expect(calls.contains { $0["path"] == "/v1/invoices/create_preview" && $0["method"] == "POST" })
            #expect(!calls.contains { $0["path"]?.stringValue?.contains("upcoming") == true })
            #expect(
                calls.allSatisfy {
                    $0["stripe_version"] == "2026-08-26.dahlia" || $0["user_agent"]?.stringValue?.hasPrefix("Trellis") != true
                })
        }
    }

    @Test func `STR-E39 names with reserved characters, accents, emoji and newlines come back unchanged`() async throws {
        try await SimulatedWorld.with { world in
            let provider = StripePaymentProvider(
                configuration: try StripeConfiguration(
                    apiBase: world.simulator.baseURL, secretKey: SecretString("sk_test_fixture"), isSandboxMode: true),
                transport: world.simulator.transport, log: .silent)
            for name in ["A=b&c[d]+e%41 ;/?", "Zoë & Söhne", "漢字 🚀👩‍👩‍👧", "two\nlines\tand a tab", "\"quoted\" \\ back"] {
                let intent = ProviderIntent(
                    id: .make(at: world.now), org: world.org, object: "test:\(name.utf8.count)", operationSequence: 1,
                    command: .createCustomer(.init(org: world.org, email: "a+b@example.com", name: name)), at: world.now)
                let outcome = await provider.send(provider.request(for: intent), for: intent, budget: .interactive)
                guard case .succeeded(.customer(let id)) = outcome else { throw NotPartOfTheTest() }
                let stored = try await world.simulator.call("GET", "/v1/customers/\(id.rawValue)")
                #expect(stored["name"]?.stringValue == name)
                #expect(stored["email"] == "a+b@example.com")
                #expect(stored["metadata"]?["trellis_org"]?.stringValue == world.org.description)
            }
        }
    }

    @Test func `STR-E38 two hundred and fifty invoices are read while new ones appear: none is missed, none comes twice`() async throws {
        try await SimulatedWorld.with { world in
            let simulator = world.simulator
            let product = try await simulator.call("POST", "/v1/products", "name=daily")
            let price = try await simulator.call(
                "POST", "/v1/prices", "product=\(product["id"]?.stringValue ?? "")&currency=usd&unit_amount=100&recurring[interval]=day")
            let customer = try await simulator.call(
                "POST", "/v1/customers", "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa")
            let made = try await simulator.call(
                "POST", "/v1/subscriptions",
                "customer=\(customer["id"]?.stringValue ?? "")&items[0][price]=\(price["id"]?.stringValue ?? "")")
            let id = try #require(made["id"]?.stringValue)
            world.mailbag.hold()
            // In steps that a slow machine takes within a request's time.
            for _ in 0..<25 { try await simulator.control("POST", "/clock", #"{"by_seconds":\#(10 * 86_400)}"#) }
            func all() async throws -> Set<String> {
                var found: Set<String> = []
                var last = ""
                while true {
                    let page = try await simulator.call("GET", "/v1/invoices?subscription=\(id)&limit=100\(last)")
                    let ids = page["data"]?.list.compactMap { $0["id"]?.stringValue } ?? []
                    found.formUnion(ids)
                    guard page["has_more"] == true, let end = ids.last else { return found }
                    last = "&starting_after=\(end)"
                }
            }
            let before = try await all()
            #expect(before.count > 250)
            let transport = InsertingTransport(world.simulator)
            let provider = StripePaymentProvider(
                configuration: try StripeConfiguration(
                    apiBase: simulator.baseURL, secretKey: SecretString("sk_test_fixture"), isSandboxMode: true),
                transport: transport, log: .silent)
            let read = try await provider.invoices(of: ProviderID(id), budget: .job).map(\.id.rawValue)
            #expect(transport.inserted >= 2)
            #expect(Set(read).count == read.count)
            #expect(Set(read).isSuperset(of: before))
            #expect(try await all().count > before.count)
        }
    }
}

/// A transport that lets a day pass at the provider, and so a new invoice appear, after every page it has fetched.
private final class InsertingTransport: HTTPTransport, Sendable {
    private let simulator: SimulatorAccess
    private let count = Mutex(0)
    var inserted: Int { count.withLock { $0 } }

    init(_ simulator: SimulatorAccess) { self.simulator = simulator }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        let response = try await simulator.transport.send(request)
        try await simulator.control("POST", "/clock", #"{"by_seconds":86400}"#)
        count.withLock { $0 += 1 }
        return response
    }
}
