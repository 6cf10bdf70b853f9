public import Audit
public import Core

/// Something without its counterpart (graphs.md, section 1).
public struct OrphanFinding: Sendable, Hashable, IdentifiedEntity {
    /// The id of a finding that was stored, `orf_…`.
    public typealias ID = Identifier<OrphanFinding>
    /// `orf`
    public static let idPrefix = "orf"

    /// What it is.
    public enum Kind: String, Sendable, CaseIterable {
        /// An object in the store of backups that no row names.
        case backupObject = "backup_object"
        /// A row of a backup whose object is gone.
        case backupRow = "backup_row"
        /// A database of ours on a host that no graph owns.
        case database
        /// A role of ours on a host that no graph owns.
        case role
        /// A database that was made beside a graph's own and left behind.
        case scratch
        /// A graph whose database is not on its host.
        case missingDatabase = "missing_database"
        /// An object of a graph's name that carries another marker, or none.
        case foreign
        /// A place on a host that names a graph which needs none.
        case slot
        /// A graph that has no place.
        case missingSlot = "missing_slot"
        /// A credential without a role on the host.
        case credential
        /// A graph in use whose subscription is over.
        case unpaidGraph = "unpaid_graph"
        /// A subscription that is paid for a graph which is gone.
        case unservedSubscription = "unserved_subscription"
        /// A role on a graph of somebody who is not in its org.
        case strayGrant = "stray_grant"
    }

    /// What it is.
    public let kind: Kind
    /// Where it is: a host, or `store`.
    public let place: String
    /// Its name there.
    public let object: String
    /// How large it is, when that is known.
    public let bytes: Int64?
    /// The graph it belongs to, when there is one.
    public let graph: GraphID?
    /// What was seen that makes it a finding.
    public let evidence: [String: JSONValue]

    /// Describes a finding.
    public init(
        kind: Kind, place: String, object: String, bytes: Int64?, graph: GraphID?, evidence: [String: JSONValue] = [:]
    ) {
        self.kind = kind
        self.place = place
        self.object = object
        self.bytes = bytes
        self.graph = graph
        self.evidence = evidence
    }
}

/// A finding as it is stored: seen so often, and what people have ordered about it.
public struct StoredOrphan: Sendable, Hashable, Identifiable {
    /// Where a finding stands.
    public enum State: String, Sendable, CaseIterable {
        /// It is there.
        case open
        /// It was repaired by order.
        case repaired
        /// Somebody says that it may stay.
        case dismissed
        /// It was not seen any more.
        case gone
    }

    /// The id.
    public let id: OrphanFinding.ID
    /// What was found.
    public let finding: OrphanFinding
    /// Where it stands.
    public var state: State
    /// When it was first seen.
    public let firstSeenAt: Instant
    /// When it was last seen.
    public let lastSeenAt: Instant
    /// Who ordered its repair; `nil` where nobody did.
    public var order: Order?
    /// What the database held when it was last backed up for its repair, and when that was read back whole.
    public var copy: Copy?
    /// Why the repair has come to nothing so far.
    public var failure: String?
    /// When it was over.
    public var endedAt: Instant?

    /// An order of a repair.
    public struct Order: Sendable, Hashable {
        /// Who.
        public let person: AuditReference
        /// Why.
        public let reason: String
        /// When.
        public let at: Instant

        /// Notes an order.
        public init(by person: AuditReference, because reason: String, at: Instant) {
            self.person = person
            self.reason = reason
            self.at = at
        }

        /// The same, for entries.
        public var actor: AuditActor { person.kind == .operator ? .operator(person) : .user(person) }
    }

    /// A backup of a database that belongs to nobody.
    public struct Copy: Sendable, Hashable {
        /// Where it is and what it holds.
        public let archive: BackupArchiveRecord
        /// When it had been read back.
        public let at: Instant

        /// Notes a backup.
        public init(archive: BackupArchiveRecord, at: Instant) {
            self.archive = archive
            self.at = at
        }
    }

    /// Puts a finding together from what a store kept.
    public init(
        id: OrphanFinding.ID, finding: OrphanFinding, state: State, firstSeenAt: Instant, lastSeenAt: Instant, order: Order?, copy: Copy?,
        failure: String?, endedAt: Instant?
    ) {
        self.id = id
        self.finding = finding
        self.state = state
        self.firstSeenAt = firstSeenAt
        self.lastSeenAt = lastSeenAt
        self.order = order
        self.copy = copy
        self.failure = failure
        self.endedAt = endedAt
    }
}

/// What a look that found something noted.
public struct OrphanSighting: Sendable, Hashable {
    /// The finding.
    public let id: OrphanFinding.ID
    /// When it was first seen.
    public let first: Instant
    /// Whether somebody said that it may stay: then it is told of to nobody.
    public let isDismissed: Bool

    /// Notes a sighting.
    public init(id: OrphanFinding.ID, first: Instant, isDismissed: Bool) {
        self.id = id
        self.first = first
        self.isDismissed = isDismissed
    }
}

/// What a transaction can do with findings.
public protocol OrphanWrites {
    /// Stores what a sweep found; what it found before is seen once more.
    func note(_ finding: OrphanFinding, at now: Instant) async throws -> OrphanSighting

    /// Closes the findings of a kind that were not seen again.
    func closeFindings(of kind: OrphanFinding.Kind, place: String, notSeenSince: Instant, at now: Instant) async throws

    /// A finding, locked.
    func lockedOrphan(_ id: OrphanFinding.ID) async throws -> StoredOrphan?

    /// Stores what was ordered about a finding, and what came of it.
    func save(_ orphan: StoredOrphan) async throws

    /// Whether a database of a graph is an open finding on a host as well.
    func hasOrphanDatabase(of graph: String, at place: String) async throws -> Bool
}
