internal import Core
internal import Identity
internal import Orgs

struct CreateInvitationBody: Decodable {
    let email: String
    let role: GivableRole?
}

struct AcceptInvitationBody: Decodable {
    let makeDefault: Bool?

    enum CodingKeys: String, CodingKey {
        case makeDefault = "make_default"
    }
}

extension Invitation {
    /// `OrgInvitationResponse` of the wire contract.
    func body(token: SecretString?, at now: Instant) -> JSONValue {
        [
            "id": .text(id), "org_id": .text(org), "email": .text(email), "role": .string(role.rawValue),
            "status": .string(state.rawValue), "invited_by_user_id": .text(invitedBy), "invited_by_name": .text(inviterName),
            "created_at": .text(createdAt), "expires_at": .text(expiresAt), "is_expired": .bool(isExpired(at: now)),
            "token": token.map { $0.withValue { .string($0) } } ?? .null,
        ]
    }
}

extension InvitationOffer {
    /// What the invited person sees; the link is in the mail alone.
    var body: JSONValue {
        [
            "id": .text(invitation.id), "org_id": .text(invitation.org), "org_name": .string(orgName),
            "role": .string(invitation.role.rawValue), "invited_by_name": .text(invitation.inviterName),
            "created_at": .text(invitation.createdAt), "expires_at": .text(invitation.expiresAt),
        ]
    }
}

extension SignInOutcome {
    /// `AuthResponse` of the wire contract, as signing in gives it.
    func authResponse(message: String, at now: Instant, settings: IdentitySettings) -> JSONValue {
        [
            "user": [
                "id": .text(user.id), "name": .text(user.name), "email": .text(user.email), "email_verified": .bool(user.isEmailVerified),
            ],
            "message": .string(message),
            "org": org.map {
                ["id": .text($0.org), "name": .string($0.name), "type": .string($0.type.rawValue), "role": .string($0.role.rawValue)]
            } ?? .null,
            "status": "authenticated",
            "mfa_token": nil,
            "token": token.value.withValue { .string($0) },
            "expires_in": .integer((token.expiresAt - now).components.seconds),
            "refresh_threshold": .integer(settings.refreshThreshold.components.seconds),
        ]
    }
}
