public import Core

/// How a transaction failed apart from what its body threw.
///
/// A body's error comes out of `withTransaction` as it was thrown when everything was undone; this error says what went wrong besides.
public enum PostgresTransactionError: Error, WrappingError, Sendable, CustomStringConvertible {
    /// The transaction could not be begun; nothing was done.
    case begin(PostgresError)
    /// The body threw, and undoing failed as well. The connection was closed, so the server has undone everything or will.
    case rollback(body: any Error, rollback: PostgresError)
    /// The server refused to commit; everything is undone.
    case commit(PostgresError)
    /// The body ended well although one of its statements had failed; the server undid everything.
    case abortedByStatement
    /// The connection broke off after the commit was sent: everything was done or nothing. Look before doing it again.
    case commitOutcomeUnknown(PostgresError)

    /// The error below.
    public var underlying: (any Error)? {
        switch self {
        case .begin(let error), .commit(let error), .commitOutcomeUnknown(let error): error
        case .rollback(let body, _): body
        case .abortedByStatement: nil
        }
    }

    /// What failed; no data.
    public var description: String {
        switch self {
        case .begin: "the transaction could not be begun"
        case .rollback(_, let rollback): "the transaction failed, and could not be rolled back (\(rollback))"
        case .commit: "the transaction could not be committed"
        case .abortedByStatement: "the transaction was rolled back because of an earlier statement"
        case .commitOutcomeUnknown: "it is not known whether the transaction was committed"
        }
    }
}
