import Core
import HTTPServer
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing
import WebAuthnTesting

/// Attacks from outside, each as whoever makes it would go about it.
@Suite struct StrangerTests {
    /// What a run of a list of stolen pairs came to.
    private struct Harvest {
        var looked = 0
        var refused = 0
        var sessions: [User.ID] = []
        var secondSteps = 0
    }

    @Test func `SEC-201 of 10,000 stolen pairs few are looked at, none opens a second factor, and each owner is told`() async throws {
        try await Front.withPasskeys(isGuarded: true) { front in
            // Sixty people use elsewhere the password that they have here; ten of them have a passkey.
            for number in 0..<10 { _ = try await front.personWithPasskey("safe\(number)@example.com") }
            for number in 0..<50 { _ = try await front.register("reused\(number)@example.com") }
            let owner = ClientContext(address: "", userAgent: nil)
            var pairs = (0..<9_940).map { (email: "stolen\($0)@example.net", password: "Some-Password\($0)") }
            for number in 0..<50 { pairs.insert(("reused\(number)@example.com", Front.password), at: number * 190) }
            for number in 0..<10 { pairs.insert(("safe\(number)@example.com", Front.password), at: number * 900 + 5) }
            #expect(pairs.count == 10_000)
            let signIn = PasswordSignIn(front.environment)
            var harvest = Harvest()
            for (number, pair) in pairs.enumerated() {
                front.clock.advance(by: .seconds(1))
                let thief = ClientContext(address: "198.51.\(number % 50).1", userAgent: "stuffer/1")
                do {
                    switch try await signIn.begin(
                        with: PasswordCredentials(email: pair.email, password: Password(pair.password)), preferring: nil, from: thief)
                    {
                    case .completed(let outcome): harvest.sessions.append(outcome.user.id)
                    case .pending: harvest.secondSteps += 1
                    }
                    harvest.looked += 1
                } catch IdentityError.invalidCredentials {
                    harvest.looked += 1
                } catch IdentityError.delayed, IdentityError.blocked {
                    harvest.refused += 1
                }
            }
            #expect(harvest.looked + harvest.refused == 10_000)
            // No more than what shuts fifty networks out, however long the list is.
            #expect(harvest.looked <= 50 * 20, "\(harvest.looked) were looked at")
            #expect(harvest.sessions.count + harvest.secondSteps <= 8, "\(harvest)")
            let safe = try await front.number(
                "identity.session s JOIN identity.account a ON a.id = s.user_id WHERE a.email LIKE 'safe%' AND s.client_family LIKE 'stuffer%'"
            )
            #expect(safe == 0)
            // Whoever lost an account this way hears of it at once.
            #expect(try await front.events("signed_in_from_new_client") >= Set(harvest.sessions).count)
            // Their owners sign in all the while.
            for number in 0..<3 {
                let step = try await signIn.begin(
                    with: PasswordCredentials(email: "reused\(number)@example.com", password: Password(Front.password)), preferring: nil,
                    from: owner)
                guard case .completed = step else {
                    Issue.record("an owner was kept out")
                    continue
                }
            }
        }
    }

    @Test func `SEC-212 a stolen key does what its scopes say and from its networks only, its use elsewhere is told, and one call ends it`()
        async throws
    {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            func make(_ body: JSONValue) async throws -> (id: String, key: SecretString, headers: Headers) {
                let made = try await front.call(.post, "/v1/user/api-keys", body, headers: headers)
                let key = try #require(made.body["key"]?.stringValue, "\(made.body)")
                let id = try #require(made.body["api_key"]?["id"]?.stringValue ?? made.body["id"]?.stringValue)
                return (id, SecretString(key), ["X-API-Key": key])
            }
            let narrow = try await make(["name": "dashboard", "scopes": ["user:read"]])
            let bound = try await make(["name": "office", "networks": ["198.51.100.0/24"]])
            // Its scopes, and never what needs a person.
            #expect(try await front.call(.get, "/v1/user", headers: narrow.headers).status == 200)
            for (method, path, body) in [
                (HTTPServer.Method.put, "/v1/user", ["name": "Thief"] as JSONValue), (.post, "/v1/user/api-keys", ["name": "mine"]),
                (.delete, "/v1/user/api-keys/\(bound.id)", [:]), (.get, "/v1/probe/graphs", [:]),
                (.put, "/v1/user/password", ["current_password": "x", "new_password": "y", "confirm_password": "y"]),
                (.post, "/v1/user/deletion", ["confirm": "ada@example.com", "reauth_password": .string(Front.password)]),
                (.post, "/v1/auth/logout-all", [:]), (.delete, "/v1/auth/passkeys/upk_01J00000000000000000000000", [:]),
            ] {
                let answer = try await front.call(method, path, method == .get ? nil : body, headers: narrow.headers)
                #expect(answer.status == 403 || answer.status == 401, "\(path): \(answer.status) \(answer.body)")
            }
            // Its networks.
            let authenticator = CredentialAuthenticator(front.environment)
            func use(_ key: SecretString, from address: String) async throws {
                _ = try await authenticator.principal(
                    for: .apiKey(key), actingFor: nil, from: ClientContext(address: address, userAgent: nil))
            }
            try await use(bound.key, from: "198.51.100.7")
            await #expect(throws: IdentityError.apiKeyInvalid) { try await use(bound.key, from: "203.0.113.66") }
            #expect(try await front.entries("api_key_invalid") == 1)
            // Where it may be used from everywhere, each new place is seen.
            for address in ["203.0.113.7", "192.0.2.99"] { try await use(narrow.key, from: address) }
            let places = try await front.number(
                "identity.api_key_network n JOIN identity.api_key k ON k.id = n.key_id WHERE k.name = 'dashboard'")
            #expect(places >= 2)
            // One call, and the next request is refused.
            let ended = try await front.call(.delete, "/v1/user/api-keys/\(narrow.id)", headers: headers)
            #expect(ended.status == 200)
            await #expect(throws: IdentityError.apiKeyInvalid) { try await use(narrow.key, from: "203.0.113.7") }
            #expect(try await front.call(.get, "/v1/user", headers: narrow.headers).code == "API_KEY_INVALID")
        }
    }
}
