internal import Audit
public import Core
internal import Identity
public import Jobs
public import Orgs

/// The order to look for cards that end before they are charged again (OPS-114).
public struct WatchCards: Job {
    /// `billing.watch_cards`
    public static let kind = "billing.watch_cards"
    /// Where searches run; who is found is told in the lane of mails.
    public static let lane = Lane.maintenance

    /// How many cards a page has at most.
    public static let page = 1_000
    /// How long before its end a card is told of.
    public static let noticePeriod: Duration = .days(30)

    /// The org with which the page before ended; the next page is a job of its own, stored with what this one enqueued.
    public let after: Org.ID?

    /// Orders a page; the first one without an org before it.
    public init(after: Org.ID? = nil) {
        self.after = after
    }

    /// Every morning, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("0 9 * * *").map { Schedule(kind, $0, missed: .once, job: WatchCards(), serialKey: kind) }
    }
}

/// The order to tell of a card that ends before it is charged again, once for each expiry of it.
public struct WarnOfCard: Job {
    /// `billing.warn_of_card`
    public static let kind = "billing.warn_of_card"
    /// With the mails, one of which it becomes.
    public static let lane = Lane.mail

    /// Whose card it is.
    public let org: Org.ID
    /// Which card.
    public let method: ProviderID
    /// The last second of the month that is printed on it.
    public let endsOn: Instant

    /// Orders it.
    public init(of card: EndingCard) {
        org = card.org
        method = card.method
        endsOn = card.endsOn
    }

    /// The order with the key that a card has for one expiry.
    static func order(of card: EndingCard) -> (job: WarnOfCard, options: JobOptions) {
        (WarnOfCard(of: card), JobOptions(uniqueKey: "\(card.method.rawValue) \(card.endsOn)"))
    }

    /// What is told once: the card, and when it ends.
    var noticeKey: String { "card_ending:\(method.rawValue):\(endsOn)" }
}

/// A card that ends before it is charged again, of which nobody was told yet.
public struct EndingCard: Sendable, Hashable {
    /// Whose it is.
    public let org: Org.ID
    /// Which one.
    public let method: ProviderID
    /// The last second of the month that is printed on it.
    public let endsOn: Instant

    /// Describes a card.
    public init(org: Org.ID, method: ProviderID, endsOn: Instant) {
        self.org = org
        self.method = method
        self.endsOn = endsOn
    }
}

/// Finds the cards of a page, and enqueues a job for each.
public struct WatchCardsHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let page: Int

    init(store: Store, page: Int = WatchCards.page) {
        self.store = store
        self.page = page
    }

    /// Looks at one page; a full one has the next page looked at by a job that is stored with it.
    public func run(_ job: WatchCards, context: JobContext) async throws -> JobOutcome {
        let months = Self.months(endingBy: context.now + WatchCards.noticePeriod, at: context.now)
        try await store.withTransaction(.system) { transaction in
            let cards = try await transaction.endingCards(in: months, after: job.after, limit: page)
            _ = try await transaction.enqueue(cards.map(WarnOfCard.order))
            if cards.count == page, let last = cards.last {
                try await transaction.enqueue(
                    WatchCards(after: last.org), JobOptions(uniqueKey: "after \(last.org)", serialKey: WatchCards.kind))
            }
        }
        return .completed
    }

    /// The months whose last second is not over and comes up to an instant: one, or two about the end of January.
    static func months(endingBy end: Instant, at now: Instant) -> [CardMonth] {
        var (months, month) = ([CardMonth](), CardMonth(holding: now))
        while let last = month.lastInstant, last <= end {
            months.append(month)
            month = CardMonth(holding: last + .seconds(1))
        }
        return months
    }
}

/// Tells of a card, if it still is what is charged and something is still to be charged after its end.
public struct WarnOfCardHandler<Store: BillingStore>: JobHandler {
    private let store: Store

    init(store: Store) {
        self.store = store
    }

    /// Reads card and subscriptions again and tells of the first renewal that the card cannot pay.
    public func run(_ job: WarnOfCard, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            let methods = try await transaction.paymentMethods(of: job.org)
            guard let card = methods.first(where: { $0.id == job.method }), card.isDefault, card.isUsable(at: context.now),
                card.lastInstant == job.endsOn
            else { return .cancelled(reason: "the card is not what is charged, or ends at another time") }
            let renewals = try await transaction.liveSubscriptions(of: job.org).compactMap { row -> (row: Subscription, at: Instant)? in
                guard row.status == .active || row.status == .pastDue, row.backing?.isCardBilled == true, row.cancellation == nil,
                    row.conversion != .netTerms, let end = row.currentPeriod?.end, end > job.endsOn
                else { return nil }
                return (row, end)
            }
            guard let first = renewals.min(by: { ($0.at, $0.row.id) < ($1.at, $1.row.id) }) else {
                return .cancelled(reason: "nothing is charged after its end")
            }
            guard try await transaction.takeNotice(job.noticeKey, org: job.org, subscription: first.row.id, at: context.now) else {
                return .cancelled(reason: "it was told")
            }
            try await transaction.publish(
                CardEnding(facts: SubscriptionFacts(first.row), method: card.id, endsOn: job.endsOn, renewsAt: first.at))
            return .completed
        }
    }
}
