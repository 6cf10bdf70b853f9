internal import HTTPServer
internal import Identity

extension UserRoutes {
    static var descriptions: [RouteDescription] { profile + keys + grants }

    private static var profile: [RouteDescription] {
        [
            RouteDescription("get_current_user", "Shows the own profile.", for: .signedIn(with: .userRead))
                .answers(.ok, "The profile.", IdentitySchemas.user),
            RouteDescription("update_user", "Changes the own name or address.", for: .signedIn(with: .userWrite))
                .noting("A new address takes effect at once, must be confirmed, and the old one gets a link to take the change back.")
                .takes(
                    Schema(decoding: UpdateUserBody.self).telling("name", "1 to 100 characters, no control characters.")
                        .telling("reauth_password", "The present password; a new address needs it.")
                )
                .answers(.ok, "The profile.", IdentitySchemas.user)
                .refuses(
                    IdentityError.invalidEmail, IdentityError.nothingToChange, IdentityError.emailTaken, IdentityError.sessionRequired,
                    IdentityError.sendBudgetExceeded(seconds: 600)
                ).proven(),
            RouteDescription("update_user_password", "Changes the own password.", for: .signedIn(with: .userWrite))
                .noting("All other sessions end.").takes(Schema(decoding: UpdatePasswordBody.self))
                .answers(.ok, "It is changed.", IdentitySchemas.success())
                .refuses(
                    IdentityError.passwordMismatch, IdentityError.wrongCurrentPassword, IdentityError.passwordReused,
                    IdentityError.passwordNotSet, IdentityError.weakPassword(["It is among the most common ones."]),
                    IdentityError.sessionRequired, IdentityError.passwordAuthDisabled
                ).guarded(),
            RouteDescription("set_default_org", "Says which org new sessions act for.", for: .session)
                .takes(.object("DefaultOrgBody", ["org_id": Schema.id("org").orNull.means("`null` for none; the key must be there.")]))
                .answers(.ok, "It is set.", IdentitySchemas.success(.object(["org_id": .id("org").orNull]))),
        ]
    }

    private static var keys: [RouteDescription] {
        let expiry = "A time in the next ten years; without an offset it is UTC."
        return [
            RouteDescription("list_user_api_keys", "Lists the own API keys.", for: .signedIn(with: .keysWrite))
                .query("include", .words("inactive"), "`inactive` for ended ones as well.")
                .answers(
                    .ok, "The keys, never their secrets.", .object("APIKeysResponse", ["api_keys": .array(of: IdentitySchemas.apiKey)])),
            RouteDescription("create_user_api_key", "Makes an API key.", for: .signedIn(with: .keysWrite))
                .noting("A key that makes a key gives it no more than it has itself.")
                .takes(
                    Schema(decoding: CreateAPIKeyBody.self).telling("name", "1 to 100 characters.").telling("expires_at", expiry)
                        .refining("scopes", Schema.array(of: .words(of: Scope.self)).orNull.means("What the key may do; all without."))
                        .telling("graph_id", "The only graph that the key reaches.").telling(
                            "org_id", "The only org that the key acts for."
                        )
                        .telling("networks", "1 to 20 ranges from which the key is taken, such as 203.0.113.0/24.")
                )
                .answers(.created, "The key with its secret, which is shown once.", IdentitySchemas.newAPIKey, headers: AuthRoutes.noStore)
                .refuses(
                    IdentityError.invalidExpiry, IdentityError.unknownScope("graph:everything"), IdentityError.keyLimitReached(100),
                    IdentityError.emailNotVerified, IdentityError.notFound, IdentityError.forbidden),
            RouteDescription("update_user_api_key", "Names an API key anew.", for: .signedIn(with: .keysWrite))
                .takes(Schema(decoding: UpdateAPIKeyBody.self)).answers(.ok, "The key.", IdentitySchemas.apiKey)
                .refuses(IdentityError.notFound, IdentityError.nothingToChange),
            RouteDescription(
                "rotate_user_api_key", "Makes a key in the place of another, which works on for a while.", for: .signedIn(with: .keysWrite)
            )
            .mayTake(Schema(decoding: RotateAPIKeyBody.self).telling("overlap_hours", "0 to 168; 24 without."))
            .answers(.created, "The new key with its secret.", IdentitySchemas.newAPIKey, headers: AuthRoutes.noStore)
            .refuses(IdentityError.notFound, IdentityError.keyLimitReached(100), IdentityError.forbidden),
            RouteDescription("revoke_user_api_key", "Ends an API key.", for: .signedIn(with: .keysWrite))
                .answers(.ok, "It has ended.", IdentitySchemas.success(.object(["api_key_id": .id("uak")]))).refuses(
                    IdentityError.notFound),
        ]
    }

    private static var grants: [RouteDescription] {
        [
            RouteDescription(
                "list_user_o_auth_grants", "Lists the apps that may act for the person: there are none.", for: .signedIn(with: .userRead)
            )
            .answers(.ok, "An empty list.", .object("OAuthGrantsResponse", ["grants": .array(of: .any)])),
            RouteDescription("revoke_user_o_auth_grant", "Takes a right to act from an app.", for: .signedIn(with: .userWrite))
                .noting("There are no grants, so that no id names one.").refuses(IdentityError.notFound),
        ]
    }
}
