public import Audit
public import Core
public import Identity

/// A file with everything that an org owns here, for its owners to take away (ORG-102).
public struct OrgExport: IdentifiedEntity, AuditReferable, Identifiable, Sendable, Hashable {
    /// The id of an export.
    public typealias ID = Identifier<OrgExport>
    /// `orgexp`
    public static let idPrefix = "orgexp"
    /// `export`
    public static let auditKind = AuditReferenceKind.export

    /// What an export is at this moment.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It is being written.
        case running
        /// It can be downloaded.
        case ready
        /// It could not be written.
        case failed
        /// Its time is over, and its file gone.
        case expired
    }

    /// The version of what the files mean.
    public static let schemaVersion = 1

    /// The id.
    public let id: ID
    /// The org.
    public let org: Org.ID
    /// Who asked for it.
    public let requestedBy: User.ID
    /// What of the log it holds; `nil` for everything that the org owns.
    public let log: AuditExportOrder?
    /// What it is at this moment.
    public var state: State
    /// When it was asked for.
    public let createdAt: Instant
    /// The instant that all its files show; `nil` until it is written.
    public var takenAt: Instant?
    /// The size of the file.
    public var size: Int64?
    /// Until when it can be downloaded.
    public var expiresAt: Instant?

    /// Makes an export value.
    public init(
        id: ID, org: Org.ID, requestedBy: User.ID, log: AuditExportOrder? = nil, state: State, createdAt: Instant,
        takenAt: Instant? = nil, size: Int64? = nil, expiresAt: Instant? = nil
    ) {
        self.id = id
        self.org = org
        self.requestedBy = requestedBy
        self.log = log
        self.state = state
        self.createdAt = createdAt
        self.takenAt = takenAt
        self.size = size
        self.expiresAt = expiresAt
    }
}

extension OrgExport {
    /// Whether it can be downloaded.
    func isOffered(at now: Instant) -> Bool {
        guard state == .ready, let expiresAt else { return false }
        return now < expiresAt
    }

    /// The export, whose file is whole.
    public func written(_ size: Int64, at now: Instant, lifetime: Duration) -> OrgExport {
        var export = self
        export.state = .ready
        export.size = size
        export.takenAt = now
        export.expiresAt = now + lifetime
        return export
    }
}

/// Writes rows into the sections of an export.
public protocol ExportSink {
    /// Adds a row to a section, such as `memberships`. Rows of one section follow one another.
    func write(_ row: JSONValue, to section: String) async throws
}

/// Code of a package above that adds its sections to an export. It reads in the transaction it is given, so that all sections show one instant (ORG-103).
public protocol ExportContributor<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// Writes what the package keeps for an org: never a secret, a hash or a token, and nothing of another org (ORG-104).
    func write(_ org: Org.ID, to sink: any ExportSink, in transaction: Transaction) async throws
}

/// What a transaction can do with exports.
public protocol OrgExportTransaction {
    /// Stores a new running export.
    ///
    /// - Throws: ``OrgsError/exportRunning`` when the org has one of its kind, also one that is being stored at this moment.
    func insert(_ export: OrgExport) async throws
    /// The exports of everything that an org owns, newest first.
    func exports(of org: Org.ID) async throws -> [OrgExport]
    /// An export, locked.
    func lockedExport(_ id: OrgExport.ID) async throws -> OrgExport?
    /// Stores what became of an export.
    func save(_ export: OrgExport) async throws
    /// Adds a piece to the file of an export.
    func append(_ piece: [UInt8], number: Int, to export: OrgExport.ID) async throws
    /// A piece of the file of an export; `nil` behind the last.
    func piece(_ number: Int, of export: OrgExport.ID) async throws -> [UInt8]?
    /// Removes the file of an export.
    func removePieces(of export: OrgExport.ID) async throws
    /// The ready exports whose time is over, locked.
    func lockedExpiredExports(at now: Instant, limit: Int) async throws -> [OrgExport]
    /// The SHA-256 of some bytes, in hexadecimal digits.
    func fingerprint(of bytes: [UInt8]) async throws -> String
    /// Hands the rows of one of the package's own sections to a closure, a page at a time.
    func exportRows(_ section: OrgExportSection, of org: Org.ID, _ body: (JSONValue) async throws -> Void) async throws
}

/// The package's own sections of an export.
public enum OrgExportSection: String, Sendable, Hashable, CaseIterable {
    /// The org with its settings.
    case org
    /// The memberships, ended ones included, with names and addresses as members see them.
    case memberships
    /// The invitations, without their links.
    case invitations
    /// The limits.
    case limits
    /// The graphs with who is granted what.
    case graphs
    /// The days of use.
    case usage
    /// The entries of the log.
    case audit
}
