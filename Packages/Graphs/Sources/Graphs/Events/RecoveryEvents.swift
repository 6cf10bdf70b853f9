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

/// A graph is on another host, with all it held (GRA-100).
public struct GraphMoved: GraphDomainEvent {
    /// `graphs.graph_moved`
    public static let topic = "graphs.graph_moved"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// Where it is reached from now on; `nil` where that is as it was, or where nobody logs in.
    public let address: HostAddress?
    /// Whether logins ended because nothing was kept that would let them in there, so that new ones are needed.
    public let hasEndedLogins: Bool

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, address: HostAddress?, hasEndedLogins: Bool) {
        self.facts = facts
        self.address = address
        self.hasEndedLogins = hasEndedLogins
    }
}
