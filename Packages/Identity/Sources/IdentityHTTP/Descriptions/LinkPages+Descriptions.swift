internal import HTTPServer
internal import Identity

extension LinkPages {
    static var descriptions: [RouteDescription] {
        page("verify_email_page", "the address of an account is confirmed", [.emailTaken, .accountDisabled])
            + page("disown_account_page", "an account is removed that somebody else made", [])
            + page("revert_email_page", "a change of address is taken back", [])
            + page("cancel_deletion_page", "an account is kept", [])
            + page("stop_mfa_reset_page", "passkeys and codes are kept that support was asked to remove", [])
            + page(
                "reset_password_page", "a password is set", [.accountDisabled, .passwordReused, .passwordAuthDisabled],
                form: ["new_password": .string, "confirm_password": .string], optional: ["revoke_api_keys": .words("true")], isGuarded: true
            )
    }

    /// What the page shows, and what its button does.
    private static func page(
        _ operation: String, _ what: String, _ refusals: [IdentityError], form: KeyValuePairs<String, Schema> = [:],
        optional: KeyValuePairs<String, Schema> = [:], isGuarded: Bool = false
    ) -> [RouteDescription] {
        let links: [IdentityError] = [.linkInvalid, .linkExpired, .linkUsed]
        var act = RouteDescription(operation, "The button of the page by which \(what).", for: .link)
            .takes(
                Schema.object(["token": .string]).with(form).withOptional(optional),
                as: "application/x-www-form-urlencoded"
            ).answers(.ok, "It is done.", as: "text/html")
            .refuses(Problem.badRequest("The link is not complete. Open it again from the mail, or copy all of it.")).page()
        for refusal in links + refusals { act = act.refuses(refusal) }
        if isGuarded { act = act.guarded() }
        var show = RouteDescription("show_" + operation, "The page of a mailed link by which \(what).", for: .link)
            .noting("Opening it changes nothing.").query("token", .string, "The link's token.", isRequired: true)
            .answers(.ok, "The page with its button.", as: "text/html")
            .refuses(Problem.badRequest("The link is not complete. Open it again from the mail, or copy all of it.")).page()
        for refusal in links { show = show.refuses(refusal) }
        return [show, act]
    }
}
