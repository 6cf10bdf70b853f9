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

extension SimulatedWorld {
    struct Sold: Sendable {
        let id: Subscription.ID
        let provider: ProviderID
        let customer: ProviderID
    }

    /// Opens the page for a graph.
    func page(_ plan: String = "ladybug-standard") async throws -> (url: String, session: ProviderID, id: Subscription.ID) {
        let request = CheckoutRequest(
            principal: owner, namedOrg: nil, planName: plan, resourceType: .graph, configuration: ["name": "a graph"])
        guard case .open(let url, let session, let id) = try await services.billing.startCheckout(request) else {
            throw NotPartOfTheTest()
        }
        return (url, session, id)
    }

    /// Buys a graph through the hosted page and brings it to active.
    func buyGraph(_ resource: String = "kg0123456789abcdef0123", plan: String = "ladybug-standard", card: String = "4242424242424242")
        async throws -> Sold
    {
        let (url, _, id) = try await page(plan)
        #expect(try await simulator.pay(url, card: card) == 303)
        try await settle()
        return try await provision(id, as: resource)
    }

    /// Sells another graph on the card on file and brings it to active.
    func sellAnother(_ resource: String) async throws -> Sold {
        let plan = PlanKey.graph("ladybug-standard")
        let entitlement = try await services.subscriptions.entitlement(of: org, to: plan)
        let sale = NewSubscription(
            id: .make(at: now), org: org, entitlement: entitlement, plan: plan, requestedBy: owner.userID, configuration: [:],
            operation: nil)
        try await services.subscriptions.prepareSale(of: plan, interval: .monthly)
        _ = try await store.withTransaction(.system) { try await services.subscriptions.open(sale, in: $0) }
        #expect(try await services.subscriptions.confirmFirstPayment(of: sale.id) == .confirmed)
        try await settle()
        return try await provision(sale.id, as: resource)
    }

    /// What the package of graphs does once the money is there.
    @discardableResult
    func provision(_ id: Subscription.ID, as resource: String) async throws -> Sold {
        let fence = try #require(try await subscription(id).lease).fence
        try await store.withTransaction(.system) { transaction in
            let graph = try #require(ResourceID(resource))
            try await services.subscriptions.link(graph, to: id, fence: fence, in: transaction)
            try await services.subscriptions.activate(id, fence: fence, in: transaction)
        }
        try await settle()
        let row = try await subscription(id)
        let customer = try #require(try await services.store(store, customerOf: org))
        return Sold(id: id, provider: try #require(row.providerLink?.subscription), customer: customer)
    }

    /// Waits until everything was delivered, and does what is due, until nothing is left of either.
    func settle() async throws {
        for _ in 1...3 {
            try await simulator.control("POST", "/quiesce")
            try await worker.drain()
        }
    }

    /// Lets time pass at the provider and here, then does what is due.
    func pass(_ time: Duration) async throws {
        try await pass(until: now + time)
    }

    func pass(until instant: Instant) async throws {
        try await simulator.control("POST", "/clock", #"{"to":"\#(instant)"}"#)
        try await settle()
    }

    func subscription(_ id: Subscription.ID) async throws -> Subscription {
        try #require(try await store.withTransaction(.system) { try await $0.subscription(id) })
    }

    /// The subscription as the provider has it.
    func remote(_ sold: Sold) async throws -> JSONValue {
        try await simulator.call("GET", "/v1/subscriptions/\(sold.provider.rawValue)")
    }

    /// The newest invoice of it at the provider.
    func newestInvoice(_ sold: Sold) async throws -> JSONValue {
        try #require(try await simulator.call("GET", "/v1/invoices?subscription=\(sold.provider.rawValue)&limit=1")["data"]?.list.first)
    }

    /// Decides what the card on file answers from now on.
    func program(_ sold: Sold, _ outcomes: String...) async throws {
        let methods = try await simulator.call("GET", "/v1/customers/\(sold.customer.rawValue)/payment_methods")
        for method in methods["data"]?.list ?? [] {
            let list = outcomes.map { "\"\($0)\"" }.joined(separator: ",")
            let id = method["id"]?.stringValue ?? ""
            try await simulator.control("POST", "/acts", #"{"act":"program_card","payment_method":"\#(id)","outcomes":[\#(list)]}"#)
        }
    }

    func cancel(_ id: Subscription.ID, _ mode: Subscription.Cancellation.Mode, bringingForward: Bool = false) async throws {
        let command = CancelSubscription(
            subscription: id, mode: mode, origin: .user, user: owner.userID, via: "test", bringingForward: bringingForward)
        _ = try await store.withTransaction(.system) { try await services.subscriptions.cancel(command, in: $0) }
    }

    func uncancel(_ id: Subscription.ID) async throws {
        _ = try await services.subscriptions.uncancel(UncancelSubscription(subscription: id, by: .person(owner.userID)))
    }

    func change(_ id: Subscription.ID, to plan: String) async throws -> Subscription {
        try await services.subscriptions.changePlan(
            PlanChangeRequest(subscription: id, plan: .graph(plan), user: owner.userID, operation: nil))
    }

    // MARK: What the database shows

    func count(_ statement: Statement) async throws -> Int {
        Int(try #require(try await database.adminClient.query(statement).first).decode(Int64.self))
    }

    func events(_ topic: String) async throws -> Int {
        try await count("SELECT count(*) FROM jobs.event WHERE topic = \("billing." + topic)")
    }

    func entries(_ type: String) async throws -> Int {
        try await count("SELECT count(*) FROM audit.entry WHERE type = \(type)")
    }

    func park(of type: String) async throws -> [String] {
        try await database.adminClient.query(
            "SELECT park_reason FROM billing.inbound_event WHERE type = \(type) AND state = 'parked' ORDER BY received_at"
        ).map { try $0.decode("park_reason") }
    }
}

extension BillingServices<TestBillingStore> {
    /// The provider's id of an org's customer.
    func store(_ store: TestBillingStore, customerOf org: Org.ID) async throws -> ProviderID? {
        try await store.customer(of: org)?.customer.providerCustomer
    }
}
