public import Billing
public import Core
internal import Identity
public import Orgs

/// One subscription as our own rows have it, with everything that the rule looks at; nobody is asked for it.
public struct IdleMirror: Sendable, Hashable {
    /// Which.
    public let subscription: Subscription.ID
    /// Who pays.
    public let org: Org.ID
    /// What is paid for.
    public let resource: ResourceID?
    /// The plan.
    public let plan: PlanKey
    /// Whose use counts.
    public let subject: IdleSubject
    /// Who bills it.
    public let payer: IdleFacts.Payer
    /// Whether it runs.
    public let isActive: Bool
    /// When it ends, where an end is planned.
    public let endsAt: Instant?
    /// The running period.
    public let period: Period?
    /// How often it is charged.
    public let interval: RenewalInterval?
    /// Whether the renewal costs nothing.
    public let isFree: Bool
    /// When it began.
    public let startedAt: Instant?
    /// When its trial ends or ended.
    public let trialEnd: Instant?
    /// A period that began earlier is not acted on.
    public let eligibleAfter: Instant
    /// The latest use.
    public let use: ActivityFact?
    /// The credential of that use, for operators only.
    public let credential: String?
    /// The case of the running period.
    public let existing: IdleCaseState?

    /// Describes a subscription.
    public init(
        subscription: Subscription.ID, org: Org.ID, resource: ResourceID?, plan: PlanKey, subject: IdleSubject, payer: IdleFacts.Payer,
        isActive: Bool, endsAt: Instant?, period: Period?, interval: RenewalInterval?, isFree: Bool, startedAt: Instant?,
        trialEnd: Instant?, eligibleAfter: Instant, use: ActivityFact?, credential: String?, existing: IdleCaseState?
    ) {
        self.subscription = subscription
        self.org = org
        self.resource = resource
        self.plan = plan
        self.subject = subject
        self.payer = payer
        self.isActive = isActive
        self.endsAt = endsAt
        self.period = period
        self.interval = interval
        self.isFree = isFree
        self.startedAt = startedAt
        self.trialEnd = trialEnd
        self.eligibleAfter = eligibleAfter
        self.use = use
        self.credential = credential
        self.existing = existing
    }

    /// The facts at an instant, as an evaluation would find them if the provider had the same.
    func facts(isCovered: Bool, at now: Instant) -> IdleFacts {
        let running = period.flatMap { $0.end > now ? $0 : nil }
        return IdleFacts(
            payer: payer, isPlanCovered: isCovered, existingCase: running == nil ? nil : existing, isEnding: endsAt != nil,
            isActive: isActive, isCollectionPaused: false, isScheduled: false, period: running, interval: interval, isFree: isFree,
            startedAt: startedAt, trialEnd: trialEnd, eligibleAfter: eligibleAfter, lastActivity: use?.at)
    }
}
