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

@Suite struct SaleRulesTests {
    private func nothingWritten(_ world: BillingWorld) async throws {
        #expect(try await world.count("SELECT count(*) FROM billing.subscription") == 0)
        #expect(try await world.count("SELECT count(*) FROM billing.checkout") == 0)
        #expect(world.provider.effects(of: "open_checkout") == 0)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `BIL-014 what is configured is stored as it was given, up to 16 KB and eight levels, and what is more is refused before a sale`(
        _ seed: UInt64
    ) async throws {
        try await BillingWorld.with { world in
            var numbers = SeededNumbers(seed)
            func value(_ depth: Int) -> JSONValue {
                switch depth > 0 ? Int.random(in: 0...5, using: &numbers) : Int.random(in: 0...3, using: &numbers) {
                case 0: return .integer(Int64.random(in: Int64.min...Int64.max, using: &numbers))
                case 1: return .bool(Bool.random(using: &numbers))
                case 2: return .null
                case 3:
                    let letters = Array("aü漢🚀\"\\\n \u{1}/")
                    return .string(String((0..<20).compactMap { _ in letters.randomElement(using: &numbers) }))
                case 4: return .array((0..<3).map { _ in value(depth - 1) })
                default: return .object(["a": value(depth - 1), "b": value(depth - 1)])
                }
            }
            let configuration: JSONValue = ["name": "a graph", "deep": value(6)]
            let (_, id) = try await world.checkout(configuration: configuration)
            #expect(try await world.subscription(id).configuration == configuration)
        }
    }

    @Test func `BIL-014 sixteen thousand bytes and eight levels pass, one more of either does not`() async throws {
        func nested(_ levels: Int) -> JSONValue { (1...levels).reduce(JSONValue.integer(1)) { inner, _ in ["a": inner] } }
        // {"a":"…"} has eight bytes of its own.
        let (largest, larger): (JSONValue, JSONValue) = (
            ["a": .string(String(repeating: "x", count: 16_384 - 8))], ["a": .string(String(repeating: "x", count: 16_384 - 7))]
        )
        for configuration in [larger, nested(9), ["bad": 1], .array([]), "text"] as [JSONValue] {
            try await BillingWorld.with { world in
                await #expect {
                    _ = try await world.checkout(configuration: configuration)
                } throws: { error in
                    if case BillingError.invalidConfiguration = error { true } else { false }
                }
                try await nothingWritten(world)
            }
        }
        for configuration in [largest, nested(8)] {
            try await BillingWorld.with { world in
                let (_, id) = try await world.checkout(configuration: configuration)
                #expect(try await world.subscription(id).configuration == configuration)
            }
        }
    }

    @Test func `BIL-073 the portal is the owner's, opens with the configured way back, and needs a customer and billing`() async throws {
        try await BillingWorld.with { world in
            await #expect(throws: BillingError.noProviderCustomer) {
                _ = try await world.services.billing.openPortal(of: world.org, as: world.owner)
            }
            _ = try await world.activeGraph()
            for role in [OrgRole.admin, .member] {
                let other = try await world.admit(as: role)
                await #expect(throws: (any Error).self) { _ = try await world.services.billing.openPortal(of: world.org, as: other) }
            }
            #expect(world.provider.effects(of: "open_portal") == 0)
            guard case .open(let url) = try await world.services.billing.openPortal(of: world.org, as: world.owner) else {
                throw NotPartOfTheTest()
            }
            #expect(url.hasPrefix("https://portal.example/"))
            let way = try await world.count(
                "SELECT count(*) FROM billing.intent WHERE kind = 'open_portal' AND command::text LIKE '%https://app.example/billing%'")
            #expect(way == 1)
        }
        let off = BillingSettings(isEnabled: false, isSandboxMode: true, successURL: "", cancelURL: "", portalReturnURL: "")
        try await BillingWorld.with(settings: off) { world in
            guard case .billingDisabled = try await world.services.billing.openPortal(of: world.org, as: world.owner) else {
                throw NotPartOfTheTest()
            }
        }
    }

    @Test func `BIL-083 what comes next is the provider's preview, our own for net terms, and nothing when all rows end`() async throws {
        try await BillingWorld.with { world in
            func upcoming() async throws -> UpcomingInvoice? {
                try await world.services.billing.upcomingInvoice(of: world.org, as: world.owner)
            }
            #expect(try await upcoming() == nil)
            let graph = try await world.activeGraph()
            let other = try await world.sellAnother("kg2222222222222222222b")
            // One preview for each subscription, merged.
            #expect(try await upcoming()?.amountDue == 19_800)
            for id in [graph.id, other.id] {
                let command = CancelSubscription(
                    subscription: id, mode: .periodEnd, origin: .user, user: world.owner.userID, via: "test")
                _ = try await world.store.withTransaction(.system) { try await world.services.subscriptions.cancel(command, in: $0) }
                try await world.drain()
            }
            #expect(try await upcoming() == nil)
        }
        try await BillingWorld.with { world in
            try await world.payByInvoice()
            let id = try await world.invoicedGraph()
            let next = try #require(try await world.services.billing.upcomingInvoice(of: world.org, as: world.owner))
            #expect(next.amountDue == 9_900)
            #expect(next.period.start == (try await world.subscription(id).currentPeriod)?.end)
        }
    }
}
