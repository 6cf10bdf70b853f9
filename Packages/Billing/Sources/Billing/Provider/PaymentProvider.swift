public import Core

/// Who takes the money. The adapter speaks its protocol; Billing decides what to ask and when.
///
/// Nothing here may be called while a transaction is open. Whatever changes something takes an intent, so there is no call without
/// an idempotency key.
public protocol PaymentProvider: Sendable {
    /// The exact request of an intent; the same intent always gives the same bytes.
    func request(for intent: ProviderIntent) throws -> ProviderRequest

    /// Sends the stored request of an intent, with the intent's key.
    ///
    /// Twice is once: the provider replays its first answer.
    func exchange(_ request: ProviderRequest, for intent: ProviderIntent, budget: CallBudget) async -> ProviderReply

    /// Finds out whether an intent whose answer was lost took effect (STR-012).
    func readBack(_ intent: ProviderIntent, budget: CallBudget) async throws(ProviderFailure) -> ProviderReadBack

    /// Reads a subscription with its newest invoice.
    func subscription(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderSubscription>

    /// Reads a hosted page.
    func checkout(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderCheckout>

    /// Reads an invoice.
    func invoice(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderInvoice>

    /// Reads the invoice that a payment is for; absent when it is for none.
    func invoice(paidBy payment: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderInvoice>

    /// Reads a product.
    func product(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderProduct>

    /// Reads all changes of a customer's balance, newest first.
    func balanceTransactions(of customer: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderBalanceTransaction]

    /// Reads a price.
    func price(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderPrice>

    /// Reads the methods of a customer.
    func wallet(of customer: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderWallet>

    /// Reads an attempt to add a method.
    func setup(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderSetup>

    /// Reads all invoices of a subscription, newest first.
    func invoices(of subscription: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderInvoice]

    /// All refunds of a payment, newest first.
    func refunds(of payment: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderRefund]

    /// Reads the disputes of a payment.
    func disputes(of payment: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderDispute]

    /// The events that were made since an instant, newest first.
    func events(since instant: Instant, budget: CallBudget) async throws(ProviderFailure) -> [PulledEvent]

    /// A part of all subscriptions of any status, newest first.
    func subscriptions(after id: ProviderID?, budget: CallBudget) async throws(ProviderFailure) -> ProviderPage<ProviderSubscription>

    /// A part of the invoices that were made since an instant, or without one of all that are open; newest first.
    func invoices(
        madeSince instant: Instant?, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderInvoice>

    /// A part of the refunds of payments that were made since an instant, newest first.
    func refunds(
        madeSince instant: Instant, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderRefund>

    /// A part of the disputes of payments that were opened since an instant, newest first.
    func disputes(
        madeSince instant: Instant, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderPaymentDispute>

    /// The bill that another price would lead to, at once or with the next renewal; nothing changes (BIL-063).
    func preview(of change: ProviderCommand.PriceChange, budget: CallBudget) async throws(ProviderFailure) -> ProviderInvoice

    /// What the next invoice of a subscription will be; `nil` when there will be none.
    func upcomingInvoice(of subscription: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderInvoice?
}

/// How long a call may take: a person waits, or a job does (STR-003).
public enum CallBudget: Sendable, Hashable {
    /// Somebody waits: 15 s in all.
    case interactive
    /// A job: 80 s in all.
    case job
    /// A job that must not hold others up: 5 s in all (IDL-042).
    case brief
}

/// What became of a command (stripe.md, section 3).
public enum ProviderOutcome: Sendable, Hashable {
    /// It took effect.
    case succeeded(ProviderResult)
    /// It will not take effect, whatever is repeated.
    case refused(ProviderRefusal)
    /// It did not take effect and may be repeated.
    case retryLater(ProviderFailure)
    /// Nobody knows; the same key must be sent again or the object read back.
    case unknown(ProviderFailure)
}

/// A definitive no.
public struct ProviderRefusal: Error, Hashable, Codable, Sendable {
    /// What kind of no.
    public enum Kind: String, Codable, Sendable {
        /// The card was declined.
        case declined
        /// The customer has to authenticate.
        case actionRequired = "action_required"
        /// The request was wrong, which is our defect.
        case badRequest = "bad_request"
        /// The object is not there.
        case missing
        /// The key was used for another request, which is our defect.
        case keyReuse = "key_reuse"
        /// The other side could not be trusted.
        case untrusted
    }

    /// What kind of no.
    public let kind: Kind
    /// The provider's code, for logs and metrics.
    public let code: String
    /// The card network's own sentence for the customer; only for declines (STR-029).
    public let customerMessage: String?

    /// Describes a refusal.
    public init(kind: Kind, code: String, customerMessage: String? = nil) {
        self.kind = kind
        self.code = code
        self.customerMessage = customerMessage
    }
}

/// Why the provider gave no usable answer.
public struct ProviderFailure: Error, Hashable, Sendable {
    /// What kind of failure.
    public enum Kind: String, Sendable {
        /// It was not reached; nothing was sent.
        case unreachable
        /// No answer in time.
        case timeout
        /// It asks to wait.
        case busy
        /// It does not accept our key.
        case unauthorized
        /// It failed on its side.
        case serverError = "server_error"
        /// Its answer could not be read.
        case unreadable
        /// Somebody else holds the object.
        case conflict
        /// The request was refused although it only reads.
        case refused
        /// An operator holds it (BIL-131).
        case held
    }

    /// What kind of failure.
    public let kind: Kind
    /// When it may be asked again.
    public let retryAfter: Duration?
    /// For logs only: never shown to a customer.
    public let detail: String

    /// Describes a failure.
    public init(kind: Kind, retryAfter: Duration? = nil, detail: String = "") {
        self.kind = kind
        self.retryAfter = retryAfter
        self.detail = detail
    }
}

/// What reading an object gave.
public enum ProviderRead<Object: Sendable & Hashable>: Sendable, Hashable {
    /// It is there.
    case found(Object)
    /// It was there and was deleted.
    case deleted
    /// Nothing has that id.
    case absent

    /// The object, when it is there.
    public var object: Object? {
        if case .found(let object) = self { object } else { nil }
    }
}

/// What reading back after a lost answer showed.
public enum ProviderReadBack: Sendable, Hashable {
    /// It had taken effect.
    case done(ProviderResult)
    /// It had not.
    case notDone
    /// What is there fits neither; a person must look.
    case contradictory(String)
}
