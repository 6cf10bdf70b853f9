public import Postgres

/// The steps of the schema that belong to operations.
public enum OperationsMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0500CreateOperations.self, M0501BindEventsToTheirOrg.self, M0502KeepUndoErrors.self, M0503ThinEndedOperations.self,
        M0506FindOpenCalls.self, M0507ReportMonths.self, M0508KeepDeadlines.self,
    ]
}
