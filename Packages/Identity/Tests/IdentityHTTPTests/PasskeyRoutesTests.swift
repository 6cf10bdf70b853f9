import Core
import HTTPServer
import Identity
import PlatformTesting
import Postgres
import Testing
import WebAuthnTesting

@Suite struct PasskeyRoutesTests {
    @Test func `ID-117 the options of a registration ask for what the product trusts, and exclude what is enrolled`() async throws {
        try await Front.withPasskeys { front in
            let (headers, authenticator, _) = try await front.personWithPasskey()
            let answer = try await front.post(
                "passkeys/register/options", ["password": .string(Front.password)], as: headers)
            let options = try #require(answer.body["options"])
            #expect(answer.headers["Cache-Control"] == "no-store")
            #expect(options["rp"] == ["id": "example.com", "name": "Trellis"])
            #expect(options["pubKeyCredParams"]?.arrayValue?.compactMap { $0["alg"]?.integerValue } == [-8, -7, -257])
            #expect(
                options["authenticatorSelection"]
                    == ["residentKey": "required", "requireResidentKey": true, "userVerification": "required"])
            #expect(options["attestation"] == "none")
            #expect(options["timeout"] == 300_000)
            #expect(options["challenge"]?.stringValue?.utf8.count == 43)
            let handle = try await front.userHandle()
            #expect(options["user"]?["id"]?.stringValue == handle)
            let verifier = try #require(front.environment.passkeys)
            #expect(
                options["excludeCredentials"]?.arrayValue?.map { $0["id"]?.stringValue } == [verifier.text(of: authenticator.credentialID)])
        }
    }

    @Test(arguments: SoftwareAuthenticator.Algorithm.allCases)
    func `ID-121 the first passkey brings ten codes, the second none, and the same one is refused`(
        _ algorithm: SoftwareAuthenticator.Algorithm
    ) async throws {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            let authenticator = try SoftwareAuthenticator(algorithm)
            let first = try await front.enrol(authenticator, as: headers, named: "Laptop <b>")
            #expect(first.status == 200)
            #expect(first.body["passkey"]?["name"] == "Laptop <b>")
            #expect(first.body["recovery_codes"]?.arrayValue?.count == 10)
            #expect(first.body["auth"] == .null)
            let again = try await front.enrol(authenticator, as: headers)
            #expect(again.status == 400 && again.code == "PASSKEY_ALREADY_ENROLLED")
            let second = try await front.enrol(try SoftwareAuthenticator(algorithm), as: headers)
            #expect(second.body["recovery_codes"] == .null)
            #expect(try await front.entries("passkey_enrolled") == 2)
            #expect(try await front.events("passkey_enrolled") == 2)
            #expect(try await front.entries("recovery_codes_generated") == 1)
            let list = try await front.call(.get, "/v1/auth/passkeys", headers: headers).body["passkeys"]?.arrayValue
            #expect(list?.count == 2 && list?.first?["last_used_at"] == .null && list?.first?["backup_eligible"] == false)
        }
    }

    @Test func `ID-121 the twenty-first passkey is 400 LIMIT_REACHED, at the options and at the end`() async throws {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            let early = try await front.post("passkeys/register/options", ["password": .string(Front.password)], as: headers)
            for _ in 1...20 { #expect(try await front.enrol(try SoftwareAuthenticator(), as: headers).status == 200) }
            let options = try await front.post("passkeys/register/options", ["password": .string(Front.password)], as: headers)
            #expect(options.status == 400 && options.code == "LIMIT_REACHED")
            let late = try await front.post(
                "passkeys/register/verify", ["credential": try SoftwareAuthenticator().register(try front.challenge(early))], as: headers)
            #expect(late.status == 400 && late.code == "LIMIT_REACHED")
        }
    }

    @Test func `ID-121 a ceremony of another origin, another party, an old one, or none at all is 400 CEREMONY_FAILED and stores nothing`()
        async throws
    {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            let authenticator = try SoftwareAuthenticator()
            func ceremony() async throws -> SoftwareAuthenticator.Ceremony {
                try front.challenge(
                    try await front.post("passkeys/register/options", ["password": .string(Front.password)], as: headers))
            }
            func finish(_ credential: JSONValue) async throws -> Front.Answer {
                try await front.post("passkeys/register/verify", ["credential": credential], as: headers)
            }
            var elsewhere = try await ceremony()
            elsewhere.origin = "https://evil.example.net"
            var foreign = try await ceremony()
            foreign.party = "evil.example.net"
            let used = authenticator.register(try await ceremony())
            #expect(try await finish(used).status == 200)
            let old = try SoftwareAuthenticator().register(try await ceremony())
            front.clock.advance(by: .seconds(300))
            for bad in [
                try SoftwareAuthenticator().register(elsewhere), try SoftwareAuthenticator().register(foreign), used, old, [:], "text",
            ] as [JSONValue] {
                let answer = try await finish(bad)
                #expect(answer.status == 400 && answer.code == "CEREMONY_FAILED", "\(answer.body)")
            }
            #expect(try await front.number("identity.passkey") == 1)
            #expect(try await front.entries("passkey_enrolled") == 1)
        }
    }

    @Test func `ID-121 an enrolment that breaks off leaves no passkey, no code, no entry and no session, and can be done again`()
        async throws
    {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            // The last thing that is written of an enrolment.
            try await front.database.adminClient.execute(
                """
                CREATE FUNCTION public.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
                """)
            try await front.database.adminClient.execute(
                "CREATE TRIGGER broken BEFORE INSERT ON identity.recovery_code FOR EACH ROW EXECUTE FUNCTION public.broken()")
            let authenticator = try SoftwareAuthenticator()
            #expect(try await front.enrol(authenticator, as: headers).status >= 500)
            for table in ["identity.passkey", "identity.recovery_code", "audit.entry WHERE type = 'passkey_enrolled'"] {
                #expect(try await front.number(table) == 0, "\(table)")
            }
            #expect(try await front.events("passkey_enrolled") == 0)
            #expect(try await front.login().body["status"] == "authenticated")
            try await front.database.adminClient.execute("DROP TRIGGER broken ON identity.recovery_code")
            let again = try await front.enrol(authenticator, as: headers)
            #expect(again.status == 200 && again.body["recovery_codes"]?.arrayValue?.count == 10)
        }
    }

    @Test func `ID-120 the two lanes never mix, and without either nobody enrols`() async throws {
        try await Front.withPasskeys { front in
            let headers = front.bearer(try await front.register())
            func code(_ body: JSONValue, _ headers: Headers = [:]) async throws -> String? {
                try await front.post("passkeys/register/options", body, as: headers).code
            }
            let password = JSONValue.string(Front.password)
            #expect(try await code([:]) == "UNAUTHORIZED")
            #expect(try await code([:], headers) == "PROOF_REQUIRED")
            #expect(try await code(["password": "wrong-password"], headers) == "PROOF_FAILED")
            #expect(try await code(["password": password, "assertion": [:]], headers) == "PROOF_AMBIGUOUS")
            #expect(try await code(["password": password, "mfa_token": "x"], headers) == "PROOF_AMBIGUOUS")
            #expect(try await code(["assertion": [:], "mfa_token": "x"], headers) == "PROOF_AMBIGUOUS")
            #expect(try await code(["mfa_token": "x"], headers) == "MFA_TOKEN_INVALID")
            // An account without a password and without a passkey has nothing but that it has just signed in.
            try await front.database.adminClient.execute("UPDATE identity.account SET password_hash = NULL")
            #expect(try await front.post("passkeys/register/options", as: headers).status == 200)
            front.clock.advance(by: .seconds(601))
            #expect(try await code([:], headers) == "PROOF_REQUIRED")
        }
    }

    @Test func `ID-118 of ten answers to one challenge one is looked at`() async throws {
        try await Front.withPasskeys { front in
            let (_, authenticator, _) = try await front.personWithPasskey()
            let handle = try await front.userHandle()
            let options = try await front.post("passkeys/login/options")
            let assertion = try authenticator.assert(try front.challenge(options), userHandle: handle)
            let statuses = try await front.statuses(of: 10) { _ in
                try await front.post("passkeys/login/verify", ["assertion": assertion]).status
            }
            #expect(statuses == [200] + Array(repeating: 401, count: 9))
            // A wrong signature uses the challenge up as well.
            let next = try front.challenge(try await front.post("passkeys/login/options"))
            let forged = try SoftwareAuthenticator().assert(next, userHandle: handle)
            #expect(try await front.post("passkeys/login/verify", ["assertion": forged]).status == 401)
            let good = try authenticator.assert(next, userHandle: handle)
            #expect(try await front.post("passkeys/login/verify", ["assertion": good]).status == 401)
        }
    }

    @Test func `ID-118 a challenge lives for five minutes, and dies when everybody is signed out`() async throws {
        try await Front.withPasskeys { front in
            let (headers, authenticator, _) = try await front.personWithPasskey()
            let handle = try await front.userHandle()
            for (seconds, status) in [(299, 200), (300, 401)] {
                let ceremony = try front.challenge(try await front.post("passkeys/login/options"))
                front.clock.advance(by: .seconds(seconds))
                let assertion = try authenticator.assert(ceremony, userHandle: handle)
                #expect(try await front.post("passkeys/login/verify", ["assertion": assertion]).status == status, "\(seconds)")
            }
            let signedIn = try await front.login()
            let token = try #require(signedIn.body["mfa_token"])
            let stale = try await front.assertion(for: token, by: authenticator)
            let other = try await front.post("logout-all", ["keep_current": true], as: headers)
            #expect(other.status == 200)
            let answer = try await front.post("mfa/verify", ["mfa_token": token, "assertion": stale])
            #expect(answer.code == "MFA_TOKEN_INVALID")
        }
    }

    @Test func `ID-119 an answer made for one flow is refused on the other three`() async throws {
        try await Front.withPasskeys { front in
            let (headers, authenticator, _) = try await front.personWithPasskey()
            let (handle, flows) = (try await front.userHandle(), ["reg", "mfa", "pwl", "mgmt"])
            for made in flows {
                for used in flows {
                    let token = try await front.mfaToken()
                    let options =
                        switch made {
                        case "reg":
                            try await front.post("passkeys/register/options", ["password": .string(Front.password)], as: headers)
                        case "mfa": try await front.post("mfa/options", ["mfa_token": token])
                        case "pwl": try await front.post("passkeys/login/options")
                        default: try await front.post("passkeys/reauth/options", as: headers)
                        }
                    let ceremony = try front.challenge(options)
                    let fresh = try SoftwareAuthenticator()
                    let assertion = try authenticator.assert(ceremony, userHandle: handle)
                    let answer =
                        switch used {
                        case "reg": try await front.post("passkeys/register/verify", ["credential": fresh.register(ceremony)], as: headers)
                        case "mfa": try await front.post("mfa/verify", ["mfa_token": token, "assertion": assertion])
                        case "pwl": try await front.post("passkeys/login/verify", ["assertion": assertion])
                        default: try await front.post("mfa/recovery-codes/regenerate", ["assertion": assertion], as: headers)
                        }
                    let refusals = ["reg": "CEREMONY_FAILED", "mfa": "MFA_FAILED", "pwl": "MFA_FAILED", "mgmt": "PROOF_FAILED"]
                    #expect(answer.status == (made == used ? 200 : used == "reg" ? 400 : 401), "\(made) on \(used)")
                    #expect(answer.code == (made == used ? nil : refusals[used]), "\(made) on \(used)")
                }
            }
        }
    }

    @Test func `ID-122 two first enrolments at once store both keys and make one set of codes`() async throws {
        try await Front.withPasskeys { front in
            for round in 0..<200 {
                let email = "ada\(round)@example.com"
                let headers = front.bearer(try await front.register(email))
                var bodies: [JSONValue] = []
                for _ in 0..<2 {
                    let options = try await front.post("passkeys/register/options", ["password": .string(Front.password)], as: headers)
                    bodies.append(["credential": try SoftwareAuthenticator().register(try front.challenge(options))])
                }
                let sets = try await withThrowingTaskGroup(of: Int.self) { group in
                    for body in bodies {
                        group.addTask {
                            let answer = try await front.post("passkeys/register/verify", body, as: headers)
                            #expect(answer.status == 200)
                            return answer.body["recovery_codes"]?.arrayValue?.count ?? 0
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }.sorted()
                }
                #expect(sets == [0, 10])
                let status = try await front.call(.get, "/v1/auth/mfa/status", headers: headers).body
                #expect(status["passkey_count"] == 2 && status["recovery_codes_remaining"] == 10)
            }
        }
    }

    @Test func `ID-123 a passkey alone is both factors, and every refusal of it is the same`() async throws {
        try await Front.withPasskeys { front in
            let (headers, authenticator, _) = try await front.personWithPasskey()
            let handle = try await front.userHandle()
            func signIn(_ key: SoftwareAuthenticator, _ handle: String?) async throws -> Front.Answer {
                let options = try await front.post("passkeys/login/options")
                #expect(options.body["options"]?["allowCredentials"] == [])
                return try await front.post(
                    "passkeys/login/verify", ["assertion": try key.assert(try front.challenge(options), userHandle: handle)])
            }
            let done = try await signIn(authenticator, handle)
            #expect(done.status == 200 && done.body["status"] == "authenticated")
            let sessions = try await front.call(
                .get, "/v1/auth/sessions", headers: front.bearer(try #require(done.body["token"]?.stringValue)))
            let current = sessions.body["sessions"]?.arrayValue?.first { $0["is_current"] == true }
            #expect(current?["methods"] == ["hwk", "user", "mfa"])
            var refusals = [try await signIn(try SoftwareAuthenticator(), handle), try await signIn(authenticator, nil)]
            refusals.append(try await signIn(authenticator, "AAAA"))
            let list = try await front.call(.get, "/v1/auth/passkeys", headers: headers).body["passkeys"]?.arrayValue
            let id = try #require(list?.first?["id"]?.stringValue)
            let second = try SoftwareAuthenticator()
            try await front.enrol(second, as: headers)
            _ = try await front.call(.delete, "/v1/auth/passkeys/\(id)", ["password": .string(Front.password)], headers: headers)
            refusals.append(try await signIn(authenticator, handle))
            try await front.database.adminClient.execute("UPDATE identity.account SET status = 'deactivated'")
            refusals.append(try await signIn(second, handle))
            for refusal in refusals {
                #expect(refusal.status == 401 && refusal.code == "MFA_FAILED")
                #expect(refusal.body["detail"] == refusals[0].body["detail"])
            }
        }
    }

    @Test func `ID-124 a counter that goes back is written down and mailed, and the sign-in goes on`() async throws {
        try await Front.withPasskeys { front in
            let (headers, authenticator, _) = try await front.personWithPasskey()
            for (count, regressions) in [(UInt32(0), 0), (0, 0), (7, 0), (9, 0), (9, 1), (3, 2), (4, 2)] {
                let token = try await front.mfaToken()
                let assertion = try await front.assertion(for: token, by: authenticator, signCount: count)
                #expect(try await front.post("mfa/verify", ["mfa_token": token, "assertion": assertion]).status == 200)
                #expect(try await front.entries("passkey_counter_regressed") == regressions, "\(count)")
                #expect(try await front.events("passkey_counter_regressed") == regressions, "\(count)")
            }
            let list = try await front.call(.get, "/v1/auth/passkeys", headers: headers).body["passkeys"]?.arrayValue
            #expect(list?.first?["last_used_at"]?.stringValue == front.clock.now.description)
        }
    }

    @Test func `ID-126 a passkey is renamed by its owner alone, within the limit of its name`() async throws {
        try await Front.withPasskeys { front in
            let (headers, _, _) = try await front.personWithPasskey()
            let stranger = front.bearer(try await front.register("eve@example.com"))
            let list = try await front.call(.get, "/v1/auth/passkeys", headers: headers).body["passkeys"]?.arrayValue
            let path = "/v1/auth/passkeys/" + (try #require(list?.first?["id"]?.stringValue))
            let members = try #require(list?.first?.objectValue)
            #expect(
                Set(members.keys) == ["id", "name", "created_at", "backup_eligible", "backup_state", "last_used_at"], "\(members)")
            #expect(members["created_at"]?.stringValue == front.clock.now.description)
            #expect(members["backup_eligible"] == false && members["backup_state"] == false && members["last_used_at"] == .null)
            func rename(_ name: String, _ headers: Headers) async throws -> Front.Answer {
                try await front.call(.patch, path, ["name": .string(name)], headers: headers)
            }
            #expect(try await rename(String(repeating: "a", count: 100), headers).body["name"]?.stringValue?.count == 100)
            #expect(try await rename(String(repeating: "a", count: 101), headers).status == 422)
            #expect(try await rename("", headers).status == 422)
            #expect(try await rename("a", headers).status == 200)
            #expect(try await front.call(.get, "/v1/auth/passkeys", headers: headers).body["passkeys"]?.arrayValue?.first?["name"] == "a")
            #expect(try await rename("Mine", stranger).status == 404)
            #expect(try await front.entries("passkey_renamed") == 2)
            #expect(try await front.call(.get, "/v1/auth/passkeys", headers: stranger).body == ["passkeys": []])
            #expect(try await front.post("passkeys/reauth/options", as: stranger).code == "NO_PASSKEY")
        }
    }
}
