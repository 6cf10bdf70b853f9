import Composition
import Core
import HTTPServer
import PlatformTesting
import Testing
import WebAuthnTesting

/// Passkeys in the whole product: the routes, the org's rule, and the mails.
@Suite struct SecondFactorWiringTests {
    private func challenge(_ options: ComposedAPI.Answer) throws -> SoftwareAuthenticator.Ceremony {
        var ceremony = SoftwareAuthenticator.Ceremony(
            challenge: try #require(options.body["options"]?["challenge"]?.stringValue))
        ceremony.party = try #require((options.body["options"]?["rpId"] ?? options.body["options"]?["rp"]?["id"])?.stringValue)
        ceremony.origin = "http://127.0.0.1:8080"
        return ceremony
    }

    @Test func `ID-117 ORG-012 an owner enrols a passkey, turns the org's rule on, and signs in with two steps`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            let rule = "/v1/orgs/\(ada.org)/security"
            let early = try await api.call(.put, rule, token: ada.token, body: ["mfa_rule": "everyone"])
            #expect(early.status == 403 && early.body["code"] == "MFA_ENROLLMENT_REQUIRED")
            let authenticator = try SoftwareAuthenticator()
            let options = try await api.call(
                .post, "/v1/auth/passkeys/register/options", token: ada.token, body: ["password": "Correct-Horse-42-Battery"])
            let enrolled = try await api.call(
                .post, "/v1/auth/passkeys/register/verify", token: ada.token,
                body: ["credential": authenticator.register(try challenge(options)), "name": "Key"])
            #expect(enrolled.status == 200)
            #expect(try await api.call(.put, rule, token: ada.token, body: ["mfa_rule": "everyone"]).status == 200)
            let first = try await api.call(
                .post, "/v1/auth/login", body: ["email": "ada@example.com", "password": "Correct-Horse-42-Battery"])
            #expect(first.body["status"] == "mfa_required")
            let token = try #require(first.body["mfa_token"])
            let ceremony = try challenge(try await api.call(.post, "/v1/auth/mfa/options", body: ["mfa_token": token]))
            let second = try await api.call(
                .post, "/v1/auth/mfa/verify", body: ["mfa_token": token, "assertion": try authenticator.assert(ceremony)])
            #expect(second.body["status"] == "authenticated")
            let bearer = try #require(second.body["token"]?.stringValue)
            #expect(try await api.call(.get, "/v1/orgs/\(ada.org)", token: bearer).status == 200)
        }
    }
}
