import Billing
import BillingPostgres
import BillingTesting
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@Suite struct CheckoutTests {
    @Test func `STR-080 T1 T2 T3 T5 a paid page becomes an active graph, with an entry and an event for each step`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            #expect(try await world.subscription(id).status == .pendingPayment)
            #expect(try await world.services.billing.checkoutStatus(session: session, as: world.owner).word == .pendingPayment)
            let paid = try #require(world.provider.pay(session))
            try await world.deliver("checkout.session.completed", session)
            try await world.drain()
            let provisioning = try await world.subscription(id)
            #expect(provisioning.status == .provisioning)
            #expect(provisioning.backing == .providerSubscription(paid))
            #expect(try await world.events("subscription_ready_to_provision") == 1)
            let fence = try #require(provisioning.lease).fence
            for _ in 1...2 {
                try await world.store.withTransaction(.system) { transaction in
                    let graph = try #require(ResourceID("kg1"))
                    try await world.services.subscriptions.link(graph, to: id, fence: fence, in: transaction)
                    try await world.services.subscriptions.activate(id, fence: fence, in: transaction)
                }
            }
            let active = try await world.subscription(id)
            #expect(active.status == .active)
            #expect(active.currentPeriod?.end == world.now.addingMonths(1, anchoredOnDay: 15))
            let status = try await world.services.billing.checkoutStatus(session: session, as: world.owner)
            #expect(status.word == .active)
            #expect(status.resource == ResourceID("kg1"))
            for type in [
                "subscription_created", "checkout_started", "checkout_completed", "subscription_provisioning_started",
                "subscription_activated", "payment_succeeded", "payment_method_added", "webhook_received", "webhook_applied",
            ] {
                #expect(try await world.entries(type) == 1, "\(type)")
            }
            #expect(try await world.events("subscription_activated") == 1)
            #expect(try await world.events("invoice_paid") == 1)
        }
    }

    @Test func `BIL-006 BIL-017 BIL-020 BIL-135 twenty requests at once lead to one customer, one price and one page`() async throws {
        try await BillingWorld.with { world in
            let sessions = try await withThrowingTaskGroup(of: ProviderID.self) { group in
                for _ in 1...20 { group.addTask { try await world.checkout().session } }
                return try await group.reduce(into: Set<ProviderID>()) { $0.insert($1) }
            }
            #expect(sessions.count == 1)
            for kind in ["create_customer", "create_product", "create_price", "open_checkout"] {
                #expect(world.provider.effects(of: kind) == 1, "\(kind)")
            }
            #expect(try await world.count("SELECT count(*) FROM billing.subscription") == 1)
        }
    }

    @Test func `BIL-135 two owners have a page each`() async throws {
        try await BillingWorld.with { world in
            let other = try await world.admit(as: .owner)
            let first = try await world.checkout().session
            let second = try await world.checkout(as: other).session
            #expect(first != second)
            #expect(try await world.count("SELECT count(*) FROM billing.checkout WHERE state = 'open'") == 2)
        }
    }

    @Test func `BIL-019 T8 another wish of the same caller closes the older page first`() async throws {
        try await BillingWorld.with { world in
            let first = try await world.checkout()
            let second = try await world.checkout("ladybug-large")
            #expect(first.session != second.session)
            let retired = try await world.subscription(first.subscription)
            #expect(retired.status == .canceled)
            #expect(retired.cancellation?.origin == .user)
            #expect(world.provider.effects(of: "expire_checkout") == 1)
            #expect(try await world.entries("checkout_retired") == 1)
        }
    }

    @Test func `BIL-019 an older page that was paid meanwhile is never retired`() async throws {
        try await BillingWorld.with { world in
            let first = try await world.checkout()
            world.provider.pay(first.session)
            await #expect(throws: BillingError.checkoutAlreadyPaid) { try await world.checkout("ladybug-large") }
            try await world.drain()
            // The sync that was started found the payment although no event came (STR-E43).
            #expect(try await world.subscription(first.subscription).status == .provisioning)
        }
    }

    @Test func `BIL-021 a lost answer is 503 and the repeated request finishes the same page`() async throws {
        try await BillingWorld.with { world in
            world.provider.fail("open_checkout", with: .unknown(ProviderFailure(kind: .timeout)))
            await #expect(throws: BillingError.providerTimeout) { try await world.checkout() }
            let (_, id) = try await world.checkout()
            #expect(try await world.subscription(id).status == .pendingPayment)
            #expect(world.provider.effects(of: "open_checkout") == 1)
            #expect(try await world.count("SELECT count(*) FROM billing.subscription") == 1)
        }
    }

    @Test func `BIL-006 AUD-112 a price that was changed at the provider sells nothing, and the log says so`() async throws {
        try await BillingWorld.with { world in
            _ = try await world.checkout()
            world.provider.changePrices(to: 1)
            await #expect(throws: BillingError.priceMismatch(.graph("ladybug-standard"))) {
                try await world.checkout(configuration: ["name": "another"])
            }
            let told = try await world.database.adminClient.query(
                "SELECT risk, ref_control, data FROM audit.entry WHERE type = 'price_mismatch_refused'")
            #expect(told.count == 1)
            #expect(try told.first?.decode("risk", as: String.self) == "high")
            #expect(try told.first?.decode("ref_control", as: String.self) == "catalogue")
            let data = try told.first?.decode("data", as: JSONValue.self)
            #expect(data?["amount"] == 9_900 && data?["found_amount"] == 1, "\(data ?? .null)")
            #expect(world.provider.effects(of: "open_checkout") == 1)
        }
    }

    @Test func `BIL-012 BIL-013 the checks come in one order and nothing is written before all have passed`() async throws {
        try await BillingWorld.with(limit: 0) { world in
            let member = try await world.admit(as: .member)
            let admin = try await world.admit(as: .admin)
            let stranger = try await world.directory.admit(to: Org.ID.make(at: world.now), as: .owner, world.database, at: world.now)
            for principal in [member, admin] {
                await #expect(throws: BillingError.ownerRequired) { try await world.checkout("unknown", as: principal) }
            }
            let foreign = CheckoutRequest(
                principal: stranger, namedOrg: world.org, planName: "unknown", resourceType: .graph, configuration: [:])
            await #expect(throws: BillingError.notOrgMember) { try await world.services.billing.startCheckout(foreign) }
            await #expect(throws: BillingError.unknownPlan("unknown")) { try await world.checkout("unknown", configuration: ["bad": 1]) }
            await #expect(throws: BillingError.invalidConfiguration(pointer: "/bad", reason: "is not known")) {
                try await world.checkout(configuration: ["bad": 1])
            }
            await #expect(throws: BillingError.graphLimitReached(limit: 0)) { try await world.checkout() }
            #expect(try await world.count("SELECT count(*) FROM billing.subscription") == 0)
            #expect(try await world.count("SELECT count(*) FROM billing.intent") == 0)
            #expect(world.provider.sentKeys.isEmpty)
        }
    }

    @Test func `ID-134 ID-108 a checkout for an org that is named needs a credential that reaches it as an owner`() async throws {
        try await BillingWorld.with { world in
            let (session, _) = try await world.checkout()
            let billing = world.services.billing
            func owner(within reach: MembershipReach) -> Principal {
                let owner = world.owner
                return Principal(
                    userID: owner.userID, email: owner.email, name: owner.name, isEmailVerified: true, credential: owner.credential,
                    scopes: nil, graph: nil, orgScope: nil, reach: reach)
            }
            func request(_ principal: Principal) -> CheckoutRequest {
                CheckoutRequest(
                    principal: principal, namedOrg: world.org, planName: "ladybug-standard", resourceType: .graph,
                    configuration: ["name": "a graph"])
            }
            let lacking = owner(
                within: MembershipReach(lacking: .administrators(exemptsLonePersonalOrgs: false), boundOrg: nil))
            await #expect(throws: IdentityError.mfaEnrollmentRequired) { try await billing.startCheckout(request(lacking)) }
            let elsewhere = owner(within: MembershipReach(lacking: nil, boundOrg: .make(at: world.now)))
            await #expect(throws: BillingError.notOrgMember) { try await billing.startCheckout(request(elsewhere)) }
            await #expect(throws: BillingError.notFound) { try await billing.checkoutStatus(session: session, as: elsewhere) }
            // A member sees how far it is, and so does an owner who is no more than that.
            #expect(try await billing.checkoutStatus(session: session, as: lacking).word == .pendingPayment)
            let here = owner(within: MembershipReach(lacking: nil, boundOrg: world.org))
            guard case .open(_, let same, _) = try await billing.startCheckout(request(here)) else {
                Issue.record("no page was opened")
                return
            }
            #expect(same == session)
        }
    }

    @Test func `BIL-015 with a limit of three, three of twelve at once succeed`() async throws {
        try await BillingWorld.with(limit: 3) { world async throws -> Void in
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 1...12 {
                    group.addTask {
                        guard let owner = try? await world.admit(as: .owner) else { return false }
                        return (try? await world.checkout(as: owner, configuration: ["name": .string("graph \(number)")])) != nil
                    }
                }
                return await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            let stored = try await world.count("SELECT count(*) FROM billing.subscription")
            #expect(outcomes.filter(\.self).count == 3)
            #expect(stored == 3)
        }
    }

    @Test func `BIL-011 with billing off a checkout is answered before any check and stores nothing`() async throws {
        let off = BillingSettings(isEnabled: false, isSandboxMode: true, successURL: "", cancelURL: "", portalReturnURL: "")
        try await BillingWorld.with(settings: off) { world in
            let member = try await world.admit(as: .member)
            let request = CheckoutRequest(
                principal: member, namedOrg: nil, planName: "unknown", resourceType: .graph, configuration: [:])
            #expect(try await world.services.billing.startCheckout(request) == .billingDisabled)
            #expect(try await world.count("SELECT count(*) FROM billing.customer") == 0)
        }
    }

    @Test func `BIL-022 a session of another org and an unknown one are not found alike`() async throws {
        try await BillingWorld.with { world in
            let (session, _) = try await world.checkout()
            let stranger = try await world.directory.admit(to: Org.ID.make(at: world.now), as: .owner, world.database, at: world.now)
            await #expect(throws: BillingError.notFound) {
                try await world.services.billing.checkoutStatus(session: session, as: stranger)
            }
            await #expect(throws: BillingError.notFound) {
                try await world.services.billing.checkoutStatus(session: ProviderID("cs_none"), as: world.owner)
            }
        }
    }

    @Test func `BIL-023 a status call grants access when no event ever comes, and asks at most once in ten seconds`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            _ = try await world.services.billing.checkoutStatus(session: session, as: world.owner)
            world.provider.pay(session)
            #expect(try await world.services.billing.checkoutStatus(session: session, as: world.owner).word == .pendingPayment)
            world.clock.advance(by: .seconds(10))
            #expect(try await world.services.billing.checkoutStatus(session: session, as: world.owner).word == .provisioning)
            #expect(try await world.subscription(id).status == .provisioning)
        }
    }

    @Test func `BIL-025 STR-082 an expired page ends its own sale only`() async throws {
        try await BillingWorld.with { world in
            let (session, id) = try await world.checkout()
            world.provider.expire(session)
            try await world.deliver("checkout.session.expired", session)
            try await world.drain()
            let row = try await world.subscription(id)
            #expect(row.status == .canceled)
            #expect(row.cancellation?.origin == .provider)
            let graph = try await world.activeGraph()
            try await world.deliver("checkout.session.expired", session)
            try await world.drain()
            #expect(try await world.subscription(graph.id).status == .active)
        }
    }
}
