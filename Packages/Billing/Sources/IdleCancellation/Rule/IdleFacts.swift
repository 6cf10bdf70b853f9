public import Billing
public import Core

/// Everything that the rule looks at, and nothing else: no clock, no input or output (IDL-019).
public struct IdleFacts: Codable, Hashable, Sendable {
    /// Who bills it.
    public enum Payer: String, Codable, Sendable, CaseIterable {
        /// The provider, by itself.
        case provider
        /// Our own invoices, or the provider's that somebody pays by hand.
        case netTerms = "net_terms"
        /// Nobody.
        case nobody
    }

    /// Who bills it.
    public var payer: Payer
    /// Whether the plan takes part.
    public var isPlanCovered: Bool
    /// The case that the period has already.
    public var existingCase: IdleCaseState?
    /// Whether an end is planned, by flag or by date.
    public var isEnding: Bool
    /// Whether both the row and the provider say active.
    public var isActive: Bool
    /// Whether the provider's collection is paused.
    public var isCollectionPaused: Bool
    /// Whether a schedule of the provider changes it.
    public var isScheduled: Bool
    /// The running period; `nil` when it cannot be told, or items have different ones.
    public var period: Period?
    /// How often it is charged; `nil` for what is not known.
    public var interval: RenewalInterval?
    /// Whether the renewal would cost nothing.
    public var isFree: Bool
    /// When it began at the provider.
    public var startedAt: Instant?
    /// When its trial ends or ended.
    public var trialEnd: Instant?
    /// A period that began earlier is not acted on.
    public var eligibleAfter: Instant
    /// The latest known use.
    public var lastActivity: Instant?

    /// Gathers the facts.
    public init(
        payer: Payer, isPlanCovered: Bool, existingCase: IdleCaseState?, isEnding: Bool, isActive: Bool, isCollectionPaused: Bool,
        isScheduled: Bool, period: Period?, interval: RenewalInterval?, isFree: Bool, startedAt: Instant?, trialEnd: Instant?,
        eligibleAfter: Instant, lastActivity: Instant?
    ) {
        self.payer = payer
        self.isPlanCovered = isPlanCovered
        self.existingCase = existingCase
        self.isEnding = isEnding
        self.isActive = isActive
        self.isCollectionPaused = isCollectionPaused
        self.isScheduled = isScheduled
        self.period = period
        self.interval = interval
        self.isFree = isFree
        self.startedAt = startedAt
        self.trialEnd = trialEnd
        self.eligibleAfter = eligibleAfter
        self.lastActivity = lastActivity
    }
}

/// Which rule made a decision.
public struct RuleVersion: RawRepresentable, Codable, Hashable, Sendable {
    /// The number.
    public let rawValue: Int

    /// Names a version.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }
}
