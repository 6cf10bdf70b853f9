public import Core
public import Identity
public import Jobs

/// Write the file of an export.
public struct WriteExport: Job, Hashable {
    /// `orgs.write_export`
    public static let kind = "orgs.write_export"
    /// The lane of maintenance.
    public static let lane = Lane.maintenance
    /// The export.
    public let export: OrgExport.ID

    /// Orders it.
    public init(export: OrgExport.ID) {
        self.export = export
    }
}

/// An export can be downloaded: who asked for it is told.
public struct OrgExportReady: DomainEvent, Hashable {
    /// `orgs.export_ready`
    public static let topic = "orgs.export_ready"
    /// The org.
    public let org: Org.ID
    /// The export.
    public let export: OrgExport.ID
    /// Who asked for it.
    public let recipient: User.ID
    /// Until when it can be downloaded.
    public let expiresAt: Instant

    /// Makes the event.
    public init(org: Org.ID, export: OrgExport.ID, recipient: User.ID, expiresAt: Instant) {
        self.org = org
        self.export = export
        self.recipient = recipient
        self.expiresAt = expiresAt
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// Reads all sections in one transaction that sees one instant, and writes the file in the same one: it is there as a whole, or not at all (ORG-103).
public struct WriteExportHandler<Store: OrgStore>: JobHandler {
    private let store: Store
    private let contributors: [any ExportContributor<Store.Transaction>]
    private let settings: OrgsSettings

    /// Makes the handler.
    public init(store: Store, contributors: [any ExportContributor<Store.Transaction>], settings: OrgsSettings) {
        self.store = store
        self.contributors = contributors
        self.settings = settings
    }

    /// Twice writes one file.
    public func run(_ job: WriteExport, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        let result: Result<Void, any Error>
        do {
            result = .success(try await write(job.export, at: now))
        } catch {
            result = .failure(error)
        }
        if case .failure(let error) = result {
            guard context.isLastAttempt else { throw error }
            try await store.withTransaction(.system) { transaction in
                guard var export = try await transaction.lockedExport(job.export), export.state == .running else { return }
                export.state = .failed
                try await transaction.save(export)
            }
            return .discarded(reason: "the export could not be written")
        }
        return .completed
    }

    private func write(_ id: OrgExport.ID, at now: Instant) async throws {
        try await store.withSnapshot(.system) { transaction in
            guard let export = try await transaction.lockedExport(id), export.state == .running, export.log == nil else { return }
            let writer = ExportFileWriter(export, in: transaction)
            for section in OrgExportSection.allCases {
                try await write(section, of: export.org, to: writer, in: transaction)
            }
            for contributor in contributors { try await contributor.write(export.org, to: writer, in: transaction) }
            let size = try await writer.finish(takenAt: now)
            try await transaction.save(export.written(size, at: now, lifetime: settings.exportLifetime))
            try await transaction.publish(
                OrgExportReady(org: export.org, export: id, recipient: export.requestedBy, expiresAt: now + settings.exportLifetime))
        }
    }

    /// The rows of a section, with the history of an org that was taken over where its order has it: entries are newest first; memberships and limits
    /// come out of one statement.
    private func write(
        _ section: OrgExportSection, of org: Org.ID, to writer: ExportFileWriter<Store.Transaction>, in transaction: Store.Transaction
    ) async throws {
        func writeHistory() async throws {
            try await transaction.keptRows(of: section.rawValue, for: org) { try await writer.write($0, to: section.rawValue) }
        }
        let isFirst = [.invitations, .graphs, .usage].contains(section)
        if isFirst { try await writeHistory() }
        try await transaction.exportRows(section, of: org) { try await writer.write($0, to: section.rawValue) }
        if section == .audit { try await writeHistory() }
    }
}

/// Remove the files of exports whose time is over.
public struct ExpireExports: Job, Hashable {
    /// `orgs.expire_exports`
    public static let kind = "orgs.expire_exports"
    /// The lane of maintenance.
    public static let lane = Lane.maintenance

    /// Orders it.
    public init() {}
}

/// Removes files; that they cannot be downloaded any more is a matter of their time alone.
public struct ExpireExportsHandler<Store: OrgStore>: JobHandler {
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Twice removes them once.
    public func run(_ job: ExpireExports, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        var count = 0
        repeat {
            count = try await store.withTransaction(.system) { transaction in
                let expired = try await transaction.lockedExpiredExports(at: now, limit: 20)
                for var export in expired {
                    try await transaction.removePieces(of: export.id)
                    export.state = .expired
                    try await transaction.save(export)
                }
                return expired.count
            }
        } while count == 20
        return .completed
    }
}
