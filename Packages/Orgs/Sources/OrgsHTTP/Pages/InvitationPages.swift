internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Orgs
internal import Pages

/// The page of an invitation's link (ADM-091): who is new registers with the address that is invited, who has an account signs in and accepts. Opening it
/// accepts nothing, and a link that does not work leads to one neutral page, whatever became of it.
public struct InvitationPages: Sendable {
    private static let path = "/invitations"
    private static let title = "Your invitation"
    private let invitations: any InvitationService
    private let services: IdentityServices

    /// Makes the pages.
    public init(invitations: any InvitationService, services: IdentityServices) {
        self.invitations = invitations
        self.services = services
    }

    /// Adds the pages to a table.
    public func register(on router: inout Router) {
        router.describe("Pages") { Self.descriptions }
        router.addPage(.get, Self.path, operation: "show_invitation_page", title: Self.title) { request in
            try invitations.requireEnabled()
            let token = try Self.token(request.query)
            return Self.page(try await preview(InvitationSecret(token), request), token)
        }
        router.addPage(.post, Self.path, operation: "answer_invitation_page", title: Self.title) { request in
            try invitations.requireEnabled()
            let form = try request.form()
            let token = try Self.token(form)
            let invitation = InvitationSecret(token)
            let preview = try await preview(invitation, request)
            do {
                switch form["act"] {
                case "register": try await register(form, preview, invitation, request)
                case "second_step": try await finish(form, invitation, request)
                default:
                    if let pending = try await signIn(form, preview, invitation, request) {
                        return Self.secondStep(preview, token, pending)
                    }
                }
            } catch {
                // A code that does not work leaves the second step open, as long as its token is good.
                if case IdentityError.mfaFailed = error, let mfaToken = form["mfa_token"] {
                    return Self.secondStep(preview, token, mfaToken: mfaToken, because: IdentityError.mfaFailed.problem)
                }
                guard let problem = (error as? any ProblemConvertible)?.problem, problem.status.rawValue < 500 else { throw error }
                var response = Self.page(preview, token, because: problem.detail, status: problem.status)
                for field in problem.headers.fields { response.headers[field.name] = field.value }
                return response
            }
            return HTMLPage(
                title: "Welcome to \(preview.orgName)", content: .status("You are a member now. Sign in to open the workspace.")
            ).response()
        }
    }

    private func preview(_ invitation: InvitationSecret, _ request: Request) async throws -> InvitationPreview {
        try await services.noting(request) { try await invitations.preview(invitation) }
    }

    private func register(
        _ form: QueryItems, _ preview: InvitationPreview, _ invitation: InvitationSecret, _ request: Request
    ) async throws {
        guard let name = PersonName(form["name"] ?? "") else {
            throw Problem.badRequest("Please enter your name, of at most 100 characters.")
        }
        let outcome = try await services.registrar.register(
            RegistrationRequest(
                name: name, email: preview.email.description, password: try Self.password(form, "new_password"), invitation: invitation),
            from: request.clientContext)
        try await services.sessions.logOut(outcome.token.value, from: request.clientContext)
    }

    /// Checks the password; whoever has no second step is a member then.
    ///
    /// - Returns: the sign-in that waits for its second step.
    private func signIn(
        _ form: QueryItems, _ preview: InvitationPreview, _ invitation: InvitationSecret, _ request: Request
    ) async throws -> PendingSignIn? {
        let step = try await services.signIn.begin(
            with: PasswordCredentials(email: preview.email.description, password: try Self.password(form, "password")), preferring: nil,
            from: request.clientContext)
        switch step {
        case .completed(let outcome): try await accept(invitation, outcome, request.clientContext)
        // The first passkey is made with the API, which a page without a script cannot do.
        case .pending(let pending) where pending.purpose == .enroll: throw IdentityError.mfaEnrollmentRequired
        case .pending(let pending): return pending
        }
        return nil
    }

    /// Ends a sign-in by a recovery code: a passkey answers to a script alone, and pages have none.
    private func finish(_ form: QueryItems, _ invitation: InvitationSecret, _ request: Request) async throws {
        guard let secret = form["mfa_token"], secret.utf8.count <= 512 else { throw IdentityError.mfaTokenInvalid }
        guard let code = form["recovery_code"], !code.isEmpty, code.utf8.count <= 100 else {
            throw Problem.badRequest("Please enter a recovery code.")
        }
        let outcome = try await services.secondFactors.completeSignIn(
            with: .recoveryCode(code), for: SecretString(secret), from: request.clientContext)
        try await accept(invitation, outcome, request.clientContext)
    }

    /// Accepts in a session of its own, which ends with it: a page signs nobody in.
    private func accept(_ invitation: InvitationSecret, _ outcome: SignInOutcome, _ client: ClientContext) async throws {
        do {
            let principal = try await services.authenticator.principal(for: .bearer(outcome.token.value), actingFor: nil, from: client)
            _ = try await invitations.accept(invitation, makingDefault: false, by: principal)
        } catch {
            try await services.sessions.logOut(outcome.token.value, from: client)
            throw error
        }
        try await services.sessions.logOut(outcome.token.value, from: client)
    }

    private static func password(_ form: QueryItems, _ name: String) throws -> Password {
        guard let text = form[name], !text.isEmpty, text.utf8.count <= 4_096 else { throw Problem.badRequest("Please enter a password.") }
        return Password(text)
    }

    private static func token(_ items: QueryItems) throws -> String {
        guard let token = items["token"], !token.isEmpty, token.utf8.count <= 512 else { throw OrgsError.notFound }
        return token
    }

    private static func page(
        _ preview: InvitationPreview, _ token: String, because message: String? = nil, status: Status = .ok
    ) -> Response {
        func form(_ act: String, _ fields: HTMLFragment, _ button: String) -> HTMLFragment {
            // The address tells password managers whose password it is; the invitation alone decides.
            let address: HTMLFragment = """
                <input name="username" value="\(preview.email.description)" autocomplete="username" readonly hidden>
                """
            return .form(to: path, hidden: [("token", token), ("act", act)], "\(address)\(fields)", button: button)
        }
        let new: HTMLFragment = """
            <label for="name">Your name</label>
            <input id="name" name="name" autocomplete="name" maxlength="100" required>
            \(.password("new_password", "New password", isNew: true))
            """
        let content: HTMLFragment = """
            \(.error(message))
            <p>\(preview.email.description) is invited to <strong>\(preview.orgName)</strong> as \(preview.role.rawValue). \
            The invitation ends on \(String(preview.expiresAt.description.prefix(10))) (UTC).</p>
            <fieldset><legend>You have an account</legend>
            \(form("accept", .password("password", "Password", isNew: false), "Sign in and accept"))
            </fieldset>
            <fieldset><legend>You are new here</legend>
            \(form("register", new, "Register and accept"))
            </fieldset>
            """
        return HTMLPage(title: title, content: content).response(status)
    }

    private static func secondStep(_ preview: InvitationPreview, _ token: String, _ pending: PendingSignIn) -> Response {
        pending.token.withValue { secondStep(preview, token, mfaToken: $0, because: nil) }
    }

    private static func secondStep(
        _ preview: InvitationPreview, _ token: String, mfaToken: String, because problem: Problem?
    ) -> Response {
        let field: HTMLFragment = """
            <label for="recovery_code">Recovery code</label>
            <input id="recovery_code" name="recovery_code" autocomplete="one-time-code" maxlength="100" required>
            """
        let content: HTMLFragment = """
            \(.error(problem?.detail))
            <p>Your password is right. The account of \(preview.email.description) asks for a second step before you join
            <strong>\(preview.orgName)</strong>.</p>
            \(.form(
                to: path, hidden: [("token", token), ("mfa_token", mfaToken), ("act", "second_step")], field, button: "Accept with this code"))
            <p>With a passkey, sign in to the product instead: the invitation waits there among your invitations, and nothing is lost here.</p>
            """
        return HTMLPage(title: title, content: content).response(problem?.status ?? .ok)
    }
}
