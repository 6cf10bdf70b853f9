internal import HTTPServer
internal import Identity

extension HandoffRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("generate_sso_token", "Makes a token by which a sister app takes the sign-in over.", for: .session)
                .noting("A browser's cookie `auth-token` does as well, from the pages of a known app alone.")
                .answers(
                    .ok, "The token and the apps that take it.",
                    .object("SSOTokenResponse", ["token": .string, "expires_at": .instant, "apps": .array(of: .text("console"))]),
                    headers: AuthRoutes.noStore),
            RouteDescription("sso_token_exchange", "Takes the token at the sister app.", for: .everybody)
                .takes(Schema(decoding: SSOExchangeBody.self).telling("return_url", "An https address of the app."))
                .answers(
                    .ok, "Where to go on.",
                    .object(
                        "SSOExchangeResponse",
                        ["session_id": .string, "redirect_url": .text("https://app.example.com/"), "expires_at": .instant]),
                    headers: AuthRoutes.noStore
                )
                .refuses(
                    IdentityError.handoffInvalid, IdentityError.unknownApp, IdentityError.invalidReturnURL, IdentityError.accountDisabled),
            RouteDescription("complete_sso_auth", "Gives the session to the sister app.", for: .everybody)
                .takes(Schema(decoding: SSOCompleteBody.self))
                .answers(.ok, "The session.", IdentitySchemas.authentication, headers: AuthRoutes.noStore)
                .refuses(IdentityError.handoffInvalid, IdentityError.accountDisabled),
        ]
    }
}
