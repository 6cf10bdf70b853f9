public import Core

/// Something that went wrong while an operation was undone.
public struct UndoError: Codable, Sendable, Hashable {
    /// What happened, for people.
    public let message: String
    /// When.
    public let at: Instant

    /// Describes it.
    public init(message: String, at: Instant) {
        self.message = message
        self.at = at
    }

    /// How many are kept: the first, which says since when it does not get on, and the newest ones.
    public static let limit = 20

    static func appending(_ error: UndoError, to errors: [UndoError]) -> [UndoError] {
        guard let first = errors.first, errors.count >= limit else { return errors + [error] }
        return [first] + errors.suffix(limit - 2) + [error]
    }
}
