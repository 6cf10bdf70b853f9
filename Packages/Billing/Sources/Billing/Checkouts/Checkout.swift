public import Audit
public import Core
public import Identity
public import Orgs

/// One visit to the hosted payment page, kept for ever.
public struct Checkout: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of a checkout.
    public typealias ID = Identifier<Checkout>
    /// `bchk_…`
    public static let idPrefix = "bchk"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.checkout

    /// How far the visit has come.
    public enum State: String, Codable, Sendable, CaseIterable {
        /// Being opened at the provider.
        case opening
        /// The page can be paid.
        case open
        /// The page was completed.
        case complete
        /// Its time ran out.
        case expired
        /// A newer checkout took its place.
        case retired
        /// The provider has not said.
        case unknown
    }

    /// Its own id.
    public let id: ID
    /// Who pays.
    public let org: Org.ID
    /// What is bought.
    public let subscription: Subscription.ID
    /// Who opened it.
    public let startedBy: User.ID
    /// Names the request it answers: the same caller, plan and wishes have the same (BIL-020).
    public let fingerprint: String
    /// The intent that opens it.
    public let intent: ProviderIntent.ID
    /// The provider's session.
    public var session: ProviderID?
    /// The page.
    public var url: String?
    /// How far it has come.
    public var state: State
    /// The provider's word for the payment.
    public var paymentStatus: String?
    /// Until when it can be paid.
    public var expiresAt: Instant
    /// When a status call last read it at the provider (BIL-023).
    public var polledAt: Instant?
    /// When it was made.
    public let createdAt: Instant

    /// Makes a checkout that is about to be opened.
    public init(
        id: ID, org: Org.ID, subscription: Subscription.ID, startedBy: User.ID, fingerprint: String, intent: ProviderIntent.ID,
        expiresAt: Instant, at now: Instant
    ) {
        self.id = id
        self.org = org
        self.subscription = subscription
        self.startedBy = startedBy
        self.fingerprint = fingerprint
        self.intent = intent
        self.expiresAt = expiresAt
        state = .opening
        createdAt = now
    }
}
