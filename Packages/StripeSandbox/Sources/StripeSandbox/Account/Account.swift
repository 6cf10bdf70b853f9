internal import Core

/// The state of one Stripe account: its objects, its timers, and the rules that change them.
///
/// A value without any input or output: time comes with each call, what is to be delivered is left in ``outbox``.
struct Account: Sendable {
    /// What a call brings along.
    struct Occasion: Sendable {
        var now: Int64
        var requestID: String?
        var idempotencyKey: String?
    }

    let id: String
    let created: Int64
    /// The simulator's own address, for links in objects.
    var baseURL: String
    var settings = AccountSettings()
    var ids: IDGenerator
    var occasion: Occasion

    var customers = Table<Customer>()
    var balanceTransactions = Table<BalanceTransaction>()
    var paymentMethods = Table<PaymentMethod>()
    var setupIntents = Table<SetupIntent>()
    var products = Table<Product>()
    var prices = Table<Price>()
    var sessions = Table<CheckoutSession>()
    var subscriptions = Table<Subscription>()
    var invoices = Table<Invoice>()
    var invoicePayments = Table<InvoicePayment>()
    var paymentIntents = Table<PaymentIntent>()
    var charges = Table<Charge>()
    var refunds = Table<Refund>()
    var disputes = Table<Dispute>()
    var creditNotes = Table<CreditNote>()
    var coupons = Table<Coupon>()
    var promotionCodes = Table<PromotionCode>()
    var discounts = Table<Discount>()
    var taxRates = Table<TaxRate>()
    var taxIDs = Table<TaxID>()
    var cardTokens = Table<CardToken>()
    var invoiceItems = Table<InvoiceItem>()
    var schedules = Table<SubscriptionSchedule>()
    var portalConfigurations = Table<PortalConfiguration>()
    var events = Table<Event>()
    var endpoints = Table<WebhookEndpoint>()
    var testClocks = Table<TestClock>()
    var portalSessions = Table<PortalSession>()

    /// Subscriptions of each customer, invoices of each subscription, in the order they were made.
    var subscriptionsOfCustomer: [String: [String]] = [:]
    var invoicesOfSubscription: [String: [String]] = [:]
    var paymentsOfInvoice: [String: [String]] = [:]

    /// Timers that follow the simulator's clock.
    var timers = TimerQueue()
    /// Timers that follow a test clock, by its id.
    var testClockTimers: [String: TimerQueue] = [:]

    /// Events of the call under way, in the order they will have.
    var drafts: [EventDraft] = []
    /// What waits to be taken for delivery.
    var outbox: [OutgoingEvent] = []

    /// Whether it is remembered what changes, and the settings as they were written down last.
    var isWatched = false
    var keptSettings = AccountSettings()

    init(id: String, seed: UInt64, baseURL: String, now: Int64) {
        self.id = id
        self.baseURL = baseURL
        created = now
        ids = IDGenerator(seed: seed)
        occasion = Occasion(now: now)
    }

    /// The time of an object: that of its test clock, else the simulator's.
    func now(_ testClock: String?) -> Int64 {
        testClock.flatMap { testClocks[$0]?.frozenTime } ?? occasion.now
    }

    mutating func setTimer(_ timer: SandboxTimer, at time: Int64, testClock: String?) {
        if let testClock {
            let empty = emptyQueue
            testClockTimers[testClock, default: empty].add(timer, at: time)
        } else {
            timers.add(timer, at: time)
        }
    }

    /// A queue that remembers its steps where the account does.
    var emptyQueue: TimerQueue {
        var queue = TimerQueue()
        if isWatched { queue.watchSteps() }
        return queue
    }

    func checkoutAddress(_ id: String) -> String { "\(baseURL)/checkout/\(id)" }
    func portalAddress(_ secret: String) -> String { "\(baseURL)/portal/\(secret)" }
    func invoiceAddress(_ id: String) -> String { "\(baseURL)/invoice/\(id)" }
    func receiptAddress(_ id: String) -> String { "\(baseURL)/receipt/\(id)" }

    func authenticationAction(_ id: String) -> JSONValue {
        ["redirect_to_url": ["return_url": nil, "url": .string("\(baseURL)/authenticate/\(id)")], "type": "redirect_to_url"]
    }
}
