internal import Admin
internal import Audit
internal import Core
internal import Cryptography
internal import HTTPServer
internal import Identity
internal import Pages
internal import WebAuthn

extension OperatorConsole {
    func registerSignIn(on router: inout Router) {
        router.add(.get, "/console/sign-in", operation: "console_sign_in_page") { request in
            guard routes.gate.isReachable(from: request) else { throw Problem.notFound }
            let news: HTMLFragment = request.query["enrolled"] == "true" ? .status("The passkey is kept. Enrol a second one soon.") : ""
            return ConsolePage(
                "Sign in", nil,
                """
                \(news)<p>Sign in with your passkey. There is no password.</p>
                \(ceremony("sign-in", facts: [], button: "Sign in with a passkey"))
                """
            ).response()
        }
        router.add(.get, "/console/enrol", operation: "console_enrol_page") { request in
            guard routes.gate.isReachable(from: request) else { throw Problem.notFound }
            guard let token = request.query["token"], let person = try await sessions.enrolling(SecretString(token)) else {
                return failure(.notFound, "This link was used, or its half hour is over. Ask for another one.", request, nil)
            }
            let facts = [("token", token), ("name", person.name), ("handle", Base64URL.encode(person.id.bytes))]
            return ConsolePage(
                "Enrol a passkey", nil,
                """
                <p>\(person.name), you are admitted as \(person.role.rawValue). From now on a passkey of yours opens the console.</p>
                \(ceremony("enrol", facts: facts, button: "Enrol a passkey"))
                """
            ).response()
        }
        router.add(.post, "/console/challenge", operation: "console_challenge", bodyLimit: 1_024) { request in
            try await checkOrigin(request)
            return try .json(["challenge": Base64URL.encode(try await sessions.makeChallenge())])
        }
        router.add(.post, "/console/enrol", operation: "console_enrol", bodyLimit: 65_536) { try await enrol($0) }
        router.add(.post, "/console/sign-in", operation: "console_sign_in", bodyLimit: 65_536) { try await signIn($0) }
        router.add(.post, "/console/sign-out", operation: "console_sign_out", bodyLimit: 4_096) { request in
            try await signedIn(request) { person in
                try checkForm(request, try request.form(), of: person)
                _ = try await sessions.end(person.session.id)
                var response = Response.redirect(to: "/console/sign-in")
                response.headers["Set-Cookie"] = ConsoleCookie.ended
                return response
            }
        }
    }

    private func ceremony(_ name: String, facts: [(String, String)], button: String) -> HTMLFragment {
        let data: [HTMLFragment] = (facts + [("party", party.id)]).map { " data-\($0.0)=\"\($0.1)\"" }
        return """
            <form data-ceremony="\(name)"\(data)><p class="error" role="alert" hidden></p><button type="submit">\(button)</button></form>
            <noscript><p class="error">A browser uses passkeys by a script. Behind the sign-in no page needs one.</p></noscript>
            """
    }

    private func checkOrigin(_ request: Request) async throws {
        guard routes.gate.isReachable(from: request) else { throw Problem.notFound }
        guard isOwnOrigin(request) else {
            await tellOfForeignForm(request)
            throw Problem(status: .forbidden, code: Self.foreignForm, detail: "The call came from another site.")
        }
    }

    private static let refused = Problem(
        status: .unauthorized, code: "UNAUTHORIZED", detail: "This passkey does not open the console. Nothing was changed.")

    /// Reads what the script sent, and uses the challenge up before anything else is believed.
    private func answer(_ text: String?) throws -> [UInt8] {
        guard let bytes = text.flatMap({ Base64URL.decode($0) }) else { throw Self.refused }
        return bytes
    }

    private func client(_ text: String?) async throws -> ClientData {
        guard let client = try? ClientData(try answer(text)), let challenge = Base64URL.decode(client.challenge),
            try await sessions.takeChallenge(challenge)
        else { throw Self.refused }
        return client
    }

    private func enrol(_ request: Request) async throws -> Response {
        try await checkOrigin(request)
        let sent = try request.decode(Enrolment.self)
        let secret = SecretString(sent.token)
        guard let person = try await sessions.enrolling(secret) else { throw Self.refused }
        let client = try await client(sent.clientData)
        guard let credential = try? PublicKeyCredential(attestationObject: try answer(sent.attestation), clientData: client, for: party),
            credential.id == (try answer(sent.id))
        else { throw Self.refused }
        let passkey = OperatorPasskey(
            credentialID: credential.id, owner: person.id, publicKey: credential.publicKey, algorithm: credential.algorithm.rawValue,
            signCount: Int64(credential.state.signCount), isBackupEligible: credential.state.isBackupEligible)
        guard try await sessions.enrol(passkey, with: secret) else { throw Self.refused }
        return Response(status: .noContent)
    }

    private func signIn(_ request: Request) async throws -> Response {
        try await checkOrigin(request)
        let sent = try request.decode(Assertion.self)
        let program = ClientContext(
            address: request.remoteAddress, userAgent: request.headers["User-Agent"], route: request.route ?? "")
        let network = program.network
        let client = try await client(sent.clientData)
        guard let passkey = try await sessions.passkey(try answer(sent.id)) else {
            let refusal = AuthorizationDenied(
                client: network, route: request.route ?? "", reason: "unknown_operator_passkey", size: request.body.count, risk: .high)
            try await routes.accounts.record(refusal, by: .anonymous(AuditReference(network)))
            throw Self.refused
        }
        guard let algorithm = SignatureAlgorithm(rawValue: passkey.algorithm),
            let state = try? AuthenticatorState(
                verifying: try answer(sent.signature), over: try answer(sent.authenticatorData), and: client, by: passkey.publicKey,
                algorithm, for: party), state.isBackupEligible == passkey.isBackupEligible
        else {
            let failure = OperatorSignInFailed(id: passkey.owner, client: network, reason: "passkey_refused")
            try await routes.accounts.record(failure, by: .anonymous(AuditReference(network)))
            throw Self.refused
        }
        guard let secret = try await sessions.begin(with: passkey, signCount: Int64(state.signCount), from: program) else {
            throw Self.refused
        }
        return Response(status: .noContent, headers: ["Set-Cookie": secret.withValue { ConsoleCookie.made($0) }])
    }
}

private struct Enrolment: Decodable {
    let token: String
    let id: String
    let clientData: String
    let attestation: String

    enum CodingKeys: String, CodingKey {
        case token
        case id
        case clientData = "client_data"
        case attestation
    }
}

private struct Assertion: Decodable {
    let id: String
    let clientData: String
    let authenticatorData: String
    let signature: String

    enum CodingKeys: String, CodingKey {
        case id
        case clientData = "client_data"
        case authenticatorData = "authenticator_data"
        case signature
    }
}

extension Operator.ID {
    /// The 16 bytes of the id, by which an authenticator knows whose passkey it is.
    fileprivate var bytes: [UInt8] {
        [high, low].flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
    }
}
