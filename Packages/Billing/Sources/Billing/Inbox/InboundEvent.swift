public import Audit
public import Core
public import Orgs

/// A stored, verified webhook of the provider. It has no foreign keys and refers to nothing by ours, so it can always be kept (STR-070).
public struct InboundEvent: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of an event.
    public typealias ID = Identifier<InboundEvent>
    /// `iev_…`
    public static let idPrefix = "iev"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.providerEvent

    /// How far it has come.
    public enum State: String, Codable, Sendable, CaseIterable { case received, done, parked }

    /// What came of it.
    public enum Outcome: String, Codable, Sendable, CaseIterable {
        /// Something changed because of it.
        case applied
        /// It concerns nothing we keep.
        case ignored
        /// What it tells was known already.
        case duplicate
        /// An operator laid it aside.
        case discarded
    }

    /// Why it waits for a person.
    public enum ParkReason: String, Codable, Sendable, CaseIterable {
        /// It is of the other mode, live or test (STR-E05).
        case wrongMode = "wrong_mode"
        /// The object could not be understood.
        case undecodable
        /// It tells of something that may not happen to the row.
        case forbiddenTransition = "forbidden_transition"
        /// Nothing here belongs to it, after 15 minutes of tries.
        case unresolved
        /// The provider could not be asked for three days.
        case providerDown = "provider_down"
        /// It holds a word we do not know where a decision is needed (STR-E25).
        case unknownWord = "unknown_word"
        /// Somebody gave a running subscription a price that is none of ours (BIL-070).
        case foreignPrice = "foreign_price"
    }

    /// Its own id.
    public let id: ID
    /// `stripe`
    public let provider: String
    /// The provider's id; unique with the provider.
    public let providerEvent: ProviderID
    /// What it tells.
    public let type: String
    /// The version it was rendered at.
    public let apiVersion: String?
    /// Whether it is about real money.
    public let livemode: Bool
    /// When it was made.
    public let created: Instant
    /// The object it is about.
    public let objectID: ProviderID?
    /// The kind of that object.
    public let objectType: String?
    /// Ids found in the body, as plain text.
    public let references: References
    /// The untouched body.
    public let body: [UInt8]
    /// When it came.
    public let receivedAt: Instant
    /// How far it has come.
    public var state: State
    /// What came of it.
    public var outcome: Outcome?
    /// Why it waits.
    public var parkReason: ParkReason?
    /// Whose an operator said it is.
    public var assigned: Assignment?
    /// Whether it was found in the provider's list instead of being delivered (STR-126).
    public let isPulled: Bool

    /// Whose an event is that could not be told by itself (STR-069).
    public struct Assignment: Hashable, Sendable {
        /// The org.
        public let org: Org.ID
        /// The subscription, when it is about one.
        public let subscription: Subscription.ID?

        /// Names them.
        public init(org: Org.ID, subscription: Subscription.ID?) {
            self.org = org
            self.subscription = subscription
        }
    }

    /// Ids found in the body; nothing is decided by them before the object was read again.
    public struct References: Codable, Hashable, Sendable {
        /// The customer.
        public var customer: ProviderID?
        /// The subscription.
        public var subscription: ProviderID?
        /// The payment that is charged or given back.
        public var payment: ProviderID?
        /// The invoice that a payment is for.
        public var invoice: ProviderID?

        /// Holds ids.
        public init(
            customer: ProviderID? = nil, subscription: ProviderID? = nil, payment: ProviderID? = nil, invoice: ProviderID? = nil
        ) {
            self.customer = customer
            self.subscription = subscription
            self.payment = payment
            self.invoice = invoice
        }
    }

    /// Takes a verified event in.
    public init(id: ID, _ event: VerifiedEvent, body: [UInt8], receivedAt: Instant, isPulled: Bool = false) {
        self.id = id
        provider = event.provider
        providerEvent = event.id
        type = event.type
        apiVersion = event.apiVersion
        livemode = event.livemode
        created = event.created
        objectID = event.objectID
        objectType = event.objectType
        references = event.references
        self.body = body
        self.receivedAt = receivedAt
        self.isPulled = isPulled
        state = .received
    }
}

/// An event whose signature was right.
public struct VerifiedEvent: Sendable, Hashable {
    /// `stripe`
    public let provider: String
    /// The provider's id.
    public let id: ProviderID
    /// What it tells.
    public let type: String
    /// The version it was rendered at.
    public let apiVersion: String?
    /// Whether it is about real money.
    public let livemode: Bool
    /// When it was made.
    public let created: Instant
    /// The object it is about.
    public let objectID: ProviderID?
    /// The kind of that object.
    public let objectType: String?
    /// Ids found in the body.
    public let references: InboundEvent.References

    /// Describes an event.
    public init(
        provider: String, id: ProviderID, type: String, apiVersion: String?, livemode: Bool, created: Instant,
        objectID: ProviderID?, objectType: String?, references: InboundEvent.References
    ) {
        self.provider = provider
        self.id = id
        self.type = type
        self.apiVersion = apiVersion
        self.livemode = livemode
        self.created = created
        self.objectID = objectID
        self.objectType = objectType
        self.references = references
    }
}

/// Tells whether what arrived was sent by the provider.
public protocol WebhookVerifying: Sendable {
    /// Verifies the untouched bytes of a delivery.
    ///
    /// - Throws: ``WebhookRejection`` when they were not signed by the provider, not lately, or are no event.
    func verify(signature: String?, body: [UInt8], now: Instant) throws(WebhookRejection) -> VerifiedEvent
}

/// Why a delivery was not accepted.
public enum WebhookRejection: Error, Hashable, Sendable {
    /// There is no signature, or none that could be one (STR-043).
    case missingSignature
    /// The signature is not right.
    case invalidSignature
    /// It is older or newer than five minutes.
    case untimely
    /// It was signed and is no event.
    case notAnEvent
}
