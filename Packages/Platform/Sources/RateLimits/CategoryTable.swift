public import HTTPServer

/// Which category a route belongs to that names none itself: by its path, the first line that fits.
public enum CategoryTable {
    /// The category of a route of the product; `nil` for one that nobody thought of.
    public static func category(of route: Router.Route) -> RouteCategory? {
        lines.first { $0.fits(route.method, route.path) }?.category
    }

    private struct Line: Sendable {
        let method: Method?
        let path: String
        let category: RouteCategory

        /// A path that ends with `*` stands for everything that begins so, and for what stands before its last slash.
        func fits(_ method: Method, _ path: String) -> Bool {
            guard self.method == nil || self.method == method else { return false }
            guard self.path.hasSuffix("*") else { return self.path == path }
            let prefix = self.path.dropLast()
            return path.hasPrefix(prefix) || (prefix.hasSuffix("/") && path == prefix.dropLast())
        }
    }

    private static func line(_ method: Method, _ path: String, _ category: RouteCategory) -> Line {
        Line(method: method, path: path, category: category)
    }

    private static func line(_ path: String, _ category: RouteCategory) -> Line {
        Line(method: nil, path: path, category: category)
    }

    private static let lines: [Line] =
        surroundings + signIn + [
            line(.put, "/v1/user/password", .sensitiveAuth), line("/v1/user/*", .userManagement),
            line(.post, "/v1/orgs/{org_id}/audit/exports", .auditExport),
            line(.post, "/v1/orgs/{org_id}/webhook-endpoints/{endpoint_id}/test", .webhookTest),
            line("/v1/orgs/{org_id}/audit*", .auditRead), line("/v1/orgs/{org_id}/usage", .analytics), line("/v1/orgs/*", .generalAPI),
            line("/v1/invitations/*", .auth),
            line("/v1/graphs/{graph_id}/subscriptions*", .billing), line("/v1/graphs/{graph_id}/credits*", .billing),
            line("/v1/graphs/{graph_id}/backups*", .backupOperations),
            line("/v1/graphs/{graph_id}/operations/create-backup", .backupOperations),
            line("/v1/graphs/{graph_id}/operations/restore-backup", .backupOperations),
            line("/v1/graphs/{graph_id}/metrics", .analytics), line("/v1/graphs/{graph_id}/usage", .analytics),
            line("/v1/graphs/{graph_id}/audit/*", .auditRead), line("/v1/graphs/*", .generalAPI), line("/v1/repositories/*", .generalAPI),
            line("/v1/operations/{operation_id}/stream", .eventStreams), line("/v1/operations/*", .tasks),
            line("/v1/billing/checkout/{session_id}/status", .checkoutStatus), line("/v1/billing/*", .billing),
            line("/v1/notifications/*", .generalAPI), line("/v1/notices/*", .generalAPI),
        ]

    private static let surroundings: [Line] = [
        line("/livez", .monitoring), line("/readyz", .monitoring), line("/startupz", .monitoring), line("/metrics", .monitoring),
        line("/v1/sandbox/*", .monitoring),
        line("/", .publicAPI), line("/v1/status", .publicAPI), line("/v1/offering", .publicAPI), line("/v1/offering/*", .publicAPI),
        line("/openapi.json", .publicAPI), line("/docs*", .publicAPI), line("/.well-known/*", .publicAPI), line("/v1/meta/*", .publicAPI),
        line(.post, "/auth/reset-password", .sensitiveAuth), line("/auth/*", .auth), line("/invitations", .auth),
        line("/billing*", .publicAPI),
        line("/v1/webhooks/*", .webhook), line("/admin/v1/webhooks/*", .webhook), line("/v1/providers/{provider}/events", .webhook),
        line("/v1/stripe/*", .webhook),
        line("/v1/mail/feedback*", .mailFeedback), line("/v1/mail/unsubscribe*", .unsubscribe), line("/v1/unsubscribe*", .unsubscribe),
        line("/unsubscribe*", .unsubscribe), line("/v1/keep*", .keepLink), line("/keep*", .keepLink),
        line("/v1/admin/auth/*", .adminLogin), line("/v1/admin/*", .admin), line("/console/*", .admin),
    ]

    private static let signIn: [Line] = [
        line("/v1/auth/login", .login), line("/v1/auth/register", .register), line("/v1/auth/refresh", .tokenRefresh),
        line("/v1/auth/logout", .logout), line("/v1/auth/logout-all", .logout),
        line("/v1/auth/me", .authStatus), line("/v1/auth/providers", .authStatus), line("/v1/auth/captcha/config", .authStatus),
        line("/v1/auth/password/policy", .authStatus), line("/v1/auth/password/check", .authStatus),
        line(.get, "/v1/auth/sessions", .authStatus), line("/v1/auth/sessions/*", .sensitiveAuth),
        line("/v1/auth/session/*", .sensitiveAuth),
        line("/v1/auth/email/resend", .sensitiveAuth), line("/v1/auth/email/*", .auth), line("/v1/auth/password/*", .auth),
        line("/v1/auth/account/*", .auth), line("/v1/auth/invitations/*", .auth),
        line("/v1/auth/mfa/*", .mfa), line("/v1/auth/passkeys/login/*", .mfa), line("/v1/auth/passkeys/reauth/*", .mfa),
        line("/v1/auth/passkeys/*", .passkeyManagement),
        line("/v1/auth/sso*", .sso), line("/v1/auth/oidc*", .oidc),
    ]
}
