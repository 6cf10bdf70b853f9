public import Core
public import Identity
public import Operations
public import Orgs

/// Reads of backups.
public protocol BackupReads: Sendable {
    /// The backup with an id.
    func backup(_ id: GraphBackup.ID) async throws -> GraphBackup?

    /// Completed backups of a graph, newest first.
    func backups(of graph: GraphID) async throws -> [GraphBackup]

    /// What is listed of a graph's backups: completed and running ones, newest first, without those the product makes for itself (GRA-083).
    func listedBackups(of graph: GraphID, limit: Int, offset: Int) async throws -> (page: [GraphBackup], total: Int)

    /// Sums over all backups of a graph but those the product makes for itself (GRA-084).
    func backupSums(of graph: GraphID) async throws -> BackupSums

    /// The graphs of an org of which something is still hosted, those that are gone among them, without subgraphs; in the order of their ids.
    func graphsWithBackups(of org: Org.ID) async throws -> [GraphID]

    /// Whether anything of a graph is still hosted.
    func hasBackups(of graph: GraphID) async throws -> Bool

    /// Graphs that are backed up each night, in the order of their ids.
    func graphsToBackUp(after graph: GraphID?, limit: Int) async throws -> [GraphID]

    /// Backups that are asked for or being written.
    func unfinishedBackups(limit: Int) async throws -> [GraphBackup]

    /// Unfinished backups whose job is a dead letter that nobody has let run again.
    func backupsWithDeadJob() async throws -> Set<GraphBackup.ID>

    /// Backups whose time is over, the oldest first.
    func backupsDue(at now: Instant, limit: Int) async throws -> [GraphBackup.ID]

    /// Graphs in use for two days of which no nightly backup of the last two days exists, in the order of their ids (GRA-081).
    func graphsWithoutBackup(at now: Instant, after graph: GraphID?, limit: Int) async throws -> [GraphID]

    /// The keys that rows name in the store, of backups that should be there.
    func backupObjects(after key: String?, limit: Int) async throws -> [(key: String, backup: GraphBackup.ID)]

    /// A completed backup of the last days of a graph on a host, chosen by a number (GRA-082).
    func backupToTry(on host: GraphHost.ID, since: Instant, number: UInt64) async throws -> GraphBackup?
}

/// Sums over the backups of a graph.
public struct BackupSums: Sendable, Hashable {
    /// All there ever were.
    public var total = 0
    /// Those that were completed, expired ones included.
    public var completed = 0
    /// Those that were given up.
    public var failed = 0
    /// What the completed ones hold, before packing.
    public var originalBytes: Int64 = 0
    /// What is in the store of them.
    public var storedBytes: Int64 = 0
    /// When the newest of them was complete.
    public var latest: Instant?

    /// No backups.
    public init() {}

    /// The share of those that ended well, in percent; 0 when none has ended.
    public var successPercent: Double {
        completed + failed == 0 ? 0 : Double(completed) / Double(completed + failed) * 100
    }

    /// What packing saved.
    public var savedBytes: Int64 { max(0, originalBytes - storedBytes) }

    /// How much smaller the store is than what it holds; 0 when it holds nothing.
    public var ratio: Double {
        originalBytes == 0 ? 0 : Double(storedBytes) / Double(originalBytes)
    }
}

/// What a transaction can do with backups.
public protocol BackupWrites {
    /// Stores a new backup.
    func insert(_ backup: GraphBackup) async throws

    /// Stores what changed about a backup.
    func save(_ backup: GraphBackup) async throws

    /// A backup, locked.
    func lockedBackup(_ id: GraphBackup.ID) async throws -> GraphBackup?

    /// The backup that an operation tells about.
    func backup(of operation: Operation.ID) async throws -> GraphBackup?

    /// Whether a graph is being made from a backup (GRA-010).
    func isBeingCopied(_ backup: GraphBackup.ID) async throws -> Bool

    /// How many backups people have asked for since an instant that did not come to nothing (GRA-077).
    func requestedBackups(of graph: GraphID, since: Instant) async throws -> Int

    /// How many restores of a graph were asked for since an instant, whatever came of them: each writes a copy of all it holds.
    func requestedRestores(of graph: GraphID, since: Instant) async throws -> Int

    /// The backup of a graph that is being written, and how many are on its host; its host is locked until the end of the transaction.
    func runningBackups(besides graph: GraphID) async throws -> (ofGraph: GraphBackup.ID?, onHost: Int)

    /// The nightly backup of a graph that did not fail, for a day such as `2026-03-01`.
    func nightlyBackup(of graph: GraphID, day: String) async throws -> GraphBackup?

    /// How many of the newest nightly backups of a graph failed, one after the other.
    func failedNights(of graph: GraphID) async throws -> Int

    /// The newest completed backup of a graph.
    func newestBackup(of graph: GraphID) async throws -> GraphBackup.ID?

    /// A person's link to a backup that is good at an instant.
    func download(of backup: GraphBackup.ID, by user: User.ID, at now: Instant) async throws -> BackupDownload?

    /// How many downloads of a graph's backups were begun since an instant and count.
    func countedDownloads(of graph: GraphID, since: Instant) async throws -> Int

    /// Stores a new link.
    func insert(_ download: BackupDownload) async throws

    /// Notes that a file was asked for by its link.
    ///
    /// - Returns: whether it was for the first time.
    func noteFirstByte(of download: BackupDownload, at now: Instant) async throws -> Bool
}

/// A link to a backup that was handed out (GRA-085).
public struct BackupDownload: Sendable, Hashable {
    /// The backup.
    public let backup: GraphBackup.ID
    /// Its graph.
    public let graph: GraphID
    /// Who may use it.
    public let user: User.ID
    /// When it was made.
    public let createdAt: Instant
    /// Until when it is good.
    public let expiresAt: Instant
    /// Whether it counts against the plan's downloads of the month.
    public let isCounted: Bool

    /// Describes a link.
    public init(backup: GraphBackup.ID, graph: GraphID, user: User.ID, createdAt: Instant, expiresAt: Instant, isCounted: Bool) {
        self.backup = backup
        self.graph = graph
        self.user = user
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.isCounted = isCounted
    }

    /// What a signed link says, as one line.
    public var claims: String {
        [
            backup.description, graph.description, user.description, String(createdAt.microsecondsSinceEpoch),
            String(expiresAt.microsecondsSinceEpoch), isCounted ? "1" : "0",
        ].joined(separator: " ")
    }

    /// Reads that line; `nil` for one of another form.
    public init?(claims: String) {
        let words = claims.split(separator: " ").map(String.init)
        guard words.count == 6, let backup = GraphBackup.ID(words[0]), let graph = GraphID(words[1]), let user = User.ID(words[2]),
            let created = Int64(words[3]), let end = Int64(words[4])
        else { return nil }
        self.init(
            backup: backup, graph: graph, user: user, createdAt: Instant(microsecondsSinceEpoch: created),
            expiresAt: Instant(microsecondsSinceEpoch: end), isCounted: words[5] == "1")
    }
}
