public import Audit
public import Core
public import Identity
public import Jobs

/// A file with an org's part of the log (AUD-082). It is kept, offered and removed as every ``OrgExport`` is.
public enum AuditLogExport: IdentifiedEntity {
    /// The id under which it is shown.
    public typealias ID = Identifier<AuditLogExport>
    /// `aexp`
    public static let idPrefix = "aexp"
}

extension OrgExport {
    /// The id under which a file of the log is shown.
    public var logID: AuditLogExport.ID { AuditLogExport.ID(uuid: id.uuid) }
}

/// A file of the log can be downloaded (NOT-167).
public struct AuditExportReady: DomainEvent, Hashable {
    /// `orgs.audit_export_ready`
    public static let topic = "orgs.audit_export_ready"
    /// The org.
    public let org: Org.ID
    /// The file.
    public let export: OrgExport.ID
    /// Who asked for it.
    public let requestedBy: User.ID
    /// How it is written.
    public let format: AuditExportOrder.Format
    /// How many entries it has.
    public let entries: Int64
    /// Until when it can be downloaded.
    public let expiresAt: Instant

    /// Makes the event.
    public init(
        org: Org.ID, export: OrgExport.ID, requestedBy: User.ID, format: AuditExportOrder.Format, entries: Int64, expiresAt: Instant
    ) {
        self.org = org
        self.export = export
        self.requestedBy = requestedBy
        self.format = format
        self.entries = entries
        self.expiresAt = expiresAt
    }

    /// By org.
    public var eventKey: String { org.description }
}

/// Has files of the log written; met by the package that keeps operations.
public protocol AuditExportOrdering<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// Accepts an order in the transaction that has stored it.
    ///
    /// - Returns: the id of the operation that tells of it.
    func order(_ export: OrgExport, in transaction: Transaction) async throws -> String
}

/// Makes files of an org's log and hands them out to those who may read it.
public protocol AuditLogExportService: Sendable {
    /// Begins a file; one of an org is written at a time.
    ///
    /// - Throws: ``OrgsError/exportRunning``.
    func start(_ order: AuditExportOrder, in scope: MemberScope) async throws -> (export: OrgExport, operation: String)
    /// A file that is offered; each download is an entry.
    ///
    /// - Throws: ``OrgsError/notFound`` for one that is not ready, or not any more.
    func download(_ id: AuditLogExport.ID, in scope: MemberScope) async throws -> OrgExport
    /// A piece of a file; `nil` behind the last.
    func piece(_ number: Int, of export: OrgExport) async throws -> [UInt8]?
}

/// Files of the log by the store.
public struct AuditLogExports<Store: OrgStore>: AuditLogExportService {
    private let store: Store
    private let ordering: any AuditExportOrdering<Store.Transaction>
    private let dateSource: any DateSource

    /// Makes the service.
    ///
    /// - Parameter ordering: who has the files written.
    public init(store: Store, ordering: any AuditExportOrdering<Store.Transaction>, dateSource: any DateSource) {
        self.store = store
        self.ordering = ordering
        self.dateSource = dateSource
    }

    /// The export, its entry and its operation, or nothing.
    public func start(_ order: AuditExportOrder, in scope: MemberScope) async throws -> (export: OrgExport, operation: String) {
        let now = dateSource.now
        return try await store.withTransaction(.org(scope.org)) { transaction in
            let export = OrgExport(
                id: .make(at: now), org: scope.org, requestedBy: scope.user, log: order, state: .running, createdAt: now)
            try await transaction.insert(export)
            try await transaction.record(OrgsAudit.AuditExportCreated(export, order), by: scope.actor)
            return (export, try await ordering.order(export, in: transaction))
        }
    }

    /// Whoever may read the log may have the file, whoever asked for it.
    public func download(_ id: AuditLogExport.ID, in scope: MemberScope) async throws -> OrgExport {
        let now = dateSource.now
        return try await store.withTransaction(.org(scope.org)) { transaction in
            guard let export = try await transaction.lockedExport(OrgExport.ID(uuid: id.uuid)), export.org == scope.org, export.log != nil,
                export.isOffered(at: now)
            else { throw OrgsError.notFound }
            try await transaction.record(OrgsAudit.AuditExportDownloaded(export), by: scope.actor)
            return export
        }
    }

    /// Reads only.
    public func piece(_ number: Int, of export: OrgExport) async throws -> [UInt8]? {
        try await store.withTransaction(.org(export.org)) { try await $0.piece(number, of: export.id) }
    }
}

extension OrgsAudit {
    /// A file of an org's log was asked for (AUD-133).
    public struct AuditExportCreated: AuditEvent {
        /// The row of the catalogue.
        public static let type = AuditEventType(
            "audit_export_created", risk: .medium, class: .platform, component: "orgs", requires: [.org, .export])
        private let export: OrgExport
        private let order: AuditExportOrder

        /// Tells of it.
        package init(_ export: OrgExport, _ order: AuditExportOrder) {
            self.export = export
            self.order = order
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(export.org), AuditReference(export.id)) }
        /// One line.
        public var summary: String { "\(export.logID) asked for as \(order.format.rawValue)" }
        /// How the file is written.
        public var data: [String: JSONValue] {
            ["export": .string(export.logID.description), "format": .string(order.format.rawValue), "proof": .bool(order.includesProof)]
        }
    }

    /// A file of an org's log was downloaded (AUD-133).
    public struct AuditExportDownloaded: AuditEvent {
        /// The row of the catalogue.
        public static let type = AuditEventType(
            "audit_export_downloaded", risk: .medium, class: .platform, component: "orgs", requires: [.org, .export])
        private let export: OrgExport

        /// Tells of it.
        package init(_ export: OrgExport) {
            self.export = export
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(export.org), AuditReference(export.id)) }
        /// One line.
        public var summary: String { "\(export.logID) downloaded" }
        /// The file.
        public var data: [String: JSONValue] { ["export": .string(export.logID.description)] }
    }

    /// The rows of the catalogue about files of the log.
    public static let auditExportTypes: [AuditEventType] = [AuditExportCreated.type, AuditExportDownloaded.type]
}
