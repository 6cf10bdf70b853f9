public import Audit
public import Billing
public import Core
public import Graphs
public import Orgs

/// Somebody who changes something by the operators' API, and why.
public struct OperatorOrder: Sendable, Hashable {
    /// Who.
    public let person: Operator.ID
    /// Why.
    public let reason: String
    /// The same order has the same key, and is carried out once.
    public let key: String

    /// Describes an order.
    public init(by person: Operator.ID, because reason: String, key: String) {
        self.person = person
        self.reason = reason
        self.key = key
    }

    /// Whom entries name.
    public var actor: AuditActor { .operator(AuditReference(person)) }
}

/// Money that is to be given back.
public struct RefundWish: Sendable, Hashable {
    /// Who paid.
    public let org: Org.ID
    /// The payment at the provider.
    public let payment: ProviderID
    /// How much, in minor units.
    public let amount: Int64

    /// Describes a wish.
    public init(org: Org.ID, payment: ProviderID, amount: Int64) {
        self.org = org
        self.payment = payment
        self.amount = amount
    }
}

/// A credit that is to be granted.
public struct CreditWish: Sendable, Hashable {
    /// To whom.
    public let org: Org.ID
    /// How much.
    public let amount: Money
    /// Of which kind.
    public let source: AccountCredit.Source
    /// When what is left of it is forfeited.
    public let expiresAt: Instant?

    /// Describes a wish.
    public init(org: Org.ID, amount: Money, source: AccountCredit.Source, expiresAt: Instant?) {
        self.org = org
        self.amount = amount
        self.source = source
        self.expiresAt = expiresAt
    }
}

/// Money that came in for an own invoice.
public struct PaymentNote: Sendable, Hashable {
    /// How much; all that is open without.
    public let amount: Int64?
    /// By which way.
    public let method: String
    /// What the bank statement says.
    public let reference: String
    /// When; now without.
    public let receivedAt: Instant?

    /// Describes a payment.
    public init(amount: Int64?, method: String, reference: String, receivedAt: Instant?) {
        self.amount = amount
        self.method = method
        self.reference = reference
        self.receivedAt = receivedAt
    }
}

/// Why nothing was repaired or released.
public enum RepairRefusal: Error, Hashable, Sendable {
    /// There is no such difference.
    case notFound
    /// It is over.
    case over(DriftItem.State)
    /// No command helps: a person has to find out, and says so by a reason to leave it.
    case byHand(DriftItem.Category)
    /// What it is about is not as it was; the next comparison tells.
    case outdated
    /// The guard holds nothing.
    case nothingHeld
}

/// What operators do with money and subscriptions: by the commands that the product itself uses (ADM-012).
public protocol OperatorBilling: Sendable {
    /// Gives money of a payment back, up to what is left of it.
    func refund(_ wish: RefundWish, _ order: OperatorOrder) async throws -> Refund.ID
    /// Grants a credit.
    func grant(_ wish: CreditWish, _ order: OperatorOrder) async throws -> AccountCredit.ID
    /// Withdraws what is left of a credit.
    ///
    /// - Returns: how much was withdrawn now.
    func revoke(_ credit: AccountCredit.ID, _ order: OperatorOrder) async throws -> Int64
    /// Notes that what is left of a credit was paid out.
    ///
    /// - Returns: how much was paid out now.
    func payOut(_ credit: AccountCredit.ID, reference: String, _ order: OperatorOrder) async throws -> Int64
    /// Notes that money came in for an own invoice.
    func markPaid(_ invoice: Invoice.ID, _ note: PaymentNote, _ order: OperatorOrder) async throws
    /// Takes an own invoice back.
    func void(_ invoice: Invoice.ID, _ order: OperatorOrder) async throws
    /// Gives up collecting an own invoice.
    func giveUp(_ invoice: Invoice.ID, _ order: OperatorOrder) async throws
    /// Lets an org pay by invoice, or by card again, and when its invoices are due.
    func setTerms(of org: Org.ID, byInvoice: Bool, terms: BillingCustomer.PaymentTerms?, _ order: OperatorOrder) async throws
    /// Ends a subscription, at once or with its period.
    func cancel(_ subscription: Subscription.ID, _ mode: Subscription.Cancellation.Mode, _ order: OperatorOrder) async throws
    /// Takes the end of a subscription back.
    func uncancel(_ subscription: Subscription.ID, _ order: OperatorOrder) async throws
    /// Adds AI credits to a pool, in hundredths.
    func addBonus(_ amount: Int64, to pool: CreditPool.ID, _ order: OperatorOrder) async throws
    /// Brings a pool back to its allocation.
    func reset(_ pool: CreditPool.ID, _ order: OperatorOrder) async throws
    /// What the newest comparison with the provider that is over found (BIL-125).
    func driftReport() async throws -> ReconciliationReport?
    /// Orders the repair of a difference, by the command that exists for it (BIL-124); twice is once.
    ///
    /// - Throws: ``RepairRefusal``.
    func repair(_ difference: DriftItem.ID, _ order: OperatorOrder) async throws -> DriftRepairPlan
    /// Lets a difference stay as it is, until an instant or for good.
    ///
    /// - Throws: ``RepairRefusal``.
    func ignore(_ difference: DriftItem.ID, until end: Instant?, _ order: OperatorOrder) async throws
    /// How every guard of automatic actions stands, and how much is due behind it (BIL-132).
    func guards() async throws -> [(state: ActionGuardState, due: Int)]
    /// Lets a share of what a guard holds pass, each judged afresh.
    ///
    /// - Throws: ``RepairRefusal/nothingHeld``.
    func release(
        _ actionClass: ActionClass, _ stage: ReleaseStage, _ order: OperatorOrder
    ) async throws -> (released: Int, remaining: Int)
    /// How every control stands.
    func controls() async throws -> [BillingControlState]
    /// Turns a control off or on; twice is once.
    func setControl(_ control: BillingControl, isOn: Bool, _ order: OperatorOrder) async throws
}

/// What operators do with graphs that are to be destroyed.
public protocol OperatorGraphs: Sendable {
    /// Keeps a suspended graph from being destroyed until it is let go; twice is once.
    ///
    /// - Throws: `GraphError`.
    func holdPurge(of graph: GraphID, _ order: OperatorOrder) async throws
    /// Lets its purge go on, and warns its owners once more.
    ///
    /// - Throws: `GraphError`.
    func releasePurge(of graph: GraphID, _ order: OperatorOrder) async throws
    /// Lets the destruction of a graph end without its host, which is lost, and without a final backup; twice is once (GRA-050).
    ///
    /// - Throws: `GraphError`, `WaiverRefusal`.
    func waiveFinalBackup(of graph: GraphID, _ order: OperatorOrder) async throws
}

/// What operators do about things without their counterpart (ADM-028, GRA-125).
public protocol OperatorOrphans: Sendable {
    /// Orders the repair of a finding, by the command that exists for it; twice is once.
    ///
    /// - Throws: `OrphanRefusal`.
    func repair(_ orphan: OrphanFinding.ID, _ order: OperatorOrder) async throws -> OrphanRepairPlan
    /// Lets a finding stay: it is told of no more while it is there.
    ///
    /// - Throws: `OrphanRefusal`.
    func dismiss(_ orphan: OrphanFinding.ID, _ order: OperatorOrder) async throws
}

/// What operators do to take servers into use.
public protocol OperatorHosts: Sendable {
    /// Registers the host that the settings name so, once it is as it must be (GRA-097).
    ///
    /// - Throws: `HostRefusal`.
    func register(_ name: String, _ order: OperatorOrder) async throws -> GraphHost.ID
    /// The graphs of a host, each with its newest backup (GRA-102).
    ///
    /// - Throws: `HostRefusal`.
    func graphs(on host: GraphHost.ID) async throws -> [LostGraph]
    /// Gives a host up that does not answer, and begins to bring its graphs back on others.
    ///
    /// - Throws: `HostRefusal`.
    func recover(_ host: GraphHost.ID, _ order: OperatorOrder) async throws -> [LostGraph]
}

/// Whose an event of the payment provider is said to be.
public enum EventOwner: Sendable, Hashable {
    /// An org, where it is about no subscription.
    case org(Org.ID)
    /// A subscription, and with it its org.
    case subscription(Subscription.ID)
}

/// What operators do with hosts and with events of the payment provider.
public protocol OperatorPlant: Sendable {
    /// Lets a host take no more graphs, take them again, or go for good once it is empty.
    ///
    /// - Throws: ``QueueRefusal``.
    func setHost(_ host: GraphHost.ID, to state: GraphHost.State, _ order: OperatorOrder) async throws
    /// Has a stored event processed again: its object is read anew.
    ///
    /// - Throws: ``QueueRefusal``.
    func reprocess(_ event: InboundEvent.ID, _ order: OperatorOrder) async throws
    /// Has a parked event processed again; only what is parked.
    ///
    /// - Throws: ``QueueRefusal``.
    func unpark(_ event: InboundEvent.ID, _ order: OperatorOrder) async throws
    /// Says whose a parked event is, and has it processed again.
    ///
    /// - Throws: ``QueueRefusal``.
    func assign(_ event: InboundEvent.ID, to owner: EventOwner, _ order: OperatorOrder) async throws
    /// Lays a parked event aside; it stays listed.
    ///
    /// - Throws: ``QueueRefusal``.
    func discard(_ event: InboundEvent.ID, _ order: OperatorOrder) async throws
    /// The stored body of an event, as operators may see it.
    ///
    /// - Throws: ``QueueRefusal``.
    func body(of event: InboundEvent.ID) async throws -> JSONValue
}
