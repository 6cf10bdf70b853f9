public import Audit
public import Core
public import Identity
internal import Jobs

/// Makes exports of orgs and hands them out.
public protocol OrgExportService: Sendable {
    /// Begins an export (ORG-101).
    func start(provenBy proof: Proof?, from client: ClientContext, in scope: OwnerScope) async throws -> OrgExport
    /// The exports of an org, newest first.
    func exports(for scope: OwnerScope) async throws -> [OrgExport]
    /// A ready export; each download is an entry.
    ///
    /// - Throws: ``OrgsError/notFound`` for one that is not ready, or not any more.
    func download(_ id: OrgExport.ID, in scope: OwnerScope) async throws -> OrgExport
    /// A piece of the file of an export; `nil` behind the last.
    func piece(_ number: Int, of export: OrgExport) async throws -> [UInt8]?
}

/// Exports by the store.
public struct OrgExports<Store: OrgStore>: OrgExportService {
    private let store: Store
    private let proofs: any ProofService
    private let settings: OrgsSettings
    private let dateSource: any DateSource

    /// Makes the service.
    public init(store: Store, proofs: any ProofService, settings: OrgsSettings, dateSource: any DateSource) {
        self.store = store
        self.proofs = proofs
        self.settings = settings
        self.dateSource = dateSource
    }

    /// One at a time, five in 24 hours; a deleted org can be exported until its purge (ORG-107).
    public func start(provenBy proof: Proof?, from client: ClientContext, in scope: OwnerScope) async throws -> OrgExport {
        try await proofs.check(proof, of: scope, from: client)
        let now = dateSource.now
        return try await store.withTransaction(.org(scope.org)) { transaction in
            guard let org = try await transaction.lockedOrg(scope.org), org.state != .purging else { throw OrgsError.purging }
            let earlier = try await transaction.exports(of: scope.org)
            guard !earlier.contains(where: { $0.state == .running }) else { throw OrgsError.exportRunning }
            let recent = earlier.filter { $0.createdAt > now - .days(1) }
            if recent.count >= settings.exportsPerDay, let oldest = recent.last {
                throw OrgsError.exportLimitReached(seconds: Int((oldest.createdAt + .days(1) - now).components.seconds))
            }
            let export = OrgExport(id: .make(at: now), org: scope.org, requestedBy: scope.user, state: .running, createdAt: now)
            try await transaction.insert(export)
            try await transaction.record(OrgsAudit.OrgExported(export, what: .requested), by: scope.actor)
            try await transaction.enqueue(WriteExport(export: export.id), .init(uniqueKey: export.id.description))
            return export
        }
    }

    /// Reads only.
    public func exports(for scope: OwnerScope) async throws -> [OrgExport] {
        try await store.withTransaction(.org(scope.org)) { try await $0.exports(of: scope.org) }
    }

    /// A session is asked for.
    public func download(_ id: OrgExport.ID, in scope: OwnerScope) async throws -> OrgExport {
        _ = try scope.admin.member.principal.requireSession()
        let now = dateSource.now
        return try await store.withTransaction(.org(scope.org)) { transaction in
            guard let export = try await transaction.lockedExport(id), export.org == scope.org, export.log == nil, export.isOffered(at: now)
            else { throw OrgsError.notFound }
            try await transaction.record(OrgsAudit.OrgExported(export, what: .downloaded), by: scope.actor)
            return export
        }
    }

    /// Reads only.
    public func piece(_ number: Int, of export: OrgExport) async throws -> [UInt8]? {
        try await store.withTransaction(.org(export.org)) { try await $0.piece(number, of: export.id) }
    }
}

extension OrgsAudit {
    /// An export of an org was asked for, or taken away.
    public struct OrgExported: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_exported", .high, [.org])
        /// What happened.
        public enum What: String, Sendable {
            /// It was asked for.
            case requested
            /// It was downloaded.
            case downloaded
        }

        /// The export.
        public let export: OrgExport
        /// What happened.
        public let what: What

        /// Tells of it.
        package init(_ export: OrgExport, what: What) {
            self.export = export
            self.what = what
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(export.org), AuditReference(export.id)) }
        /// One line.
        public var summary: String { "export \(what.rawValue)" }
        /// The facts.
        public var data: [String: JSONValue] { ["what": .string(what.rawValue)] }
    }
}
