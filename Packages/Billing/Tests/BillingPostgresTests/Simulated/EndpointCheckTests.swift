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

/// What is seen of the provider's account before anything is sold.
@Suite struct EndpointCheckTests {
    private typealias Finding = StripeEndpointCheck.Finding
    private static let address = "https://trellis.example.com/v1/webhooks/stripe"

    private func look(_ world: SimulatedWorld) async throws -> [StripeEndpointCheck.Finding] {
        let check = StripeEndpointCheck(
            configuration: try StripeConfiguration(
                apiBase: world.simulator.baseURL, secretKey: SecretString("sk_test_fixture"), isSandboxMode: true),
            transport: world.simulator.transport, log: .silent)
        return try await check.findings(at: Self.address)
    }

    private func endpoint(_ events: [String], version: String, _ world: SimulatedWorld) async throws -> String {
        let list = events.enumerated().map { "enabled_events[\($0.offset)]=\($0.element)" }.joined(separator: "&")
        let made = try await world.simulator.call(
            "POST", "/v1/webhook_endpoints", "url=\(StripeText.form(Self.address))&api_version=\(version)&\(list)")
        return try #require(made["id"]?.stringValue)
    }

    @Test func `STR-027 the start looks at account, mode and endpoint, and says what is wrong with them`() async throws {
        try await SimulatedWorld.with { world in
            #expect(try await look(world) == [.noEndpoint])
            // All but the disputes and refunds is untold, credit notes included.
            let few = Array(StripeEndpointCheck.neededEvents.prefix(9))
            let first = try await endpoint(few, version: "2026-08-26.dahlia", world)
            guard case .missingEvents(let missing) = try await look(world).first else { throw NotPartOfTheTest() }
            #expect(missing == Array(StripeEndpointCheck.neededEvents.dropFirst(9)))
            #expect(missing.contains("credit_note.created"))
            try await world.simulator.call("POST", "/v1/webhook_endpoints/\(first)", "enabled_events[0]=*&disabled=true")
            #expect(try await look(world) == [.disabled])
            let second = try await endpoint(["*"], version: "2026-08-26.dahlia", world)
            #expect(try await look(world).contains(.severalEndpoints(2)))
            for id in [first, second] { try await world.simulator.call("DELETE", "/v1/webhook_endpoints/\(id)") }
            let third = try await endpoint(["*"], version: "2026-10-28.endive", world)
            #expect(try await look(world) == [.otherVersion("2026-10-28.endive")])
            try await world.simulator.call("DELETE", "/v1/webhook_endpoints/\(third)")
            _ = try await endpoint(["*"], version: "2026-08-26.dahlia", world)
            #expect(try await look(world).isEmpty)
            // A key that may not read is said to lack the right, and the rest is looked at.
            try await world.simulator.fault(#"{"kind":"error","method":"GET","path":"/v1/events","status":401,"count":1}"#)
            #expect(try await look(world) == [.missingRight("events")])
        }
    }

    @Test func `STR-027 every kind of event that something follows from is asked for`() {
        for type in [
            "credit_note.created", "invoice.upcoming", "charge.dispute.created", "subscription_schedule.released", "price.updated",
        ] {
            #expect(StripeEndpointCheck.neededEvents.contains(type))
        }
        #expect(Set(StripeEndpointCheck.neededEvents).count == StripeEndpointCheck.neededEvents.count)
        #expect(!StripeEndpointCheck.neededEvents.contains { $0.hasPrefix("test_helpers.") || $0.hasPrefix("billing_portal.") })
    }
}
