public import Audit
public import Core
public import Orgs

/// A difference between our rows and the provider's objects (BIL-123).
public struct DriftItem: Sendable, Hashable, IdentifiedEntity, AuditReferable {
    /// The id of a difference.
    public typealias ID = Identifier<DriftItem>
    /// `bdrf_…`
    public static let idPrefix = "bdrf"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.driftItem

    /// What differs.
    public enum Category: String, Codable, Sendable, CaseIterable {
        /// The provider has a subscription that no row knows.
        case missingHere = "missing_here"
        /// A row names a subscription that the provider does not have.
        case missingThere = "missing_there"
        /// How far it has come.
        case status
        /// When it ends.
        case endDate = "end_date"
        /// What is paid for now.
        case period
        /// What is charged.
        case price
        /// What a price of ours costs there.
        case amount
        /// What a product of ours is called there, or that it is switched off.
        case product
        /// Where the provider sends its mail.
        case contact
        /// A bill that could not be finalised.
        case finalization
        /// What of a customer's credit is there.
        case balance
        /// What a bill of the last weeks comes to, or whether it is paid.
        case invoice
        /// What was given back of a payment.
        case refund
        /// Who contests a payment.
        case dispute
        /// By which methods a customer pays.
        case method
        /// Who is charged.
        case customerLink = "customer_link"
        /// Somebody pays and is given nothing.
        case paidWithoutService = "paid_without_service"
        /// Somebody is given what nobody pays for.
        case serviceWithoutPayment = "service_without_payment"

        /// How bad it is.
        public var severity: Severity {
            switch self {
            case .paidWithoutService, .serviceWithoutPayment: .critical
            case .missingHere, .missingThere, .status, .price, .customerLink, .amount, .finalization, .balance, .invoice,
                .refund, .dispute:
                .high
            case .endDate, .product, .contact, .method: .medium
            case .period: .low
            }
        }

        /// What is to be done about it, for the person who looks.
        public var proposedRepair: String {
            switch self {
            case .missingHere: "find out who made it; end it there and give back what was paid, or assign it to a row"
            case .missingThere: "sell it again or end the row"
            case .status, .endDate, .period, .serviceWithoutPayment: "the object is read again and applied"
            case .price: "change the plan here, or set the old price there"
            case .amount: "set the price there as it was; a new amount needs a new version of the plan"
            case .product: "set the name there as it was, or give the plan another one here"
            case .contact: "save the billing contact once more, which sends it"
            case .finalization: "look at the bill there and finalise it by hand"
            case .balance: "accept the change there by an entry, or take it back there"
            case .method: "the customer's methods are read again"
            case .invoice, .refund, .dispute: "it is read again and mirrored"
            case .customerLink: "find out whose customer it is; link it or end what runs on it"
            case .paidWithoutService: "end the subscription there and give back what was paid"
            }
        }

        /// Whether reading the object again and applying it, as any event does, is a safe repair (BIL-124).
        public var isRepairedByReading: Bool { repair == .readAgain }
    }

    /// How bad it is.
    public enum Severity: String, Codable, Sendable, CaseIterable { case low, medium, high, critical }

    /// What becomes of it.
    public enum State: String, Codable, Sendable, CaseIterable {
        case open
        /// A later run did not find it any more.
        case repaired
        /// Somebody decided that it may stay.
        case dismissed
    }

    /// Its own id.
    public let id: ID
    /// Whose it is, when that is known.
    public let org: Org.ID?
    /// Our row, when there is one.
    public let subscription: Subscription.ID?
    /// The provider's object.
    public let object: ProviderID
    /// What differs.
    public let category: Category
    /// What we have.
    public let ours: String
    /// What the provider has.
    public let theirs: String
    /// When it was first found.
    public let foundAt: Instant
    /// What became of it.
    public var state: State
    /// Who ordered its repair; `nil` while nobody did, and again once it was found in spite of it.
    public var repairedBy: String?
    /// Who said that it may stay.
    public var dismissedBy: String?
    /// Until when it may stay; `nil` for good.
    public var dismissedUntil: Instant?
    /// Why it was repaired, or may stay.
    public var reason: String?

    /// Describes a difference that was just found.
    public init(
        id: ID, org: Org.ID?, subscription: Subscription.ID?, object: ProviderID, category: Category, ours: String, theirs: String,
        foundAt: Instant
    ) {
        self.id = id
        self.org = org
        self.subscription = subscription
        self.object = object
        self.category = category
        self.ours = ours
        self.theirs = theirs
        self.foundAt = foundAt
        state = .open
    }
}

/// What the store says of a difference that was found.
public enum DriftSighting: Sendable, Hashable {
    /// It was not known.
    case new
    /// It is open already.
    case known
    /// Somebody said that it may stay as it is.
    case dismissed
}
