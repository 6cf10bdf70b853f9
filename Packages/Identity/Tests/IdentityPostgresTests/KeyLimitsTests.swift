import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct KeyLimitsTests {
    private func draft(_ name: String = "ci", org: OrgReference? = nil, graph: String? = nil, networks: [String]? = nil) throws
        -> APIKeyDraft
    {
        APIKeyDraft(
            label: try #require(APIKeyLabel(name: name, description: nil)), org: org, graph: graph,
            networks: try networks.map { try $0.map { try #require(NetworkRange($0)) } })
    }

    private func authenticate(_ secret: SecretString, from address: String, in house: House) async throws -> Principal {
        try await CredentialAuthenticator(house.environment).principal(
            for: .apiKey(secret), actingFor: nil, from: ClientContext(address: address, userAgent: nil))
    }

    @Test func `ID-105 a key works in its networks only, and a use from elsewhere is no activity`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let keys = APIKeys(house.environment, graphs: nil)
            let (key, secret) = try await keys.create(
                try draft(networks: ["198.51.100.0/24", "2001:db8::/32"]), by: principal)
            #expect(key.networks?.map(\.description) == ["198.51.100.0/24", "2001:db8:0:0:0:0:0:0/32"])
            for address in ["198.51.100.200", "2001:db8:77::5"] {
                #expect(try await authenticate(secret, from: address, in: house).credential == .apiKey(key.id))
            }
            house.clock.advance(by: .hours(1))
            for address in ["198.51.101.1", "2001:db9::1", "not an address", ""] {
                await #expect(throws: IdentityError.apiKeyInvalid) { try await authenticate(secret, from: address, in: house) }
            }
            let found = try #require(try await keys.keys(of: principal.userID, includingInactive: false).first)
            #expect(found.lastActiveAt == house.clock.now - .hours(1))
            #expect(found.networks == key.networks)
        }
    }

    @Test func `ID-111 a refused key leaves an entry with the key and the reason, and one refusal for all`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let keys = APIKeys(house.environment, graphs: nil)
            let (revoked, revokedSecret) = try await keys.create(try draft(), by: principal)
            try await keys.revoke(revoked.id, by: principal)
            let (_, elsewhere) = try await keys.create(try draft(networks: ["198.51.100.0/24"]), by: principal)
            var expiring = try draft()
            expiring.expiresAt = house.clock.now + .hours(1)
            let (_, expired) = try await keys.create(expiring, by: principal)
            let (_, dead) = try await keys.create(try draft(), by: principal)
            house.clock.advance(by: .hours(1))
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(expired) }
            for secret in [revokedSecret, elsewhere, elsewhere] {
                await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
            }
            try await house.database.adminClient.execute("UPDATE identity.account SET key_epoch = key_epoch + 1")
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(dead) }
            await #expect(throws: IdentityError.apiKeyInvalid) {
                try await house.authenticate(SecretString("rfs" + String(repeating: "0", count: 64)))
            }
            let reasons = try await house.database.adminClient.query(
                "SELECT data ->> 'reason' AS reason FROM audit.entry WHERE type = 'api_key_invalid' AND ref_api_key IS NOT NULL ORDER BY 1"
            ).map { try $0.decode("reason", as: String.self) }
            #expect(reasons == ["ended_with_all", "expired", "network", "revoked"])
        }
    }

    @Test func `ID-106 a key made with a key never reaches further, whatever is asked`() async throws {
        try await House.with { house in
            let principal = try await house.authenticate(try await house.register().token)
            let keys = APIKeys(house.environment, graphs: nil)
            let seed = UInt64.random(in: 0...UInt64.max)
            var random = SeededGenerator(seed: seed)
            let pool = ["198.51.100.0/24", "198.51.100.128/25", "198.51.0.0/16", "203.0.113.7", "2001:db8::/32", "2001:db8:1::/48"]
            let addresses = ["198.51.100.5", "198.51.100.200", "198.51.7.7", "203.0.113.7", "2001:db8:1::1", "2001:db8:2::1"]
            for _ in 0..<30 {
                var first = try draft(networks: Bool.random(using: &random) ? nil : Array(pool.shuffled(using: &random).prefix(2)))
                first.scopes = Set(Scope.allCases.shuffled(using: &random).prefix(4)).union([.keysWrite])
                let (maker, makerSecret) = try await keys.create(first, by: principal)
                let home = try #require(
                    addresses.first { address in
                        NetworkRange(address).map { range in maker.networks?.contains { $0.contains(range) } ?? true } ?? false
                    })
                let held = try await authenticate(makerSecret, from: home, in: house)
                var second = try draft(networks: Bool.random(using: &random) ? nil : Array(pool.shuffled(using: &random).prefix(2)))
                second.scopes = Bool.random(using: &random) ? nil : Set(Scope.allCases.shuffled(using: &random).prefix(3))
                let child: APIKey
                do {
                    child = try await keys.create(second, by: held).key
                } catch IdentityError.forbidden { continue }
                let reachable = (maker.scopes ?? []).reduce(into: Set<Scope>()) { $0.formUnion($1.including) }
                #expect(child.scopes?.isSubset(of: reachable) == true, "seed \(seed)")
                for address in addresses {
                    let range = try #require(NetworkRange(address))
                    let fits = { (key: APIKey) in key.networks?.contains { $0.contains(range) } ?? true }
                    #expect(!fits(child) || fits(maker), "seed \(seed), \(address)")
                }
                try await house.database.adminClient.execute(
                    "UPDATE identity.api_key SET revoked_at = now(), revoke_reason = 'test' WHERE revoked_at IS NULL")
            }
        }
    }

    @Test func `ID-108 a key of an org acts only there, and ends with the membership`() async throws {
        try await House.with(withOrgs: true) { house in
            let outcome = try await house.register()
            let now = house.clock.now
            let (own, other) = (try await house.database.makeOrg("Own", at: now), try await house.database.makeOrg("Other", at: now))
            for org in [own, other] { try await house.database.join(org, outcome.user.id, at: now) }
            let principal = try await house.authenticate(outcome.token)
            let (key, secret) = try await APIKeys(house.environment, graphs: nil).create(try draft(org: own), by: principal)
            let (_, free) = try await APIKeys(house.environment, graphs: nil).create(try draft(), by: principal)
            #expect(try await house.authenticate(secret).orgScope?.org == own)
            #expect(try await house.authenticate(free).orgScope == nil)
            await #expect(throws: IdentityError.notOrgMember) {
                try await CredentialAuthenticator(house.environment).principal(
                    for: .apiKey(secret), actingFor: other, from: house.client)
            }
            let ended = try await house.store.withTransaction(.system) { transaction in
                try await transaction.leaveOrg(own, user: principal.userID, at: now)
                return try await transaction.revokeKeys(of: principal.userID, boundTo: own, because: "membership_ended", at: now)
            }
            #expect(ended == [key.id])
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(secret) }
        }
    }

    @Test func `ID-107 when a graph ends, or one person's access to it, the keys that reach nothing else end`() async throws {
        struct EveryGraph: GraphAccessReader {
            func canReach(_ graph: String, by principal: Principal) -> Bool { true }
        }
        try await House.with { house in
            let ada = try await house.authenticate(try await house.register().token)
            let eve = try await house.authenticate(try await house.register("eve@example.com").token)
            await #expect(throws: IdentityError.forbidden) {
                _ = try await APIKeys(house.environment, graphs: nil).create(try draft(graph: "kg1"), by: ada)
            }
            let keys = APIKeys(house.environment, graphs: EveryGraph())
            let (adas, adasSecret) = try await keys.create(try draft(graph: "kg1"), by: ada)
            let (eves, evesSecret) = try await keys.create(try draft(graph: "kg1"), by: eve)
            let (_, other) = try await keys.create(try draft(graph: "kg2"), by: ada)
            #expect(try await house.authenticate(adasSecret).graph == "kg1")
            let now = house.clock.now
            let left = try await house.store.withTransaction(.system) { transaction in
                try await transaction.revokeKeys(ofGraph: "kg1", of: ada.userID, because: "graph_access_ended", at: now)
            }
            #expect(left.map(\.1) == [adas.id])
            _ = try await house.authenticate(evesSecret)
            let ended = try await house.store.withTransaction(.system) { transaction in
                try await transaction.revokeKeys(ofGraph: "kg1", of: nil, because: "graph_deprovisioned", at: now)
            }
            #expect(ended.map(\.1) == [eves.id])
            await #expect(throws: IdentityError.apiKeyInvalid) { try await house.authenticate(evesSecret) }
            _ = try await house.authenticate(other)
        }
    }
}

/// Random numbers that a printed seed gives again (xorshift64*).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed | 1
    }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 2_685_821_657_736_338_717
    }
}
