import Core
import HTTPServer
import Identity
import IdentityHTTP
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing
import WebAuthnTesting

@Suite struct SecondFactorRoutesTests {
    @Test func `every route of second factors and passkeys in the contract is there`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            let operations = Set(front.router.routes.compactMap(\.operation))
            let published = [
                "get_mfa_options", "get_mfa_status", "regenerate_mfa_recovery_codes", "verify_mfa", "delete_user_passkey",
                "get_passkey_login_options", "get_passkey_reauth_options", "get_passkey_registration_options", "list_user_passkeys",
                "verify_passkey_login", "verify_passkey_registration", "complete_sso_auth", "generate_sso_token", "sso_token_exchange",
            ]
            #expect(operations.isSuperset(of: published))
            let answer1 = try await front.call(.get, "/v1/auth/providers")
            #expect(answer1.body["passkeys"] == false)
        }
        try await Front.withPasskeys { front in
            let answer2 = try await front.call(.get, "/v1/auth/providers")
            #expect(answer2.body["passkeys"] == true)
        }
    }

    @Test func `SEC-033 a proof is wanted once and must be good, whatever is enrolled`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            let headers = front.bearer(try await front.register())
            let good = JSONValue.string(Front.password)
            for (method, path, end) in [
                (HTTPServer.Method.post, "/v1/auth/mfa/recovery-codes/regenerate", "NO_PASSKEY"),
                (.post, "/v1/auth/passkeys/register/options", "CEREMONY_FAILED"),
                (.delete, "/v1/auth/passkeys/upk_01J00000000000000000000000", "NOT_FOUND"),
            ] {
                func code(_ body: JSONValue, _ headers: Headers) async throws -> String? {
                    try await front.call(method, path, body, headers: headers).code
                }
                #expect(try await code([:], headers) == "PROOF_REQUIRED", "\(path)")
                #expect(try await code(["password": good, "assertion": [:]], headers) == "PROOF_AMBIGUOUS", "\(path)")
                #expect(try await code(["password": "wrong-password"], headers) == "PROOF_FAILED", "\(path)")
                #expect(try await code(["assertion": [:]], headers) == "PROOF_FAILED", "\(path)")
                #expect(try await code(["password": good], headers) == end, "\(path)")
                #expect(try await code(["password": good], [:]) == "UNAUTHORIZED", "\(path)")
            }
        }
    }

    @Test func `SEC-033 a fresh passkey assertion proves what a password proves; an old, a used and a foreign one do not`() async throws {
        try await Front.withPasskeys { front in
            let (headers, authenticator, _) = try await front.personWithPasskey()
            let eve = try await front.personWithPasskey("eve@example.com")
            func rename(_ email: String, _ proof: JSONValue) async throws -> Front.Answer {
                try await front.call(.put, "/v1/user", ["email": .string(email), "reauth_assertion": proof], headers: headers)
            }
            let foreign = try await front.proof(by: eve.authenticator, as: eve.headers)
            #expect(try await rename("new@example.com", foreign).code == "PROOF_FAILED")
            let old = try await front.proof(by: authenticator, as: headers)
            front.clock.advance(by: .seconds(300))
            #expect(try await rename("new@example.com", old).code == "PROOF_FAILED")
            let fresh = try await front.proof(by: authenticator, as: headers)
            #expect(try await rename("new@example.com", fresh).status == 200)
            #expect(try await rename("newer@example.com", fresh).code == "PROOF_FAILED")
            let copy = try await front.call(
                .post, "/v1/user/exports", ["reauth_assertion": try await front.proof(by: authenticator, as: headers)], headers: headers)
            #expect(copy.status == 201)
            #expect(copy.body["data"]?["passkeys"]?.arrayValue?.first?["name"] == "Passkey")
            let end = try await front.call(
                .post, "/v1/user/deletion",
                ["confirm": "new@example.com", "reauth_assertion": try await front.proof(by: authenticator, as: headers)], headers: headers)
            #expect(end.status == 202)
        }
    }

    @Test func `ID-132 where nothing is enrolled, lists and counts are empty and passkeys sign nobody in`() async throws {
        try await Front.with(hasher: CountingHasher()) { front in
            let headers = front.bearer(try await front.register())
            #expect(try await front.call(.get, "/v1/auth/passkeys", headers: headers).body == ["passkeys": []])
            let status = try await front.call(.get, "/v1/auth/mfa/status", headers: headers)
            #expect(status.body == ["passkey_count": 0, "recovery_codes_remaining": 0, "enforcement_applies": false])
            let reauth = try await front.call(.post, "/v1/auth/passkeys/reauth/options", headers: headers)
            #expect(reauth.status == 400)
            #expect(reauth.code == "NO_PASSKEY")
            #expect(try await front.call(.post, "/v1/auth/passkeys/login/options").status == 400)
            let signIn = try await front.call(.post, "/v1/auth/passkeys/login/verify", ["assertion": ["id": "x"]])
            #expect(signIn.status == 401)
            #expect(signIn.code == "MFA_FAILED")
            #expect(signIn.headers["WWW-Authenticate"] != nil)
            #expect(try await front.call(.post, "/v1/auth/passkeys/login/verify", [:]).status == 422)
        }
    }

    @Test func `ID-127 with a passkey a password is the first of two steps, and the token between them is no bearer`() async throws {
        try await Front.withPasskeys { front in
            let (_, authenticator, _) = try await front.personWithPasskey()
            let first = try await front.login()
            #expect(first.status == 200 && first.body["status"] == "mfa_required")
            #expect(first.body["token"] == .null && first.body["org"] == .null)
            let token = try #require(first.body["mfa_token"])
            #expect(token.stringValue?.utf8.count == 43)
            let bearer = front.bearer(try #require(token.stringValue))
            #expect(try await front.call(.get, "/v1/auth/me", headers: bearer).code == "UNAUTHORIZED")
            #expect(try await front.entries("non_access_token_as_bearer") == 1)
            let assertion = try await front.assertion(for: token, by: authenticator)
            let second = try await front.post("mfa/verify", ["mfa_token": token, "assertion": assertion])
            #expect(second.status == 200 && second.body["status"] == "authenticated" && second.headers["Cache-Control"] == "no-store")
            let next = try await front.post("mfa/options", ["mfa_token": token])
            #expect(next.status == 401 && next.code == "MFA_TOKEN_INVALID")
            for type in ["mfa_challenge_issued", "mfa_verified"] { #expect(try await front.entries(type) == 1, "\(type)") }
        }
    }

    @Test func `ID-127 a token ends after five minutes, after five wrong answers, and with the epoch`() async throws {
        try await Front.withPasskeys { front in
            let (headers, authenticator, _) = try await front.personWithPasskey()
            let old = try await front.mfaToken()
            front.clock.advance(by: .seconds(299))
            let late = try await front.assertion(for: old, by: authenticator)
            front.clock.advance(by: .seconds(1))
            #expect(try await front.post("mfa/verify", ["mfa_token": old, "assertion": late]).code == "MFA_TOKEN_INVALID")
            let token = try await front.mfaToken()
            for _ in 1...5 {
                let wrong = try await front.post("mfa/verify", ["mfa_token": token, "recovery_code": "AAAAA-AAAAA"])
                #expect(wrong.status == 401 && wrong.code == "MFA_FAILED")
            }
            #expect(try await front.post("mfa/options", ["mfa_token": token]).code == "MFA_TOKEN_INVALID")
            #expect(try await front.entries("mfa_failed") == 5)
            let ended = try await front.mfaToken()
            _ = try await front.post("logout-all", as: headers)
            #expect(try await front.post("mfa/options", ["mfa_token": ended]).code == "MFA_TOKEN_INVALID")
        }
    }

    @Test func `ID-127 of twenty wrong answers at once five are looked at`() async throws {
        try await Front.withPasskeys { front in
            _ = try await front.personWithPasskey()
            let token = try await front.mfaToken()
            _ = try await front.statuses(of: 20) { _ in
                try await front.post("mfa/verify", ["mfa_token": token, "recovery_code": "AAAAA-AAAAA"]).status
            }
            #expect(try await front.entries("mfa_failed") == 5)
        }
    }

    @Test func `ID-128 an answer is an assertion or a code, never both and never none`() async throws {
        try await Front.withPasskeys { front in
            func code(_ body: JSONValue) async throws -> String? { try await front.post("mfa/verify", body).code }
            #expect(try await code(["mfa_token": "x"]) == "PROOF_AMBIGUOUS")
            #expect(try await code(["mfa_token": "x", "recovery_code": "a", "assertion": [:]]) == "PROOF_AMBIGUOUS")
            #expect(try await code(["mfa_token": "x", "recovery_code": "a"]) == "MFA_TOKEN_INVALID")
            #expect(try await front.post("mfa/verify", ["recovery_code": "a"]).status == 422)
            let (_, authenticator, _) = try await front.personWithPasskey()
            let token = try await front.mfaToken()
            let foreign = try await front.assertion(for: token, by: try SoftwareAuthenticator())
            #expect(try await code(["mfa_token": token, "assertion": foreign]) == "MFA_FAILED")
            // A challenge of another sign-in of the same person is none of this one.
            let other = try await front.assertion(for: try await front.mfaToken(), by: authenticator)
            #expect(try await code(["mfa_token": token, "assertion": other]) == "MFA_FAILED")
            #expect(try await code(["mfa_token": token, "assertion": "text"]) == "MFA_FAILED")
            let wrong = try await front.post("mfa/verify", ["mfa_token": token, "recovery_code": "AAAAA-AAAAA"])
            #expect(wrong.status == 401 && wrong.code == "MFA_FAILED")
            // Used, out of time, burned, or made for enrolling: it cannot be used, whatever comes with it.
            let used = try await front.mfaToken()
            let good: JSONValue = ["mfa_token": used, "assertion": try await front.assertion(for: used, by: authenticator)]
            #expect(try await front.post("mfa/verify", good).status == 200)
            let late = try await front.mfaToken()
            let lateAnswer: JSONValue = ["mfa_token": late, "assertion": try await front.assertion(for: late, by: authenticator)]
            let burned = try await front.mfaToken()
            for _ in 1...5 { _ = try await code(["mfa_token": burned, "recovery_code": "AAAAA-AAAAA"]) }
            let burnedAnswer: JSONValue = [
                "mfa_token": burned, "assertion": try await front.assertionIfGiven(for: burned, by: authenticator),
            ]
            for unusable in [good, burnedAnswer] {
                let answer = try await front.post("mfa/verify", unusable)
                #expect(answer.status == 401 && answer.code == "MFA_TOKEN_INVALID", "\(answer.body)")
            }
            front.clock.advance(by: .seconds(300))
            #expect(try await code(lateAnswer) == "MFA_TOKEN_INVALID")
        }
    }

    @Test func `ID-129 ten right answers on one token make one session`() async throws {
        try await Front.withPasskeys { front in
            let (_, authenticator, codes) = try await front.personWithPasskey()
            let before = try await front.number("identity.session")
            let token = try await front.mfaToken()
            var bodies: [JSONValue] = []
            for index in 0..<10 {
                bodies.append(
                    index.isMultiple(of: 2)
                        ? ["mfa_token": token, "assertion": try await front.assertion(for: token, by: authenticator)]
                        : ["mfa_token": token, "recovery_code": .string(codes[index])])
            }
            let all = bodies
            let statuses = try await front.statuses(of: 10) { try await front.post("mfa/verify", all[$0]).status }
            #expect(statuses == [200] + Array(repeating: 401, count: 9))
            #expect(try await front.number("identity.session") == before + 1)
            // What was not taken was not used up.
            #expect(try await front.number("identity.recovery_code WHERE used_at IS NOT NULL") <= 1)
        }
    }

    @Test func `ID-130 a code works once, in any spelling, also when it is used ten times at once`() async throws {
        try await Front.withPasskeys { front in
            let (_, _, codes) = try await front.personWithPasskey()
            let shape = try Regex("[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}")
            #expect(Set(codes).count == 10)
            for code in codes { #expect(code.wholeMatch(of: shape) != nil, "\(code)") }
            #expect(try await front.places(of: codes).isEmpty)
            var tokens: [JSONValue] = []
            for _ in 0..<10 { tokens.append(try await front.mfaToken()) }
            let all = tokens
            let statuses = try await front.statuses(of: 10) {
                try await front.post("mfa/verify", ["mfa_token": all[$0], "recovery_code": .string(codes[0])]).status
            }
            #expect(statuses == [200] + Array(repeating: 401, count: 9))
            let sloppy = " " + codes[1].lowercased().split(separator: "-").joined(separator: " ") + " "
            let answer = try await front.post("mfa/verify", ["mfa_token": try await front.mfaToken(), "recovery_code": .string(sloppy)])
            #expect(answer.status == 200)
            // Nobody else's code is one's own.
            let eve = try await front.personWithPasskey("eve@example.com")
            let token = try await front.mfaToken()
            let foreign = try await front.post("mfa/verify", ["mfa_token": token, "recovery_code": .string(eve.codes[0])])
            #expect(foreign.code == "MFA_FAILED")
        }
    }

    @Test func `ID-131 each code that is used is told of, the ninth and tenth with a call for new ones; new ones void the old`()
        async throws
    {
        try await Front.withPasskeys { front in
            let (headers, authenticator, codes) = try await front.personWithPasskey()
            for (index, code) in codes.prefix(8).enumerated() {
                let answer = try await front.post(
                    "mfa/verify", ["mfa_token": try await front.mfaToken(), "recovery_code": .string(code)])
                #expect(answer.status == 200)
                let rows = try await front.database.adminClient.query(
                    "SELECT payload->>'left' AS l, payload->>'isLow' AS low FROM jobs.event WHERE topic = 'identity.recovery_code_used' ORDER BY id DESC LIMIT 1"
                )
                #expect(try rows[0].decode("l", as: String.self) == String(9 - index))
                #expect(try rows[0].decode("low", as: String.self) == (index == 7 ? "true" : "false"))
            }
            #expect(try await front.entries("mfa_recovery_used") == 8)
            let wanting = try await front.post("mfa/recovery-codes/regenerate", as: headers)
            #expect(wanting.code == "PROOF_REQUIRED")
            let renewed = try await front.post(
                "mfa/recovery-codes/regenerate", ["assertion": try await front.proof(by: authenticator, as: headers)], as: headers)
            #expect(renewed.body["codes"]?.arrayValue?.count == 10 && renewed.headers["Cache-Control"] == "no-store")
            let old = try await front.post("mfa/verify", ["mfa_token": try await front.mfaToken(), "recovery_code": .string(codes[9])])
            #expect(old.code == "MFA_FAILED")
            let new = try #require(renewed.body["codes"]?.arrayValue?.first)
            let answer = try await front.post("mfa/verify", ["mfa_token": try await front.mfaToken(), "recovery_code": new])
            #expect(answer.status == 200)
            let status = try await front.call(.get, "/v1/auth/mfa/status", headers: headers).body
            #expect(status == ["passkey_count": 1, "recovery_codes_remaining": 9, "enforcement_applies": false])
            #expect(try await front.entries("recovery_codes_regenerated") == 1)
        }
    }

    @Test func `ID-095 a reset sets the password and leaves the second step`() async throws {
        try await Front.withPasskeys { front in
            let (_, authenticator, _) = try await front.personWithPasskey()
            let lobby = Lobby(front: front)
            let verified = try await front.post("email/verify", ["token": .string(try await lobby.secret(of: .emailVerification))])
            #expect(verified.status == 200 && verified.body["status"] == "mfa_required" && verified.body["token"] == .null)
            let sessions = try await front.number("identity.session WHERE revoked_at IS NULL")
            let reset = try await front.post(
                "password/reset",
                ["token": .string(try await front.resetSecret()), "new_password": "Green-Lantern77q"])
            #expect(reset.body["status"] == "mfa_required" && reset.body["token"] == .null)
            #expect(try await front.number("identity.session WHERE revoked_at IS NULL") == sessions - 1)
            let token = try #require(reset.body["mfa_token"])
            let assertion = try await front.assertion(for: token, by: authenticator)
            #expect(try await front.post("mfa/verify", ["mfa_token": token, "assertion": assertion]).status == 200)
        }
    }

    @Test func `ID-094 a reset of an address that was never proven takes a stranger's passkeys and codes away`() async throws {
        try await Front.withPasskeys { front in
            _ = try await front.personWithPasskey()
            let reset = try await front.post(
                "password/reset",
                ["token": .string(try await front.resetSecret()), "new_password": "Green-Lantern77q"])
            #expect(reset.body["status"] == "authenticated")
            let owner = front.bearer(try #require(reset.body["token"]?.stringValue))
            let status = try await front.call(.get, "/v1/auth/mfa/status", headers: owner).body
            #expect(status["passkey_count"] == 0 && status["recovery_codes_remaining"] == 0)
        }
    }

    @Test func `ID-095 a reset of an account that was verified once leaves passkeys and keys, though its address was changed since`()
        async throws
    {
        try await Front.withPasskeys { front in
            let (headers, _, _) = try await front.personWithPasskey()
            let lobby = Lobby(front: front)
            _ = try await front.post("email/verify", ["token": .string(try await lobby.secret(of: .emailVerification))])
            #expect(try await front.call(.post, "/v1/user/api-keys", ["name": "k"], headers: headers).status == 201)
            let changed = try await front.call(
                .put, "/v1/user", ["email": "thief@example.com", "reauth_password": .string(Front.password)], headers: headers)
            #expect(changed.status == 200)
            let reset = try await front.post(
                "password/reset",
                ["token": .string(try await front.resetSecret("thief@example.com")), "new_password": "Green-Lantern77q"])
            #expect(reset.body["status"] == "mfa_required" && reset.body["token"] == .null, "\(reset.body)")
            #expect(try await front.number("identity.passkey WHERE removed_at IS NULL") == 1)
            #expect(try await front.number("identity.recovery_code") == 10)
            #expect(try await front.number("identity.api_key WHERE revoked_at IS NULL") == 1)
        }
    }

    @Test func `ID-099 taking a change of address back takes away what was enrolled since, with an entry and a mail`() async throws {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            let lobby = Lobby(front: front)
            _ = try await front.post("email/verify", ["token": .string(try await lobby.secret(of: .emailVerification))])
            front.clock.advance(by: .seconds(10))
            let changed = try await front.call(
                .put, "/v1/user", ["email": "thief@example.com", "reauth_password": .string(Front.password)], headers: headers)
            #expect(changed.status == 200)
            front.clock.advance(by: .seconds(10))
            let thief = try SoftwareAuthenticator()
            try await front.enrol(thief, as: headers)
            let link = try await lobby.secret(of: .emailRevert)
            #expect(try await front.call(.post, "/v1/user/email/revert", ["token": .string(link)]).status == 200)
            #expect(try await front.number("identity.passkey WHERE removed_at IS NULL") == 0)
            #expect(try await front.number("identity.recovery_code") == 0)
            #expect(try await front.entries("passkey_removed") == 1)
            let told = try await front.database.adminClient.query(
                "SELECT payload->>'email' AS email FROM jobs.event WHERE topic = 'identity.passkey_removed'")
            #expect(try told.map { try $0.decode("email", as: String.self) } == ["ada@example.com"])
            // The owner, who has no passkey, is not asked for the thief's.
            #expect(try await front.login().body["status"] == "authenticated")
        }
    }

    @Test func `ID-099 a passkey from before the change stays when the change is taken back`() async throws {
        try await Front.withPasskeys { front in
            let (headers, _, _) = try await front.personWithPasskey()
            let lobby = Lobby(front: front)
            front.clock.advance(by: .seconds(10))
            let changed = try await front.call(
                .put, "/v1/user", ["email": "thief@example.com", "reauth_password": .string(Front.password)], headers: headers)
            #expect(changed.status == 200)
            let link = try await lobby.secret(of: .emailRevert)
            #expect(try await front.call(.post, "/v1/user/email/revert", ["token": .string(link)]).status == 200)
            #expect(try await front.number("identity.passkey WHERE removed_at IS NULL") == 1)
            #expect(try await front.number("identity.recovery_code") == 10)
            #expect(try await front.login().body["status"] == "mfa_required")
        }
    }

    @Test func `ID-047 wrong second factors and wrong passkeys are counted for the network as wrong passwords are`() async throws {
        try await Front.withPasskeys(isGuarded: true) { front in
            _ = try await front.personWithPasskey()
            let token = try await front.mfaToken()
            for _ in 1...5 { _ = try await front.post("mfa/verify", ["mfa_token": token, "recovery_code": "AAAAA-AAAAA"]) }
            let passkey = try await front.post("passkeys/login/verify", ["assertion": [:]])
            #expect(passkey.status == 429 && passkey.code == "AUTH_BLOCKED" && passkey.headers["X-Auth-Blocked"] == "true")
            let verify = try await front.post("mfa/verify", ["mfa_token": token, "recovery_code": "AAAAA-AAAAA"])
            #expect(verify.status == 429 && verify.headers["Retry-After"] != nil)
        }
    }
}

extension Front {
    /// An assertion, or something in its place where a token gives no options any more.
    fileprivate func assertionIfGiven(for token: JSONValue, by authenticator: SoftwareAuthenticator) async throws -> JSONValue {
        let options = try await post("mfa/options", ["mfa_token": token])
        return options.status == 200 ? try authenticator.assert(try challenge(options)) : [:]
    }

    /// The secret of a new link with which the password can be set.
    fileprivate func resetSecret(_ email: String = "ada@example.com") async throws -> String {
        let address = try #require(EmailAddress(email))
        let now = clock.now
        return try await environment.store.withTransaction(.system) { transaction in
            let user = try #require(try await transaction.user(with: address))
            let link = LinkToken(id: .make(at: now), user: user.id, kind: .passwordReset, address: address, expiresAt: now + .hours(1))
            let secret = environment.secrets.linkSecret(of: link.kind.rawValue, link.id.description)
            try await transaction.insert(link, digest: environment.secrets.digest(of: secret), at: now)
            return secret.withValue { $0 }
        }
    }

    /// Which of the texts stand anywhere in the rows of second factors, events and entries.
    fileprivate func places(of texts: [String]) async throws -> [String] {
        var found: [String] = []
        let lobby = Lobby(front: self)
        for text in texts.prefix(2) { found += try await lobby.places(of: text) }
        return found
    }
}
