public import Core

/// The host of a graph was lost, and the graph is back on another one as its newest backup held it (GRA-102).
public struct GraphRecovered: GraphDomainEvent {
    /// `graphs.graph_recovered`
    public static let topic = "graphs.graph_recovered"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// The backup.
    public let backup: GraphBackup.ID
    /// What was done later is lost.
    public let dataAsOf: Instant
    /// Whether logins ended with the host, so that new ones are needed.
    public let hasEndedLogins: Bool

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, backup: GraphBackup.ID, dataAsOf: Instant, hasEndedLogins: Bool) {
        self.facts = facts
        self.backup = backup
        self.dataAsOf = dataAsOf
        self.hasEndedLogins = hasEndedLogins
    }
}
