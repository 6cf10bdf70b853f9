/// One step of the schema, forward only. It is never edited after it has landed: the migrator refuses that.
public protocol Migration: Sendable {
    /// What the step is called, everywhere and for ever: `0001-identity-create-users`, numbered within its package.
    static var id: String { get }
    /// The statements, in full, without `BEGIN` and `COMMIT`: each migration is one transaction.
    static var sql: String { get }
    /// Whether the step runs as the role that logged in and not as the owner of the schema.
    static var runsAsLogin: Bool { get }
}

extension Migration {
    /// `false`: what a step makes belongs to the owner of the schema.
    public static var runsAsLogin: Bool { false }
}

/// Why the schema was not brought forward.
public enum MigrationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A step that has landed was edited since.
    case edited(String)
    /// The database has steps that this program does not know: it is newer.
    case unknown([String])
    /// Two steps have the same name.
    case duplicate(String)
    /// A step failed and was undone; those before it stay.
    case failed(String, PostgresError)
    /// A step ended its own transaction.
    case endedTransaction(String)

    /// What is wrong with which step.
    public var description: String {
        switch self {
        case .edited(let id): "migration \(id) was edited after it had landed"
        case .unknown(let ids): "the database has migrations that this program does not know: \(ids.joined(separator: ", "))"
        case .duplicate(let id): "there are two migrations \(id)"
        case .failed(let id, let error): "migration \(id) failed: \(error)"
        case .endedTransaction(let id): "migration \(id) ended its own transaction"
        }
    }
}
