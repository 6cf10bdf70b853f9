/// The name of a person, as it is shown: 1 to 100 characters in NFC, without control characters and bidirectional overrides (ID-005).
///
/// Apostrophes, angle brackets and all scripts are kept as given, and escaped where the name is shown.
public struct PersonName: Sendable, Hashable, LosslessStringConvertible {
    /// The name.
    public let description: String

    /// Takes a name.
    ///
    /// - Returns: `nil` for a text that breaks the rule.
    public init?(_ text: String) {
        guard let name = text.nameForm else { return nil }
        description = name
    }
}
