public import Billing
public import Core
public import Identity

/// What a transaction can do with idle cancellation, beside everything it can do with billing.
///
/// Locks are taken in one order: customer, subscription, intents, case, guard, notices (IDL-022).
public protocol IdleTransaction: BillingTransaction {
    // MARK: Cases

    /// Stores a new case.
    ///
    /// - Returns: `false` when the subscription has one for the period already; then nothing happened (IDL-013).
    func open(_ idleCase: IdleCase) async throws -> Bool

    /// A case, locked; lock its subscription first.
    func lockedCase(_ id: IdleCase.ID) async throws -> IdleCase?

    /// A case as it is.
    func idleCase(_ id: IdleCase.ID) async throws -> IdleCase?

    /// The case of a subscription that is not final, locked.
    func lockedOpenCase(of subscription: Subscription.ID) async throws -> IdleCase?

    /// The case of a period.
    func idleCase(of subscription: Subscription.ID, periodStart: Instant) async throws -> IdleCase?

    /// Stores what changed about a case.
    func save(_ idleCase: IdleCase) async throws

    /// The pending cases that a person's use takes back: of all orgs the person belongs to, and of the person's own seats (IDL-044).
    func pendingCases(concerning user: User.ID) async throws -> [IdleCase.ID]

    // MARK: Evaluations

    /// Stores an evaluation.
    ///
    /// - Returns: `false` when its event was evaluated before (IDL-012).
    func insert(_ evaluation: IdleEvaluation) async throws -> Bool

    /// Whether an event was evaluated before.
    func wasEvaluated(_ event: InboundEvent.ID) async throws -> Bool

    // MARK: Activity and eligibility

    /// The latest use by anybody of a subject (IDL-005); `nil` when none is on record.
    func lastActivity(of subject: IdleSubject) async throws -> ActivityFact?

    /// How many people a subject has now.
    func size(of subject: IdleSubject) async throws -> Int

    /// A period of the subscription that began earlier is not acted on (IDL-017).
    func eligibleAfter(of subscription: Subscription.ID) async throws -> Instant

    /// Moves it later; an earlier instant changes nothing.
    func setEligibleAfter(_ instant: Instant, of subscription: Subscription.ID) async throws

    /// Sets it, earlier as well: an operator's word.
    func replaceEligibleAfter(_ instant: Instant, of subscription: Subscription.ID) async throws

    // MARK: Links

    /// Uses a link up.
    ///
    /// - Returns: the use; `nil` when it was used before.
    func useLink(_ hash: [UInt8], for idleCase: IdleCase, at now: Instant) async throws -> KeepLinkUse.ID?

    // MARK: Intents

    /// Gives up an intent of which nothing was ever sent.
    ///
    /// - Returns: `false` when it may have been sent, or is settled.
    func supersedeUnsent(_ intent: ProviderIntent.ID) async throws -> Bool

    // MARK: The guard

    /// The one row of the guard, locked.
    func lockedGuard() async throws -> GuardState

    /// Stores what changed about the guard.
    func save(_ state: GuardState) async throws

    /// What the guard counts, at an instant.
    func guardCounts(at now: Instant) async throws -> GuardCounts
}
