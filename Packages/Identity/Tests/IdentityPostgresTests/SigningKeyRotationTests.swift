import Core
import Cryptography
import Identity
import IdentityCryptography
import IdentityPostgres
import PlatformTesting
import Testing

@Suite struct SigningKeyRotationTests {
    // 2027-01-15T08:00:00Z is the clock's beginning.
    private static let next = "k2-20270115T100000Z"

    private func key(_ id: String, _ seed: UInt8) throws -> KeyRing.Key {
        try KeyRing.Key(id: id, secret: SecretBytes(Array(repeating: seed, count: 32)))
    }

    private func signer(_ ring: KeyRing) throws -> EdDSATokenSigner {
        try EdDSATokenSigner(keys: ring, issuer: "trellis", audience: "trellis")
    }

    private func names(_ signer: EdDSATokenSigner, at now: Instant) -> [String] {
        signer.publicKeys(at: now)["keys"]?.arrayValue?.compactMap { $0["kid"]?.stringValue } ?? []
    }

    @Test func `ID-056 SEC-073 a key is published before it is used, and stays an hour after its last token can be refreshed`() throws {
        let start = try #require(Instant("2027-01-15T08:00:00Z"))
        let rotation = try #require(Instant("2027-01-15T10:00:00Z"))
        let signer = try signer(KeyRing(newest: key("k1", 7), older: [key(Self.next, 8)]))
        #expect(names(signer, at: start) == [Self.next, "k1"])
        let gone = rotation + .minutes(30) + .minutes(5) + .hours(1)
        #expect(names(signer, at: gone - .microseconds(1)) == [Self.next, "k1"])
        #expect(names(signer, at: gone) == [Self.next])
    }

    @Test func `ID-056 a rotation refuses nobody: neither at the change nor where one node knows the key later`() async throws {
        try await House.with { house in
            let all = try KeyRing(newest: key("k1", 7), older: [key(Self.next, 8)])
            // One node was started again with the new key, the other not yet.
            let nodes = [try signer(all), try signer(KeyRing(newest: key("k1", 7)))]
            func environment(_ signer: EdDSATokenSigner) -> IdentityEnvironment<PostgresIdentityStore> {
                IdentityEnvironment(
                    store: house.store, passwords: house.environment.passwords, tokens: signer, secrets: house.environment.secrets,
                    captcha: nil, dateSource: house.clock, settings: IdentitySettings())
            }
            func check(_ token: AccessToken, by signer: EdDSATokenSigner) async throws {
                _ = try await CredentialAuthenticator(environment(signer)).principal(
                    for: .bearer(token.value), actingFor: nil, from: house.client)
            }
            try await house.register()
            func signIn(at signer: EdDSATokenSigner) async throws -> AccessToken {
                try await PasswordSignIn(environment(signer)).signIn(
                    with: PasswordCredentials(email: "ada@example.com", password: Password(House.password)), preferring: nil,
                    from: house.client
                ).token
            }
            let rotation = try #require(Instant("2027-01-15T10:00:00Z"))
            house.clock.advance(to: rotation - .hours(1))
            for maker in nodes {
                let token = try await signIn(at: maker)
                for node in nodes { try await check(token, by: node) }
            }
            // By the time of use every node has it. A client refreshes every 29 minutes, across the change and the end of the old key.
            let ready = [nodes[0], try signer(all)]
            house.clock.advance(to: rotation - .minutes(29))
            var token = try await signIn(at: ready[0])
            var used: Set<String> = []
            for step in 0..<8 {
                for node in ready { try await check(token, by: node) }
                house.clock.advance(by: .minutes(29))
                for node in ready { try await check(token, by: node) }
                token = try await Sessions(environment(ready[step % 2])).refresh(token.value, from: house.client).token
                used.insert(Self.keyName(of: token))
            }
            #expect(used == [Self.next])
            // Who had a token of the old key when it was last used can refresh it to the end of its grace.
            let late = try EdDSATokenSigner(keys: KeyRing(newest: key("k1", 7)), issuer: "trellis", audience: "trellis")
            let claims = AccessClaims(
                user: .make(at: rotation), session: .make(at: rotation), generation: 1, org: nil, role: nil, methods: [],
                authenticatedAt: rotation)
            let last = try late.sign(claims, issuedAt: rotation - .seconds(1), expiresAfter: .minutes(30)).value
            _ = try ready[0].verify(last, at: rotation + .minutes(34), acceptingExpiredFor: .minutes(5))
            #expect(throws: TokenRefusal.invalid) {
                try ready[0].verify(last, at: rotation + .minutes(95), acceptingExpiredFor: .days(9))
            }
        }
    }

    @Test func `SEC-073 twenty clients on two nodes are refused nothing, minute by minute across the change and the end of the old key`()
        async throws
    {
        try await House.with { house in
            let all = try KeyRing(newest: key("k1", 7), older: [key(Self.next, 8)])
            let nodes = [try signer(all), try signer(all)].map { signer in
                IdentityEnvironment(
                    store: house.store, passwords: house.environment.passwords, tokens: signer, secrets: house.environment.secrets,
                    captcha: nil, dateSource: house.clock, settings: IdentitySettings())
            }
            let rotation = try #require(Instant("2027-01-15T10:00:00Z"))
            try await house.register()
            house.clock.advance(to: rotation - .minutes(40))
            var clients: [(token: AccessToken, madeAt: Instant)] = []
            for number in 0..<20 {
                let login = try await PasswordSignIn(nodes[number % 2]).signIn(
                    with: PasswordCredentials(email: "ada@example.com", password: Password(House.password)), preferring: nil,
                    from: house.client)
                clients.append((login.token, house.clock.now))
            }
            var names: Set<String> = []
            // From before the change until the old key is no longer published.
            for minute in 0..<140 {
                let now = house.clock.now
                try await withThrowingTaskGroup(of: (Int, AccessToken?).self) { group in
                    for (number, client) in clients.enumerated() {
                        let node = nodes[(number + minute) % 2]
                        let isOld = now - client.madeAt >= .minutes(20 + number % 9)
                        group.addTask {
                            if isOld {
                                return (number, try await Sessions(node).refresh(client.token.value, from: house.client).token)
                            }
                            _ = try await CredentialAuthenticator(node).principal(
                                for: .bearer(client.token.value), actingFor: nil, from: house.client)
                            return (number, nil)
                        }
                    }
                    for try await (number, token) in group { if let token { clients[number] = (token, now) } }
                }
                names.formUnion(clients.map { Self.keyName(of: $0.token) })
                house.clock.advance(by: .minutes(1))
            }
            #expect(names == ["k1", Self.next])
            #expect(Set(clients.map { Self.keyName(of: $0.token) }) == [Self.next])
        }
    }

    @Test func `ID-056 of keys without a time the first signs, and a name that ends in something else has none`() throws {
        let now = try #require(Instant("2027-01-15T08:00:00Z"))
        let claims = AccessClaims(
            user: .make(at: now), session: .make(at: now), generation: 1, org: nil, role: nil, methods: [], authenticatedAt: now)
        let signer = try signer(KeyRing(newest: key("b", 7), older: [key("a", 8), key("c-20279999T000000Z", 9)]))
        let token = try signer.sign(claims, issuedAt: now, expiresAfter: .minutes(30))
        #expect(Self.keyName(of: token) == "b")
        #expect(Set(names(signer, at: now)) == ["a", "b", "c-20279999T000000Z"])
    }

    private static func keyName(of token: AccessToken) -> String {
        token.value.withValue { text in
            guard let header = Base64URL.decode(text.prefix { $0 != "." }), let value = try? JSON.decode(JSONValue.self, from: header)
            else {
                return ""
            }
            return value["kid"]?.stringValue ?? ""
        }
    }
}
