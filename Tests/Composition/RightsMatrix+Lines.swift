import Core

extension MatrixLine {
    /// The whole matrix: a route without a line is a route whose rights nobody has decided.
    static let all: [MatrixLine] =
        surroundings + signingIn + account + orgs + members + invitations + webhooks + ending + billing + graphs + backups
        + operations

    private static let surroundings: [MatrixLine] =
        [
            "GET /livez", "GET /readyz", "GET /startupz", "GET /metrics", "GET /v1/status", "GET /v1/offering", "GET /openapi.json",
            "GET /v1/meta/orgs",
            "GET /.well-known/jwks.json", "POST /v1/webhooks/stripe", "POST /admin/v1/webhooks/stripe",
            // Pages: the link is the authorisation.
            "GET /auth/verify-email", "POST /auth/verify-email", "GET /auth/reset-password", "POST /auth/reset-password",
            "GET /auth/disown-email", "POST /auth/disown-email", "POST /v1/auth/email/disown",
            "GET /auth/revert-email", "POST /auth/revert-email", "GET /auth/cancel-deletion", "POST /auth/cancel-deletion",
            "GET /auth/stop-mfa-reset", "POST /auth/stop-mfa-reset",
            "GET /invitations", "POST /invitations", "GET /sub/keep", "POST /sub/keep", "GET /mail/unsubscribe", "POST /mail/unsubscribe",
            "GET /assets/kept-banner.js",
            "GET /billing/checkout/success", "GET /billing/checkout/canceled", "GET /billing",
        ].map { MatrixLine($0, .everybody) } + [
            MatrixLine("GET /v1/sandbox/clock", .others), MatrixLine("POST /v1/sandbox/clock", .others),
        ]

    private static let signingIn: [MatrixLine] =
        [
            "POST /v1/auth/login", "POST /v1/auth/register", "GET /v1/auth/captcha/config",
            "GET /v1/auth/providers",
            "GET /v1/auth/password/policy", "POST /v1/auth/password/check",
            "POST /v1/auth/password/forgot", "POST /v1/auth/password/reset",
            "GET /v1/auth/password/reset/validate", "POST /v1/auth/email/verify",
            "POST /v1/user/email/revert",
            "GET /v1/auth/invitations/{token}", "POST /v1/auth/invitations/{token}/decline",
            "POST /v1/auth/sso-complete",
            "POST /v1/auth/sso-exchange", "POST /v1/auth/passkeys/login/options",
            "POST /v1/auth/passkeys/login/verify",
            "POST /v1/auth/mfa/options", "POST /v1/auth/mfa/verify", "POST /v1/user/deletion/cancel",
        ].map { MatrixLine($0, .everybody) } + [
            // Who has nothing to end is told the same.
            MatrixLine("POST /v1/auth/logout", .everybody, spendsCredential: true),
            MatrixLine("POST /v1/auth/logout-all", .signedIn, spendsCredential: true),
            MatrixLine("POST /v1/auth/refresh", .signedIn, spendsCredential: true),
        ]

    private static let account: [MatrixLine] =
        [
            "GET /v1/user/notices", "POST /v1/user/notices/{notice_id}/acknowledge",
            "GET /v1/user/notification-preferences", "PUT /v1/user/notification-preferences",
            "GET /v1/auth/me", "GET /v1/auth/sessions", "DELETE /v1/auth/sessions/{session_id}",
            "PUT /v1/auth/session/org",
            "POST /v1/auth/sso-token", "POST /v1/auth/email/resend", "GET /v1/auth/mfa/status",
            "POST /v1/auth/mfa/recovery-codes/regenerate",
            "GET /v1/auth/passkeys", "DELETE /v1/auth/passkeys/{passkey_id}",
            "PATCH /v1/auth/passkeys/{passkey_id}",
            "POST /v1/auth/passkeys/reauth/options",
            "POST /v1/auth/passkeys/register/options", "POST /v1/auth/invitations/{token}/accept",
            "GET /v1/user", "PUT /v1/user", "GET /v1/user/api-keys", "POST /v1/user/api-keys",
            "DELETE /v1/user/api-keys/{api_key_id}",
            "PUT /v1/user/api-keys/{api_key_id}", "POST /v1/user/api-keys/{api_key_id}/rotate",
            "PUT /v1/user/default-org",
            "GET /v1/user/deletion", "POST /v1/user/deletion", "POST /v1/user/exports",
            "GET /v1/user/exports/{export_id}",
            "GET /v1/user/invitations", "POST /v1/user/invitations/{invitation_id}/send",
            "GET /v1/user/oauth/grants",
            "DELETE /v1/user/oauth/grants/{grant_id}", "PUT /v1/user/password",
            "GET /v1/user/security-events",
        ].map { MatrixLine($0, .signedIn) } + [
            MatrixLine(
                "POST /v1/auth/passkeys/register/verify", .signedIn,
                body: ["registration_id": "r", "credential": [:], "name": "n"])
        ]

    private static let orgs: [MatrixLine] = [
        MatrixLine("GET /v1/orgs", .signedIn), MatrixLine("POST /v1/orgs", .signedIn),
        MatrixLine("GET /v1/orgs/{org_id}", .org(.member)),
        MatrixLine("PUT /v1/orgs/{org_id}", .org(.admin)),
        // The kind is the owner's to change (ORG-009).
        MatrixLine(
            "PUT /v1/orgs/{org_id}", .org(.admin), body: ["org_type": "enterprise"],
            exceptions: [.admin: .refused(403, "OWNER_REQUIRED")]),
        MatrixLine("GET /v1/orgs/{org_id}/limits", .org(.member)),
        MatrixLine("GET /v1/orgs/{org_id}/graphs", .org(.member)),
        MatrixLine("GET /v1/orgs/{org_id}/usage", .org(.admin)),
        MatrixLine("GET /v1/orgs/{org_id}/audit", .org(.admin)),
        MatrixLine("GET /v1/orgs/{org_id}/audit/{entry_id}/proof", .org(.admin)),
        MatrixLine("POST /v1/orgs/{org_id}/audit/exports", .org(.admin)),
        MatrixLine("GET /v1/orgs/{org_id}/audit/exports/{export_id}", .org(.admin)),
        MatrixLine("GET /v1/orgs/{org_id}/audit/sinks", .org(.owner)),
        MatrixLine("POST /v1/orgs/{org_id}/audit/sinks", .org(.owner)),
        MatrixLine("GET /v1/orgs/{org_id}/audit/sinks/{sink_id}", .org(.owner)),
        MatrixLine("DELETE /v1/orgs/{org_id}/audit/sinks/{sink_id}", .org(.owner)),
        MatrixLine("POST /v1/orgs/{org_id}/audit/sinks/{sink_id}/pause", .org(.owner)),
        MatrixLine("POST /v1/orgs/{org_id}/audit/sinks/{sink_id}/resume", .org(.owner)),
        MatrixLine("GET /v1/orgs/{org_id}/authorization", .org(.member)),
        MatrixLine("GET /v1/orgs/{org_id}/security", .org(.admin)),
        MatrixLine("PUT /v1/orgs/{org_id}/security", .org(.owner)),
    ]

    private static let members: [MatrixLine] = [
        MatrixLine("GET /v1/orgs/{org_id}/members", .org(.member)),
        // The person in the path is the only owner.
        MatrixLine("PUT /v1/orgs/{org_id}/members/{user_id}", .org(.admin), body: ["role": "member"]),
        MatrixLine(
            "DELETE /v1/orgs/{org_id}/members/{user_id}", .org(.owner),
            exceptions: Dictionary(
                uniqueKeysWithValues: [.curator, .viewer, .member].map {
                    ($0, MatrixAnswer.refused(403, "ADMIN_REQUIRED"))
                })),
    ]

    private static let invitations: [MatrixLine] = [
        MatrixLine("GET /v1/orgs/{org_id}/invitations", .org(.admin)),
        MatrixLine("POST /v1/orgs/{org_id}/invitations", .org(.admin)),
        MatrixLine("POST /v1/orgs/{org_id}/invitations/{invitation_id}/resend", .org(.admin)),
        MatrixLine("DELETE /v1/orgs/{org_id}/invitations/{invitation_id}", .org(.admin)),
        // Whom a transfer names is asked behind this.
        MatrixLine("GET /v1/orgs/{org_id}/ownership-transfers", .org(.member)),
        MatrixLine("POST /v1/orgs/{org_id}/ownership-transfers", .org(.owner)),
        MatrixLine("POST /v1/orgs/{org_id}/ownership-transfers/{transfer_id}/accept", .org(.member)),
        MatrixLine("POST /v1/orgs/{org_id}/ownership-transfers/{transfer_id}/decline", .org(.member)),
        MatrixLine("DELETE /v1/orgs/{org_id}/ownership-transfers/{transfer_id}", .org(.owner)),
    ]

    private static let webhooks: [MatrixLine] =
        [
            "GET /v1/orgs/{org_id}/webhook-endpoints", "POST /v1/orgs/{org_id}/webhook-endpoints",
            "GET /v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}", "PUT /v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}",
            "DELETE /v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}",
            "POST /v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}/rotate-secret",
            "POST /v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}/enable",
            "POST /v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}/test",
            "GET /v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}/deliveries",
            "POST /v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}/replay",
            "GET /v1/orgs/{org_id}/webhook-messages/{message_id}",
        ].map { MatrixLine($0, .org(.admin)) }

    private static let ending: [MatrixLine] = [
        MatrixLine("GET /v1/orgs/{org_id}/notification-defaults", .org(.owner)),
        MatrixLine("PUT /v1/orgs/{org_id}/notification-defaults", .org(.owner)),
        MatrixLine("GET /v1/orgs/{org_id}/deletion", .org(.owner)),
        MatrixLine("POST /v1/orgs/{org_id}/deletion", .org(.owner)),
        MatrixLine("DELETE /v1/orgs/{org_id}/deletion", .org(.owner)),
        MatrixLine("GET /v1/orgs/{org_id}/exports", .org(.owner)),
        MatrixLine("POST /v1/orgs/{org_id}/exports", .org(.owner)),
        MatrixLine("GET /v1/orgs/{org_id}/exports/{export_id}", .org(.owner)),
    ]

    private static let billing: [MatrixLine] = [
        MatrixLine(
            "POST /v1/billing/checkout", .org(.owner),
            body: ["plan_name": "none", "resource_type": "graph", "resource_config": [:]]),
        MatrixLine("GET /v1/billing/checkout/{session_id}/status", .signedIn),
        MatrixLine("GET /v1/orgs/{org_id}/billing-settings", .org(.admin)),
        MatrixLine("PUT /v1/orgs/{org_id}/billing-settings", .org(.owner)),
        MatrixLine("GET /v1/billing/customer/{org_id}", .org(.member)),
        MatrixLine("POST /v1/billing/customer/{org_id}/portal", .org(.owner)),
        MatrixLine("GET /v1/billing/subscriptions/{org_id}", .org(.member)),
        MatrixLine(
            "GET /v1/billing/subscriptions/{org_id}/subscription/{subscription_id}", .org(.member)),
        MatrixLine(
            "POST /v1/billing/subscriptions/{org_id}/subscription/{subscription_id}/cancel", .org(.owner)),
        // What is not visible to a member is not found, and only an owner takes an end back.
        MatrixLine("POST /v1/billing/subscriptions/{org_id}/subscription/{subscription_id}/uncancel", .org(.member)),
        MatrixLine("GET /v1/billing/subscriptions/{org_id}/subscription/{subscription_id}/history", .org(.member)),
        MatrixLine("GET /v1/billing/subscriptions/{org_id}/subscription/{subscription_id}/explain", .org(.member)),
        MatrixLine("GET /v1/billing/subscriptions/{org_id}/subscription/{subscription_id}/idle", .org(.member)),
        MatrixLine("GET /v1/billing/customer/{org_id}/payment-methods", .org(.owner)),
        MatrixLine("POST /v1/billing/customer/{org_id}/payment-methods/setup", .org(.owner)),
        MatrixLine("POST /v1/billing/customer/{org_id}/payment-methods/default", .org(.owner), body: ["id": "pm_none"]),
        MatrixLine("DELETE /v1/billing/customer/{org_id}/payment-methods", .org(.owner)),
        MatrixLine("GET /v1/billing/invoices/{org_id}", .org(.admin)),
        MatrixLine("GET /v1/billing/invoices/{org_id}/upcoming", .org(.admin)),
        MatrixLine("GET /v1/billing/invoices/{org_id}/invoice/{invoice_id}", .org(.admin)),
        MatrixLine("GET /v1/billing/invoices/{org_id}/invoice/{invoice_id}/html", .org(.admin)),
        MatrixLine("GET /v1/billing/customer/{org_id}/credits", .org(.admin)),
        MatrixLine("GET /v1/billing/customer/{org_id}/credits/entries", .org(.admin)),
        MatrixLine("GET /v1/billing/customer/{org_id}/pools", .org(.admin)),
    ]

    private static let withoutCredits: [MatrixCaller: MatrixAnswer] = Dictionary(
        uniqueKeysWithValues: [.viewer, .curator, .admin, .owner].map { ($0, .refused(404, "NOT_FOUND")) })

    /// There is no such thing, which is asked last.
    private static func nothingThere(_ callers: [MatrixCaller]) -> [MatrixCaller: MatrixAnswer] {
        Dictionary(uniqueKeysWithValues: callers.map { ($0, .refused(404, "NOT_FOUND")) })
    }

    private static let backups: [MatrixLine] = [
        // The person in the path is an owner: nothing was granted to her, which is asked last.
        MatrixLine(
            "POST /v1/graphs/{graph_id}/members", .graph(.admin), body: ["user_id": "user_00000000000000000000000001"],
            exceptions: nothingThere([.owner, .admin, .curator])),
        MatrixLine(
            "PUT /v1/graphs/{graph_id}/members/{user_id}", .graph(.admin), body: ["role": "viewer"],
            exceptions: nothingThere([.owner, .admin, .curator])),
        MatrixLine(
            "DELETE /v1/graphs/{graph_id}/members/{user_id}", .graph(.admin), exceptions: nothingThere([.owner, .admin, .curator])),
        MatrixLine("POST /v1/graphs/{graph_id}/credentials/{credential_id}/rotate", .graph(.admin)),
        MatrixLine("POST /v1/graphs/{graph_id}/operations/create-backup", .graph(.admin)),
        MatrixLine("POST /v1/graphs/{graph_id}/operations/set-delete-protection", .graph(.admin), body: ["enabled": true]),
        MatrixLine(
            "POST /v1/graphs/{graph_id}/operations/restore-backup", .graph(.admin),
            body: ["backup_id": .string(MatrixHouse.backup), "confirm": .string(MatrixHouse.graph)],
            exceptions: nothingThere([.owner, .admin, .curator])),
        MatrixLine(
            "POST /v1/graphs/{graph_id}/operations/erase-backups", .graphOwner, body: ["confirm": .string(MatrixHouse.graph)]),
        MatrixLine("GET /v1/graphs/{graph_id}/backups", .graph(.viewer)),
        MatrixLine("GET /v1/graphs/{graph_id}/backups/stats", .graph(.viewer)),
        MatrixLine(
            "GET /v1/graphs/{graph_id}/backups/{backup_id}", .graph(.viewer),
            exceptions: nothingThere([.owner, .admin, .curator, .viewer])),
        MatrixLine(
            "GET /v1/graphs/{graph_id}/backups/{backup_id}/download", .graph(.admin),
            exceptions: nothingThere([.owner, .admin, .curator])),
        // The link is the authorisation.
        MatrixLine("GET /v1/backup-files/{token}", .everybody),
    ]

    private static let graphs: [MatrixLine] = [
        MatrixLine("GET /v1/graphs", .signedIn), MatrixLine("GET /v1/graphs/tiers", .signedIn),
        MatrixLine("GET /v1/graphs/extensions", .signedIn),
        MatrixLine("GET /v1/graphs/capacity", .signedIn),
        MatrixLine(
            "POST /v1/graphs", .org(.admin),
            body: [
                "metadata": ["graph_name": "Ledger"], "instance_tier": "ladybug-standard",
                "initial_entity": ["name": "Acme", "uri": "https://acme.example"],
            ]),
        MatrixLine(
            "PUT /v1/user/selected-graph", .graph(.viewer), body: ["graph_id": .string(MatrixHouse.graph)]
        ),
        MatrixLine("GET /v1/graphs/{graph_id}", .graph(.viewer)),
        MatrixLine("GET /v1/graphs/{graph_id}/info", .graph(.viewer)),
        MatrixLine("GET /v1/graphs/{graph_id}/health", .graph(.viewer)),
        MatrixLine("GET /v1/graphs/{graph_id}/limits", .graph(.viewer)),
        // The graph is being made and has no credits yet, which is asked last.
        MatrixLine("GET /v1/graphs/{graph_id}/credits", .graph(.viewer), exceptions: withoutCredits),
        MatrixLine("GET /v1/graphs/{graph_id}/credits/transactions", .graph(.viewer), exceptions: withoutCredits),
        MatrixLine("GET /v1/graphs/{graph_id}/subscriptions", .graph(.viewer)),
        // A graph has no seats, which is said to whoever may see it.
        MatrixLine("POST /v1/graphs/{graph_id}/subscriptions", .graph(.viewer), body: ["plan_name": "starter"]),
        MatrixLine("POST /v1/graphs/{graph_id}/subscriptions/cancel", .graph(.viewer)),
        MatrixLine("PATCH /v1/graphs/{graph_id}/subscriptions", .graph(.viewer), body: ["new_plan_name": "advanced"]),
        MatrixLine("GET /v1/graphs/{graph_id}/explain", .graph(.viewer)),
        MatrixLine("GET /v1/graphs/{graph_id}/metrics", .graph(.viewer)),
        MatrixLine("GET /v1/graphs/{graph_id}/usage", .graph(.viewer)),
        MatrixLine("POST /v1/graphs/{graph_id}/operations/materialize", .graph(.admin)),
        MatrixLine("POST /v1/graphs/{graph_id}/operations/compact-graph", .graph(.admin)),
        MatrixLine("GET /v1/graphs/{graph_id}/subgraphs", .graph(.viewer)),
        // There is none of the name, which is said to whoever may see the graph.
        MatrixLine("GET /v1/graphs/{graph_id}/subgraphs/{subgraph_name}", .graph(.viewer), exceptions: withoutCredits),
        MatrixLine(
            "POST /v1/graphs/{graph_id}/operations/create-subgraph", .graph(.admin), body: ["name": "notes", "display_name": "Notes"]),
        MatrixLine(
            "POST /v1/graphs/{graph_id}/operations/delete-subgraph", .graph(.admin), body: ["subgraph_name": "notes"],
            exceptions: nothingThere([.owner, .admin, .curator])),
        MatrixLine("POST /v1/graphs/{graph_id}/operations/update-graph-metadata", .graph(.admin), body: ["description": "x"]),
        MatrixLine(
            "POST /v1/graphs/{graph_id}/operations/reactivate-graph", .graphOwner, exceptions: [.member: .refused(403, "FORBIDDEN")]),
        MatrixLine(
            "POST /v1/graphs/{graph_id}/operations/undelete-graph", .graphOwner, exceptions: [.member: .refused(403, "FORBIDDEN")]),
        MatrixLine(
            "POST /v1/graphs/{graph_id}/operations/change-tier", .graphOwner, body: ["new_tier": "ladybug-large"],
            exceptions: [.member: .refused(403, "FORBIDDEN")]),
        MatrixLine("GET /v1/graphs/{graph_id}/members", .graph(.admin)),
        MatrixLine("GET /v1/graphs/{graph_id}/audit/mutations", .graph(.admin)),
        MatrixLine("GET /v1/graphs/{graph_id}/credentials", .graph(.admin)),
        MatrixLine("POST /v1/graphs/{graph_id}/credentials", .graph(.admin)),
        MatrixLine("DELETE /v1/graphs/{graph_id}/credentials/{credential_id}", .graph(.admin)),
        MatrixLine(
            "POST /v1/graphs/{graph_id}/operations/delete-graph", .graphOwner,
            // The graph is being made and cannot be deleted yet, which is asked last.
            body: ["confirm": .string(MatrixHouse.graph)],
            exceptions: [.viewer: .refused(403, "FORBIDDEN"), .member: .refused(403, "FORBIDDEN")]),
    ]

    private static let operations: [MatrixLine] =
        [MatrixLine("GET /v1/operations", .signedIn)]
        + [
            "GET /v1/operations/{operation_id}", "GET /v1/operations/{operation_id}/status",
            "GET /v1/operations/{operation_id}/stream",
            "POST /v1/operations/{operation_id}/resume", "DELETE /v1/operations/{operation_id}",
        ].map { MatrixLine($0, .operation) }
}
