import Core
import HTTPServer
import Identity
import IdentityHTTP
import PlatformTesting
import Testing

@Suite struct TrustedProxiesTests {
    private func seen(_ peer: String, _ headers: Headers, hops: Int = 1, field: TrustedProxies.Field = .xForwardedFor) async throws
        -> String
    {
        var router = Router(dateSource: SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000)))
        let proxies = ["10.0.0.0/8", "fd00::/8"].compactMap(NetworkRange.init)
        router.use(TrustedProxies(proxies, hops: hops, field: field))
        router.add(.get, "/seen") { request in try .json(["address": .string(request.remoteAddress)] as JSONValue) }
        let request = try #require(
            Request(
                method: .get, target: "/seen", headers: headers, remoteAddress: peer,
                id: RequestID.make(at: Instant(secondsSinceEpoch: 1_800_000_000))))
        guard case .bytes(let bytes) = await router.respond(to: request).body else { return "" }
        return try JSON.decode(JSONValue.self, from: bytes)["address"]?.stringValue ?? ""
    }

    @Test(arguments: [
        // The peer is no proxy: whatever it says of itself is its own invention.
        ("198.51.100.7", "203.0.113.9", 1, "198.51.100.7"), ("198.51.100.7", "10.0.0.1", 3, "198.51.100.7"),
        // Behind one proxy the last address is the caller, and those before it are the caller's words.
        ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"), ("10.0.0.1", "1.1.1.1, 203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", 5, "203.0.113.9"), ("10.0.0.1", "203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        // No more hops than are configured, also when the list goes on.
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", 1, "10.0.0.2"), ("10.0.0.1", "203.0.113.9", 0, "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", 9, "10.0.0.3"),
        // Spellings.
        ("::ffff:10.0.0.1", "203.0.113.9:4711", 1, "203.0.113.9"), ("fd00::1", "[2001:DB8:0:1::9]:443", 1, "2001:db8:0:1:0:0:0:0"),
        ("10.0.0.1", "2001:db8::9%eth0", 1, "2001:db8:0:0:0:0:0:0"), ("10.0.0.1", "::ffff:203.0.113.9", 1, "203.0.113.9"),
        // Malformed anywhere: the peer.
        ("10.0.0.1", "nonsense, 203.0.113.9", 1, "10.0.0.1"), ("10.0.0.1", "203.0.113.9,", 1, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.999", 1, "10.0.0.1"), ("10.0.0.1", "203.0.113.0/24", 1, "10.0.0.1"), ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9:99x", 1, "10.0.0.1"), ("10.0.0.1", "[203.0.113.9]", 1, "10.0.0.1"),
        ("10.0.0.1", "unknown", 1, "10.0.0.1"),
    ])
    func `SEC-081 SEC-224 a list of addresses counts only from a proxy, and only as far as proxies wrote it`(
        _ peer: String, _ list: String, _ hops: Int, _ caller: String
    ) async throws {
        #expect(try await seen(peer, ["X-Forwarded-For": list], hops: hops) == caller)
    }

    @Test func `ID-007 only the field that the proxies write is read`() async throws {
        let both: Headers = ["X-Forwarded-For": "203.0.113.9", "Forwarded": "for=\"[2001:db8::1]:80\";proto=https, For=203.0.113.8"]
        #expect(try await seen("10.0.0.1", both) == "203.0.113.9")
        #expect(try await seen("10.0.0.1", both, field: .forwarded) == "203.0.113.8")
        #expect(try await seen("10.0.0.1", ["Forwarded": "proto=https"], field: .forwarded) == "10.0.0.1")
        #expect(try await seen("10.0.0.1", ["Forwarded": "for=_hidden"], field: .forwarded) == "10.0.0.1")
        #expect(try await seen("10.0.0.1", [:], field: .forwarded) == "10.0.0.1")
    }

    @Test func `ID-007 callers of one IPv6 network of 64 bits are one`() {
        let networks = ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:1:0:0:0:0"].map {
            ClientContext(address: $0, userAgent: nil).network
        }
        #expect(Set(networks).count == 1)
        #expect(ClientContext(address: "2001:db8:0:2::1", userAgent: nil).network != networks[0])
        #expect(
            ClientContext(address: "203.0.113.8", userAgent: nil).network != ClientContext(address: "203.0.113.9", userAgent: nil).network)
    }
}
