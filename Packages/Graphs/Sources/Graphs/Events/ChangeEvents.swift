internal import Core
internal import Jobs

/// What people call a graph, or say about it, is something else than before.
public struct GraphUpdated: GraphDomainEvent {
    /// `graphs.graph_updated`
    public static let topic = "graphs.graph_updated"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// Which fields, by their names on the wire.
    public let fields: [String]

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, fields: [GraphMetadataChange.Field]) {
        self.facts = facts
        self.fields = fields.map(\.rawValue)
    }
}

/// A graph has another tier.
public struct GraphTierChanged: GraphDomainEvent {
    /// `graphs.graph_tier_changed`
    public static let topic = "graphs.graph_tier_changed"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// The tier that it had.
    public let from: TierName
    /// The tier that it has.
    public let to: TierName

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, from: TierName, to: TierName) {
        self.facts = facts
        self.from = from
        self.to = to
    }
}
