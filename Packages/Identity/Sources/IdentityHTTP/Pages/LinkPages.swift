internal import Core
public import HTTPServer
internal import Identity
internal import Pages

/// The pages that mailed links lead to (ADM-092). Opening one changes nothing, because mail programs and scanners open links too; what the link is for
/// happens by the button alone (ID-087). A page signs nobody in: the session that comes with an act is ended again.
public struct LinkPages: Sendable {
    private let services: IdentityServices

    /// Makes the pages.
    public init(_ services: IdentityServices) {
        self.services = services
    }

    /// Adds the pages to a table.
    public func register(on router: inout Router) {
        router.describe("Pages") { Self.descriptions }
        registerReset(on: &router)
        registerStop(on: &router)
        act(
            on: &router, "/auth/verify-email", operation: "verify_email_page",
            .init(
                title: "Confirm your address", question: "Press the button to confirm that this address is yours.",
                button: "Confirm this address", done: "Your address is confirmed. You can sign in now.")
        ) { services, token, request in
            try await end(services.profiles.verifyEmail(with: token, from: request.clientContext), request)
            return nil
        }
        act(
            on: &router, "/auth/disown-email", operation: "disown_account_page",
            .init(
                title: "This was not me", question: "Somebody made an account with your address. Press the button to have it removed.",
                button: "Remove this account", done: DisownOutcome.removed.message)
        ) { services, token, _ in try await services.accounts.disown(with: token).message }
        act(
            on: &router, "/auth/revert-email", operation: "revert_email_page",
            .init(
                title: "Take the change of address back",
                question:
                    "Your account gets this address again, everybody is signed out, and API keys that were made since the change end.",
                button: "Take it back", done: "Your account has this address again. A link to set a new password is on its way to it.")
        ) { services, token, _ in
            guard case .deactivated = try await services.accounts.revertEmail(with: token) else { return nil }
            return "This address belongs to another account by now. Yours is switched off until our support has looked at it."
        }
        act(
            on: &router, "/auth/cancel-deletion", operation: "cancel_deletion_page",
            .init(
                title: "Keep your account", question: "Your account is about to be deleted. Press the button to keep it.",
                button: "Keep my account",
                done: "Your account and its workspaces are back. Sign in to go on; make new API keys where you need some.")
        ) { services, token, _ in
            try await services.accounts.cancelDeletion(with: token)
            return nil
        }
    }

    /// Stops operators who were asked to take a lost second factor away (ID-136).
    private func registerStop(on router: inout Router) {
        act(
            on: &router, "/auth/stop-mfa-reset", operation: "stop_mfa_reset_page",
            .init(
                title: "Keep your second factor",
                question:
                    "Our support was asked to remove your passkeys and recovery codes. If that was not you, press the button: they stay as they are.",
                button: "Keep them", done: "Your passkeys and recovery codes stay. Set a new password, and write to us.")
        ) { services, token, _ in
            try await services.resets.stop(with: token)
            return nil
        }
    }

    private struct Words: Sendable {
        let title: String
        let question: String
        let button: String
        let done: String
    }

    /// A page with one button.
    ///
    /// - Parameter act: what the button does; gives other words than the usual ones where it came to something else.
    private func act(
        on router: inout Router, _ path: String, operation: String, _ words: Words,
        _ act: @escaping @Sendable (IdentityServices, SecretString, Request) async throws -> String?
    ) {
        router.addPage(.get, path, operation: "show_" + operation, title: words.title) { request in
            let token = try Self.token(request.query)
            let form = HTMLFragment.form(to: path, hidden: [("token", token)], "<p>\(words.question)</p>", button: words.button)
            return HTMLPage(title: words.title, content: form).response()
        }
        router.addPage(.post, path, operation: operation, title: words.title) { [services] request in
            let token = try Self.token(try request.form())
            let outcome = try await services.noting(request) { try await act(services, SecretString(token), request) }
            return HTMLPage(title: words.title, content: .status(outcome ?? words.done)).response()
        }
    }

    private func end(_ step: SignInStep, _ request: Request) async throws {
        guard case .completed(let outcome) = step else { return }
        try await services.sessions.logOut(outcome.token.value, from: request.clientContext)
    }

    private static func token(_ items: QueryItems) throws -> String {
        guard let token = items["token"], !token.isEmpty, token.utf8.count <= 512 else {
            throw Problem.badRequest("The link is not complete. Open it again from the mail, or copy all of it.")
        }
        return token
    }
}

extension DisownOutcome {
    /// What the owner of the address is told.
    var message: String {
        switch self {
        case .removed: "The account is removed, and your address is free."
        case .deactivated: "The account is switched off until our support has looked at it, and your address is free."
        }
    }
}

extension LinkPages {
    private static let resetPath = "/auth/reset-password"
    private static let resetTitle = "Set a new password"

    private func registerReset(on router: inout Router) {
        router.addPage(.get, Self.resetPath, operation: "show_reset_password_page", title: Self.resetTitle) { [services] request in
            let token = try Self.token(request.query)
            guard let address = try await services.passwords.inspectReset(SecretString(token)) else { throw IdentityError.linkInvalid }
            return Self.resetPage(token, for: address)
        }
        router.addPage(
            .post, Self.resetPath, operation: "reset_password_page", title: Self.resetTitle,
            services.protected { [services] request in
                let form = try request.form()
                let token = try Self.token(form)
                func again(_ message: String) async throws -> Response {
                    guard let address = try await services.passwords.inspectReset(SecretString(token)) else {
                        throw IdentityError.linkInvalid
                    }
                    return Self.resetPage(token, for: address, because: message, status: .badRequest)
                }
                guard let text = form["new_password"], !text.isEmpty else { return try await again("Please enter a password.") }
                guard text == form["confirm_password"] else { return try await again("The two passwords are not the same.") }
                do {
                    let outcome = try await services.noting(request) {
                        try await services.passwords.reset(
                            to: try Fields.password(text, "new_password", atLeast: 1), with: SecretString(token),
                            revokingKeys: form["revoke_api_keys"] == "true", from: request.clientContext)
                    }
                    try await end(outcome, request)
                } catch IdentityError.weakPassword(let faults) {
                    // The link works on: a weak password uses nothing up (ID-091).
                    return try await again(faults.joined(separator: " "))
                }
                return HTMLPage(
                    title: Self.resetTitle,
                    content: .status("Your password is set, and everybody was signed out. Sign in with the new one.")
                ).response()
            })
    }

    private static func resetPage(
        _ token: String, for address: EmailAddress, because message: String? = nil, status: Status = .ok
    ) -> Response {
        let fields: HTMLFragment = """
            <p>For \(address.masked). At least 12 characters, with upper and lower case, a digit and another sign.</p>
            \(.password("new_password", "New password", isNew: true))
            \(.password("confirm_password", "The same again", isNew: true))
            <p><label><input type="checkbox" name="revoke_api_keys" value="true"> End my API keys as well</label></p>
            """
        return HTMLPage(
            title: resetTitle,
            content: "\(.error(message))\(.form(to: resetPath, hidden: [("token", token)], fields, button: "Set the password"))"
        ).response(status)
    }
}
