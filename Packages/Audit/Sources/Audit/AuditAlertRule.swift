public import Core

/// A rule that says which entries wake somebody: by type and risk only, never by text (AUD-096).
public struct AuditAlertRule: Sendable, Hashable {
    /// How the rule is called in a message.
    public let name: String
    /// Whether what it finds is looked at at once, at any hour.
    public let isCritical: Bool
    /// The types that it looks at.
    public let types: Set<String>
    /// The least risk of an entry that counts.
    public let risk: AuditRisk
    /// How many such entries it takes within the time.
    public let count: Int
    /// The time within which they have to lie; it says nothing when one is enough.
    public let window: Duration

    /// Makes a rule that a single entry fires.
    public init(_ name: String, types: Set<String>, risk: AuditRisk = .low, isCritical: Bool = false) {
        self.init(name, types: types, risk: risk, burst: 1, within: .minutes(15), isCritical: isCritical)
    }

    /// Makes a rule that takes several entries within a time.
    public init(
        _ name: String, types: Set<String>, risk: AuditRisk = .low, burst count: Int, within window: Duration, isCritical: Bool = false
    ) {
        self.name = name
        self.isCritical = isCritical
        self.types = types
        self.risk = risk
        self.count = count
        self.window = window
    }

    /// The name as one word, for what tells conditions apart: `log_not_proved`.
    public var key: String {
        String(name.map { $0 == " " || $0 == "-" ? "_" : $0 })
    }

    /// Whether an entry counts for the rule.
    public func concerns(type: String, risk: AuditRisk) -> Bool {
        types.contains(type) && risk >= self.risk
    }

    /// The rules of the product, in the order of AUD-096.
    public static let standard = [
        AuditAlertRule("sign-in failures", types: ["auth_failure", "auth_blocked"], burst: 20, within: .minutes(5)),
        AuditAlertRule("refusals of high risk", types: ["authorization_denied"], risk: .high),
        AuditAlertRule("injection", types: ["injection_attempt"], isCritical: true),
        AuditAlertRule("privilege escalation", types: ["privilege_escalation_attempt"], isCritical: true),
        AuditAlertRule("foreign org", types: ["cross_tenant_attempt"]),
        AuditAlertRule("path traversal", types: ["path_traversal_attempt"]),
        AuditAlertRule("cancel at the provider failed", types: ["provider_cancel_failed"]),
        AuditAlertRule("log not proved", types: ["audit_verification_failed"], isCritical: true),
        AuditAlertRule("operator sign-in failures", types: ["operator_sign_in_failed"]),
        AuditAlertRule("kill switch", types: ["kill_switch_engaged", "kill_switch_released"], isCritical: true),
        AuditAlertRule("impersonation", types: ["impersonation_started", "impersonation_refused"]),
    ]
}

/// A rule that fired.
public struct AuditAlert: Sendable, Hashable {
    /// The rule.
    public let rule: AuditAlertRule
    /// How many entries there were.
    public let count: Int
    /// When the last of them happened.
    public let latest: Instant

    /// Tells of a rule that fired.
    public init(rule: AuditAlertRule, count: Int, latest: Instant) {
        self.rule = rule
        self.count = count
        self.latest = latest
    }
}
