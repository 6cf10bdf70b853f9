internal import HTTPServer
internal import Identity

extension AccountRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("revert_email_change", "Takes a change of address back.", for: .link)
                .noting("Everybody is signed out, and a link to set a password goes to the address that is back.")
                .takes(Schema(decoding: TokenBody.self))
                .answers(
                    .ok, "What became of it: the address is back, or the account is switched off.",
                    IdentitySchemas.success(.object(["email": .text("a••@example.com").orNull, "deactivated": .boolean]))
                )
                .refuses(IdentityError.linkInvalid, IdentityError.linkExpired, IdentityError.linkUsed),
            RouteDescription("plan_account_deletion", "Shows what the end of the account would mean.", for: .session)
                .answers(.ok, "The plan.", IdentitySchemas.deletionPlan),
            RouteDescription("schedule_account_deletion", "Ends the account after a time of grace.", for: .session)
                .noting("Everybody is signed out at once; a mailed link takes it back until `purge_at`.")
                .takes(
                    Schema.object(
                        "ScheduleAccountDeletionBody", ["confirm": .text("ada@example.com").means("The address of the account.")]
                    ).withOptional(["reauth_password": .string.orNull, "reauth_assertion": .any])
                )
                .answers(.accepted, "The plan that is under way.", IdentitySchemas.deletionPlan)
                .refuses(IdentityError.confirmMismatch, IdentityError.deletionBlocked([])).proven(),
            RouteDescription("cancel_account_deletion", "Keeps the account.", for: .link).takes(Schema(decoding: TokenBody.self))
                .answers(.ok, "It stays.", IdentitySchemas.success())
                .refuses(IdentityError.linkInvalid, IdentityError.linkExpired, IdentityError.linkUsed),
            RouteDescription("export_personal_data", "Writes a copy of everything that is kept about the person.", for: .session)
                .takes(Schema(decoding: OwnProofBody.self))
                .answers(.created, "The copy.", IdentitySchemas.personalExport, headers: AuthRoutes.noStore)
                .refuses(IdentityError.rateLimited(seconds: 3_600)).proven(),
            RouteDescription("get_personal_export", "Shows a copy again, as long as it is kept.", for: .session)
                .answers(.ok, "The copy.", IdentitySchemas.personalExport, headers: AuthRoutes.noStore).refuses(IdentityError.notFound),
            RouteDescription("list_security_events", "Lists what happened to the own account.", for: .signedIn(with: .userRead))
                .answers(
                    .ok, "The newest first.",
                    .object(
                        "SecurityEvents",
                        [
                            "events": .array(
                                of: .object(
                                    "SecurityEvent",
                                    [
                                        "type": .text("identity.signed_in"), "at": .instant, "summary": .text("Signed in."),
                                        "network": .text("203.0.113.0/24").orNull,
                                    ]))
                        ])),
        ]
    }
}
