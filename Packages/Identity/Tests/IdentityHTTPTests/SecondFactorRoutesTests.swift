import Core
import HTTPServer
import Identity
import IdentityHTTP
import PlatformTesting
import Testing

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
            _ = try await front.call(.get, "/v1/auth/providers")
        }
    }

    @Test func `a proof is wanted once and must be good, whatever is enrolled`() async throws {
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
            func verify(_ body: JSONValue) async throws -> String? { try await front.call(.post, "/v1/auth/mfa/verify", body).code }
            #expect(try await verify(["mfa_token": "x"]) == "PROOF_AMBIGUOUS")
            #expect(try await verify(["mfa_token": "x", "recovery_code": "a", "assertion": [:]]) == "PROOF_AMBIGUOUS")
            #expect(try await verify(["mfa_token": "x", "recovery_code": "a"]) == "MFA_TOKEN_INVALID")
            let lanes = try await front.call(
                .post, "/v1/auth/passkeys/register/options", ["mfa_token": "x", "password": good], headers: headers)
            #expect(lanes.code == "PROOF_AMBIGUOUS")
            let forced = try await front.call(.post, "/v1/auth/passkeys/register/verify", ["credential": [:], "mfa_token": "x"])
            #expect(forced.code == "MFA_TOKEN_INVALID")
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
}
