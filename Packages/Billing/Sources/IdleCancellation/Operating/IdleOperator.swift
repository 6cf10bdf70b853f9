public import Audit

/// Somebody who runs the product and does something about idle cancellation.
public struct IdleOperator: Sendable, Hashable {
    /// What they are called.
    public let name: String
    /// How the log knows them.
    public let actor: AuditActor

    /// Names an operator.
    public init(name: String, actor: AuditActor) {
        self.name = name
        self.actor = actor
    }

    /// Whoever works on the machine itself and gives a name.
    public static func commandLine(_ name: String) -> IdleOperator {
        IdleOperator(name: name, actor: .system(component: "cli"))
    }
}
