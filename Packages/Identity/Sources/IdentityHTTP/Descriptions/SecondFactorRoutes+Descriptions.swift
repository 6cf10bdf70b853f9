internal import HTTPServer
internal import Identity

extension SecondFactorRoutes {
    static var descriptions: [RouteDescription] { secondFactor + passkeys }

    private static var secondFactor: [RouteDescription] {
        [
            RouteDescription("get_mfa_status", "Tells which second factors the person has.", for: .signedIn)
                .answers(
                    .ok, "How many.",
                    .object(
                        "MfaStatusResponse",
                        ["passkey_count": .integer, "recovery_codes_remaining": .integer, "enforcement_applies": .boolean])),
            RouteDescription("get_mfa_options", "Begins the second step of a sign-in.", for: .everybody)
                .noting(off).takes(Schema(decoding: MFAOptionsBody.self)).refuses(IdentityError.mfaTokenInvalid),
            RouteDescription("verify_mfa", "Ends the second step of a sign-in.", for: .everybody)
                .noting(off).noting("Exactly one of `assertion` and `recovery_code`.").takes(Schema(decoding: MFAVerifyBody.self))
                .refuses(IdentityError.mfaTokenInvalid, IdentityError.proofAmbiguous),
            RouteDescription("regenerate_mfa_recovery_codes", "Makes new recovery codes.", for: .signedIn(with: .userWrite))
                .noting(off).takes(Schema(decoding: ProofBody.self)).refuses(IdentityError.noPasskey).proven()
                .refuses(IdentityError.sessionRequired),
        ]
    }

    private static var passkeys: [RouteDescription] {
        [
            RouteDescription("get_passkey_registration_options", "Begins to enrol a passkey.", for: .signedIn(with: .userWrite))
                .noting(off).takes(Schema(decoding: ProofBody.self)).refuses(IdentityError.passkeysDisabled, IdentityError.mfaTokenInvalid)
                .proven().refuses(IdentityError.sessionRequired),
            RouteDescription("verify_passkey_registration", "Ends to enrol a passkey.", for: .signedIn)
                .noting(off).takes(Schema(decoding: PasskeyRegistrationBody.self).telling("name", "At most 100 characters."))
                .refuses(IdentityError.passkeysDisabled, IdentityError.mfaTokenInvalid),
            RouteDescription("get_passkey_login_options", "Begins to sign in with a passkey.", for: .everybody)
                .noting(off).refuses(IdentityError.passkeysDisabled),
            RouteDescription("verify_passkey_login", "Ends to sign in with a passkey.", for: .everybody)
                .noting(off).takes(Schema(decoding: PasskeySignInBody.self)).refuses(IdentityError.mfaFailed),
            RouteDescription("list_user_passkeys", "Lists the own passkeys.", for: .signedIn(with: .userRead))
                .answers(.ok, "The passkeys.", .object("PasskeyListResponse", ["passkeys": .array(of: .any)])),
            RouteDescription("get_passkey_reauth_options", "Begins to prove oneself by a passkey.", for: .signedIn)
                .noting(off).refuses(IdentityError.noPasskey),
            RouteDescription("delete_user_passkey", "Removes a passkey.", for: .signedIn(with: .userWrite))
                .noting(off).takes(Schema(decoding: ProofBody.self)).refuses(IdentityError.notFound).proven()
                .refuses(IdentityError.sessionRequired),
        ]
    }

    private static var off: String { "Second factors are not on in this deployment: nobody has enrolled one, and the call is refused." }
}
