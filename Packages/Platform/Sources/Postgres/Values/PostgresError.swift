public import Core

/// What went wrong with a statement or a connection.
///
/// Its description names the SQLSTATE and the objects of the schema, never a value: the database's own sentences quote data, so they
/// are kept apart in ``message`` and ``detail``.
public struct PostgresError: Error, Hashable, Sendable {
    /// What failed.
    public enum Kind: String, Hashable, Sendable {
        /// The server refused a statement; the connection lives.
        case statement
        /// The connection broke off, or was ended by the server, while it was in use. What was under way may have been done.
        case connectionLost
        /// No connection could be made.
        case connectionFailed
        /// Every connection was in use for longer than a caller may wait.
        case poolExhausted
        /// The client was closed.
        case clientClosed
        /// The statement could not be sent: a value or a name has no form in the database.
        case invalidStatement
    }

    /// What failed.
    public let kind: Kind
    /// Which error the server found, when it was the server.
    public var sqlState: SQLState?
    /// The server's or the library's sentence. It may quote data: for logs at debug level and for tests, never for an answer.
    public var message: String
    /// The server's second sentence. It quotes data.
    public var detail: String?
    /// The constraint that was broken.
    public var constraint: String?
    /// The schema of the object.
    public var schema: String?
    /// The table.
    public var table: String?
    /// The column.
    public var column: String?
    /// The line of context that the server gives, for faults within functions.
    public var context: String?

    /// Makes an error.
    public init(kind: Kind, sqlState: SQLState? = nil, message: String) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
    }

    /// Whether a row with this key exists already.
    public var isUniqueViolation: Bool { sqlState == .uniqueViolation }
    /// Whether a row refers to one that does not exist, or is referred to.
    public var isForeignKeyViolation: Bool { sqlState == .foreignKeyViolation }
    /// Whether a `CHECK` was broken.
    public var isCheckViolation: Bool { sqlState == .checkViolation }
    /// Whether the whole transaction may be done again: it was undone because of others that ran beside it.
    public var isRetryableConflict: Bool { sqlState == .serializationFailure || sqlState == .deadlockDetected }
    /// Whether a lock was not had in time.
    public var isLockTimeout: Bool { sqlState == .lockNotAvailable }
    /// Whether the statement took longer than the statement timeout.
    public var isStatementTimeout: Bool { sqlState == .queryCanceled }
    /// Whether the constraint of this name was broken.
    public func violates(_ constraint: String) -> Bool { self.constraint == constraint }

    /// The database's error in an error or in what it was caused by.
    public static func found(in error: any Error) -> PostgresError? {
        var current: (any Error)? = error
        for _ in 0..<10 {
            if let error = current as? PostgresError { return error }
            current = (current as? any WrappingError)?.underlying
        }
        return nil
    }
}

extension PostgresError: UnavailabilityError {
    /// Whether the database could not be reached, or not in time.
    public var isUnavailability: Bool {
        switch kind {
        case .connectionLost, .connectionFailed, .poolExhausted, .clientClosed: true
        case .statement, .invalidStatement: false
        }
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What failed, the SQLSTATE and the names of the objects; no data.
    public var description: String {
        var text = "PostgreSQL: \(Self.phrase(kind))"
        if let sqlState { text += " \(sqlState)" }
        if let constraint { text += ", constraint \(constraint)" }
        if let table { text += ", table \(schema.map { $0 + "." } ?? "")\(table)" }
        if let column { text += ", column \(column)" }
        return text
    }
    /// The same as the description: a debugger's form may land in a log as well.
    public var debugDescription: String { description }
    /// Shows no part.
    public var customMirror: Mirror { Mirror(self, children: []) }

    private static func phrase(_ kind: Kind) -> String {
        switch kind {
        case .statement: "statement refused"
        case .connectionLost: "connection lost"
        case .connectionFailed: "no connection"
        case .poolExhausted: "every connection is in use"
        case .clientClosed: "the client is closed"
        case .invalidStatement: "statement cannot be sent"
        }
    }
}
