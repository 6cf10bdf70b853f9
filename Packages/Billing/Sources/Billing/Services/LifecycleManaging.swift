public import Core
public import Identity
public import Orgs

/// What people do with a running subscription and with what it is paid by, for the routes.
public protocol LifecycleManaging: Sendable {
    /// Takes the end of a subscription back: an owner, or the person whose seat it is (BIL-056).
    func uncancel(_ id: Subscription.ID, of org: Org.ID, as principal: Principal) async throws -> SubscriptionView

    /// Everything that happened to a subscription, oldest first (BIL-130).
    func history(of id: Subscription.ID, in org: Org.ID, as principal: Principal) async throws -> [HistoryItem]

    /// Why a subscription gives the access it gives, and what comes next (BIL-128).
    func explain(_ id: Subscription.ID, of org: Org.ID, as principal: Principal) async throws -> SubscriptionExplanation

    /// The methods of an org; owners only.
    func methods(of org: Org.ID, as principal: Principal) async throws -> [PaymentMethod]

    /// Opens the page on which a method is added (BIL-074).
    ///
    /// - Returns: the page.
    func startMethodSetup(of org: Org.ID, makesDefault: Bool, as principal: Principal) async throws -> String

    /// Charges another method from now on, everywhere (BIL-075).
    func makeDefault(_ method: ProviderID, of org: Org.ID, retryingOpenInvoices: Bool, as principal: Principal) async throws

    /// Takes a method away (BIL-074).
    ///
    /// - Throws: ``BillingError/lastPaymentMethod`` when something that goes on is charged and no other method is left.
    func remove(_ method: ProviderID, of org: Org.ID, as principal: Principal) async throws
}

/// One thing that happened to a subscription.
public struct HistoryItem: Sendable, Hashable {
    /// What kind of thing.
    public enum Kind: String, Sendable, CaseIterable {
        /// An entry of the log: a move, a payment, a reminder, a mail.
        case entry
        /// A decision about the provider's side.
        case intent
        /// A stored event of the provider.
        case event
        /// An invoice.
        case invoice
        /// Something that was told once.
        case notice
    }

    /// What kind of thing.
    public let kind: Kind
    /// Its id.
    public let id: String
    /// When it happened.
    public let at: Instant
    /// Its type, in a fixed word.
    public let type: String
    /// How it stands, or what it says in one line.
    public let detail: String

    /// Describes an item.
    public init(kind: Kind, id: String, at: Instant, type: String, detail: String) {
        self.kind = kind
        self.id = id
        self.at = at
        self.type = type
        self.detail = detail
    }
}

/// Why a subscription gives the access it gives, and what comes next.
public struct SubscriptionExplanation: Sendable, Hashable {
    /// Something that will happen by itself.
    public struct Next: Sendable, Hashable {
        /// When.
        public let at: Instant
        /// What, in a fixed word.
        public let what: String
    }

    /// An order to the provider that is not settled.
    public struct Pending: Sendable, Hashable {
        /// Which.
        public let id: ProviderIntent.ID
        /// What is asked.
        public let kind: String
        /// How far it is.
        public let state: ProviderIntent.State
        /// How often it was sent.
        public let attempts: Int
    }

    /// The subscription.
    public let view: SubscriptionView
    /// The access it gives and why.
    public let access: AccessDecision
    /// What will happen, soonest first.
    public let next: [Next]
    /// What the provider was asked and has not confirmed.
    public let pending: [Pending]
    /// What may be done now, and by whom.
    public let rights: [String: [String]]
}
