/// A graph with which something is to be done because its time has come (GRA-054).
public struct DueGraph: Sendable, Hashable {
    /// What is to be done.
    public enum Step: String, Sendable, CaseIterable {
        /// It is closed and kept (G4).
        case suspend
        /// Its destruction begins (G6).
        case purge
    }

    /// The graph.
    public let graph: GraphID
    /// What is to be done.
    public let step: Step
    /// Why, in a fixed word.
    public let reason: String

    /// Names it.
    public init(graph: GraphID, step: Step, reason: String) {
        self.graph = graph
        self.step = step
        self.reason = reason
    }
}
