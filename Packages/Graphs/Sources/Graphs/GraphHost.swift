public import Core

/// A registered server that holds graph databases. Its address and secret are in the settings, found by its name.
public struct GraphHost: Sendable, Hashable, Identifiable, IdentifiedEntity {
    /// The id of a host, `host_…`.
    public typealias ID = Identifier<GraphHost>
    /// `host`
    public static let idPrefix = "host"

    /// Whether it takes graphs.
    public enum State: String, Sendable, Codable {
        /// It does.
        case ready
        /// It is being emptied.
        case draining
        /// It does not answer.
        case offline
        /// It is gone for good.
        case retired
    }

    /// The id.
    public let id: ID
    /// Its name in the settings.
    public let name: String
    /// The tiers it takes.
    public let tiers: [TierName]
    /// How many top-level graphs it has room for.
    public let slots: Int
    /// Whether it takes graphs.
    public let state: State

    /// Puts a host together from what a store kept.
    public init(id: ID, name: String, tiers: [TierName], slots: Int, state: State) {
        self.id = id
        self.name = name
        self.tiers = tiers
        self.slots = slots
        self.state = state
    }

    /// How an engine finds it.
    public var reference: HostReference { HostReference(name: name) }
}

/// Whether a tier has room now (GRA-025).
public struct TierCapacity: Sendable, Hashable {
    /// The tier.
    public let tier: TierName
    /// Free slots on ready hosts.
    public let freeSlots: Int

    /// Makes a report.
    public init(tier: TierName, freeSlots: Int) {
        self.tier = tier
        self.freeSlots = freeSlots
    }
}
