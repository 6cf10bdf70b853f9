/// The five characters that say which error the database found (PostgreSQL manual, appendix A).
public struct SQLState: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The five characters.
    public let rawValue: String

    /// Takes the five characters.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Takes the five characters.
    public init(stringLiteral value: String) { rawValue = value }
    /// The five characters.
    public var description: String { rawValue }
    /// The first two characters, which name a class of errors.
    public var errorClass: Substring { rawValue.prefix(2) }

    /// A value broke a `NOT NULL`.
    public static let notNullViolation: SQLState = "23502"
    /// A row refers to one that does not exist, or is referred to.
    public static let foreignKeyViolation: SQLState = "23503"
    /// A row with this key exists.
    public static let uniqueViolation: SQLState = "23505"
    /// A row broke a `CHECK`.
    public static let checkViolation: SQLState = "23514"
    /// A row overlaps another against an exclusion constraint.
    public static let exclusionViolation: SQLState = "23P01"
    /// An earlier statement failed: the transaction does nothing more.
    public static let inFailedTransaction: SQLState = "25P02"
    /// The transaction cannot be put in order with others: do all of it again.
    public static let serializationFailure: SQLState = "40001"
    /// The transaction and others waited for each other: do all of it again.
    public static let deadlockDetected: SQLState = "40P01"
    /// The role may not do this, or row-level security refused the row.
    public static let insufficientPrivilege: SQLState = "42501"
    /// No such table.
    public static let undefinedTable: SQLState = "42P01"
    /// The object exists.
    public static let duplicateObject: SQLState = "42710"
    /// A lock was not had in time.
    public static let lockNotAvailable: SQLState = "55P03"
    /// The statement was cancelled, by its caller or by the statement timeout.
    public static let queryCanceled: SQLState = "57014"
    /// An administrator ended the connection.
    public static let adminShutdown: SQLState = "57P01"
    /// The server is starting or stopping.
    public static let cannotConnectNow: SQLState = "57P03"
    /// The server has no connection left.
    public static let tooManyConnections: SQLState = "53300"
    /// No such database.
    public static let invalidCatalogName: SQLState = "3D000"
    /// A prepared statement that does not exist.
    public static let invalidSQLStatementName: SQLState = "26000"
    /// Among others: the result of a prepared statement changed its shape.
    public static let featureNotSupported: SQLState = "0A000"
}
