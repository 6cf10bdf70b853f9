internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Orgs

extension InvitationRoutes {
    static var descriptions: [RouteDescription] { sending + answering + offers }

    private static var sending: [RouteDescription] {
        [
            RouteDescription("create_org_invitation", "Invites an address to an org, by mail.", for: .member(for: .manageInvitations))
                .takes(
                    Schema(decoding: CreateInvitationBody.self).refining("email", .text("bob@example.com"))
                        .telling("role", "`member` without.")
                )
                .answers(.created, "The invitation.", OrgSchemas.invitation, headers: noStore)
                .refuses(
                    OrgsError.invitationsOff, OrgsError.emailNotVerified, OrgsError.alreadyMember, OrgsError.invitationPending,
                    OrgsError.domainNotAllowed, OrgsError.limitReached("pending invitations", 50),
                    OrgsError.sendBudgetExceeded(seconds: 600)
                ).refuses(IdentityError.invalidEmail),
            RouteDescription(
                "list_org_invitations", "Lists the invitations of an org that are pending.", for: .member(for: .manageInvitations)
            )
            .answers(.ok, "The invitations.", OrgSchemas.list("invitations", OrgSchemas.invitation, name: "OrgInvitationListResponse")),
            RouteDescription(
                "resend_org_invitation", "Sends an invitation once more, with a new link.", for: .member(for: .manageInvitations)
            )
            .answers(.ok, "The invitation.", OrgSchemas.invitation, headers: noStore)
            .refuses(
                OrgsError.invitationsOff, OrgsError.notFound, OrgsError.invitationNotPending, OrgsError.emailNotVerified,
                OrgsError.domainNotAllowed, OrgsError.sendBudgetExceeded(seconds: 600)),
            RouteDescription("revoke_org_invitation", "Takes an invitation back.", for: .member(for: .manageInvitations))
                .answers(.noContent, "It does not work any more.").refuses(OrgsError.notFound, OrgsError.invitationNotPending),
        ]
    }

    private static var answering: [RouteDescription] {
        [
            RouteDescription("get_invitation_preview", "Shows what a link invites to.", for: .link)
                .noting("A link that does not work has one answer, whatever became of it.")
                .answers(
                    .ok, "The invitation.",
                    .object(
                        "InvitationPreviewResponse",
                        [
                            "org_name": .text("Acme"), "email": .text("bob@example.com"), "role": .words(of: GivableRole.self),
                            "expires_at": .instant,
                        ]), headers: noStore
                ).refuses(OrgsError.notFound, OrgsError.invitationsOff),
            RouteDescription("accept_invitation", "Joins an org by a link; the session acts for the org from then on.", for: .session)
                .noting("The caller's address must be the invited one, and confirmed.")
                .mayTake(Schema(decoding: AcceptInvitationBody.self).telling("make_default", "New sessions act for the org."))
                .answers(.ok, "The session with its new token.", AnswerSchemas.authentication, headers: noStore)
                .refuses(
                    OrgsError.notFound, OrgsError.invitationEmailMismatch, OrgsError.emailNotVerified, OrgsError.alreadyMember,
                    OrgsError.invitationsOff, OrgsError.limitReached("members", 100)),
            RouteDescription("decline_invitation", "Refuses an invitation.", for: .link)
                .answers(.noContent, "The link does not work any more.").refuses(OrgsError.notFound),
        ]
    }

    private static var offers: [RouteDescription] {
        [
            RouteDescription("list_user_invitations", "Lists the invitations to the caller's own address.", for: .signedIn(with: .userRead))
                .answers(
                    .ok, "The invitations, without their links.",
                    OrgSchemas.list("invitations", OrgSchemas.offer, name: "InvitationOffers", ofOrg: false)
                )
                .refuses(OrgsError.emailNotVerified),
            RouteDescription(
                "send_user_invitation", "Has the mail of an invitation sent to the own address once more.", for: .signedIn(with: .userWrite)
            )
            .answers(.noContent, "It is on its way.")
            .refuses(
                OrgsError.notFound, OrgsError.invitationsOff, OrgsError.emailNotVerified, OrgsError.sendBudgetExceeded(seconds: 600)),
        ]
    }

    private static var noStore: [String: String] { ["Cache-Control": "`no-store`: the answer carries a secret."] }
}
