import Core
import HTTPServer
import Identity
import Observability
import PlatformTesting
import Testing

@testable import IdentityHTTP

@Suite struct RefusalMeterTests {
    @Test func `ID-157 refusals are counted by the code of the answer, and nothing else is`() async throws {
        let metrics = Metrics()
        let meter = IdentityRefusalMeter(IdentityMetrics(metrics))
        let request = try #require(
            Request(
                method: .get, target: "/v1/user", headers: Headers(), body: [], remoteAddress: "203.0.113.7",
                id: RequestID.make(at: Instant(secondsSinceEpoch: 0))))
        for _ in 0..<2 {
            await #expect(throws: IdentityError.sessionRevoked) {
                _ = try await meter.handle(request) { _ in throw IdentityError.sessionRevoked }
            }
        }
        _ = try await meter.handle(request) { _ in try Response.json(["ok": true] as JSONValue) }
        #expect(metrics.render().contains("identity_refusals_total{code=\"SESSION_REVOKED\"} 2\n"))
        #expect(!metrics.render().contains("203.0.113"))
    }
}
