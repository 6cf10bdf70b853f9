/// A refusal of somebody who asked for more than the own role (AUD-126). The caller is answered with what it holds.
public struct RefusedEscalation: Error {
    /// The refusal.
    public let refusal: any Error
    /// What was asked for, in a fixed word.
    public let wanted: String

    /// Tells of a refusal.
    public init(_ refusal: any Error, wanted: String) {
        self.refusal = refusal
        self.wanted = wanted
    }
}
