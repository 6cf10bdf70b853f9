public import Core
internal import FoundationEssentials
internal import Identity
public import IdleCancellation
public import JobsPostgres
public import Lifecycle

/// What a process of Trellis is told by its environment: the one place that reads it, for API, worker and `trellis`.
public struct TrellisConfiguration: Sendable {
    /// What the installation is for. The sandbox mode and its movable clock exist in the first two only.
    public enum Stage: String, Sendable, CaseIterable {
        /// A developer's machine.
        case development
        /// Automated tests.
        case test
        /// Customers' money and data.
        case production

        /// Whether time may be moved and test keys of the payment provider are used.
        public var isSandbox: Bool { self != .production }
    }

    /// What the installation is for.
    public let stage: Stage
    /// Where the control database is; holds a password.
    public let databaseURL: SecretString
    /// The address the API listens on.
    public let httpHost: String
    /// The port the API listens on; 0 takes any free one.
    public let httpPort: Int
    /// The address at which customers reach the API, without a slash at its end.
    public let publicURL: String
    /// A file with the catalogue of plans; `nil` for the one that ships.
    public let catalogPath: String?
    /// Where final and requested backups are kept.
    public let backupDirectory: String
    /// The servers that hold graph databases, as addresses of their administrators.
    public let graphHosts: [SecretString]
    /// The payment provider's key; `nil` when billing is off.
    public let stripeSecretKey: SecretString?
    /// Where the payment provider's API is.
    public let stripeAPIBase: String
    /// The secrets that the payment provider signs its webhooks with, newest first.
    public let stripeWebhookSecrets: [SecretString]
    /// The mail server.
    public let smtpURL: SecretString
    /// The address that mails come from.
    public let mailFrom: String
    /// The keys that access tokens are signed with, `id:base64`, newest first.
    public let signingKeys: [SecretString]
    /// The keys that links and cursors are derived from, `id:base64`, newest first.
    public let masterKeys: [SecretString]
    /// The keys that backups are encrypted with, `id:base64`, newest first.
    public let backupKeys: [SecretString]
    /// Whether new accounts may be made.
    public let isRegistrationEnabled: Bool
    /// Networks of proxies whose word about the caller's address is taken, as addresses with prefix lengths.
    public let trustedProxies: [String]
    /// How many proxies stand between the API and the world.
    public let proxyHops: Int
    /// The captcha service's public key; `nil` for none.
    public let captchaSiteKey: String?
    /// The captcha service's secret.
    public let captchaSecret: SecretString?
    /// Whether people may be invited to orgs.
    public let areInvitationsEnabled: Bool
    /// Keys that keep links are signed with, newest first; none leaves mails without such a link (IDL-054).
    public let keepTokenKeys: [SecretString]
    /// From where operators reach their API; from wherever the internal port can be reached when there are none.
    public let operatorNetworks: [String]
    /// The port of this machine on which the API serves operators and their figures; `nil` for none, 0 for any free one.
    public let metricsPort: Int?
    /// How subscriptions that nobody uses are called off.
    public let idle: IdleSettings
    /// Whether callers are held to the published rates; always, where customers are.
    public let isRateLimitEnabled: Bool
    /// How many threads the API serves requests on.
    public let httpLoops: Int
    /// The lightest log line that is written.
    public let logLevel: String
    /// A file that is written, once, with the bound port when the process is ready; `nil` for none.
    public let readyFile: String?
    /// The token of the payment simulator's control interface; only in the sandbox mode.
    public let sandboxControlToken: SecretString?
    /// How long the jobs of a worker that died wait for another one.
    public let workerLease: Duration
    /// Where in which step of which saga the worker kills itself, for runs that prove that nothing is lost; only in the sandbox mode.
    public let sandboxCrash: SagaFault?
    /// Every setting as it is in force, secrets redacted.
    public let effective: [Settings.Effective]

    /// Every setting that some process of Trellis reads; other names that begin with `TRELLIS_` are refused.
    public static let knownNames: Set<String> = [
        "TRELLIS_ENVIRONMENT", "TRELLIS_DATABASE_URL", "TRELLIS_HTTP_HOST", "TRELLIS_HTTP_PORT", "TRELLIS_PUBLIC_URL", "TRELLIS_CATALOG",
        "TRELLIS_BACKUP_DIR", "TRELLIS_GRAPH_HOSTS", "TRELLIS_STRIPE_SECRET_KEY", "TRELLIS_STRIPE_API_BASE",
        "TRELLIS_STRIPE_WEBHOOK_SECRETS", "TRELLIS_SMTP_URL", "TRELLIS_MAIL_FROM", "TRELLIS_SIGNING_KEYS", "TRELLIS_MASTER_KEYS",
        "TRELLIS_BACKUP_KEYS", "TRELLIS_KEEP_TOKEN_KEYS", "TRELLIS_OPERATOR_NETWORKS", "TRELLIS_METRICS_PORT", "TRELLIS_IDLE_MODE",
        "TRELLIS_IDLE_ROLLOUT_PERCENT", "TRELLIS_IDLE_GUARD_PER_HOUR", "TRELLIS_IDLE_GUARD_DAILY_SHARE",
        "TRELLIS_IDLE_GUARD_FLOOR", "TRELLIS_IDLE_EARLY_UNDO_SHARE", "TRELLIS_IDLE_PROBE_MAX_AGE",
        "TRELLIS_REGISTRATION_ENABLED", "TRELLIS_RATE_LIMIT_ENABLED", "TRELLIS_TRUSTED_PROXIES",
        "TRELLIS_PROXY_HOPS", "TRELLIS_CAPTCHA_SITE_KEY", "TRELLIS_CAPTCHA_SECRET", "TRELLIS_INVITATIONS_ENABLED", "TRELLIS_HTTP_LOOPS",
        "TRELLIS_LOG_LEVEL",
        "TRELLIS_READY_FILE",
        "TRELLIS_WORKER_LEASE_SECONDS", "TRELLIS_SANDBOX_CONTROL_TOKEN", "TRELLIS_SANDBOX_CRASH_AT",
    ]

    /// Reads the configuration.
    ///
    /// - Parameter environment: names and values, such as the process's environment.
    /// - Throws: `SettingsError` with everything that is wrong, at once; nothing starts on a doubtful configuration.
    public init(environment: [String: String]) throws(SettingsError) {
        var settings = Settings(environment: environment, prefix: "TRELLIS_", known: Self.knownNames) { path in
            try String(contentsOfFile: path, encoding: .utf8)
        }
        let word = settings.choice("TRELLIS_ENVIRONMENT", default: Stage.development.rawValue, of: Stage.allCases.map(\.rawValue))
        stage = Stage(rawValue: word) ?? .production
        databaseURL = settings.requiredSecret("TRELLIS_DATABASE_URL", because: "everything is kept there")
        httpHost = settings.text("TRELLIS_HTTP_HOST", default: "127.0.0.1")
        httpPort = settings.integer("TRELLIS_HTTP_PORT", default: 8080, in: 0...65535)
        publicURL = Self.withoutTrailingSlash(settings.text("TRELLIS_PUBLIC_URL", default: "http://127.0.0.1:8080"))
        catalogPath = settings.optionalText("TRELLIS_CATALOG")
        backupDirectory = settings.requiredText("TRELLIS_BACKUP_DIR", because: "no graph is dropped without a final backup")
        graphHosts = settings.secrets("TRELLIS_GRAPH_HOSTS")
        stripeSecretKey = settings.optionalSecret("TRELLIS_STRIPE_SECRET_KEY")
        stripeAPIBase = Self.withoutTrailingSlash(settings.text("TRELLIS_STRIPE_API_BASE", default: "https://api.stripe.com"))
        stripeWebhookSecrets = settings.secrets("TRELLIS_STRIPE_WEBHOOK_SECRETS")
        smtpURL = settings.requiredSecret("TRELLIS_SMTP_URL", because: "people are told by e-mail")
        mailFrom = settings.text("TRELLIS_MAIL_FROM", default: "Trellis <no-reply@localhost>")
        signingKeys = settings.secrets("TRELLIS_SIGNING_KEYS")
        masterKeys = settings.secrets("TRELLIS_MASTER_KEYS")
        backupKeys = settings.secrets("TRELLIS_BACKUP_KEYS")
        keepTokenKeys = settings.secrets("TRELLIS_KEEP_TOKEN_KEYS")
        operatorNetworks = settings.text("TRELLIS_OPERATOR_NETWORKS", default: "").split(separator: ",").map(Self.trimmed)
        for network in operatorNetworks where NetworkRange(network) == nil {
            settings.refuse("TRELLIS_OPERATOR_NETWORKS must be addresses with prefix lengths, such as 10.0.0.0/8, separated by commas")
        }
        var idle = IdleSettings()
        let mode = settings.choice("TRELLIS_IDLE_MODE", default: idle.mode.rawValue, of: IdleSettings.Mode.allCases.map(\.rawValue))
        idle.mode = IdleSettings.Mode(rawValue: mode) ?? .observe
        idle.rolloutPercent = settings.integer("TRELLIS_IDLE_ROLLOUT_PERCENT", default: idle.rolloutPercent, in: 0...100)
        idle.guardPerHour = settings.integer("TRELLIS_IDLE_GUARD_PER_HOUR", default: idle.guardPerHour, in: 0...1_000_000)
        idle.guardDailyPermille =
            settings.integer("TRELLIS_IDLE_GUARD_DAILY_SHARE", default: idle.guardDailyPermille / 10, in: 0...100) * 10
        idle.guardFloor = settings.integer("TRELLIS_IDLE_GUARD_FLOOR", default: idle.guardFloor, in: 0...1_000_000)
        idle.earlyUndoPercent = settings.integer("TRELLIS_IDLE_EARLY_UNDO_SHARE", default: idle.earlyUndoPercent, in: 1...100)
        idle.probeMaximumAge = .seconds(settings.integer("TRELLIS_IDLE_PROBE_MAX_AGE", default: 3_600, in: 60...86_400))
        self.idle = idle
        let metricsPort = settings.integer("TRELLIS_METRICS_PORT", default: -1, in: -1...65535)
        self.metricsPort = metricsPort < 0 ? nil : metricsPort
        isRegistrationEnabled = settings.flag("TRELLIS_REGISTRATION_ENABLED", default: true)
        trustedProxies = settings.text("TRELLIS_TRUSTED_PROXIES", default: "").split(separator: ",").map(Self.trimmed)
        for proxy in trustedProxies where NetworkRange(proxy) == nil {
            settings.refuse("TRELLIS_TRUSTED_PROXIES must be addresses with prefix lengths, such as 10.0.0.0/8, separated by commas")
        }
        proxyHops = settings.integer("TRELLIS_PROXY_HOPS", default: 1, in: 1...10)
        captchaSiteKey = settings.optionalText("TRELLIS_CAPTCHA_SITE_KEY")
        captchaSecret = settings.optionalSecret("TRELLIS_CAPTCHA_SECRET")
        areInvitationsEnabled = settings.flag("TRELLIS_INVITATIONS_ENABLED", default: true)
        isRateLimitEnabled = settings.flag("TRELLIS_RATE_LIMIT_ENABLED", default: true)
        httpLoops = settings.integer("TRELLIS_HTTP_LOOPS", default: 2, in: 1...64)
        logLevel = settings.choice("TRELLIS_LOG_LEVEL", default: "info", of: ["debug", "info", "warning", "error"])
        readyFile = settings.optionalText("TRELLIS_READY_FILE")
        sandboxControlToken = settings.optionalSecret("TRELLIS_SANDBOX_CONTROL_TOKEN")
        workerLease = .seconds(settings.integer("TRELLIS_WORKER_LEASE_SECONDS", default: 20, in: 2...300))
        let crash = settings.optionalText("TRELLIS_SANDBOX_CRASH_AT")
        sandboxCrash = crash.flatMap(SagaFault.init)
        if crash != nil, sandboxCrash == nil {
            settings.refuse("TRELLIS_SANDBOX_CRASH_AT must be a saga, a step and begun, done or recorded, with slashes between them")
        }
        if stage == .production {
            for (name, keys) in [
                ("TRELLIS_SIGNING_KEYS", signingKeys), ("TRELLIS_MASTER_KEYS", masterKeys), ("TRELLIS_BACKUP_KEYS", backupKeys),
            ]
            where keys.isEmpty {
                settings.refuse("\(name) is required: what is signed or encrypted must be readable after a restart")
            }
            if crash != nil { settings.refuse("TRELLIS_SANDBOX_CRASH_AT exists in development and test only") }
            if !isRateLimitEnabled { settings.refuse("TRELLIS_RATE_LIMIT_ENABLED may be false in development and test only (SEC-018)") }
            if sandboxControlToken != nil { settings.refuse("TRELLIS_SANDBOX_CONTROL_TOKEN exists in development and test only") }
        }
        if stripeSecretKey != nil, stripeWebhookSecrets.isEmpty {
            settings.refuse(
                "TRELLIS_STRIPE_WEBHOOK_SECRETS is required where TRELLIS_STRIPE_SECRET_KEY is given: unsigned events are never believed")
        }
        effective = settings.effective
        try settings.check()
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func withoutTrailingSlash(_ text: String) -> String {
        text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
