internal import HTTPServer
internal import Identity

extension SecondFactorRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("get_mfa_status", "Tells which second factors the person has.", for: .signedIn)
                .answers(
                    .ok, "How many.",
                    .object(
                        "MfaStatusResponse",
                        ["passkey_count": .integer, "recovery_codes_remaining": .integer, "enforcement_applies": .boolean])),
            RouteDescription("get_mfa_options", "Begins the second step of a sign-in.", for: .everybody)
                .takes(Schema(decoding: MFAOptionsBody.self)).answers(.ok, "The options.", PasskeyRoutes.options)
                .refuses(IdentityError.mfaTokenInvalid),
            RouteDescription("verify_mfa", "Ends the second step of a sign-in.", for: .everybody)
                .noting("Exactly one of `assertion` and `recovery_code`. Five answers may be tried on one token.")
                .takes(Schema(decoding: MFAVerifyBody.self)).answers(.ok, "The sign-in.", IdentitySchemas.authentication)
                .refuses(IdentityError.mfaTokenInvalid, IdentityError.mfaFailed, IdentityError.proofAmbiguous).guarded(),
            RouteDescription("regenerate_mfa_recovery_codes", "Makes new recovery codes.", for: .signedIn(with: .userWrite))
                .noting("The codes before are void. The new ones are shown once, here.").takes(Schema(decoding: ProofBody.self))
                .answers(.ok, "The codes.", .object("RecoveryCodesResponse", ["codes": .array(of: .text("7K2MQ-X4T9B"))]))
                .refuses(IdentityError.noPasskey).proven(),
        ]
    }
}

extension PasskeyRoutes {
    static var options: Schema { .object("CeremonyOptionsResponse", ["options": .any]) }

    private static var passkey: Schema {
        .object(
            "PasskeyInfo",
            [
                "id": .id("upk"), "name": .text("Laptop"), "created_at": .instant, "backup_eligible": .boolean, "backup_state": .boolean,
                "last_used_at": .instant.orNull,
            ])
    }

    static var descriptions: [RouteDescription] { enrolment + signIn + care }

    private static var enrolment: [RouteDescription] {
        [
            RouteDescription("get_passkey_registration_options", "Begins to enrol a passkey.", for: .signedIn(with: .userWrite))
                .noting("Or with the `mfa_token` of a sign-in that asks for a first passkey, and nothing else.")
                .takes(Schema(decoding: ProofBody.self)).answers(.ok, "The options.", options)
                .refuses(IdentityError.passkeysDisabled, IdentityError.mfaTokenInvalid, IdentityError.passkeyLimitReached(20))
                .proven(),
            RouteDescription("verify_passkey_registration", "Ends to enrol a passkey.", for: .signedIn(with: .userWrite))
                .noting("The first passkey brings recovery codes. With `mfa_token` the answer holds the sign-in.")
                .takes(Schema(decoding: PasskeyRegistrationBody.self).telling("name", "1 to 100 characters."))
                .answers(
                    .ok, "The passkey.",
                    .object(
                        "PasskeyRegisterVerifyResponse",
                        [
                            "passkey": passkey, "recovery_codes": .array(of: .string).orNull,
                            "auth": IdentitySchemas.authentication.orNull,
                        ])
                )
                .refuses(
                    IdentityError.passkeysDisabled, IdentityError.ceremonyFailed, IdentityError.mfaTokenInvalid,
                    IdentityError.passkeyAlreadyEnrolled, IdentityError.passkeyLimitReached(20)),
        ]
    }

    private static var signIn: [RouteDescription] {
        [
            RouteDescription("get_passkey_login_options", "Begins to sign in with a passkey.", for: .everybody)
                .answers(.ok, "The options.", options).refuses(IdentityError.passkeysDisabled),
            RouteDescription("verify_passkey_login", "Ends to sign in with a passkey.", for: .everybody)
                .takes(Schema(decoding: PasskeySignInBody.self)).answers(.ok, "The sign-in.", IdentitySchemas.authentication)
                .refuses(IdentityError.mfaFailed).guarded(),
        ]
    }

    private static var care: [RouteDescription] {
        [
            RouteDescription("list_user_passkeys", "Lists the own passkeys.", for: .signedIn(with: .userRead))
                .answers(.ok, "The passkeys.", .object("PasskeyListResponse", ["passkeys": .array(of: passkey)])),
            RouteDescription("get_passkey_reauth_options", "Begins to prove oneself by a passkey.", for: .signedIn)
                .answers(.ok, "The options.", options).refuses(IdentityError.noPasskey),
            RouteDescription("rename_user_passkey", "Renames a passkey.", for: .signedIn(with: .userWrite))
                .takes(Schema(decoding: PasskeyNameBody.self).telling("name", "1 to 100 characters."))
                .answers(.ok, "The passkey.", passkey).refuses(IdentityError.notFound),
            RouteDescription("delete_user_passkey", "Removes a passkey.", for: .signedIn(with: .userWrite))
                .takes(Schema(decoding: ProofBody.self)).answers(.ok, "It is removed.", IdentitySchemas.success())
                .refuses(IdentityError.notFound, IdentityError.lastPasskey).proven(),
        ]
    }
}
