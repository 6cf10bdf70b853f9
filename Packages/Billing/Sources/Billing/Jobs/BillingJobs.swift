public import Core
public import Jobs

/// The order to send what an intent asks of the provider.
public struct SendProviderIntent: Job {
    /// `billing.send_provider_intent`
    public static let kind = "billing.send_provider_intent"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is settled: a decision that was committed is carried out (BIL-053).
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which intent.
    public let intent: ProviderIntent.ID

    /// Orders it.
    public init(intent: ProviderIntent.ID) {
        self.intent = intent
    }
}

/// The order to send what an intent asks about an end that idleness decided; whoever decided it handles it.
public struct SendIdleEnd: Job {
    /// `billing.send_idle_end`
    public static let kind = "billing.send_idle_end"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is settled.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which intent.
    public let intent: ProviderIntent.ID

    /// Orders it.
    public init(intent: ProviderIntent.ID) {
        self.intent = intent
    }
}

/// The order to apply what a stored event tells.
public struct ProcessInboundEvent: Job {
    /// `billing.process_inbound_event`
    public static let kind = "billing.process_inbound_event"
    /// With the other webhooks.
    public static let lane = Lane.webhooks
    /// Until it is done or parked, which the event itself decides (STR-065).
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which event.
    public let event: InboundEvent.ID

    /// Orders it.
    public init(event: InboundEvent.ID) {
        self.event = event
    }

    /// The order that comes with an event, in line with whatever else reads the same: the refunds of a payment have many objects and one
    /// list.
    public static func order(of event: InboundEvent) -> (job: ProcessInboundEvent, options: JobOptions) {
        let serialKey = ProviderSubject(of: event)?.serialKey ?? event.objectID.map { "provider:" + $0.rawValue }
        return (ProcessInboundEvent(event: event.id), JobOptions(uniqueKey: event.id.description, serialKey: serialKey))
    }
}

/// The order to hand a resource over once the time paid for is over.
public struct EndAccess: Job {
    /// `billing.end_access`
    public static let kind = "billing.end_access"
    /// With the other steps of a resource's life.
    public static let lane = Lane.lifecycle
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which subscription.
    public let subscription: Subscription.ID

    /// Orders it.
    public init(subscription: Subscription.ID) {
        self.subscription = subscription
    }
}

/// The order to look at a debt when one of its deadlines has come.
public struct EnforceDeadline: Job {
    /// `billing.enforce_deadline`
    public static let kind = "billing.enforce_deadline"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which subscription.
    public let subscription: Subscription.ID

    /// Orders it.
    public init(subscription: Subscription.ID) {
        self.subscription = subscription
    }

    /// The order that comes at a deadline: one for each of them.
    static func order(of row: Subscription, at deadline: Instant) -> (job: EnforceDeadline, options: JobOptions) {
        (
            EnforceDeadline(subscription: row.id),
            JobOptions(runAt: deadline, uniqueKey: "\(row.id):\(deadline.microsecondsSinceEpoch)", org: row.org.uuid)
        )
    }
}

/// The order to give back everything that was collected for a sale that came to nothing.
public struct CompensateSale: Job {
    /// `billing.compensate_sale`
    public static let kind = "billing.compensate_sale"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which subscription.
    public let subscription: Subscription.ID
    /// Its counterpart at the provider.
    public let provider: ProviderID

    /// Orders it.
    public init(subscription: Subscription.ID, provider: ProviderID) {
        self.subscription = subscription
        self.provider = provider
    }
}

/// The order to look at an object of the provider although no event told of it.
public struct SyncProviderObject: Job {
    /// `billing.sync_provider_object`
    public static let kind = "billing.sync_provider_object"
    /// With the webhooks, whose work it does.
    public static let lane = Lane.webhooks
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which object.
    public let subject: ProviderSubject

    /// Orders it.
    public init(subject: ProviderSubject) {
        self.subject = subject
    }
}

/// An object of the provider that is to be read.
public enum ProviderSubject: Codable, Hashable, Sendable {
    case checkout(ProviderID)
    case subscription(ProviderID)
    case invoice(ProviderID)
    /// The customer's methods.
    case wallet(customer: ProviderID)
    /// The next renewal of a subscription, which is announced without an invoice (STR-089).
    case renewal(ProviderID)
    /// An attempt to add a method (STR-099).
    case setup(ProviderID)
    /// A customer that may be gone (STR-103).
    case customer(ProviderID)
    /// A method that was taken from its customer, which its news does not name any more (STR-101).
    case lostMethod(ProviderID)
    /// What was given back of a payment (STR-104).
    case refunds(payment: ProviderID)
    /// All disputes of a payment.
    case disputes(payment: ProviderID)
    /// What a customer is owed there.
    case balance(customer: ProviderID)
    /// A customer, its methods and what it is owed (STR-102).
    case customerState(ProviderID)
    /// The invoice that a payment is for (STR-109).
    case payment(ProviderID)
    /// A price, to be compared with what the catalogue says (STR-108).
    case price(ProviderID)
    /// A product, to be compared with the plan it stands for (STR-108).
    case product(ProviderID)

    /// What is done about one object is done one after the other.
    public var serialKey: String {
        switch self {
        case .checkout(let id), .subscription(let id), .invoice(let id), .wallet(let id), .renewal(let id), .setup(let id),
            .refunds(let id), .disputes(let id),
            .customer(let id), .lostMethod(let id), .balance(let id), .customerState(let id), .payment(let id), .price(let id),
            .product(let id):
            "provider:" + id.rawValue
        }
    }
}

extension JobOptions {
    /// One look at an object at a time, and one for each cause: one that runs may have read before this cause.
    static func looking(at subject: ProviderSubject, because cause: String) -> JobOptions {
        JobOptions(uniqueKey: "\(subject.serialKey):\(cause)", serialKey: subject.serialKey)
    }

    /// Due when an intent may be sent, one at a time about one object.
    static func sending(_ intent: ProviderIntent, at instant: Instant? = nil) -> JobOptions {
        JobOptions(runAt: instant, uniqueKey: intent.id.description, org: intent.org?.uuid)
    }
}
