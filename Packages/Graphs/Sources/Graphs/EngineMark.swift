public import Operations

/// What is written of an object on a host that cannot carry a text itself: the marker of graphs.md, section 1, kept by us.
public struct EngineMark: Sendable, Hashable {
    /// How far its making has come.
    public enum State: String, Sendable, CaseIterable {
        /// The host was asked for it, and what came of that is not known.
        case asked
        /// It is there.
        case made
    }

    /// The host.
    public let host: HostReference
    /// The object's name.
    public let name: String
    /// The operation that asked for it.
    public let operation: Operation.ID
    /// How far it has come.
    public var state: State
    /// The version of the schema that was installed in it.
    public var schemaVersion: String?

    /// Writes a mark.
    public init(host: HostReference, name: String, operation: Operation.ID, state: State, schemaVersion: String?) {
        self.host = host
        self.name = name
        self.operation = operation
        self.state = state
        self.schemaVersion = schemaVersion
    }
}

/// Keeps marks; each call ends with its own commit, since a mark is there before the host is asked.
public protocol EngineMarking: Sendable {
    /// The mark of an object.
    func mark(of name: String, on host: HostReference) async throws -> EngineMark?
    /// Every mark of a host.
    func marks(on host: HostReference) async throws -> [EngineMark]
    /// Keeps a mark in the place of the one that is there.
    func keep(_ mark: EngineMark) async throws
    /// Forgets a mark; one that is not there is forgotten.
    func forget(_ name: String, on host: HostReference) async throws
}
