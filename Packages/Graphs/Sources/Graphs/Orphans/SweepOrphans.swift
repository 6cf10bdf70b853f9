internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Jobs
public import Observability
internal import Operations
internal import Orgs

/// Compares every host with the records, each hour (GRA-123, OPS-127).
public struct SweepOrphans: Job {
    /// `graphs.sweep_orphans`
    public static let kind = "graphs.sweep_orphans"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Each hour at minute twenty.
    public static var schedule: Schedule? {
        CronExpression("20 * * * *").map { Schedule("graphs.sweep_orphans", $0, missed: .skipped, job: SweepOrphans()) }
    }

    /// Orders it.
    public init() {}
}

/// Compares the store of backups with the records, each day (OPS-125).
public struct SweepBackupStore: Job {
    /// `graphs.sweep_backup_store`
    public static let kind = "graphs.sweep_backup_store"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// For how long an object without a row is let be.
    static var age: Duration { .days(90) }
    /// For how long an object that is not complete is let be: no attempt takes so long.
    static var unfinishedAge: Duration { .hours(26) }
    /// How many objects one run removes.
    static let limit = 1_000

    /// Each day at half past five.
    public static var schedule: Schedule? {
        CronExpression("30 5 * * *").map { Schedule("graphs.sweep_backup_store", $0, missed: .once, job: SweepBackupStore()) }
    }

    /// Orders it.
    public init() {}
}

/// Looks at hosts, notes what it sees, and removes what is certainly a left-over.
public struct SweepOrphansHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine) {
        self.store = store
        self.engine = engine
    }

    /// A host that cannot be reached is left out; nothing is concluded from its silence.
    public func run(_ job: SweepOrphans, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        for host in try await store.hosts() where host.state != .retired {
            let objects: [EngineObject]
            do { objects = try await engine.inventory(host.reference) } catch is EngineError { continue }
            // Sizes are told of beside; a host that does not say them now is compared all the same.
            let sizes = (try? await engine.measure(host.reference)) ?? []
            // The records are read after the host: what was made in between has its row by then.
            let named = Set(objects.compactMap { $0.graphName.flatMap(GraphID.init) })
            let records = try await store.records(on: host, naming: named.sorted(), madeBefore: now - OrphanRules.age)
            let findings = OrphanRules.findings(
                on: host.name, objects: objects, records: records,
                sizes: Dictionary(sizes.map { ($0.graph, $0.bytes) }) { first, _ in first })
            for finding in findings {
                // What cannot be removed now is seen again in an hour; it must not hide what else there is.
                do { try await note(finding, on: host, at: now) } catch is EngineError { continue }
            }
            try await store.withSystemTransaction { transaction in
                for kind in OrphanFinding.Kind.onHosts {
                    try await transaction.closeFindings(of: kind, place: host.name, notSeenSince: now, at: now)
                }
            }
        }
        return .completed
    }

    /// A finding counts when it was seen twice, an hour apart; then it is in the log, once. A database beside a graph's own is meant to be
    /// there for a day after a restore, and counts when it should be gone.
    private func note(_ finding: OrphanFinding, on host: GraphHost, at now: Instant) async throws {
        let sighting = try await store.withSystemTransaction { transaction in
            let sighting = try await transaction.note(finding, at: now)
            if !sighting.isDismissed, now - sighting.first >= (finding.kind == .scratch ? OrphanRules.scratchAge : OrphanRules.age) {
                try await transaction.record(GraphOrphanFound(finding, host: host, since: sighting.first), by: .system(component: "graphs"))
            }
            return sighting
        }
        guard !sighting.isDismissed, let graph = finding.graph, isSafe(finding, seenSince: sighting.first, at: now) else { return }
        // Removed by itself as long as operators do not hold repairs (ADM-040).
        guard try await !store.controlsOff().contains(.autoRepair) else { return }
        let place = EngineGraph(host: host.reference, graph: graph)
        if finding.kind == .scratch {
            try await engine.discardScratch(finding.object, of: place)
        } else {
            try await engine.revoke(role: finding.object, of: place)
        }
        _ = try await store.withSystemTransaction { transaction in
            try await transaction.record(GraphOrphanRemoved(finding, host: host), by: .system(component: "graphs"))
        }
    }

    /// On the safe list: a copy beside a graph that nobody works on any more, and a login that was made for one operation alone (GRA-125).
    private func isSafe(_ finding: OrphanFinding, seenSince first: Instant, at now: Instant) -> Bool {
        switch finding.kind {
        case .scratch: now - first >= OrphanRules.scratchAge
        case .role: finding.evidence["temporary"] == true && now - first >= OrphanRules.age
        default: false
        }
    }
}

/// Looks at the store of backups.
public struct SweepBackupStoreHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let archives: any BackupArchiving
    private let log: Log

    /// Makes a handler.
    public init(store: Store, archives: any BackupArchiving, log: Log = .silent) {
        self.store = store
        self.archives = archives
        self.log = log
    }

    /// An object that no row names goes when it is old and was seen by an earlier run as well; a row without its object is told of when an
    /// earlier run missed it as well.
    public func run(_ job: SweepBackupStore, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        var removed = 0
        try await archives.discardUnfinished(after: SweepBackupStore.unfinishedAge)
        let named = try await all { try await store.backupObjects(after: $0?.key, limit: 1_000) }
        let stored = try await all { try await archives.stored(after: $0?.key, limit: 1_000) }
        let keys = Set(named.map(\.key))
        for object in stored where !keys.contains(object.key) && now - object.writtenAt > SweepBackupStore.age {
            let finding = OrphanFinding(kind: .backupObject, place: "store", object: object.key, bytes: object.bytes, graph: nil)
            let sighting = try await store.withSystemTransaction { try await $0.note(finding, at: now) }
            guard sighting.first < now, !sighting.isDismissed, removed < SweepBackupStore.limit else { continue }
            try await archives.remove(key: object.key)
            removed += 1
        }
        let present = Set(stored.map(\.key))
        var missing = 0
        for row in named where !present.contains(row.key) {
            if try await noteMissing(row.backup, at: now) { missing += 1 }
        }
        if missing > 0 {
            log.error("backups are not in their store any more and cannot be restored", ["backups": .integer(Int64(missing))])
        }
        try await store.withSystemTransaction { transaction in
            for kind in [OrphanFinding.Kind.backupObject, .backupRow] {
                try await transaction.closeFindings(of: kind, place: "store", notSeenSince: now, at: now)
            }
        }
        return .completed
    }

    /// Never marked as gone: a store that comes back has it again, and somebody must look.
    ///
    /// - Returns: whether it was missing at an earlier run as well.
    private func noteMissing(_ id: GraphBackup.ID, at now: Instant) async throws -> Bool {
        try await store.withSystemTransaction { transaction in
            guard let backup = try await transaction.lockedBackup(id), backup.status == .completed,
                let graph = try await transaction.graph(backup.graph)
            else { return false }
            let finding = OrphanFinding(kind: .backupRow, place: "store", object: id.description, bytes: nil, graph: graph.id)
            let sighting = try await transaction.note(finding, at: now)
            guard sighting.first < now, !sighting.isDismissed else { return false }
            try await transaction.record(BackupObjectMissing(graph, backup, since: sighting.first), by: .system(component: "graphs"))
            return true
        }
    }

    private func all<Element>(_ page: (Element?) async throws -> [Element]) async throws -> [Element] {
        var everything: [Element] = []
        while true {
            let more = try await page(everything.last)
            guard !more.isEmpty else { return everything }
            everything += more
        }
    }
}

extension OrphanFinding.Kind {
    /// What a look at a host can find.
    static let onHosts: [OrphanFinding.Kind] = [.database, .role, .scratch, .missingDatabase, .foreign, .credential]
}
