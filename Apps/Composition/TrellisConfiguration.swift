public import AuditPostgres
public import Core
internal import FoundationEssentials
internal import Identity
public import IdleCancellation
public import JobsPostgres
public import Lifecycle
public import Redis

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
    /// The Redis server in which the nodes of the API count requests together; `nil` where each counts for itself (SEC-005).
    public let redis: RedisConfiguration?
    /// How many processes of the API there are: where they do not count requests together, each grants its part of the rates (SEC-005).
    public let apiNodes: Int
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
    /// What reports about mails are signed with, as `whsec_…`; without it none are taken (NOT-055).
    public let mailFeedbackSecret: SecretString?
    /// The address that mails come from.
    public let mailFrom: String
    /// The file of the brands that orgs may have besides the deployment's own (NOT-024).
    public let mailBrandsPath: String?
    /// The domains of recipients that a sandbox may give a real relay (NOT-047).
    public let sandboxMailDomains: [String]
    /// Where those who run the product are told of contested payments, missing backups, and orgs of which nobody can be told (NOT-066).
    public let operatorMail: [String]
    /// The keys that access tokens are signed with, `id:base64`, newest first.
    public let signingKeys: [SecretString]
    /// The keys that links and cursors are derived from, `id:base64`, newest first.
    public let masterKeys: [SecretString]
    /// The keys that backups are encrypted with, `id:base64`, newest first.
    public let backupKeys: [SecretString]
    /// Whether new accounts may be made.
    public let isRegistrationEnabled: Bool
    /// Whether an account that belongs to no org any more is switched off (ID-150).
    public let deactivatesOrphans: Bool
    /// Networks of proxies whose word about the caller's address is taken, as addresses with prefix lengths.
    public let trustedProxies: [String]
    /// How many proxies stand between the API and the world.
    public let proxyHops: Int
    /// The captcha service's public key; `nil` for none.
    public let captchaSiteKey: String?
    /// The captcha service's secret.
    public let captchaSecret: SecretString?
    /// The domain that passkeys are bound to.
    public let passkeyParty: String
    /// The origins of the pages that may use passkeys.
    public let passkeyOrigins: [String]
    /// Who must have a second factor.
    let secondFactors: SecondFactorEnforcement
    /// The origins of pages whose scripts may call the API, each as a browser sends it.
    public let corsOrigins: [String]
    /// Names under which the API is reached, beside that of its public address.
    public let allowedHosts: [String]
    /// Whether people may be invited to orgs.
    public let areInvitationsEnabled: Bool
    /// Keys that keep links are signed with, newest first; none leaves mails without such a link (IDL-054).
    public let keepTokenKeys: [SecretString]
    /// From where operators reach their API; from wherever the internal port can be reached when there are none.
    public let operatorNetworks: [String]
    /// The port of this machine on which the API serves operators and their figures; `nil` for none, 0 for any free one.
    public let metricsPort: Int?
    /// The origin at which operators reach the console, without a slash at its end; their passkeys are bound to its host.
    public let consoleURL: String
    /// The host of that origin.
    public let consoleHost: String
    /// How subscriptions that nobody uses are called off.
    public let idle: IdleSettings
    /// Where months of the audit log go when they are due; `nil` where they stay in the database.
    public let auditArchiveFolder: String?
    /// A folder of the worker in which sinks of the audit log are files; `nil` where none is (AUD-085).
    public let auditSinkFolder: String?
    /// Whether sinks of the audit log may be receivers of syslog that are spoken to without TLS (AUD-087).
    public let auditSyslogAllowsPlain: Bool
    /// A file of the authorities that receivers of syslog have their certificates of; `nil` for those of the system.
    public let auditSyslogAuthorities: String?
    /// How long which entries of the audit log stay in the database (AUD-066).
    public let auditRetention: AuditRetention
    /// For how many days what is personal in security events is kept.
    public let auditPrivateDays: Int
    /// For how many days what is personal in other entries is kept; `nil` for as long as the entries.
    public let auditOtherPrivateDays: Int?
    /// A file to which the log's checkpoints are appended, on storage that keeps what was written; `nil` for none (AUD-046).
    public let auditAnchorFile: String?
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
    /// How much of the same a worker does at once (OPS-060).
    public let workerLimits: JobLimits
    /// The port of this machine on which a worker tells how it is; `nil` for none, 0 for any free one.
    public let workerPort: Int?
    /// How long streams of events may go on once the API is asked to end (OPS-047).
    public let streamDrain: Duration
    /// Where in which step of which saga the worker kills itself, for runs that prove that nothing is lost; only in the sandbox mode.
    public let sandboxCrash: SagaFault?
    /// Every setting as it is in force, secrets redacted.
    public let effective: [Settings.Effective]

    /// Every setting that some process of Trellis reads; other names that begin with `TRELLIS_` are refused.
    public static let knownNames: Set<String> = [
        "TRELLIS_ENVIRONMENT", "TRELLIS_DATABASE_URL", "TRELLIS_REDIS_URL", "TRELLIS_API_NODES", "TRELLIS_HTTP_HOST",
        "TRELLIS_HTTP_PORT", "TRELLIS_PUBLIC_URL",
        "TRELLIS_CATALOG",
        "TRELLIS_BACKUP_DIR", "TRELLIS_GRAPH_HOSTS", "TRELLIS_STRIPE_SECRET_KEY", "TRELLIS_STRIPE_API_BASE",
        "TRELLIS_STRIPE_WEBHOOK_SECRETS", "TRELLIS_SMTP_URL", "TRELLIS_MAIL_FROM", "TRELLIS_OPERATOR_MAIL", "TRELLIS_SANDBOX_MAIL_DOMAINS",
        "TRELLIS_MAIL_BRANDS", "TRELLIS_MAIL_FEEDBACK_SECRET", "TRELLIS_SIGNING_KEYS",
        "TRELLIS_MASTER_KEYS",
        "TRELLIS_BACKUP_KEYS", "TRELLIS_KEEP_TOKEN_KEYS", "TRELLIS_OPERATOR_NETWORKS", "TRELLIS_METRICS_PORT", "TRELLIS_CONSOLE_URL",
        "TRELLIS_AUDIT_ANCHOR_FILE",
        "TRELLIS_AUDIT_SECURITY_DAYS", "TRELLIS_AUDIT_PRIVATE_DAYS", "TRELLIS_AUDIT_ARCHIVE_DIR", "TRELLIS_AUDIT_ARCHIVE_MONTHS",
        "TRELLIS_AUDIT_GENERAL_MONTHS", "TRELLIS_AUDIT_MUTATION_DAYS",
        "TRELLIS_AUDIT_SINK_DIR", "TRELLIS_AUDIT_SYSLOG_PLAIN", "TRELLIS_AUDIT_SYSLOG_AUTHORITIES",
        "TRELLIS_IDLE_MODE",
        "TRELLIS_IDLE_ROLLOUT_PERCENT", "TRELLIS_IDLE_GUARD_PER_HOUR", "TRELLIS_IDLE_GUARD_DAILY_SHARE",
        "TRELLIS_IDLE_GUARD_FLOOR", "TRELLIS_IDLE_EARLY_UNDO_SHARE", "TRELLIS_IDLE_PROBE_MAX_AGE",
        "TRELLIS_REGISTRATION_ENABLED", "TRELLIS_DEACTIVATE_ORPHANS", "TRELLIS_RATE_LIMIT_ENABLED", "TRELLIS_TRUSTED_PROXIES",
        "TRELLIS_PROXY_HOPS", "TRELLIS_CAPTCHA_SITE_KEY", "TRELLIS_CAPTCHA_SECRET", "TRELLIS_INVITATIONS_ENABLED", "TRELLIS_HTTP_LOOPS",
        "TRELLIS_PASSKEY_RP_ID", "TRELLIS_PASSKEY_ORIGINS", "TRELLIS_MFA_ENFORCED", "TRELLIS_MFA_EXEMPTS_PERSONAL_ORGS",
        "TRELLIS_LOG_LEVEL", "TRELLIS_CORS_ORIGINS", "TRELLIS_ALLOWED_HOSTS",
        "TRELLIS_READY_FILE",
        "TRELLIS_WORKER_LEASE_SECONDS", "TRELLIS_WORKER_LIMITS", "TRELLIS_WORKER_PORT", "TRELLIS_STREAM_DRAIN_SECONDS",
        "TRELLIS_SANDBOX_CONTROL_TOKEN", "TRELLIS_SANDBOX_CRASH_AT",
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
        let redisURL = settings.optionalSecret("TRELLIS_REDIS_URL")
        do {
            redis = try redisURL.map { url throws(RedisURLError) in try RedisConfiguration(url: url) }
        } catch {
            redis = nil
            settings.refuse("TRELLIS_REDIS_URL \(error)")
        }
        apiNodes = settings.integer("TRELLIS_API_NODES", default: 1, in: 1...1_000)
        httpHost = settings.text("TRELLIS_HTTP_HOST", default: "127.0.0.1")
        httpPort = settings.integer("TRELLIS_HTTP_PORT", default: 8080, in: 0...65535)
        publicURL = Self.withoutTrailingSlash(settings.text("TRELLIS_PUBLIC_URL", default: Self.defaultPublicURL))
        catalogPath = settings.optionalText("TRELLIS_CATALOG")
        backupDirectory = settings.requiredText("TRELLIS_BACKUP_DIR", because: "no graph is dropped without a final backup")
        graphHosts = settings.secrets("TRELLIS_GRAPH_HOSTS")
        stripeSecretKey = settings.optionalSecret("TRELLIS_STRIPE_SECRET_KEY")
        stripeAPIBase = Self.withoutTrailingSlash(settings.text("TRELLIS_STRIPE_API_BASE", default: "https://api.stripe.com"))
        stripeWebhookSecrets = settings.secrets("TRELLIS_STRIPE_WEBHOOK_SECRETS")
        smtpURL = settings.requiredSecret("TRELLIS_SMTP_URL", because: "people are told by e-mail")
        mailFeedbackSecret = settings.optionalSecret("TRELLIS_MAIL_FEEDBACK_SECRET")
        mailFrom = settings.text("TRELLIS_MAIL_FROM", default: "Trellis <no-reply@localhost>")
        mailBrandsPath = settings.optionalText("TRELLIS_MAIL_BRANDS")
        sandboxMailDomains = settings.text("TRELLIS_SANDBOX_MAIL_DOMAINS", default: "").split(separator: ",").map(Self.trimmed)
        operatorMail = settings.text("TRELLIS_OPERATOR_MAIL", default: "").split(separator: ",").map(Self.trimmed)
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
        consoleURL = Self.withoutTrailingSlash(
            settings.text("TRELLIS_CONSOLE_URL", default: "http://localhost:\(max(metricsPort, 0))"))
        consoleHost = Self.host(of: consoleURL)
        if !Self.isOrigin(consoleURL, of: consoleHost) {
            settings.refuse("TRELLIS_CONSOLE_URL must be an origin, such as https://console.example.com")
        }
        auditPrivateDays = settings.integer("TRELLIS_AUDIT_SECURITY_DAYS", default: 180, in: 1...3_650)
        let otherDays = settings.integer("TRELLIS_AUDIT_PRIVATE_DAYS", default: 0, in: 0...36_500)
        auditOtherPrivateDays = otherDays == 0 ? nil : otherDays
        auditSinkFolder = settings.optionalText("TRELLIS_AUDIT_SINK_DIR")
        auditSyslogAllowsPlain = settings.flag("TRELLIS_AUDIT_SYSLOG_PLAIN", default: false)
        auditSyslogAuthorities = settings.optionalText("TRELLIS_AUDIT_SYSLOG_AUTHORITIES")
        auditArchiveFolder = settings.optionalText("TRELLIS_AUDIT_ARCHIVE_DIR")
        auditRetention = AuditRetention(
            billingMonths: settings.integer("TRELLIS_AUDIT_ARCHIVE_MONTHS", default: 120, in: AuditRetention.leastBillingMonths...1_200),
            generalMonths: settings.integer("TRELLIS_AUDIT_GENERAL_MONTHS", default: 24, in: 1...1_200),
            mutationDays: settings.integer("TRELLIS_AUDIT_MUTATION_DAYS", default: 400, in: 31...36_500))
        auditAnchorFile = settings.optionalText("TRELLIS_AUDIT_ANCHOR_FILE")
        isRegistrationEnabled = settings.flag("TRELLIS_REGISTRATION_ENABLED", default: true)
        deactivatesOrphans = settings.flag("TRELLIS_DEACTIVATE_ORPHANS", default: false)
        trustedProxies = settings.text("TRELLIS_TRUSTED_PROXIES", default: "").split(separator: ",").map(Self.trimmed)
        for proxy in trustedProxies where NetworkRange(proxy) == nil {
            settings.refuse("TRELLIS_TRUSTED_PROXIES must be addresses with prefix lengths, such as 10.0.0.0/8, separated by commas")
        }
        proxyHops = settings.integer("TRELLIS_PROXY_HOPS", default: 1, in: 1...10)
        captchaSiteKey = settings.optionalText("TRELLIS_CAPTCHA_SITE_KEY")
        captchaSecret = settings.optionalSecret("TRELLIS_CAPTCHA_SECRET")
        passkeyParty = settings.text("TRELLIS_PASSKEY_RP_ID", default: Self.host(of: publicURL))
        passkeyOrigins = settings.text("TRELLIS_PASSKEY_ORIGINS", default: Self.origin(of: publicURL)).split(separator: ",").map(
            Self.trimmed)
        for origin in passkeyOrigins where !Self.isOrigin(origin, of: passkeyParty) {
            settings.refuse(
                "TRELLIS_PASSKEY_ORIGINS must be origins, such as https://app.example.com, at TRELLIS_PASSKEY_RP_ID or below it")
        }
        let isEnforced = settings.flag("TRELLIS_MFA_ENFORCED", default: false)
        let exempts = settings.flag("TRELLIS_MFA_EXEMPTS_PERSONAL_ORGS", default: false)
        secondFactors = isEnforced ? .administrators(exemptsLonePersonalOrgs: exempts) : .off
        corsOrigins = settings.list("TRELLIS_CORS_ORIGINS", default: [])
        for origin in corsOrigins where !Self.isOrigin(origin) {
            settings.refuse("TRELLIS_CORS_ORIGINS must be origins such as https://app.example.com, separated by commas; no stars, no paths")
        }
        allowedHosts = settings.list("TRELLIS_ALLOWED_HOSTS", default: [])
        areInvitationsEnabled = settings.flag("TRELLIS_INVITATIONS_ENABLED", default: true)
        isRateLimitEnabled = settings.flag("TRELLIS_RATE_LIMIT_ENABLED", default: true)
        httpLoops = settings.integer("TRELLIS_HTTP_LOOPS", default: 2, in: 1...64)
        logLevel = settings.choice("TRELLIS_LOG_LEVEL", default: "info", of: ["debug", "info", "warning", "error"])
        readyFile = settings.optionalText("TRELLIS_READY_FILE")
        sandboxControlToken = settings.optionalSecret("TRELLIS_SANDBOX_CONTROL_TOKEN")
        workerLease = .seconds(settings.integer("TRELLIS_WORKER_LEASE_SECONDS", default: 20, in: 2...300))
        let limits = JobLimits(settings.text("TRELLIS_WORKER_LIMITS", default: ""))
        workerLimits = limits ?? JobLimits()
        if limits == nil {
            settings.refuse(
                "TRELLIS_WORKER_LIMITS must be parts such as kind:graphs.take_backup=2, destination:NAME=8 or org=4, separated by commas")
        }
        let workerPort = settings.integer("TRELLIS_WORKER_PORT", default: -1, in: -1...65535)
        self.workerPort = workerPort < 0 ? nil : workerPort
        streamDrain = .seconds(settings.integer("TRELLIS_STREAM_DRAIN_SECONDS", default: 120, in: 0...3_600))
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
            let openDoors = Self.openDoors(
                publicURL: publicURL, host: httpHost, hasProxies: !trustedProxies.isEmpty, provider: stripeSecretKey, base: stripeAPIBase,
                logLevel: logLevel)
            for problem in openDoors { settings.refuse(problem) }
            for problem in Self.deadEnds(mailFrom: mailFrom, publicURL: publicURL) { settings.refuse(problem) }
            for (name, links) in [("TRELLIS_DATABASE_URL", [databaseURL]), ("TRELLIS_GRAPH_HOSTS", graphHosts)]
            where !links.allSatisfy({ Self.isGraphAPI($0) || DatabaseLink.isProtected($0) }) {
                settings.refuse("\(name) must have sslmode=verify-full where the server is another machine (SEC-082)")
            }
            if let redis, !redis.isThisMachine {
                settings.refuse(
                    "TRELLIS_REDIS_URL must be a socket or port of this machine: where the server is another one, a tunnel speaks TLS to it (SEC-082)"
                )
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

    /// What would leave a door open where customers are (SEC-080, SEC-094).
    private static func openDoors(
        publicURL: String, host: String, hasProxies: Bool, provider: SecretString?, base: String, logLevel: String
    ) -> [String] {
        let isLocal = ["127.0.0.1", "::1", "localhost"].contains(host)
        let named = publicURL.split(separator: "/", maxSplits: 2).last.map { $0.prefix { $0 != "/" && $0 != ":" } } ?? ""
        var problems: [String] = []
        if !publicURL.hasPrefix("https://"), !["127.0.0.1", "localhost", "["].contains(String(named)) {
            problems.append("TRELLIS_PUBLIC_URL must be an https address: passwords and tokens are sent to it")
        }
        if !isLocal, !hasProxies {
            problems.append(
                "TRELLIS_TRUSTED_PROXIES is required where TRELLIS_HTTP_HOST is not this machine alone: TLS ends in a proxy before the API")
        }
        if provider?.withValue({ $0.hasPrefix("sk_test_") || $0.hasPrefix("rk_test_") }) == true {
            problems.append("TRELLIS_STRIPE_SECRET_KEY is a test key, which exists in development and test only")
        }
        if provider != nil, !base.hasPrefix("https://") { problems.append("TRELLIS_STRIPE_API_BASE must be an https address") }
        if logLevel == "debug" { problems.append("TRELLIS_LOG_LEVEL may be debug in development and test only") }
        return problems
    }

    /// What would send people mails that no relay takes, or whose links lead nowhere (NOT-025).
    private static func deadEnds(mailFrom: String, publicURL: String) -> [String] {
        let domain = mailFrom.split(separator: "@").last?.prefix { $0 != ">" && $0 != " " } ?? ""
        var problems: [String] = []
        if !mailFrom.contains("@") || !domain.contains(".") || domain.hasPrefix(".") || domain.hasSuffix(".") {
            problems.append("TRELLIS_MAIL_FROM must be an address of a domain of yours: mails come from it, and come back to it")
        }
        if publicURL == defaultPublicURL { problems.append("TRELLIS_PUBLIC_URL is required: the links of mails begin with it") }
        return problems
    }

    private static let defaultPublicURL = "http://127.0.0.1:8080"

    /// Whether a text is an origin as browsers send it (RFC 6454 §6.2): scheme, host and port alone, in lower case.
    private static func isOrigin(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return false }
        let rest = text.dropFirst(scheme.utf8.count)
        return !rest.isEmpty
            && rest.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || [45, 46, 58, 91, 93].contains($0) }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    static func host(of url: String) -> String {
        let authority = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        return String(authority.prefix { $0 != ":" })
    }

    private static func origin(of url: String) -> String {
        url.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
    }

    /// Whether a page there may use passkeys of the domain (WebAuthn level 2, §5.1.2): a scheme, the domain or one below it, and nothing behind.
    private static func isOrigin(_ origin: String, of party: String) -> Bool {
        guard origin.hasPrefix("https://") || origin.hasPrefix("http://"), origin.utf8.filter({ $0 == UInt8(ascii: "/") }).count == 2
        else { return false }
        let host = host(of: origin)
        return !party.isEmpty && (host == party || host.hasSuffix("." + party))
    }

    private static func withoutTrailingSlash(_ text: String) -> String {
        text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
