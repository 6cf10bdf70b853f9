public import Admin
public import Audit
internal import AuditPostgres
public import Core
public import Postgres

/// Notes of operators in the log.
public struct PostgresOperatorNotes: OperatorNotes {
    private let client: PostgresClient
    private let dateSource: any DateSource

    /// Makes the notes.
    public init(client: PostgresClient, dateSource: any DateSource) {
        self.client = client
        self.dateSource = dateSource
    }

    /// The database looks up whether the thing is there.
    public func add(_ text: String, about subject: AuditReference, by person: Operator.ID) async throws -> Bool {
        let dateSource = dateSource
        do {
            try await client.withTransaction(scope: .system) { transaction in
                _ = try await OperatorRecorder(postgres: transaction, dateSource: dateSource).record(
                    OperatorNoteAdded(id: person, subject: subject, text: text), by: .operator(AuditReference(person)))
            }
            return true
        } catch let error as PostgresError where error.constraint == "entry_refers_to_existing" {
            return false
        }
    }
}
