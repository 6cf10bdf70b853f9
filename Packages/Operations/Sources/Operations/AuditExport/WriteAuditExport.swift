public import Audit
public import Core
public import Identity
public import Jobs
public import Orgs

/// Write an org's part of the log to a file.
public struct WriteAuditExport: Job, Hashable {
    /// `operations.write_audit_export`
    public static let kind = "operations.write_audit_export"
    /// The lane of maintenance.
    public static let lane = Lane.maintenance
    /// The operation that tells of it.
    public let operation: Operation.ID
    /// The export.
    public let export: OrgExport.ID

    /// Orders it.
    public init(operation: Operation.ID, export: OrgExport.ID) {
        self.operation = operation
        self.export = export
    }
}

/// Writes the file in one transaction that sees one instant and works for the org alone, a piece of a few megabytes as soon as it is full: it is there as
/// a whole, or not at all, and memory stays bounded (AUD-080, AUD-082).
public struct WriteAuditExportHandler<Store: OperationStore>: JobHandler where Store.Transaction: AuditExportTransaction {
    private let store: Store
    private let settings: OrgsSettings
    private let name: @Sendable (AuditReference) -> String?

    /// Makes the handler.
    ///
    /// - Parameter name: shows an id with the prefix of its kind; `nil` shows it bare.
    public init(store: Store, settings: OrgsSettings, naming name: @escaping @Sendable (AuditReference) -> String?) {
        self.store = store
        self.settings = settings
        self.name = name
    }

    private static var pieceSize: Int { 4 << 20 }

    /// Twice writes one file.
    public func run(_ job: WriteAuditExport, context: JobContext) async throws -> JobOutcome {
        do {
            guard let export = try await begun(job, at: context.now), let order = export.log else {
                return .cancelled(reason: "nothing is to be written any more")
            }
            try await write(export, order, for: job.operation, at: context.now)
        } catch {
            guard context.isLastAttempt else { throw error }
            try await fail(job, at: context.now)
            return .discarded(reason: "the export could not be written")
        }
        return .completed
    }

    private func begun(_ job: WriteAuditExport, at now: Instant) async throws -> OrgExport? {
        try await store.withTransaction(.system) { transaction in
            guard var export = try await transaction.lockedExport(job.export), export.state == .running else { return nil }
            guard try await transaction.lockedOperation(job.operation)?.status.isTerminal == false else {
                // It took too long (OPS-030).
                export.state = .failed
                try await transaction.save(export)
                return nil
            }
            _ = try await transaction.move(job.operation, .start, at: now)
            _ = try await transaction.move(job.operation, .step(at: 0, .begun, percent: nil, message: nil), at: now)
            return export
        }
    }

    private func write(_ export: OrgExport, _ order: AuditExportOrder, for operation: Operation.ID, at now: Instant) async throws {
        try await store.withSnapshot(.org(export.org)) { transaction in
            guard let running = try await transaction.lockedExport(export.id), running.state == .running else { return }
            var buffer: [UInt8] = []
            var (number, size): (Int, Int64) = (0, 0)
            let entries = try await transaction.exportLog(ofOrg: export.org.uuid, order, naming: name) { text in
                buffer += text.utf8
                guard buffer.count >= Self.pieceSize else { return }
                try await transaction.append(buffer, number: number, to: export.id)
                size += Int64(buffer.count)
                number += 1
                buffer.removeAll(keepingCapacity: true)
            }
            if !buffer.isEmpty { try await transaction.append(buffer, number: number, to: export.id) }
            let ready = running.written(size + Int64(buffer.count), at: now, lifetime: settings.exportLifetime)
            try await transaction.save(ready)
            _ = try await transaction.move(operation, .step(at: 0, .done, percent: 100, message: nil), at: now)
            _ = try await transaction.move(operation, .complete(result: ready.result(entries), message: "The log is written"), at: now)
            try await transaction.publish(
                AuditExportReady(
                    org: ready.org, export: ready.id, requestedBy: ready.requestedBy, format: order.format, entries: entries,
                    expiresAt: ready.expiresAt ?? now + settings.exportLifetime))
        }
    }

    private func fail(_ job: WriteAuditExport, at now: Instant) async throws {
        try await store.withTransaction(.system) { transaction in
            guard var export = try await transaction.lockedExport(job.export), export.state == .running else { return }
            export.state = .failed
            try await transaction.save(export)
            _ = try await transaction.move(
                job.operation, .fail(OperationFailure(code: "EXPORT_FAILED", message: "The log could not be written.")), at: now)
        }
    }
}

extension OrgExport {
    /// What came of it: where the file is offered to those who may read the log.
    fileprivate func result(_ entries: Int64) -> JSONValue {
        [
            "export_id": .string(logID.description), "format": .string(log?.format.rawValue ?? ""), "entries": .integer(entries),
            "size": .integer(size ?? 0), "expires_at": .string(expiresAt?.description ?? ""),
            "download": .string("/v1/orgs/\(org)/audit/exports/\(logID)"),
        ]
    }
}
