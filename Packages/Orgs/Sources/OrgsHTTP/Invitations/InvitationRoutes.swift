public import Core
public import HTTPServer
public import Identity
public import IdentityHTTP
public import Orgs

/// Invitations: below an org for those who send them, below `/v1/auth/invitations` for whoever has a link, below `/v1/user` for the invited person.
public struct InvitationRoutes: Sendable {
    private static let bodyLimit = 16_384
    private let invitations: any InvitationService
    private let sessions: any SessionService
    private let identity: IdentitySettings
    private let authorizer: any OrgAuthorizer
    private let authenticator: Authenticator
    private let dateSource: any DateSource

    /// Makes the routes.
    ///
    /// - Parameters:
    ///   - sessions: makes the session of somebody who joins act for the org.
    ///   - identity: tells the times of the new token.
    public init(
        invitations: any InvitationService, sessions: any SessionService, identity: IdentitySettings, authorizer: any OrgAuthorizer,
        authenticator: Authenticator, dateSource: any DateSource
    ) {
        self.invitations = invitations
        self.sessions = sessions
        self.identity = identity
        self.authorizer = authorizer
        self.authenticator = authenticator
        self.dateSource = dateSource
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Orgs") { Self.descriptions }
        registerSending(on: &router)
        registerAnswering(on: &router)
        registerOffers(on: &router)
    }

    /// A handler that runs for admins and owners only.
    private func managed(
        _ handler: @escaping @Sendable (Request, AdminScope) async throws -> Response
    ) -> Router.Handler {
        authenticator.authenticated { request, principal in
            guard let org = Org.ID(request.pathParameters["org_id"] ?? "") else { throw OrgsError.notMember }
            return try await principal.asking(for: { (try? request.decode(CreateInvitationBody.self))?.role?.role }) {
                _ = try authorizer.scope(for: .manageInvitations, by: principal, in: org)
                return try await handler(request, try authorizer.adminScope(for: principal, in: org))
            }
        }
    }

    /// The switch is asked before anything else, also before who calls (ORG-053).
    private func ifEnabled(_ handler: @escaping Router.Handler) -> Router.Handler {
        { request in
            try invitations.requireEnabled()
            return try await handler(request)
        }
    }

    private func registerSending(on router: inout Router) {
        router.add(
            .post, "/v1/orgs/{org_id}/invitations", operation: "create_org_invitation", bodyLimit: Self.bodyLimit,
            ifEnabled(
                managed { request, scope in
                    let body = try request.decode(CreateInvitationBody.self)
                    guard let address = EmailAddress(body.email) else { throw IdentityError.invalidEmail }
                    let sent = try await invitations.invite(address, as: body.role ?? .member, in: scope)
                    return try answer(sent, status: .created)
                }))
        router.add(
            .get, "/v1/orgs/{org_id}/invitations", operation: "list_org_invitations",
            managed { _, scope in
                let list = try await invitations.invitations(for: scope)
                let now = dateSource.now
                return try .json(
                    [
                        "invitations": .array(list.map { $0.body(token: nil, at: now) }), "total": .count(list.count),
                        "org_id": .text(scope.org),
                    ] as JSONValue)
            })
        router.add(
            .post, "/v1/orgs/{org_id}/invitations/{invitation_id}/resend", operation: "resend_org_invitation",
            ifEnabled(
                managed { request, scope in
                    try answer(try await invitations.resend(try request.parameter("invitation_id", as: Invitation.ID.self), in: scope))
                }))
        router.add(
            .delete, "/v1/orgs/{org_id}/invitations/{invitation_id}", operation: "revoke_org_invitation",
            managed { request, scope in
                try await invitations.revoke(try request.parameter("invitation_id", as: Invitation.ID.self), in: scope)
                return Response(status: .noContent)
            })
    }

    private func registerAnswering(on router: inout Router) {
        router.add(.get, "/v1/auth/invitations/{token}", operation: "get_invitation_preview") { request in
            let preview = try await invitations.preview(Self.token(of: request))
            return try .json(
                [
                    "org_name": .string(preview.orgName), "email": .text(preview.email), "role": .string(preview.role.rawValue),
                    "expires_at": .text(preview.expiresAt),
                ] as JSONValue, headers: ["Cache-Control": "no-store"])
        }
        router.add(
            .post, "/v1/auth/invitations/{token}/accept", operation: "accept_invitation", bodyLimit: Self.bodyLimit,
            authenticator.authenticated { request, principal in
                let body = try request.decodeIfPresent(AcceptInvitationBody.self)
                let org = try await invitations.accept(
                    Self.token(of: request), makingDefault: body?.makeDefault ?? false, by: principal)
                // A second transaction: when it is lost, the person is a member and the repeat of the call comes here again.
                let outcome = try await sessions.move(to: org, by: principal)
                return try .json(
                    outcome.authResponse(message: "You are a member now.", at: dateSource.now, settings: identity),
                    headers: ["Cache-Control": "no-store"])
            })
        router.add(.post, "/v1/auth/invitations/{token}/decline", operation: "decline_invitation", bodyLimit: Self.bodyLimit) { request in
            try await invitations.decline(Self.token(of: request))
            return Response(status: .noContent)
        }
    }

    private func registerOffers(on router: inout Router) {
        router.add(
            .get, "/v1/user/invitations", operation: "list_user_invitations",
            authenticator.authenticated { _, principal in
                try principal.require(.userRead)
                let offers = try await invitations.offers(for: principal)
                return try .json(
                    ["invitations": .array(offers.map(\.body)), "total": .count(offers.count)] as JSONValue)
            })
        router.add(
            .post, "/v1/user/invitations/{invitation_id}/send", operation: "send_user_invitation",
            ifEnabled(
                authenticator.authenticated { request, principal in
                    try principal.require(.userWrite)
                    try await invitations.sendOffer(try request.parameter("invitation_id", as: Invitation.ID.self), to: principal)
                    return Response(status: .noContent)
                }))
    }

    private func answer(_ sent: SentInvitation, status: Status = .ok) throws -> Response {
        try .json(
            sent.invitation.body(token: sent.token, at: dateSource.now), status: status, headers: ["Cache-Control": "no-store"])
    }

    private static func token(of request: Request) -> InvitationSecret {
        InvitationSecret(request.pathParameters["token"] ?? "")
    }
}
