internal import Core
internal import Identity
internal import Jobs
public import Orgs

/// Turns orders for files of the log into operations (AUD-082).
public struct AuditExportOperations<Transaction: OperationTransaction>: AuditExportOrdering {
    /// Makes it.
    public init() {}

    /// Accepts an operation of one step and sends a worker to it.
    public func order(_ export: OrgExport, in transaction: Transaction) async throws -> String {
        let operation = try await transaction.accept(
            NewOperation(
                kind: .auditExport, org: export.org, graph: nil, startedBy: export.requestedBy, message: "Writing the log",
                steps: ["Write the file"], result: ["export_id": .string(export.logID.description)]),
            id: .make(at: export.createdAt), at: export.createdAt)
        try await transaction.enqueue(
            WriteAuditExport(operation: operation.id, export: export.id), .init(uniqueKey: operation.id.description))
        return operation.id.description
    }
}
