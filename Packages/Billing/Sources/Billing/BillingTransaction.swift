public import Core
public import Identity
public import Orgs

/// What a transaction can do with billing, beside everything it can do with orgs.
///
/// Locks are taken in one order: customer, then subscription, then invoice (BIL-134). Nothing here calls the provider.
public protocol BillingTransaction: OrgTransaction, InvoicingTransaction, AccountCreditTransaction, CreditPoolTransaction,
    BillingControlTransaction, DecisionTransaction, ActionGuardTransaction, MoneyNetTransaction, CatalogueTransaction
{
    // MARK: Customers

    /// The customer of an org, locked; made with these values when there is none yet (BIL-017).
    func lockedCustomer(orMaking customer: BillingCustomer) async throws -> (customer: BillingCustomer, isNew: Bool)

    /// Stores what changed about a customer.
    func save(_ customer: BillingCustomer) async throws

    /// The org of a customer at the provider.
    func org(ofProviderCustomer id: ProviderID) async throws -> Org.ID?

    /// The methods of an org as last seen.
    func paymentMethods(of org: Org.ID) async throws -> [PaymentMethod]

    /// Replaces the methods of an org by what was just seen; those no longer seen are kept as detached.
    func replacePaymentMethods(of org: Org.ID, by methods: [PaymentMethod], seenAt now: Instant) async throws

    // MARK: Subscriptions

    /// Stores a new subscription.
    ///
    /// - Throws: ``BillingError/alreadySubscribed`` when a live one exists for the resource and subscriber.
    func insert(_ subscription: Subscription) async throws

    /// A subscription, locked; lock its customer first.
    func lockedSubscription(_ id: Subscription.ID) async throws -> Subscription?

    /// A subscription as it is, without a lock.
    func subscription(_ id: Subscription.ID) async throws -> Subscription?

    /// The newest subscription of an org whose sale an operation tells about.
    func subscription(toldAboutBy operation: String, of org: Org.ID) async throws -> Subscription?

    /// Which subscription a provider's one belongs to.
    func subscription(ofProvider id: ProviderID) async throws -> (id: Subscription.ID, org: Org.ID)?

    /// The live or ending subscription of a resource, else its newest ended one.
    func newestSubscription(of type: ResourceType, _ resource: ResourceID, subscriber: User.ID?) async throws -> Subscription?

    /// All live subscriptions of an org, oldest first.
    func liveSubscriptions(of org: Org.ID) async throws -> [Subscription]

    /// Whether a direct sale of an org was refused since an instant because the bank wants its customer to confirm the payment.
    func wasConfirmationWanted(of org: Org.ID, since instant: Instant) async throws -> Bool

    /// Stores what changed about a subscription; its version must still be the one that was read.
    ///
    /// - Throws: ``BillingError/alreadySubscribed`` when it now names a resource that another live one has.
    func save(_ subscription: Subscription) async throws

    // MARK: Checkouts

    /// Stores a new change of plan.
    func insert(_ change: PlanChange) async throws

    /// Stores how far a change of plan has come.
    func save(_ change: PlanChange) async throws

    /// A change of plan, without a lock.
    func planChange(_ id: PlanChange.ID) async throws -> PlanChange?

    /// A change of plan, locked; the subscription is locked before.
    func lockedPlanChange(_ id: PlanChange.ID) async throws -> PlanChange?

    /// The change of a subscription that is not over, locked; the subscription is locked before.
    func lockedUnfinishedPlanChange(of subscription: Subscription.ID) async throws -> PlanChange?

    /// Stores a new checkout.
    func insert(_ checkout: Checkout) async throws

    /// The checkout of a subscription, newest first, locked.
    func lockedCheckout(of subscription: Subscription.ID) async throws -> Checkout?

    /// The checkout of a provider's session, without a lock.
    func checkout(ofSession id: ProviderID) async throws -> Checkout?

    /// The unfinished checkouts of an org with their subscriptions, locked, newest first.
    func lockedUnfinishedCheckouts(of org: Org.ID) async throws -> [(checkout: Checkout, subscription: Subscription)]

    /// Stores what changed about a checkout.
    func save(_ checkout: Checkout) async throws

    // MARK: Intents

    /// Stores an intent; the same object and sequence twice keeps the first and answers it.
    func insert(_ intent: ProviderIntent) async throws -> ProviderIntent

    /// The newest intent about an object.
    func lastIntent(about object: String) async throws -> ProviderIntent?

    /// An intent as it is.
    func intent(_ id: ProviderIntent.ID) async throws -> ProviderIntent?

    /// An intent, locked.
    func lockedIntent(_ id: ProviderIntent.ID) async throws -> ProviderIntent?

    /// When bills of an object were asked of the provider since an instant, oldest first (STR-018).
    func billsAsked(of object: String, since instant: Instant) async throws -> [Instant]

    /// Takes the right to send an intent, unless it is settled or in flight elsewhere or an older one of its object is not settled.
    ///
    /// - Parameter lease: how long the right lasts, by the database's clock.
    /// - Parameter now: noted as the time of the first sending.
    func claimIntent(_ id: ProviderIntent.ID, for lease: Duration, now: Instant) async throws -> IntentClaim

    /// Stores the exact request of a claimed intent before its first byte leaves; the claim stays (STR-008).
    func saveRequest(of intent: ProviderIntent) async throws

    /// Stores what changed about an intent and ends its claim.
    func save(_ intent: ProviderIntent) async throws

    /// Gives up all queued intents about an object that are older than a decision; those in flight stay (BIL-055).
    func supersedeQueuedIntents(of object: String, before sequence: Int64) async throws -> Int

    // MARK: Prices

    /// The stored price of a plan, locked.
    func lockedPrice(of plan: PlanReference, _ interval: BillingInterval, _ currency: Currency) async throws -> PlanPrice?

    /// The stored price that the provider knows under this id.
    func price(ofProvider id: ProviderID) async throws -> PlanPrice?

    /// Stores the provider's ids of a price.
    func save(_ price: PlanPrice) async throws

    /// Stores by which name the provider now shows a product.
    func noteName(_ name: String, ofProduct product: ProviderID) async throws

    // MARK: Invoices and payments

    /// Mirrors an invoice of the provider: inserts it or brings it up to date. Of a paid or void one only what was credited still grows.
    ///
    /// - Returns: our invoice, and what it was before; a new one was a draft of nothing.
    func mirror(_ invoice: ProviderInvoice, org: Org.ID, subscription: Subscription.ID?, id: Invoice.ID) async throws
        -> (invoice: Invoice, before: Invoice)

    /// Drops the mirror of a draft that the provider has no more; what was issued stays.
    ///
    /// - Returns: whose it was; `nil` when no draft of it was known.
    func dropDraft(ofProvider id: ProviderID) async throws -> Org.ID?

    /// Reads what an org has not settled.
    func unsettledAffairs(of org: Org.ID) async throws -> UnsettledAffairs

    /// Whether an org was ever billed.
    func hasInvoices(of org: Org.ID) async throws -> Bool

    // MARK: Provider events

    /// A provider event, locked.
    func lockedEvent(_ id: InboundEvent.ID) async throws -> InboundEvent?

    /// Stores what came of an event.
    func settle(_ event: InboundEvent, at now: Instant) async throws

    // MARK: Debts and what was told

    /// The next number of a decision about an object whose customer is locked.
    func nextOperationSequence(of object: String) async throws -> Int64

    /// Opens a case; when one is open for the subscription already, counts one more failed attempt and answers that.
    func openDunningCase(orCounting debt: DunningCase) async throws -> DunningCase

    /// Notes how often the provider has tried to collect; fewer than are known change nothing.
    func noteDunningAttempts(_ attempts: Int64, of subscription: Subscription.ID) async throws

    /// The open case of a subscription, locked.
    func lockedDunningCase(of subscription: Subscription.ID) async throws -> DunningCase?

    /// Stores what changed about a case; one with an outcome is closed then.
    func save(_ debt: DunningCase, at now: Instant) async throws

    /// The oldest open invoice of a subscription.
    func openInvoice(of subscription: Subscription.ID) async throws -> Invoice?

    /// Whether a subscription owes something at the provider, whichever of its subscriptions there billed it.
    func owesProvider(_ subscription: Subscription.ID) async throws -> Bool

    /// Default cards that end with one of some months, before a subscription that they pay renews, and of which nobody was told; by org.
    func endingCards(in months: [CardMonth], after org: Org.ID?, limit: Int) async throws -> [EndingCard]

    /// Takes the right to tell something once.
    ///
    /// - Parameter org: whom it is about; `nil` for what is no org's.
    /// - Returns: `false` when it was told before.
    func takeNotice(_ key: String, org: Org.ID?, subscription: Subscription.ID?, at now: Instant) async throws -> Bool

    // MARK: Refunds

    /// Keeps the payments of a mirrored invoice.
    func keepPayments(of news: ProviderInvoice, for invoice: Invoice, at now: Instant) async throws

    /// A payment as it is.
    func payment(_ id: ProviderID) async throws -> CollectedPayment?

    /// A payment, locked; lock its customer first.
    func lockedPayment(_ id: ProviderID) async throws -> CollectedPayment?

    /// The refunds of a payment, oldest first.
    func refunds(of payment: ProviderID) async throws -> [Refund]

    /// The refund that was asked for as an object of intents.
    func refund(askedAs object: String) async throws -> Refund?

    /// Stores a new refund.
    func insert(_ refund: Refund, at now: Instant) async throws

    /// Stores how far a refund has come.
    func save(_ refund: Refund, at now: Instant) async throws

    /// The refund that an intent asked for was refused.
    func refuseRefund(askedBy intent: ProviderIntent.ID, at now: Instant) async throws

    /// The payments that an invoice was paid with, the oldest first.
    func payments(of invoice: Invoice.ID) async throws -> [CollectedPayment]

    /// What was paid for a subscription's period: each invoice with its lines for that time.
    func paidBills(of subscription: Subscription.ID, for period: Period) async throws -> [UnusedTime.Bill]

    // MARK: Disputes

    /// The disputes of a payment, the oldest first.
    func disputes(of payment: ProviderID) async throws -> [Dispute]

    /// Stores a dispute, or how far a known one has come.
    func save(_ dispute: Dispute, at now: Instant) async throws

    /// Whether money of an org is withdrawn until a dispute is decided.
    func hasOpenDispute(_ org: Org.ID) async throws -> Bool

    // MARK: Reconciliation

    /// Begins a run, or goes on with the one that was stopped; there is one at a time.
    func openRun(orContinuing run: ReconciliationRun) async throws -> ReconciliationRun

    /// Stores how far a run has come.
    func save(_ run: ReconciliationRun) async throws

    /// The rows of provider's subscriptions with their orgs' customers, noted as compared in a run.
    func subscriptionsForComparison(
        ofProvider ids: [ProviderID], in run: ReconciliationRun
    ) async throws -> [ProviderID: (subscription: Subscription, customer: ProviderID?)]

    /// The orgs of customers at the provider.
    func orgs(ofProviderCustomers ids: [ProviderID]) async throws -> [ProviderID: Org.ID]

    /// Invoices of the provider as we mirror them.
    func mirroredInvoices(of ids: [ProviderID]) async throws -> [ProviderID: ComparedInvoice]

    /// The next mirrored invoices that are open and were made before an instant, by their ids.
    func openMirroredInvoices(after id: ProviderID?, madeBefore instant: Instant, limit: Int) async throws -> [ProviderID]

    /// Live rows that name an object and were not compared in a run.
    func uncomparedSubscriptions(in run: ReconciliationRun, limit: Int) async throws -> [Subscription]

    /// Stores a difference; one that is open already is the same one, found again, and one that may stay is not told again.
    func note(_ item: DriftItem, in run: ReconciliationRun?) async throws -> DriftSighting

    /// A difference as it is.
    func driftItem(_ id: DriftItem.ID) async throws -> DriftItem?

    /// A difference, locked; lock its customer first.
    func lockedDriftItem(_ id: DriftItem.ID) async throws -> DriftItem?

    /// Stores what an operator did about a difference.
    func save(_ item: DriftItem, at now: Instant) async throws

    /// A run; the newest one that is over without an id.
    func reconciliationRun(_ id: ReconciliationRun.ID?) async throws -> ReconciliationRun?

    /// What was open while a run went on, as it stood when the run ended.
    func differences(during run: ReconciliationRun) async throws -> [DriftItem]

    /// Closes the differences that a whole run did not find any more.
    func closeDrift(notFoundIn run: ReconciliationRun, at now: Instant) async throws -> [DriftItem]

    /// Closes a difference of which news told that it is no more, and says which.
    func closeDrift(of object: ProviderID, _ category: DriftItem.Category, at now: Instant) async throws -> [DriftItem]

    /// The prices that have been made at the provider.
    func soldPrices() async throws -> [PlanPrice]

    /// The next customers of the provider, by their orgs.
    func customersToCompare(after org: Org.ID?, limit: Int) async throws -> [ComparedCustomer]

    /// What a product of the provider is the product of.
    func prices(ofProduct id: ProviderID) async throws -> [PlanPrice]

    // MARK: Compensation

    /// Records that a sale at the provider is to be undone.
    ///
    /// - Returns: `false` when that was recorded before; then nothing more is to be done (BIL-143).
    func openCompensation(of provider: ProviderID, for subscription: Subscription, at now: Instant) async throws -> Bool

    /// Records that it has been undone.
    func closeCompensation(of provider: ProviderID, at now: Instant) async throws
}

/// Whether an intent may be sent now.
public enum IntentClaim: Sendable, Hashable {
    /// It may: here it is, with its attempt counted.
    case claimed(ProviderIntent, mayHaveBeenSent: Bool)
    /// It is settled already.
    case settled(ProviderIntent)
    /// Somebody else is sending it, or an older one about the same object comes first.
    case busy(ProviderIntent)
    /// There is no such intent.
    case absent
}
