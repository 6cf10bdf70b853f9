public import Core

/// How Billing stands as a whole, for those who watch over it (BIL-147). Nothing in it names an org or a person.
public struct BillingCensus: Sendable, Hashable {
    /// Something counted under two words.
    public struct Count: Sendable, Hashable {
        /// Of which group.
        public let group: String
        /// Of what in it; empty where one word says all.
        public let word: String
        /// How many.
        public let number: Int
        /// How long ago the oldest of them began.
        public let oldest: Duration

        /// Describes a count.
        public init(group: String, word: String = "", number: Int, oldest: Duration = .zero) {
            self.group = group
            self.word = word
            self.number = number
            self.oldest = oldest
        }
    }

    /// What is to be counted; each is one family of figures.
    public enum Family: String, Sendable, CaseIterable {
        /// Orders to the provider that are not settled, by kind and state.
        case intents
        /// The provider's events that are not done, by state.
        case events
        /// Debts that are reminded of, by stage.
        case dunning
        /// Open differences from the provider, by severity.
        case drift
        /// Sales that are being provisioned.
        case provisioning
        /// Sales that are being undone.
        case compensations
        /// Live subscriptions, by status.
        case subscriptions
        /// Renewals of the last day.
        case renewals
        /// What orgs are owed, in the smallest unit of each currency.
        case credit
        /// From order to activation, the slowest of the last day, in seconds.
        case activation
    }

    /// What was counted, by family; a family without anything has an empty list.
    public let counts: [Family: [Count]]

    /// Describes a census.
    public init(counts: [Family: [Count]]) {
        self.counts = counts
    }

    /// How long the oldest event of the provider has waited to be applied.
    public var eventLag: Duration {
        counts[.events]?.first { $0.group == "received" }?.oldest ?? .zero
    }
}

/// Counts, part of ``BillingStore``.
public protocol BillingCensusReading: Sendable {
    /// Everything that is measured over all orgs, by one statement.
    func census(at now: Instant) async throws -> BillingCensus
}
