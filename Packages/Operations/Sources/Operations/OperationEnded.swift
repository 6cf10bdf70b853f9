public import Core
public import Jobs
public import Orgs

/// An operation can never change again.
public struct OperationEnded: DomainEvent, Hashable {
    /// `operations.operation_ended`
    public static let topic = "operations.operation_ended"
    /// Which operation.
    public let operation: Operation.ID
    /// Whose.
    public let org: Org.ID
    /// What was done.
    public let kind: String
    /// The graph that it was about.
    public let graph: String?
    /// How it ended.
    public let status: Operation.Status
    /// Why it failed, in a stable code.
    public let code: String?

    /// Tells of it.
    public init(_ operation: Operation) {
        self.operation = operation.id
        org = operation.org
        kind = operation.kind.name
        graph = operation.graph
        status = operation.status
        code = operation.status == .failed ? operation.failure?.code : nil
    }

    /// By operation.
    public var eventKey: String { operation.description }
}
