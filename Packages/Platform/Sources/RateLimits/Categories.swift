public import HTTPServer

extension RouteCategory {
    /// What monitors ask; not limited.
    public static let monitoring = RouteCategory("monitoring")
    /// Everything of an org that has no category of its own.
    public static let generalAPI = RouteCategory("general_api")
    /// What everybody may read.
    public static let publicAPI = RouteCategory("public_api")
    /// The own account and its keys.
    public static let userManagement = RouteCategory("user_management")
    /// Operations and their states.
    public static let tasks = RouteCategory("tasks")
    /// Figures about use.
    public static let analytics = RouteCategory("analytics")
    /// Backups.
    public static let backupOperations = RouteCategory("backup_ops")
    /// Paying, and everything about it; generous, and still limited (SEC-014).
    public static let billing = RouteCategory("billing")
    /// Asking whether a payment has gone through.
    public static let checkoutStatus = RouteCategory("checkout_status")
    /// The intake of a provider's events (SEC-015).
    public static let webhook = RouteCategory("webhook")
    /// Ways to sign in beside the password, and mailed links.
    public static let auth = RouteCategory("auth")
    /// Signing in by password.
    public static let login = RouteCategory("login")
    /// Making an account.
    public static let register = RouteCategory("register")
    /// A new token for an old one.
    public static let tokenRefresh = RouteCategory("jwt_refresh")
    /// Changing what one signs in with.
    public static let sensitiveAuth = RouteCategory("sensitive_auth")
    /// Asking how one may sign in, and who one is.
    public static let authStatus = RouteCategory("auth_status")
    /// Signing out.
    public static let logout = RouteCategory("logout")
    /// Carrying a sign-in to another app.
    public static let sso = RouteCategory("sso")
    /// Signing in through another provider.
    public static let oidc = RouteCategory("oidc")
    /// Second factors.
    public static let mfa = RouteCategory("mfa")
    /// The own passkeys.
    public static let passkeyManagement = RouteCategory("passkey_management")
    /// Opening streams of events.
    public static let eventStreams = RouteCategory("sse_connections")
    /// Links that keep a subscription.
    public static let keepLink = RouteCategory("keep_link")
    /// Links that end mails.
    public static let unsubscribe = RouteCategory("unsubscribe")
    /// What mail services report.
    public static let mailFeedback = RouteCategory("mail_feedback")
    /// The staff's API.
    public static let admin = RouteCategory("admin")
    /// The staff's sign-in.
    public static let adminLogin = RouteCategory("admin_login")
    /// Trying a webhook endpoint out.
    public static let webhookTest = RouteCategory("webhook_test")
    /// Taking the log away as a file.
    public static let auditExport = RouteCategory("audit_export")
    /// Reading the log.
    public static let auditRead = RouteCategory("audit_read")
}

extension CategoryPolicy {
    /// Table 1 of the product's security requirements: the figures per caller and minute, where nothing else is said.
    public static let standard: [CategoryPolicy] = [
        CategoryPolicy(.monitoring, RateLimit(1), .nothing),
        CategoryPolicy(.generalAPI, RateLimit(200)),
        CategoryPolicy(.publicAPI, RateLimit(600)),
        CategoryPolicy(.userManagement, RateLimit(600)),
        CategoryPolicy(.tasks, RateLimit(200)),
        CategoryPolicy(.analytics, RateLimit(100)),
        CategoryPolicy(.backupOperations, RateLimit(10)),
        CategoryPolicy(.billing, RateLimit(60)),
        CategoryPolicy(.checkoutStatus, RateLimit(120)),
        CategoryPolicy(.webhook, RateLimit(60), .provider(ceiling: RateLimit(60_000))),
        CategoryPolicy(.auth, RateLimit(10, per: .seconds(300)), .network, isStrict: true, isPerRoute: true),
        CategoryPolicy(.login, RateLimit(5, per: .seconds(300)), .network, isStrict: true, isPerRoute: true),
        CategoryPolicy(.register, RateLimit(3, per: .seconds(3_600)), .network, isStrict: true, isPerRoute: true),
        CategoryPolicy(.tokenRefresh, RateLimit(20)),
        CategoryPolicy(.sensitiveAuth, RateLimit(60)),
        CategoryPolicy(.authStatus, RateLimit(600)),
        CategoryPolicy(.logout, RateLimit(300)),
        CategoryPolicy(.sso, RateLimit(100), isPerRoute: true),
        CategoryPolicy(.oidc, RateLimit(120), isPerRoute: true),
        CategoryPolicy(.mfa, RateLimit(120), isStrict: true, isPerRoute: true),
        CategoryPolicy(.passkeyManagement, RateLimit(60), isStrict: true),
        CategoryPolicy(.eventStreams, RateLimit(10)),
        // Not strict: looking at the page of a keep link writes nothing at all (IDL-051).
        CategoryPolicy(.keepLink, RateLimit(30), .network),
        CategoryPolicy(.unsubscribe, RateLimit(30), .network, isStrict: true),
        CategoryPolicy(.mailFeedback, RateLimit(600), .network),
        CategoryPolicy(.admin, RateLimit(600), isStrict: true),
        CategoryPolicy(.adminLogin, RateLimit(5, per: .seconds(300)), .network, isStrict: true, isPerRoute: true),
        CategoryPolicy(.auditRead, RateLimit(120)),
        // Budgets that are not per minute, for each org (SEC-016).
        CategoryPolicy(.webhookTest, RateLimit(30, per: .seconds(3_600)), .org),
        CategoryPolicy(.auditExport, RateLimit(10, per: .seconds(3_600)), .org),
    ]
}
