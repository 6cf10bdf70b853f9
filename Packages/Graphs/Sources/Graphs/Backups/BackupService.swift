internal import Audit
internal import Billing
public import Core
internal import Identity
internal import Jobs
public import Operations
internal import Orgs

/// What people can do with backups.
public protocol BackupManaging: Sendable {
    /// Asks for a backup (GRA-075).
    ///
    /// - Throws: ``GraphError``, ``GraphDraft/Faults``, ``StoredAnswer``.
    func request(
        _ wish: BackupWish, of id: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// Completed and running backups, newest first; of a destroyed graph its org's owners and admins see what is still hosted.
    func backups(of id: GraphID, limit: Int, offset: Int, as caller: GraphCaller) async throws -> (page: [GraphBackup], total: Int)

    /// Sums over a graph's backups (GRA-084).
    func sums(of id: GraphID, as caller: GraphCaller) async throws -> BackupSums

    /// One backup.
    func backup(_ id: GraphBackup.ID, of graph: GraphID, as caller: GraphCaller) async throws -> GraphBackup

    /// Makes a link to a backup's contents, or gives the one that is still good (GRA-085).
    func link(to id: GraphBackup.ID, of graph: GraphID, lasting: Duration, as caller: GraphCaller) async throws -> DownloadLink

    /// Opens what a link points to, as long as it is good and whoever it was made for may still have it.
    ///
    /// - Throws: ``GraphError/notFound`` for everything else.
    func open(_ link: String) async throws -> (backup: GraphBackup, contents: any BackupContents)

    /// Brings a graph back to what a backup holds (GRA-086).
    func restore(
        _ backup: GraphBackup.ID, of id: GraphID, confirmation: String, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// Removes every backup of a destroyed graph (GRA-060).
    func erase(
        _ id: GraphID, confirmation: String, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)
}

/// A link to the contents of a backup.
public struct DownloadLink: Sendable, Hashable {
    /// The last part of its address.
    public let token: String
    /// Until when it is good.
    public let expiresAt: Instant
    /// How long that is: less than was asked for where there was a good one already.
    public let expiresIn: Duration

    /// Makes a link.
    public init(token: String, expiresAt: Instant, expiresIn: Duration) {
        self.token = token
        self.expiresAt = expiresAt
        self.expiresIn = expiresIn
    }
}

/// Signs links to backups, with a key for nothing else (SEC-027).
public protocol DownloadSigning: Sendable {
    /// The last part of the link's address.
    func token(for download: BackupDownload) -> String

    /// What a link says; `nil` when we did not sign it.
    func download(in token: String) -> BackupDownload?
}

/// Backups as people ask for them.
public struct BackupService<Store: GraphStore>: BackupManaging {
    let store: Store
    let engine: any GraphEngine
    let archives: any BackupArchiving
    let catalogue: GraphCatalogue
    let links: any DownloadSigning
    let isBillingEnabled: Bool
    let dateSource: any DateSource

    /// For how long a link may be good.
    public static var linkDuration: ClosedRange<Duration> { .seconds(300) ... .seconds(86_400) }

    /// Makes a service.
    public init(
        store: Store, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue, links: any DownloadSigning,
        isBillingEnabled: Bool, dateSource: any DateSource
    ) {
        self.store = store
        self.engine = engine
        self.archives = archives
        self.catalogue = catalogue
        self.links = links
        self.isBillingEnabled = isBillingEnabled
        self.dateSource = dateSource
    }

    /// Stores backup, operation, jobs and entry in one transaction; the day's number is counted under the graph's lock.
    public func request(
        _ wish: BackupWish, of id: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let found = try await graph(id, needing: .admin, as: caller)
        let (call, earlier) = try await store.earlierAnswer(to: .createBackup, of: found, key: key, as: caller, at: dateSource.now)
        if let earlier { return (earlier, true) }
        // A tier that nobody knows keeps backups as short as any (GRA-076).
        let maximum = catalogue.tier(found.graph.tier)?.backupRetentionDays ?? catalogue.tiers.map(\.backupRetentionDays).min() ?? 7
        let days = try wish.keptDays(atMost: maximum)
        let limit = catalogue.tier(found.graph.tier).map(\.backupsPerDay) ?? 2
        let now = dateSource.now
        let (operation, backup) = (Operation.ID.make(at: now), GraphBackup.ID.make(at: now))
        let first: Operation.ID?
        do {
            first = try await store.withSystemTransaction { transaction -> Operation.ID? in
                if let first = try await transaction.replay(of: call, for: operation, isSettled: true, at: now) { return first }
                guard let graph = try await transaction.lockedGraph(id), graph.status == .active || graph.status == .suspended else {
                    throw GraphError.notActive(found.graph.status)
                }
                if let limit, try await transaction.requestedBackups(of: id, since: now.midnight) >= limit {
                    throw GraphError.backupLimitReached(limit: limit, resetsAt: now.midnight + .days(1), now: now)
                }
                let new = GraphBackup(
                    ordering: backup, of: id, by: .user, keptDays: days, requestedBy: caller.user, operation: operation, at: now)
                let message =
                    days < wish.retentionDays ?? BackupWish.usualRetentionDays
                    ? "The backup is accepted; it is kept for \(days) days, the most that the tier keeps backups"
                    : "The backup is accepted; it is kept for \(days) days"
                var result = new.result(status: "accepted")
                if case .object(var members) = result {
                    members["message"] = .string(message)
                    members["requested_retention_days"] = .integer(Int64(wish.retentionDays ?? BackupWish.usualRetentionDays))
                    members["monitoring"] = ["sse_endpoint": .string("/v1/operations/\(operation)/stream")]
                    result = .object(members)
                }
                try await transaction.accept(
                    NewOperation(
                        kind: .createBackup, org: graph.org, graph: id.description, startedBy: caller.user, message: message,
                        steps: ["Writing the backup"], result: result, limit: BackupTaking.limit(of: catalogue.tier(graph.tier))),
                    id: operation, at: now)
                try await transaction.order(new)
                try await transaction.record(BackupRequestedEntry(graph, new), by: .user(AuditReference(caller.user)))
                return nil
            }
        } catch let error as IdempotencyError {
            throw GraphError.idempotency(error)
        }
        guard let accepted = try await store.operation(first ?? operation) else { throw GraphError.notFound }
        return (accepted, first != nil)
    }

    /// Lists what may be seen.
    public func backups(
        of id: GraphID, limit: Int, offset: Int, as caller: GraphCaller
    ) async throws -> (page: [GraphBackup], total: Int) {
        _ = try await graph(id, needing: .viewer, as: caller)
        return try await store.listedBackups(of: id, limit: limit, offset: offset)
    }

    /// Sums up.
    public func sums(of id: GraphID, as caller: GraphCaller) async throws -> BackupSums {
        _ = try await graph(id, needing: .viewer, as: caller)
        return try await store.backupSums(of: id)
    }

    /// Finds one of a graph's backups; those the product makes for itself are not shown.
    public func backup(_ id: GraphBackup.ID, of graph: GraphID, as caller: GraphCaller) async throws -> GraphBackup {
        _ = try await self.graph(graph, needing: .viewer, as: caller)
        guard let backup = try await store.backup(id), backup.belongs(to: graph), backup.initiator != .system else {
            throw GraphError.notFound
        }
        return backup
    }

    /// Removes the objects first, then marks the rows: what a process that died left is removed by the next call.
    public func erase(
        _ id: GraphID, confirmation: String, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        guard let found = try await store.graph(id, for: caller) else { throw GraphError.notFound }
        guard found.orgRole == .owner else {
            if found.graph.status.isTerminal, found.orgRole != .admin { throw GraphError.notFound }
            throw GraphError.orgOwnerRequired
        }
        let (call, earlier) = try await store.earlierAnswer(to: .eraseBackups, of: found, key: key, as: caller, at: dateSource.now)
        if let earlier { return (earlier, true) }
        guard confirmation == id.description else { throw GraphError.confirmationDiffers(id) }
        guard found.graph.status == .deprovisioned else { throw GraphError.notGone(found.graph.status) }
        let completed = try await store.backups(of: id)
        try await archives.removeAll(of: completed)
        let now = dateSource.now
        return try await store.complete(
            .eraseBackups, call: call, as: caller, message: "All backups of the graph are removed", at: now
        ) { operation, transaction in
            try await transaction.markErased(completed, of: found.graph, by: .user(AuditReference(caller.user)))
            return (found.graph, ["graph_id": .string(id.description), "erased": .integer(Int64(completed.count))])
        }
    }

    /// A graph whose backups the caller may see: by a role on it, or, once it is gone, by running its org while something is hosted.
    func graph(_ id: GraphID, needing role: GraphRole, as caller: GraphCaller) async throws -> GraphForUser {
        guard let found = try await store.graph(id, for: caller) else { throw GraphError.notFound }
        guard found.graph.status == .deprovisioned else {
            try GraphRules.require(role, role: found.role, of: found.graph)
            return found
        }
        guard let orgRole = found.orgRole, orgRole >= .admin, try await store.hasBackups(of: id) else { throw GraphError.notFound }
        return found
    }
}
