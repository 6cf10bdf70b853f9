import Core
import HTTPServer
import Identity
import IdentityCryptography
import IdentityHTTP
import PlatformTesting
import Postgres
import Testing
import WebAuthn
import WebAuthnTesting

/// A page and its authenticators, in front of the routes.
extension Front {
    static func withPasskeys(
        _ settings: IdentitySettings = IdentitySettings(), isGuarded: Bool = false, _ body: (Front) async throws -> Void
    ) async throws {
        let party = RelyingParty(id: "example.com", origins: ["https://app.example.com"])
        try await with(
            settings, withOrgs: true, hasher: QuickHasher(), passkeys: WebAuthnPasskeys(party), isGuarded: isGuarded, body)
    }

    func post(_ path: String, _ body: JSONValue = [:], as headers: Headers = [:]) async throws -> Answer {
        try await call(.post, "/v1/auth/" + path, body, headers: headers)
    }

    /// The challenge of an answer with options.
    func challenge(_ options: Answer) throws -> SoftwareAuthenticator.Ceremony {
        .init(challenge: try #require(options.body["options"]?["challenge"]?.stringValue))
    }

    func login(_ email: String = "ada@example.com", password: String = Front.password) async throws -> Answer {
        try await post("login", ["email": .string(email), "password": .string(password)])
    }

    /// Enrols an authenticator from a session.
    @discardableResult
    func enrol(
        _ authenticator: SoftwareAuthenticator, as headers: Headers, named name: String? = nil
    ) async throws -> Answer {
        let options = try await post("passkeys/register/options", ["password": .string(Self.password)], as: headers)
        return try await post(
            "passkeys/register/verify",
            ["credential": authenticator.register(try challenge(options)), "name": name.map { .string($0) } ?? .null], as: headers)
    }

    /// A person with one passkey: headers of a session, the authenticator and the ten codes.
    func personWithPasskey(
        _ email: String = "ada@example.com", _ algorithm: SoftwareAuthenticator.Algorithm = .es256
    ) async throws -> (headers: Headers, authenticator: SoftwareAuthenticator, codes: [String]) {
        let headers = bearer(try await register(email))
        let authenticator = try SoftwareAuthenticator(algorithm)
        let enrolled = try await enrol(authenticator, as: headers)
        let codes = try #require(enrolled.body["recovery_codes"]?.arrayValue).compactMap(\.stringValue)
        return (headers, authenticator, codes)
    }

    /// The first step of a sign-in.
    func mfaToken(_ email: String = "ada@example.com") async throws -> JSONValue {
        let answer = try await login(email)
        #expect(answer.body["status"] == "mfa_required")
        return try #require(answer.body["mfa_token"])
    }

    func assertion(for token: JSONValue, by authenticator: SoftwareAuthenticator, signCount: UInt32 = 0) async throws -> JSONValue {
        var ceremony = try challenge(try await post("mfa/options", ["mfa_token": token]))
        ceremony.signCount = signCount
        return try authenticator.assert(ceremony)
    }

    func proof(by authenticator: SoftwareAuthenticator, as headers: Headers) async throws -> JSONValue {
        try authenticator.assert(try challenge(try await post("passkeys/reauth/options", as: headers)))
    }

    func userHandle(_ email: String = "ada@example.com") async throws -> String {
        let rows = try await database.adminClient.query("SELECT user_handle FROM identity.account WHERE email = \(email)")
        let verifier = try #require(environment.passkeys)
        return verifier.text(of: try #require(rows.first).decode("user_handle"))
    }

    func entries(_ type: String) async throws -> Int {
        try await number("audit.entry WHERE type = '\(type)'")
    }

    func events(_ topic: String) async throws -> Int {
        try await number("jobs.event WHERE topic = 'identity.\(topic)'")
    }

    func number(_ sql: String) async throws -> Int {
        Int(try await database.adminClient.query(Statement("SELECT count(*) FROM " + sql))[0].decode(Int64.self))
    }

    /// The statuses of the same call made many times at once.
    func statuses(of count: Int, _ body: @escaping @Sendable (Int) async throws -> Int) async throws -> [Int] {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<count { group.addTask { try await body(index) } }
            return try await group.reduce(into: []) { $0.append($1) }.sorted()
        }
    }
}
