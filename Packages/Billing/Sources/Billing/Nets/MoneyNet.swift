public import Core
public import Jobs
public import Orgs

/// Due work with money whose job may have got lost (OPS-108 to OPS-110, OPS-113, OPS-115, OPS-116).
public enum MoneyNet: String, Codable, Sendable, CaseIterable {
    /// Orders to the provider that are not settled.
    case intents
    /// The provider's events that are not applied.
    case events
    /// Periods that are over and are paid by our own invoices.
    case renewals
    /// Debts whose next consequence has come.
    case deadlines
    /// Open invoices on a day that means something.
    case invoices
    /// What orgs are owed until a day that is near or has come.
    case credits

    /// How long work may have been without a job: longer than any transaction in which it changes hands.
    static let patience: Duration = .minutes(1)

    private var times: String {
        switch self {
        case .intents, .events: "* * * * *"
        case .renewals, .deadlines: "*/5 * * * *"
        case .invoices: "0 * * * *"
        case .credits: "30 0 * * *"
        }
    }

    /// The switch that holds what it would enqueue.
    var control: BillingControl? {
        switch self {
        case .intents, .invoices, .credits: nil
        case .events: .processEvents
        case .renewals: .netTermsRenewal
        case .deadlines: .dunning
        }
    }

    /// What the schedule is called, and what is shown.
    var name: String { "billing.catch_" + rawValue }

    /// How often it is looked for; once after a pause, however long that was.
    var schedule: Schedule? {
        CronExpression(times).map { Schedule(name, $0, missed: .once, job: CatchLostWork(net: self), serialKey: name) }
    }
}

/// The order to look at one page of due work, and to enqueue anew what has lost its job.
public struct CatchLostWork: Job {
    /// `billing.catch_lost_work`
    public static let kind = "billing.catch_lost_work"
    /// Beside other work that nobody waits for; what is found has the lane of its own.
    public static let lane = Lane.maintenance

    /// How many rows a page has at most.
    public static let page = 1_000

    /// What is looked for.
    public let net: MoneyNet
    /// The last row of the page before; the next page is a job of its own, stored with what this one enqueued.
    public let after: String?

    /// Orders a page; the first one without a row before it.
    public init(net: MoneyNet, after: String? = nil) {
        self.net = net
        self.after = after
    }

    /// All times at which nets of money look.
    public static var schedules: [Schedule] { MoneyNet.allCases.compactMap(\.schedule) }
}

/// An open invoice whose next day may have come.
public struct WatchedInvoice: Sendable, Hashable {
    /// Which one.
    public let id: Invoice.ID
    /// Whose.
    public let org: Org.ID
    /// When it is due.
    public let dueDate: Instant
    /// The last day on which somebody looked at it; `nil` for none.
    public let stage: InvoiceStage?

    /// Describes an invoice.
    public init(id: Invoice.ID, org: Org.ID, dueDate: Instant, stage: InvoiceStage?) {
        self.id = id
        self.org = org
        self.dueDate = dueDate
        self.stage = stage
    }

    /// The day on which it is to be looked at next, once that has come.
    func stageDue(at now: Instant) -> InvoiceStage? {
        let next = stage.map(\.next) ?? .some(.dueSoon)
        return next.flatMap { dueDate + $0.offset <= now ? $0 : nil }
    }
}

/// Reads due work page by page, in the order of its ids.
public protocol MoneyNetTransaction {
    /// Intents that are not settled and were asked for before an instant.
    func unsettledIntents(askedBy instant: Instant, after id: ProviderIntent.ID?, limit: Int) async throws -> [ProviderIntent]

    /// Events that are not applied and were received before an instant.
    func unprocessedEvents(receivedBy instant: Instant, after id: InboundEvent.ID?, limit: Int) async throws -> [InboundEvent]

    /// Subscriptions on net terms that are in use and whose period is over.
    func endedNetTermPeriods(at now: Instant, after id: Subscription.ID?, limit: Int) async throws -> [Subscription]

    /// Subscriptions whose debt is not settled and whose next deadline has come.
    func passedDeadlines(at now: Instant, after id: Subscription.ID?, limit: Int) async throws -> [Subscription]

    /// Credits of which something is left, that end up to an instant and still have to be told of or ended at `now`.
    func endingCredits(by instant: Instant, at now: Instant, after id: AccountCredit.ID?, limit: Int) async throws -> [AccountCredit]

    /// Own invoices that are open and not looked at for the last time.
    func watchedInvoices(dueBy instant: Instant, after id: Invoice.ID?, limit: Int) async throws -> [WatchedInvoice]
}
