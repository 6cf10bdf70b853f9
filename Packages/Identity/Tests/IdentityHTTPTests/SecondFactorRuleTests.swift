import Core
import HTTPServer
import Identity
import PlatformTesting
import Postgres
import Testing
import WebAuthnTesting

/// Who must have a second factor, and what a session without one may do.
@Suite struct SecondFactorRuleTests {
    private static func settings(_ enforcement: SecondFactorEnforcement) -> IdentitySettings {
        var settings = IdentitySettings()
        settings.secondFactors = enforcement
        return settings
    }

    /// What the stricter of both rules says, written out: the rule of the deployment, of the org, the role, and whether it is an own personal org.
    private static let table: [(SecondFactorEnforcement, String, OrgRole, Bool, Bool)] = {
        var lines: [(SecondFactorEnforcement, String, OrgRole, Bool, Bool)] = []
        let strict = SecondFactorEnforcement.administrators(exemptsLonePersonalOrgs: false)
        let mild = SecondFactorEnforcement.administrators(exemptsLonePersonalOrgs: true)
        for isLone in [false, true] {
            for role in OrgRole.allCases {
                lines.append((.off, "off", role, isLone, false))
                lines.append((.off, "admins", role, isLone, role != .member))
                lines.append((.off, "everyone", role, isLone, true))
                lines.append((strict, "off", role, isLone, role != .member))
                lines.append((strict, "admins", role, isLone, role != .member))
                lines.append((strict, "everyone", role, isLone, true))
                lines.append((mild, "off", role, isLone, role != .member && !isLone))
                lines.append((mild, "admins", role, isLone, role != .member))
                lines.append((mild, "everyone", role, isLone, true))
            }
        }
        return lines
    }()

    @Test func `ID-133 the stricter of the deployment's rule and the org's decides, by role and kind of org`() async throws {
        for enforcement in [
            SecondFactorEnforcement.off, .administrators(exemptsLonePersonalOrgs: false), .administrators(exemptsLonePersonalOrgs: true),
        ] {
            try await Front.withPasskeys(Self.settings(enforcement)) { front in
                for (index, line) in Self.table.enumerated() where line.0 == enforcement {
                    let email = "p\(index)@example.com"
                    let user = try await front.person(email)
                    let org = try await front.database.makeOrg("Org \(index)", at: front.clock.now)
                    let type = line.3 ? "personal" : "team"
                    try await front.database.adminClient.execute(
                        "UPDATE test_orgs.org SET rule = \(line.1), type = \(type) WHERE id = \(org)")
                    try await front.database.join(org, user, as: line.2, at: front.clock.now)
                    let answer = try await front.login(email)
                    #expect(answer.body["status"] == (line.4 ? "mfa_enrollment_required" : "authenticated"), "\(line)")
                    #expect((answer.body["mfa_token"] == .null) != line.4 && (answer.body["token"] == .null) == line.4, "\(line)")
                }
            }
        }
    }

    @Test func `ID-121 a sign-in that asks for a first passkey ends with it, by the forced lane`() async throws {
        try await Front.withPasskeys(Self.settings(.administrators(exemptsLonePersonalOrgs: false))) { front in
            let user = try await front.person("ada@example.com")
            let org = try await front.database.makeOrg("Org", at: front.clock.now)
            try await front.database.join(org, user, as: .owner, at: front.clock.now)
            let token = try #require(try await front.login().body["mfa_token"])
            #expect(try await front.post("mfa/options", ["mfa_token": token]).code == "MFA_TOKEN_INVALID")
            let options = try await front.post("passkeys/register/options", ["mfa_token": token])
            let authenticator = try SoftwareAuthenticator()
            let credential = authenticator.register(try front.challenge(options))
            // The challenge is bound to the token: the same answer from a session is none.
            let done = try await front.post(
                "passkeys/register/verify", ["credential": credential, "mfa_token": token, "name": "Key"])
            #expect(done.status == 200 && done.body["recovery_codes"]?.arrayValue?.count == 10)
            #expect(done.body["auth"]?["status"] == "authenticated" && done.body["auth"]?["org"]?["role"] == "owner")
            let again = try await front.post("passkeys/register/options", ["mfa_token": token])
            #expect(again.code == "MFA_TOKEN_INVALID")
            #expect(try await front.login().body["status"] == "mfa_required")
            let headers = front.bearer(try #require(done.body["auth"]?["token"]?.stringValue))
            #expect(try await front.call(.get, "/v1/orgs/\(org)/probe", headers: headers).body["role"] == "owner")
            let status = try await front.call(.get, "/v1/auth/mfa/status", headers: headers).body
            #expect(status["enforcement_applies"] == true)
        }
    }

    @Test func `ID-134 a role gained in a session without a second factor opens nothing until one is shown`() async throws {
        try await Front.withPasskeys(Self.settings(.administrators(exemptsLonePersonalOrgs: true))) { front in
            let headers = front.bearer(try await front.register())
            let user = try await front.user("ada@example.com")
            let org = try await front.database.makeOrg("Org", at: front.clock.now)
            try await front.database.join(org, user, as: .member, at: front.clock.now)
            let path = "/v1/orgs/\(org)/probe"
            #expect(try await front.call(.get, path, headers: headers).body["role"] == "member")
            #expect(try await front.call(.get, path + "/admin", headers: headers).code == "FORBIDDEN")
            try await front.database.adminClient.execute("UPDATE test_orgs.membership SET role = 'admin'")
            // As before elsewhere, and a member's rights still.
            #expect(try await front.call(.get, "/v1/auth/me", headers: headers).status == 200)
            #expect(try await front.call(.get, path, headers: headers).body["role"] == "member")
            let refused = try await front.call(.get, path + "/admin", headers: headers)
            #expect(refused.status == 403 && refused.code == "MFA_ENROLLMENT_REQUIRED")
            try await front.enrol(try SoftwareAuthenticator(), as: headers)
            #expect(try await front.call(.get, path + "/admin", headers: headers).body["role"] == "admin")
        }
    }

    @Test func `ID-134 the token and the answer say no more of a role than the session has of it`() async throws {
        try await Front.withPasskeys(Self.settings(.administrators(exemptsLonePersonalOrgs: true))) { front in
            let token = try await front.register()
            let headers = front.bearer(token)
            let user = try await front.user("ada@example.com")
            let org = try await front.database.makeOrg("Org", at: front.clock.now)
            try await front.database.join(org, user, as: .member, at: front.clock.now)
            func claims(_ token: String) throws -> AccessClaims {
                try front.environment.tokens.verify(SecretString(token), at: front.clock.now, acceptingExpiredFor: .zero)
            }
            let entered = try await front.call(.put, "/v1/auth/session/org", ["org_id": .string(org.description)], headers: headers)
            #expect(entered.body["org"]?["role"] == "member")
            try await front.database.adminClient.execute("UPDATE test_orgs.membership SET role = 'owner'")
            var claim = try claims(try #require(entered.body["token"]?.stringValue))
            var newest = try #require(entered.body["token"]?.stringValue)
            for rule in ["off", "admins"] {
                try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = \(rule)")
                let refreshed = try await front.call(.post, "/v1/auth/refresh", [:], headers: front.bearer(newest))
                newest = try #require(refreshed.body["token"]?.stringValue, "\(refreshed.body)")
                claim = try claims(newest)
                #expect(refreshed.body["org"]?["role"] == "member" && claim.role == .member, "\(rule)")
                let switched = try await front.call(
                    .put, "/v1/auth/session/org", ["org_id": .string(org.description)], headers: front.bearer(newest))
                newest = try #require(switched.body["token"]?.stringValue, "\(switched.body)")
                claim = try claims(newest)
                #expect(switched.body["org"]?["role"] == "member" && claim.role == .member, "\(rule)")
            }
            try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = 'everyone'")
            let closed = try await front.call(.post, "/v1/auth/refresh", [:], headers: front.bearer(newest))
            newest = try #require(closed.body["token"]?.stringValue, "\(closed.body)")
            claim = try claims(newest)
            #expect(closed.body["org"] == .null && claim.role == nil && claim.org == nil)
            try await front.enrol(try SoftwareAuthenticator(), as: front.bearer(newest))
            let full = try await front.call(.post, "/v1/auth/refresh", [:], headers: front.bearer(newest))
            newest = try #require(full.body["token"]?.stringValue, "\(full.body)")
            claim = try claims(newest)
            #expect(full.body["org"]?["role"] == "owner" && claim.role == .owner)
        }
    }

    @Test func `ORG-012 where everyone must have one, a session without is refused in that org only`() async throws {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            let user = try await front.user("ada@example.com")
            let (strict, open) = (
                try await front.database.makeOrg("Strict", at: front.clock.now),
                try await front.database.makeOrg("Open", at: front.clock.now)
            )
            for org in [strict, open] { try await front.database.join(org, user, as: .member, at: front.clock.now) }
            try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = 'everyone' WHERE id = \(strict)")
            let refused = try await front.call(.get, "/v1/orgs/\(strict)/probe", headers: headers)
            #expect(refused.status == 403 && refused.code == "MFA_ENROLLMENT_REQUIRED")
            #expect(try await front.call(.get, "/v1/orgs/\(open)/probe", headers: headers).status == 200)
            var named = headers
            named["X-Org-Id"] = strict.description
            #expect(try await front.call(.get, "/v1/probe", headers: named).code == "MFA_ENROLLMENT_REQUIRED")
            #expect(try await front.call(.get, "/v1/auth/passkeys", headers: named).status == 200)
            try await front.enrol(try SoftwareAuthenticator(), as: named)
            #expect(try await front.call(.get, "/v1/orgs/\(strict)/probe", headers: headers).status == 200)
        }
    }

    @Test func `ID-134 only what a role or an org lacks is called a missing second factor`() async throws {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            let user = try await front.user("ada@example.com")
            let org = try await front.database.makeOrg("Org", at: front.clock.now)
            try await front.database.join(org, user, as: .admin, at: front.clock.now)
            try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = 'admins'")
            let path = "/v1/orgs/\(org)/probe"
            #expect(try await front.call(.get, path + "/admin", headers: headers).code == "MFA_ENROLLMENT_REQUIRED")
            #expect(try await front.call(.get, path + "/frozen", headers: headers).code == "ORG_FROZEN")
            #expect(try await front.call(.get, path + "/unproven", headers: headers).code == "EMAIL_NOT_VERIFIED")
            // An org that was named and is closed for want of a factor is not one of several to choose from.
            try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = 'everyone'")
            var named = headers
            named["X-Org-Id"] = org.description
            #expect(try await front.call(.post, "/v1/probe/new", [:], headers: named).code == "MFA_ENROLLMENT_REQUIRED")
        }
    }

    @Test func `ID-134 a session that lacks the factor makes no key, which would have the whole role, and replaces none`() async throws {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            let user = try await front.user("ada@example.com")
            let org = try await front.database.makeOrg("Org", at: front.clock.now)
            try await front.database.join(org, user, as: .member, at: front.clock.now)
            try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = 'admins'")
            func make() async throws -> Front.Answer {
                try await front.call(.post, "/v1/user/api-keys", ["name": "k"], headers: headers)
            }
            let made = try await make()
            #expect(made.status == 201, "\(made.body)")
            let id = try #require(made.body["api_key"]?["id"]?.stringValue ?? made.body["id"]?.stringValue, "\(made.body)")
            try await front.database.adminClient.execute("UPDATE test_orgs.membership SET role = 'admin'")
            let refused = try await make()
            #expect(refused.status == 403 && refused.code == "MFA_ENROLLMENT_REQUIRED", "\(refused.body)")
            let rotated = try await front.call(.post, "/v1/user/api-keys/\(id)/rotate", [:], headers: headers)
            #expect(rotated.status == 403 && rotated.code == "MFA_ENROLLMENT_REQUIRED", "\(rotated.body)")
            #expect(try await front.number("identity.api_key") == 1)
            try await front.enrol(try SoftwareAuthenticator(), as: headers)
            #expect(try await make().status == 201)
        }
    }

    @Test func `ID-105 a route that names its scope asks for it first and writes a refusal down`() async throws {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            for (scope, status) in [("user:read", 403), ("billing:write", 403), ("graph:read", 204), ("graph:admin", 204)] {
                let made = try await front.call(
                    .post, "/v1/user/api-keys", ["name": "k", "scopes": [.string(scope)]], headers: headers)
                let key = try #require(made.body["key"]?.stringValue)
                let answer = try await front.call(.get, "/v1/probe/graphs", headers: ["X-API-Key": key])
                #expect(answer.status == status, "\(scope): \(answer.body)")
                if status == 403 { #expect(answer.code == "SCOPE_REQUIRED") }
            }
            #expect(try await front.entries("api_key_scope_denied") == 2)
            #expect(try await front.call(.get, "/v1/probe/graphs", headers: headers).status == 204)
        }
    }

    @Test func `ID-125 a removal needs a proof, is for the own passkeys, and keeps the last one where a role needs it`() async throws {
        try await Front.withPasskeys { front in
            let (headers, authenticator, _) = try await front.personWithPasskey()
            let stranger = front.bearer(try await front.register("eve@example.com"))
            let id = try await front.passkeys(headers)[0]
            func remove(_ id: String, _ body: JSONValue, _ headers: Headers) async throws -> Front.Answer {
                try await front.call(.delete, "/v1/auth/passkeys/\(id)", body, headers: headers)
            }
            let password: JSONValue = ["password": .string(Front.password)]
            #expect(try await remove(id, ["password": "wrong-password"], headers).code == "PROOF_FAILED")
            #expect(try await remove(id, password, stranger).status == 404)
            #expect(try await remove("upk_01J00000000000000000000000", password, headers).status == 404)
            let user = try await front.user("ada@example.com")
            let org = try await front.database.makeOrg("Org", at: front.clock.now)
            try await front.database.join(org, user, as: .admin, at: front.clock.now)
            try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = 'admins'")
            let last = try await remove(id, password, headers)
            #expect(last.status == 409 && last.code == "LAST_PASSKEY")
            try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = 'off'")
            let proof = try await front.proof(by: authenticator, as: headers)
            #expect(try await remove(id, ["assertion": proof], headers).status == 200)
            #expect(try await remove(id, password, headers).status == 404)
            let status = try await front.call(.get, "/v1/auth/mfa/status", headers: headers).body
            #expect(status["passkey_count"] == 0 && status["recovery_codes_remaining"] == 0)
            #expect(try await front.entries("passkey_removed") == 1)
            #expect(try await front.events("passkey_removed") == 1)
            #expect(try await front.login().body["status"] == "authenticated")
        }
    }

    @Test func `ID-125 of two removals of the last two at once one is refused, where a role needs one`() async throws {
        try await Front.withPasskeys { front in
            let org = try await front.database.makeOrg("Org", at: front.clock.now)
            try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = 'admins'")
            let headers = front.bearer(try await front.register())
            try await front.database.join(org, try await front.user("ada@example.com"), as: .admin, at: front.clock.now)
            try await front.enrol(try SoftwareAuthenticator(), as: headers)
            for round in 0..<500 {
                // The second one, as a row: what is asked here is about removing.
                try await front.database.adminClient.execute(
                    """
                    INSERT INTO identity.passkey (id, user_id, credential_id, public_key, algorithm, model, transports, name, sign_count,
                        is_backup_eligible, is_backed_up, created_at, updated_at)
                    SELECT gen_random_uuid(), user_id, int4send(\(Int32(round))), public_key, algorithm, model, transports, 'Second', 0, false,
                        false, created_at, created_at
                    FROM identity.passkey WHERE removed_at IS NULL
                    """)
                let ids = try await front.passkeys(headers)
                let statuses = try await front.statuses(of: 2) {
                    try await front.call(
                        .delete, "/v1/auth/passkeys/\(ids[$0])", ["password": .string(Front.password)], headers: headers
                    ).status
                }
                #expect(statuses == [200, 409])
            }
        }
    }

    @Test func `ID-132 the status counts passkeys and unused codes, and says whether a rule applies to the person`() async throws {
        try await Front.withPasskeys { front in
            let (headers, _, codes) = try await front.personWithPasskey()
            func status() async throws -> JSONValue { try await front.call(.get, "/v1/auth/mfa/status", headers: headers).body }
            func expected(_ passkeys: Int64, _ codes: Int64, _ applies: Bool) -> JSONValue {
                [
                    "passkey_count": .integer(passkeys), "recovery_codes_remaining": .integer(codes),
                    "enforcement_applies": .bool(applies),
                ]
            }
            #expect(try await status() == expected(1, 10, false))
            try await front.enrol(try SoftwareAuthenticator(), as: headers)
            _ = try await front.post("mfa/verify", ["mfa_token": try await front.mfaToken(), "recovery_code": .string(codes[0])])
            #expect(try await status() == expected(2, 9, false))
            let rows = try await front.database.adminClient.query("SELECT id FROM identity.account")
            let org = try await front.database.makeOrg("Org", at: front.clock.now)
            try await front.database.join(org, try rows[0].decode("id"), as: .admin, at: front.clock.now)
            for (rule, role, applies) in [
                ("admins", "admin", true), ("off", "admin", false), ("admins", "member", false), ("everyone", "member", true),
            ] {
                try await front.database.adminClient.execute("UPDATE test_orgs.org SET rule = \(rule)")
                try await front.database.adminClient.execute("UPDATE test_orgs.membership SET role = \(role)")
                #expect(try await status() == expected(2, 9, applies), "\(rule) \(role)")
            }
        }
    }

    @Test func `ID-135 nothing but passkeys and recovery codes is a second factor`() async throws {
        try await Front.withPasskeys { front in
            let (_, _, _) = try await front.personWithPasskey()
            let token = try await front.mfaToken()
            for name in ["code", "otp", "totp", "sms_code", "email_code"] {
                let answer = try await front.post("mfa/verify", .object(["mfa_token": token, name: "123456"]))
                #expect(answer.status == 400 && answer.code == "PROOF_AMBIGUOUS", "\(name)")
            }
            let routes = front.router.routes.compactMap(\.operation).filter { $0.contains("mfa") || $0.contains("factor") }
            #expect(Set(routes) == ["get_mfa_status", "get_mfa_options", "verify_mfa", "regenerate_mfa_recovery_codes"])
        }
    }
}

extension Front {
    fileprivate func user(_ email: String) async throws -> User.ID {
        let rows = try await database.adminClient.query("SELECT id FROM identity.account WHERE email = \(email)")
        return try #require(rows.first).decode("id")
    }

    fileprivate func person(_ email: String) async throws -> User.ID {
        _ = try await register(email)
        return try await user(email)
    }

    fileprivate func passkeys(_ headers: Headers) async throws -> [String] {
        let list = try await call(.get, "/v1/auth/passkeys", headers: headers).body["passkeys"]?.arrayValue
        return try #require(list).compactMap { $0["id"]?.stringValue }
    }
}
