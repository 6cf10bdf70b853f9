internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Orgs

extension OwnershipTransferRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("list_ownership_transfers", "Lists the transfers of an org's ownership.", for: .member(for: .see))
                .answers(.ok, "The transfers.", OrgSchemas.list("transfers", OrgSchemas.transfer, name: "OwnershipTransfers")),
            RouteDescription("propose_ownership_transfer", "Offers an org to one of its members.", for: .memberInSession(for: .transfer))
                .noting("The owner proves who they are once more. The member accepts after a day at the earliest.")
                .query("validate_only", .boolean, "Only say whether it could be done.")
                .takes(
                    Schema(decoding: ProposeTransferBody.self).refining("to_user_id", .id("user"))
                        .telling("keep_role", "The role that the present owner keeps.")
                )
                .answers(.created, "The transfer.", OrgSchemas.transfer).answers(.ok, "It could be done.", OrgSchemas.transfer)
                .refuses(OrgsError.transferTargetInvalid, OrgsError.transferPending, OrgsError.mfaEnrollmentRequired).proof(),
            RouteDescription("accept_ownership_transfer", "Takes an org over.", for: .memberInSession(for: .see))
                .answers(.ok, "The transfer.", OrgSchemas.transfer)
                .refuses(
                    OrgsError.notFound, OrgsError.transferNotPending, OrgsError.transferTargetInvalid, OrgsError.emailNotVerified,
                    OrgsError.mfaEnrollmentRequired, OrgsError.frozen, OrgsError.ownerRequired),
            RouteDescription("decline_ownership_transfer", "Refuses to take an org over.", for: .memberInSession(for: .see))
                .answers(.noContent, "The transfer is over.").refuses(OrgsError.notFound, OrgsError.transferNotPending),
            RouteDescription("cancel_ownership_transfer", "Takes the offer of an org back.", for: .memberInSession(for: .transfer))
                .answers(.noContent, "The transfer is over.").refuses(OrgsError.notFound, OrgsError.transferNotPending),
        ]
    }
}

extension OrgSettingsRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("get_org_security", "Shows what an org asks of its people.", for: .member(for: .rename))
                .answers(.ok, "The rules.", OrgSchemas.security, headers: OrgRoutes.version),
            RouteDescription("update_org_security", "Changes what an org asks of its people.", for: .member(for: .changeSecurity))
                .noting("A key that is absent keeps its value; one that is `null` empties it.")
                .header("If-Match", .text("\"3\""), "The version that the caller has seen.")
                .takes(
                    Schema(decoding: OrgSecurityBody.self).telling("invitation_domains", "1 to 100 domains that invitations go to.")
                        .telling("support_access_until", "At most 7 days ahead.")
                )
                .answers(.ok, "The rules.", OrgSchemas.security, headers: OrgRoutes.version)
                .refuses(
                    OrgsError.nothingToChange, OrgsError.preconditionFailed, OrgsError.secondFactorRequired,
                    OrgsError.supportAccessTooLong),
            RouteDescription(
                "explain_org_right", "Explains whether the caller may do something in an org, and why.", for: .member(for: .see)
            )
            .query("action", .words(of: OrgAction.self), "What is to be done.", isRequired: true)
            .answers(
                .ok, "The explanation; `members` for admins and owners only.",
                .object(
                    "OrgRightExplanation",
                    [
                        "action": .words(of: OrgAction.self), "allowed": .boolean, "role": .words(of: OrgRole.self),
                        "required_role": .words(of: OrgRole.self), "rule": .text("role"),
                        "members": .array(of: .id("user")).orNull,
                    ])),
        ]
    }

    static var billingDescriptions: [RouteDescription] {
        [
            RouteDescription(
                "get_org_billing_settings", "Shows what the seller knows about an org.", for: .member(for: .readBillingSettings)
            )
            .answers(.ok, "The settings.", OrgSchemas.billingSettings, headers: OrgRoutes.version),
            RouteDescription(
                "update_org_billing_settings", "Changes what the seller knows about an org.", for: .member(for: .writeBillingSettings)
            )
            .noting("A key that is absent keeps its value; one that is `null` empties it. Terms are an operator's to set.")
            .header("If-Match", .text("\"3\""), "The version that the caller has seen.")
            .takes(Schema(decoding: BillingSettingsBody.self))
            .answers(.ok, "The settings.", OrgSchemas.billingSettings, headers: OrgRoutes.version)
            .refuses(OrgsError.operatorOnly, OrgsError.preconditionFailed, OrgsError.nothingToChange).refuses(IdentityError.invalidEmail),
        ]
    }
}

extension OrgExportRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("list_org_exports", "Lists the exports of an org.", for: .memberInSession(for: .end))
                .answers(.ok, "The exports.", OrgSchemas.list("exports", OrgSchemas.export, name: "OrgExports")).refuses(OrgsError.purging),
            RouteDescription("start_org_export", "Has everything written that is kept for an org.", for: .memberInSession(for: .end))
                .noting("The owner proves who they are once more. It is possible in the time of grace too.")
                .takes(Schema(decoding: ExportBody.self)).answers(.accepted, "The export, which is being written.", OrgSchemas.export)
                .refuses(
                    OrgsError.exportRunning, OrgsError.exportLimitReached(seconds: 3_600), OrgsError.nothingToChange, OrgsError.purging
                ).proof(),
            RouteDescription("download_org_export", "Gives an export.", for: .memberInSession(for: .end))
                .answers(
                    .ok, "The archive, piece by piece.", as: "application/zip", headers: ["Content-Disposition": "The name of the file."]
                ).refuses(OrgsError.notFound, OrgsError.purging),
        ]
    }
}

extension AuditExportRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("start_org_audit_export", "Has an org's part of the log written to a file.", for: .member(for: .readAudit))
                .noting("With the filters of the list. `include_proof` adds what the offline verification needs; a table has none.")
                .takes(Schema(decoding: AuditExportBody.self))
                .answers(.accepted, "The export, which is being written; its operation tells when it is ready.", OrgSchemas.auditExport)
                .refuses(OrgsError.exportRunning),
            RouteDescription("download_org_audit_export", "Gives an export of the log, for seven days.", for: .member(for: .readAudit))
                .answers(
                    .ok, "The file, piece by piece.", as: "application/octet-stream",
                    headers: ["Content-Disposition": "The name of the file."]
                ).refuses(OrgsError.notFound),
        ]
    }
}

extension OrgDeletionRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription(
                "plan_org_deletion", "Shows what the end of an org would mean, and what stands in its way.", for: .member(for: .end)
            )
            .answers(.ok, "The plan.", OrgSchemas.deletionPlan),
            RouteDescription("delete_org", "Deletes an org, which can be taken back for a while.", for: .memberInSession(for: .end))
                .noting("The owner proves who they are once more, and gives the present name of the org.")
                .query("validate_only", .boolean, "Only say whether it could be done.")
                .takes(
                    Schema(decoding: DeleteOrgBody.self).telling("confirm", "The present name of the org.")
                        .telling("reason", "At most 500 characters.").telling("forfeit_balance", "Credit that is left may be lost.")
                        .telling("cancel_subscriptions", "Subscriptions that run are ended first, one after the other.")
                )
                .answers(.ok, "The deletion; the same for the same call again.", OrgSchemas.deletion)
                .answers(
                    .accepted, "Subscriptions end first; the operation tells how far it is, and goes on or is stopped.",
                    OrgSchemas.endingSubscriptions
                )
                .refuses(Problem(status: .conflict, code: "OPERATION_RUNNING", detail: "Another operation is under way."))
                .refuses(OrgsError.confirmMismatch, OrgsError.lastOwner, OrgsError.purging, OrgsError.soleOwner)
                .blocked().proof(),
            RouteDescription("restore_org", "Takes the deletion of an org back.", for: .memberInSession(for: .end))
                .answers(
                    .ok, "The org.", .object(["id": .id("org"), "name": .text("Acme"), "state": .words(of: Org.State.self)]),
                    headers: OrgRoutes.version
                ).refuses(OrgsError.notDeleted, OrgsError.purging),
        ]
    }
}

extension OrgMetaRoutes {
    static var descriptions: [RouteDescription] {
        let move = Schema.object(
            "OrgMove", ["from": .array(of: .text("active")), "to": .text("deleted"), "trigger": .string, "events": .array(of: .string)])
        return [
            RouteDescription("describe_orgs", "Tells the states of orgs and memberships, and the rights, as data.", for: .everybody)
                .answers(
                    .ok, "The machines and the rights.",
                    .object(
                        "OrgMeta",
                        [
                            "machines": .object(["org": .array(of: move), "membership": .array(of: move)]),
                            "rights": .array(
                                of: .object(
                                    "OrgRight",
                                    [
                                        "action": .words(of: OrgAction.self), "lowest_role": .words(of: OrgRole.self),
                                        "scope": .words(of: Scope.self), "writes": .boolean, "survives_deletion": .boolean,
                                    ])),
                        ]))
        ]
    }
}

extension InvitationPages {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription("show_invitation_page", "The page of an invitation's link.", for: .link).noting("Opening it accepts nothing.")
                .query("token", .string, "The link's token.", isRequired: true)
                .answers(.ok, "The page with its two forms.", as: "text/html").refuses(OrgsError.notFound, OrgsError.invitationsOff).page(),
            RouteDescription(
                "answer_invitation_page",
                "The buttons of that page: register, or sign in, with a second step where the account has one, and accept.",
                for: .link
            )
            .takes(
                Schema.object(["token": .string, "act": .words("register", "accept", "second_step")])
                    .withOptional([
                        "name": .string, "new_password": .string, "password": .string, "mfa_token": .string, "recovery_code": .string,
                    ]),
                as: "application/x-www-form-urlencoded"
            ).answers(.ok, "The person is a member, or the page asks for a recovery code.", as: "text/html")
            .refuses(
                OrgsError.notFound, OrgsError.invitationsOff, OrgsError.invitationEmailMismatch, OrgsError.emailNotVerified,
                OrgsError.alreadyMember
            )
            .refuses(
                IdentityError.invalidCredentials, IdentityError.weakPassword(["It is among the most common ones."]),
                IdentityError.emailTaken, IdentityError.invitationInvalid, IdentityError.accountDisabled
            ).refuses(
                IdentityError.delayed(seconds: 2), IdentityError.blocked(seconds: 900), IdentityError.busy,
                IdentityError.captchaRequired
            ).refuses(IdentityError.mfaFailed, IdentityError.mfaTokenInvalid, IdentityError.mfaEnrollmentRequired)
            .refuses(Problem.badRequest("Please enter a password.")).page(),
        ]
    }
}

extension RouteDescription {
    /// With the refusals of a proof, given beside the session: the present password, or a passkey's answer to the options for a fresh proof.
    fileprivate func proof() -> RouteDescription {
        refuses(IdentityError.proofRequired, IdentityError.proofFailed, IdentityError.proofAmbiguous, IdentityError.busy)
    }

    /// With a refusal for each kind of thing that keeps an org (ORG-089).
    fileprivate func blocked() -> RouteDescription {
        DeletionBlocker.Kind.allCases.reduce(self) { description, kind in
            description.refuses(
                OrgsError.blocked([DeletionBlocker(kind, id: "kg0123456789abcdef", remedy: "Delete it, or wait until it has ended.")])
            )
        }
    }
}
