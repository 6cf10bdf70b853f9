public import HTTPServer
internal import Identity

/// Schemas of Identity that other packages answer with as well.
public enum AnswerSchemas {
    /// A signed-in session (`AuthResponse`).
    public static var authentication: Schema { IdentitySchemas.authentication }
}

/// What Identity answers, as schemas.
enum IdentitySchemas {
    static var org: Schema {
        .object(
            "OrgInfo",
            ["id": .id("org"), "name": .text("Ada's workspace"), "type": .words(of: OrgType.self), "role": .words(of: OrgRole.self)])
    }

    static var authentication: Schema {
        .object(
            "AuthResponse",
            [
                "user": .object(
                    "AuthUser",
                    ["id": .id("user"), "name": .text("Ada"), "email": .text("ada@example.com"), "email_verified": .boolean]),
                "message": .text("Signed in."), "org": org.orNull.means("The org that the session acts for."),
                "status": .words("authenticated", "mfa_required", "mfa_enrollment_required"), "mfa_token": .string.orNull,
                "token": .text("eyJhbGciOiJFZERTQSJ9.e30.c2ln").orNull.means("The access token; null before the second step."),
                "expires_in": .integer.orNull.means("Seconds."),
                "refresh_threshold": .integer.orNull.means("Refresh when fewer seconds than these are left."),
            ])
    }

    static var message: Schema { .object("Message", ["message": .text("Signed out.")]) }

    static func success(_ data: Schema = .null) -> Schema {
        .object(["message": .text("Done."), "success": .boolean, "data": data])
    }

    static var me: Schema {
        .object(
            "CurrentCaller",
            [
                "id": .id("user"), "email": .text("ada@example.com"), "name": .text("Ada"), "email_verified": .boolean, "org": org.orNull,
                "role": .words(of: OrgRole.self).orNull, "session_id": .id("ses").orNull,
            ])
    }

    static var session: Schema {
        .object(
            "Session",
            [
                "id": .id("ses"), "created_at": .instant, "last_active_at": .instant, "expires_at": .instant,
                "client_family": .text("Firefox"), "network": .text("203.0.113.0/24"), "methods": .array(of: .text("password")),
                "org_id": .id("org").orNull, "is_current": .boolean, "revoked_at": .instant.orNull,
                "revoke_reason": .text("logout").orNull,
            ])
    }

    static var notice: Schema {
        .object(
            "PendingNotice",
            [
                "id": .string, "kind": .text("idle_warning"), "severity": .text("warning").orNull, "org_id": .id("org").orNull,
                "subscription_id": .id("bsub").orNull, "resource": .string.orNull, "via": .string.orNull, "renews_at": .instant.orNull,
                "created_at": .instant,
            ])
    }

    static var user: Schema {
        .object(
            "UserResponse",
            [
                "id": .id("user"), "name": .text("Ada"), "email": .text("ada@example.com"), "email_verified": .boolean,
                "accounts": .array(of: .any).means("Linked identity providers; there are none."), "pending_notices": .array(of: notice),
                "pending_kept_banner": .boolean,
            ])
    }

    static var apiKey: Schema {
        .object(
            "APIKeyInfo",
            [
                "id": .id("uak"), "name": .text("Nightly import"), "prefix": .text("rfs1a2b3c4d"), "is_active": .boolean,
                "created_at": .instant, "description": .string.orNull, "last_used_at": .instant.orNull, "expires_at": .instant.orNull,
                "graph_id": .text("kg0123456789abcdef").orNull, "org_id": .id("org").orNull,
                "scopes": .array(of: .words(of: Scope.self)).orNull, "revoked_at": .instant.orNull,
                "networks": .array(of: .text("203.0.113.0/24")).orNull,
            ])
    }

    static var newAPIKey: Schema {
        .object(
            "CreateAPIKeyResponse",
            ["api_key": apiKey, "key": .text("rfs" + String(repeating: "0", count: 64)).means("Shown once, here.")])
    }

    static var deletionBlocker: Schema {
        .object(
            "AccountDeletionBlocker",
            ["kind": .text("sole_owner"), "org_id": .id("org").orNull, "reference": .string.orNull, "label": .string.orNull])
    }

    static var deletionPlan: Schema {
        .object(
            "AccountDeletionPlan",
            [
                "scheduled": .boolean, "purge_at": .instant.orNull, "removes": .array(of: .text("profile")),
                "keeps": .array(of: .text("invoices")), "credentials": .integer,
                "ending_orgs": .array(of: .object(["id": .id("org"), "name": .string])), "blockers": .array(of: deletionBlocker),
            ])
    }

    static var personalExport: Schema {
        .object("PersonalExport", ["id": .id("pex"), "created_at": .instant, "expires_at": .instant, "data": .any])
    }
}
