public import Audit
public import Core
public import Orgs

/// A stored decision to change something at the provider.
///
/// It is written in the transaction of the decision and sent afterwards by a job. Its key and the exact bytes of its request are
/// stored before the first byte leaves, so that every repetition, also after a crash, is the same request (STR-008).
public struct ProviderIntent: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of an intent.
    public typealias ID = Identifier<ProviderIntent>
    /// `bint_…`
    public static let idPrefix = "bint"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.intent

    /// How far it has come.
    public enum State: String, Codable, Sendable, CaseIterable {
        case queued
        case inFlight = "in_flight"
        case succeeded, refused, unknown, superseded
    }

    /// Its own id.
    public let id: ID
    /// For whom; empty for what belongs to all, such as prices.
    public let org: Org.ID?
    /// The thing that is changed; one intent at a time is in flight for it.
    public let object: String
    /// Orders the decisions about the object; unique together with it.
    public let operationSequence: Int64
    /// What is asked.
    public let command: ProviderCommand
    /// Grows only after a definitive refusal or a proof that nothing happened (STR-009).
    public var generation: Int
    /// How far it has come.
    public var state: State
    /// How often it was sent.
    public var attempts: Int
    /// The exact request, once it has been made.
    public var request: ProviderRequest?
    /// When it was first sent; the provider forgets keys a day later (STR-010).
    public var firstSentAt: Instant?
    /// What came back.
    public var result: ProviderResult?
    /// Why it was refused.
    public var refusal: String?
    /// The exchanges it took so far, the newest last and at most ``rememberedExchanges`` of them (STR-020).
    public private(set) var exchanges: [ProviderExchange] = []
    /// When it was made.
    public let createdAt: Instant

    /// Makes an intent that waits to be sent.
    public init(id: ID, org: Org.ID?, object: String, operationSequence: Int64, command: ProviderCommand, at now: Instant) {
        self.id = id
        self.org = org
        self.object = object
        self.operationSequence = operationSequence
        self.command = command
        generation = 1
        state = .queued
        attempts = 0
        createdAt = now
    }

    /// How many exchanges an intent remembers.
    public static let rememberedExchanges = 20

    /// Remembers exchanges; the oldest are forgotten when there are too many.
    public mutating func note(_ more: [ProviderExchange]) {
        exchanges = Array((exchanges + more).suffix(Self.rememberedExchanges))
    }

    /// The idempotency key: made of the intent and its generation, without personal data (STR-008).
    public var key: IdempotencyKey { IdempotencyKey("\(id)-\(generation)") }

    /// Whether nothing more will be sent for it.
    public var isSettled: Bool { state == .succeeded || state == .refused || state == .superseded }
}

/// What makes a repeated request the same request to the provider.
public struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
    /// The text of the key.
    public let description: String

    /// Takes the text of a key.
    public init(_ description: String) {
        self.description = description
    }
}

/// A request to the provider, byte for byte as it will be sent.
public struct ProviderRequest: Codable, Hashable, Sendable {
    /// `POST` or `DELETE`.
    public let method: String
    /// The path and, for `DELETE`, the query.
    public let path: String
    /// The body.
    public let body: String

    /// Describes a request.
    public init(method: String, path: String, body: String) {
        self.method = method
        self.path = path
        self.body = body
    }
}

/// What a successful command gave.
public enum ProviderResult: Codable, Hashable, Sendable {
    case customer(ProviderID)
    case product(ProviderID)
    case price(ProviderPrice)
    case checkout(ProviderCheckout)
    case subscription(ProviderSubscription)
    /// The subscription was gone already; that is what was wanted.
    case subscriptionGone
    case refund(ProviderID, status: String)
    case portal(url: String)
    case method(ProviderID)
    case invoice(ProviderInvoice)
    /// The customer's balance was changed.
    case balanceTransaction(ProviderID)
    /// How the page stood when it was to be closed.
    case closure(CheckoutClosure)
}

/// How a hosted page stood when it was to be closed (STR-032).
public enum CheckoutClosure: String, Codable, Hashable, Sendable {
    /// We closed it, or it was closed before.
    case expired
    /// It was completed before.
    case complete
}
