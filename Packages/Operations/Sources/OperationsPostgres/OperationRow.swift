internal import Core
internal import Operations
internal import Postgres

/// Reads operations and events from rows.
enum OperationRow {
    /// The columns of an operation, in the order they are decoded by name.
    static let columns: Statement = """
        id, kind, org_id, graph_id, started_by, parent_id, status, phase, percent, message, steps, result, failure, input_request, \
        created_at, started_at, ended_at, updated_at, last_sequence, undo_errors, deadline
        """

    static func operation(_ row: Row) throws -> Operation {
        let kindName: String = try row.decode("kind")
        return Operation(
            id: try row.decode("id"),
            // A kind of a newer version is shown under its name and can be stopped by nobody here.
            kind: OperationKind(named: kindName) ?? OperationKind(name: kindName, cancellation: .never, isExclusive: false),
            org: try row.decode("org_id"), graph: try row.decode("graph_id"), startedBy: try row.decode("started_by"),
            parent: try row.decode("parent_id"), createdAt: try row.decode("created_at"),
            status: try word(row, "status"), phase: try word(row, "phase"), percent: Int(try row.decode("percent", as: Int16.self)),
            message: try row.decode("message"), steps: try row.decode("steps", as: PostgresJSON<[OperationStep]>.self).value,
            result: try row.decode("result"), failure: try row.decode("failure", as: PostgresJSON<OperationFailure>?.self)?.value,
            inputRequest: try row.decode("input_request", as: PostgresJSON<InputRequest>?.self)?.value,
            startedAt: try row.decode("started_at"), endedAt: try row.decode("ended_at"), updatedAt: try row.decode("updated_at"),
            lastSequence: try row.decode("last_sequence"),
            undoErrors: try row.decode("undo_errors", as: PostgresJSON<[UndoError]>.self).value,
            deadline: try row.decode("deadline"))
    }

    static func event(_ row: Row) throws -> OperationEvent {
        OperationEvent(
            operation: try row.decode("operation_id"), sequence: try row.decode("sequence"), name: try word(row, "name"),
            data: try row.decode("data"), at: try row.decode("at"))
    }

    private static func word<Word: RawRepresentable>(_ row: Row, _ column: String) throws -> Word where Word.RawValue == String {
        let text: String = try row.decode(column)
        guard let word = Word(rawValue: text) else { throw row[column].failure("has an unknown word") }
        return word
    }
}
