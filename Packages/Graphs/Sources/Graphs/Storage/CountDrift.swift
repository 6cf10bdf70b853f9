/// A counter that did not say how many rows there are.
public struct CountDrift: Sendable, Hashable {
    /// `node` or `edge`.
    public let kind: String
    /// The label or type.
    public let name: String
    /// What the counter said.
    public let counted: Int64
    /// How many there are.
    public let found: Int64

    /// Describes a difference.
    public init(kind: String, name: String, counted: Int64, found: Int64) {
        self.kind = kind
        self.name = name
        self.counted = counted
        self.found = found
    }
}
