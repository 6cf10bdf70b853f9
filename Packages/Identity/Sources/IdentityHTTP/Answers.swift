internal import Core
internal import HTTPServer
internal import Identity

extension JSONValue {
    /// The text of a value, or null.
    static func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
        value.map { .string($0.description) } ?? .null
    }
}

extension Response {
    /// An answer that carries a secret: nobody on the way may keep it (ID-008).
    static func secret(_ value: JSONValue, status: Status = .ok) throws -> Response {
        try .json(value, status: status, headers: ["Cache-Control": "no-store"])
    }
}

extension SignInOutcome {
    /// `AuthResponse` of the wire contract.
    func body(message: String, at now: Instant, settings: IdentitySettings) -> JSONValue {
        [
            "user": [
                "id": .text(user.id), "name": .text(user.name), "email": .text(user.email), "email_verified": .bool(user.isEmailVerified),
            ],
            "message": .string(message),
            "org": org.map { $0.body } ?? .null,
            "status": "authenticated",
            "mfa_token": nil,
            "token": token.value.withValue { .string($0) },
            "expires_in": .integer((token.expiresAt - now).components.seconds),
            "refresh_threshold": .integer(settings.refreshThreshold.components.seconds),
        ]
    }
}

extension SignInStep {
    /// `AuthResponse` of the wire contract: the session, or the token for the second step.
    func body(message: String, at now: Instant, settings: IdentitySettings) -> JSONValue {
        switch self {
        case .completed(let outcome): outcome.body(message: message, at: now, settings: settings)
        case .pending(let pending): pending.body
        }
    }
}

extension PendingSignIn {
    fileprivate var body: JSONValue {
        [
            "user": [
                "id": .text(user.id), "name": .text(user.name), "email": .text(user.email), "email_verified": .bool(user.isEmailVerified),
            ],
            "message": .string(purpose == .login ? "Show your second factor." : "Enrol a passkey to go on."), "org": .null,
            "status": .string(purpose == .login ? "mfa_required" : "mfa_enrollment_required"),
            "mfa_token": token.withValue { .string($0) }, "token": .null, "expires_in": .null, "refresh_threshold": .null,
        ]
    }
}

extension OrgScope {
    /// The org of an `AuthResponse`.
    var body: JSONValue {
        ["id": .text(org), "name": .string(name), "type": .string(type.rawValue), "role": .string(role.rawValue)]
    }
}

extension User {
    /// `UserResponse` of the wire contract. No identity providers can be linked.
    func body(_ notices: [PendingNotice]) -> JSONValue {
        [
            "id": .text(id), "name": .text(name), "email": .text(email), "email_verified": .bool(isEmailVerified), "accounts": [],
            "pending_notices": .array(notices.map(\.body)), "pending_kept_banner": .bool(notices.contains { $0.isKeptBanner }),
        ]
    }
}

extension PendingNotice {
    /// The short form (NOT-172).
    var body: JSONValue {
        [
            "id": .string(id), "kind": .string(kind), "severity": .text(severity), "org_id": .text(org),
            "subscription_id": .text(subscription), "resource": .text(resource), "via": .text(via), "renews_at": .text(renewsAt),
            "created_at": .text(createdAt),
        ]
    }
}

extension APIKey {
    /// `APIKeyInfo` of the wire contract.
    func body(at now: Instant) -> JSONValue {
        [
            "id": .text(id), "name": .string(label.name), "prefix": .string(prefix), "is_active": .bool(isActive(at: now)),
            "created_at": .text(createdAt), "description": .text(label.description), "last_used_at": .text(lastActiveAt),
            "expires_at": .text(expiresAt), "graph_id": .text(graph), "org_id": .text(org),
            "scopes": scopes.map { .array($0.map(\.rawValue).sorted().map { .string($0) }) } ?? .null,
            "revoked_at": .text(revokedAt), "networks": networks.map { .array($0.map { .text($0) }) } ?? .null,
        ]
    }
}

extension Session {
    /// A session in a list.
    func body(current: Session.ID?) -> JSONValue {
        [
            "id": .text(id), "created_at": .text(authenticatedAt), "last_active_at": .text(lastActiveAt),
            "expires_at": .text(absoluteExpiresAt), "client_family": .string(clientFamily), "network": .string(network),
            "methods": .array(methods.map { .string($0) }), "org_id": .text(activeOrg), "is_current": .bool(id == current),
            "revoked_at": .text(revokedAt), "revoke_reason": .text(revokeReason?.rawValue),
        ]
    }
}

/// `SuccessResponse` of the wire contract.
func success(_ message: String, data: JSONValue = .null) throws -> Response {
    try .json(["message": .string(message), "success": true, "data": data] as JSONValue)
}
