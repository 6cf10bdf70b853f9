import Billing
import BillingPostgres
import BillingStripe
import Core
import Cryptography
import HTTPClient
import IdentityPostgres
import Jobs
import JobsPostgres
import Observability
import PlatformTesting
import Postgres
import Testing

/// The endpoint that tells of events is made, mended and given other secrets; the clock is the world's, which tests move.
@Suite struct EndpointKeeperTests {
    private static let address = "https://trellis.example.com/v1/webhooks/stripe"

    private func configuration(_ world: SimulatedWorld) throws -> StripeConfiguration {
        try StripeConfiguration(apiBase: world.simulator.baseURL, secretKey: SecretString("sk_test_fixture"), isSandboxMode: true)
    }

    private func keeper(_ world: SimulatedWorld) throws -> StripeEndpointKeeper {
        StripeEndpointKeeper(
            configuration: try configuration(world), transport: world.simulator.transport, dateSource: world.clock, log: .silent)
    }

    private func findings(_ world: SimulatedWorld) async throws -> [StripeEndpointCheck.Finding] {
        try await StripeEndpointCheck(
            configuration: try configuration(world), transport: world.simulator.transport, log: .silent
        ).findings(at: Self.address)
    }

    private func endpoints(_ world: SimulatedWorld) async throws -> [JSONValue] {
        try await world.simulator.call("GET", "/v1/webhook_endpoints")["data"]?.list.filter { $0["url"]?.stringValue == Self.address } ?? []
    }

    private func plain(_ secret: SecretString) -> String { secret.withValue { $0 } }

    @Test func `STR-028 an endpoint is made with its version and events alone, mended where it differs, and left alone when it does not`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let keeper = try keeper(world)
            guard case .made(let secret) = try await keeper.repair(at: Self.address) else { throw NotPartOfTheTest() }
            #expect(plain(secret).hasPrefix("whsec_"))
            #expect(try await findings(world).isEmpty)
            guard case .asItShould = try await keeper.repair(at: Self.address) else { throw NotPartOfTheTest() }
            let id = try #require(try await endpoints(world).first?["id"]?.stringValue)
            // One event too many, or too few, or switched off.
            for change in ["enabled_events[0]=*", "enabled_events[0]=invoice.paid", "disabled=true"] {
                try await world.simulator.call("POST", "/v1/webhook_endpoints/\(id)", change)
                guard case .mended = try await keeper.repair(at: Self.address) else { throw NotPartOfTheTest() }
                let told = try await endpoints(world).first?["enabled_events"]?.list.compactMap(\.stringValue)
                #expect(told == StripeEndpointCheck.neededEvents)
                #expect(try await findings(world).isEmpty)
            }
            try await world.simulator.call("DELETE", "/v1/webhook_endpoints/\(id)")
            // The version of one that is there cannot be changed: another one takes its place, and the former goes after a day.
            try await world.simulator.call(
                "POST", "/v1/webhook_endpoints",
                "url=\(StripeText.form(Self.address))&api_version=2026-10-28.endive&enabled_events[0]=*")
            guard case .replaced = try await keeper.repair(at: Self.address) else { throw NotPartOfTheTest() }
            #expect(try await findings(world).isEmpty)
            #expect(try await endpoints(world).count == 2)
            guard case .asItShould = try await keeper.repair(at: Self.address) else { throw NotPartOfTheTest() }
            try await world.simulator.control("POST", "/clock", #"{"by_seconds":86401}"#)
            guard case .asItShould = try await keeper.repair(at: Self.address) else { throw NotPartOfTheTest() }
            #expect(try await endpoints(world).count == 1)
            #expect(try await findings(world).isEmpty)
        }
    }

    @Test
    func `STR-028 a secret is rolled: both count until the former is dropped or its day is over, and a lost answer makes one endpoint`()
        async throws
    {
        try await SimulatedWorld.with { world in
            let keeper = try keeper(world)
            let first = plain(try await keeper.roll(at: Self.address))
            try await world.simulator.fault(#"{"kind":"cut_after","method":"POST","path":"/v1/webhook_endpoints","count":1}"#)
            let second = plain(try await keeper.roll(at: Self.address))
            #expect(first != second)
            #expect(try await endpoints(world).count == 2)
            #expect(try await findings(world).isEmpty)

            let until = SimulatedWorld.start + StripeEndpointKeeper.overlap
            let verifier = try StripeWebhookVerifier(secrets: [SecretString(second), SecretString("\(first)@\(until)")])
            func accepts(_ secret: String, at now: Instant) -> Bool {
                let body = Array(#"{"id":"evt_1","type":"invoice.paid"}"#.utf8)
                let time = now.secondsSinceEpoch
                let mac = HMACSHA256.code(for: Array("\(time).".utf8) + body, key: SecretBytes(Array(secret.utf8)))
                return (try? verifier.verify(signature: "t=\(time),v1=\(Hex.encode(mac))", body: body, now: now)) != nil
            }
            for now in [SimulatedWorld.start, until - .seconds(1)] { #expect(accepts(first, at: now) && accepts(second, at: now)) }
            #expect(!accepts(first, at: until) && accepts(second, at: until))

            // Nothing is dropped before its day, unless it is asked for; what is rolled again drops what was rolled before.
            #expect(try await keeper.dropFormer(at: Self.address, all: false) == 0)
            _ = try await keeper.roll(at: Self.address)
            #expect(try await endpoints(world).count == 2)
            #expect(try await keeper.dropFormer(at: Self.address, all: true) == 1)
            #expect(try await endpoints(world).count == 1)
        }
    }
}
