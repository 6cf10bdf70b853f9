public import Core

/// What a change of plan would cost, line by line, as whoever bills it says (BIL-063).
public struct PlanChangeQuote: Sendable, Hashable {
    /// Which subscription.
    public let subscription: Subscription.ID
    /// The plan that is wanted.
    public let plan: PlanReference
    /// How often it would be billed.
    public let interval: BillingInterval
    /// From when the difference counts.
    public let at: Instant
    /// When the difference is charged, as the catalogue says.
    public let proration: Plan.Policies.Proration
    /// Whether a period of another length would begin.
    public let restartsPeriod: Bool
    /// When the bill is made; `nil` where nobody is billed.
    public let billedAt: Instant?
    /// What the bill would say.
    public let lines: [InvoiceLine]
    /// What the bill comes to.
    public let total: Int64
    /// What of it is to be paid, after what the customer is owed.
    public let amountDue: Int64
    /// The currency of all amounts.
    public let currency: Currency

    /// How it is named when it is accepted.
    public var reference: Reference { Reference(at: at, total: total, amountDue: amountDue) }
    /// Until when it can be accepted.
    public var expiresAt: Instant { reference.expiresAt }
}

extension PlanChangeQuote {
    /// The name of a quote, which says what was quoted: nothing is stored, and nothing is gained by making one up, since the provider is
    /// asked again.
    public struct Reference: Sendable, Hashable, LosslessStringConvertible {
        /// How long a quote can be accepted.
        static var life: Duration { .minutes(10) }

        /// From when the difference counts, in whole seconds as the provider counts.
        public let at: Instant
        /// What the bill comes to.
        public let total: Int64
        /// What of it is to be paid.
        public let amountDue: Int64

        /// Until when it can be accepted.
        public var expiresAt: Instant { at + Self.life }

        init(at: Instant, total: Int64, amountDue: Int64) {
            self.at = at
            self.total = total
            self.amountDue = amountDue
        }

        /// Reads what ``description`` wrote; `nil` for anything else.
        public init?(_ description: String) {
            let parts = description.split(separator: ".", omittingEmptySubsequences: false).map { Int64($0) }
            guard parts.count == 3, let seconds = parts[0], (0...253_402_300_799).contains(seconds), let total = parts[1],
                let amountDue = parts[2]
            else { return nil }
            self.init(at: Instant(secondsSinceEpoch: seconds), total: total, amountDue: amountDue)
        }

        /// Three numbers: the instant and the two sums.
        public var description: String { "\(at.secondsSinceEpoch).\(total).\(amountDue)" }

        /// Refuses a quote that is over.
        func requireLife(at now: Instant) throws(BillingError) {
            guard at <= now, now < expiresAt else { throw .quoteExpired }
        }
    }
}

extension ProviderCommand.PriceChange {
    /// The order by which a subscription gets another price; `nil` where the provider does not bill it.
    init?(of row: Subscription, to price: ProviderID, under policies: Plan.Policies?, restartsPeriod: Bool, from instant: Instant) {
        guard case .providerSubscription(let id) = row.backing, let item = row.providerLink?.item else { return nil }
        self.init(subscription: id, item: item, price: price, proration: policies?.proration ?? .nextInvoice, from: instant)
        if restartsPeriod { self.restartsPeriod = true }
    }
}
