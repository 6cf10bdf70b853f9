public import Billing
public import Core
public import Identity

/// Decides about subscriptions whose renewal comes.
public protocol IdleEvaluating: Sendable {
    /// Reads the provider, then decides in one transaction; an event that was evaluated before gives `nil` (IDL-012).
    func evaluate(_ trigger: IdleTrigger) async throws -> IdleEvaluation?

    /// Asks for the evaluation of what was missed.
    ///
    /// - Returns: how many.
    func sweepMissed(limit: Int) async throws -> Int
}

/// Takes idle cancellations back.
public protocol IdleReversing<Transaction>: Sendable {
    /// The transactions it works in.
    associatedtype Transaction

    /// Accepts a reversal in the caller's transaction (S3); nothing is asked of the provider here.
    func accept(_ request: ReversalRequest, in transaction: Transaction) async throws -> ReversalOutcome

    /// Carries an accepted reversal out (S4).
    func settle(_ id: IdleCase.ID) async throws -> SettlementOutcome

    /// Accepts reversals for uses that were recorded and had none.
    ///
    /// - Returns: how many.
    func sweepLost(limit: Int) async throws -> Int
}

/// Reads by whom what is paid for was used.
public protocol ActivityReading<Transaction>: Sendable {
    /// The transactions it reads in.
    associatedtype Transaction

    /// The latest use by anybody of a subject, by session or key, live or not (IDL-005); `nil` when none is on record.
    func lastActivity(of subject: IdleSubject, in transaction: Transaction) async throws -> ActivityFact?

    /// Records a use and reads it back, through the path by which uses are recorded (IDL-066).
    func probe() async throws -> ProbeResult
}

/// What authentication asks and tells.
public protocol ActivityGate<Transaction>: Sendable {
    /// The transactions it reads in.
    associatedtype Transaction

    /// Notes a use.
    func touch(_ activity: PendingActivity) async -> TouchOutcome

    /// The pending cases that a person's use takes back.
    func pending(for user: User.ID, in transaction: Transaction) async throws -> [IdleCase.ID]
}

/// What became of noting a use.
public enum TouchOutcome: Sendable, Hashable {
    /// It is stored, and so are the reversals that follow from it.
    case stored
    /// It could not be stored in time and is tried again.
    case delayed
}

/// The provider's side of an end.
public protocol SubscriptionEndProvider: Sendable {
    /// Reads a subscription; `nil` when there is none any more.
    func read(_ id: ProviderID) async throws -> ProviderSubscription?

    /// Sends the order to set an end, with its marker, in one update.
    func setEnd(_ intent: ProviderIntent.ID) async throws -> EndOrderOutcome

    /// Sends the order to clear an end and its marker, in one update.
    func clearEnd(_ intent: ProviderIntent.ID) async throws -> EndOrderOutcome
}

/// What became of an order about an end.
public enum EndOrderOutcome: Sendable, Hashable {
    /// The provider's answer, or what was read of it, is stored with everything that follows.
    case settled
    /// Nothing is certain yet.
    case later(after: Duration?)
    /// There was nothing to be sent any more.
    case withdrawn
}

/// What is told to people about a case. It writes in the transaction that makes it true.
public protocol IdleNoticeSink<Transaction>: Sendable {
    /// The transactions it writes in.
    associatedtype Transaction

    /// Writes the mails of a decision, which nothing sends before they are released; one per recipient and case (IDL-023, IDL-055).
    func hold(_ idleCase: IdleCase, in transaction: Transaction) async throws

    /// Lets the held mails go: the provider has confirmed the end (IDL-030).
    func release(_ idleCase: IdleCase, in transaction: Transaction) async throws

    /// Takes the held mails out of the world; those that have left stay.
    func withdraw(_ idleCase: IdleCase, in transaction: Transaction) async throws

    /// A reversal is settled and people had been told of the end: kept mails and the banner (IDL-039). The case says by which way and by whom.
    func kept(_ idleCase: IdleCase, in transaction: Transaction) async throws

    /// A reversal came too late at the provider: how to subscribe again (IDL-045).
    func keepFailed(_ idleCase: IdleCase, in transaction: Transaction) async throws

    /// The provider moved the period: new mails with new links (IDL-031).
    func periodMoved(_ idleCase: IdleCase, in transaction: Transaction) async throws
}

/// Limits how much is called off (IDL-063).
public protocol BlastRadiusGuard<Transaction>: Sendable {
    /// The transactions it counts in.
    associatedtype Transaction

    /// Whether one more may be called off now.
    func admit(_ candidate: IdleCase, in transaction: Transaction) async throws -> Admission

    /// Stops all further decisions.
    func stop(reason: String, by person: IdleOperator) async throws

    /// Lets a share of the held cases be looked at again.
    func release(_ stage: ReleaseStage, by person: IdleOperator) async throws -> ReleaseReport

    /// Gives all held cases up.
    ///
    /// - Returns: how many.
    func discard(by person: IdleOperator) async throws -> Int

    /// How it stands.
    func status() async throws -> GuardStatus
}

extension BlastRadiusGuard {
    /// Stops all further decisions for somebody who works on the machine itself.
    public func stop(reason: String, by name: String) async throws { try await stop(reason: reason, by: .commandLine(name)) }

    /// Lets a share of the held cases be looked at again for somebody who works on the machine itself.
    public func release(_ stage: ReleaseStage, by name: String) async throws -> ReleaseReport {
        try await release(stage, by: .commandLine(name))
    }

    /// Gives all held cases up for somebody who works on the machine itself.
    public func discard(by name: String) async throws -> Int { try await discard(by: .commandLine(name)) }
}
