internal import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Carry out what was ordered about a finding on a host or in the store.
public struct RepairOrphan: Job, Hashable {
    /// `graphs.repair_orphan`
    public static let kind = "graphs.repair_orphan"
    /// With the other work on graphs.
    public static let lane = Lane.lifecycle
    /// A host that is away is asked again.
    public static let retryPolicy = RetryPolicy.untilDone
    /// As long as a backup takes.
    public static let timeout = BackupTaking.timeout

    /// Which finding.
    public let finding: OrphanFinding.ID
    /// When it was ordered: what another order takes the place of is not done.
    public let orderedAt: Instant

    /// Orders it.
    public init(finding: OrphanFinding.ID, orderedAt: Instant) {
        self.finding = finding
        self.orderedAt = orderedAt
    }

    /// One job for each order.
    static func options(of finding: OrphanFinding.ID, at instant: Instant) -> JobOptions {
        JobOptions(uniqueKey: "\(finding) \(instant.microsecondsSinceEpoch)")
    }
}

/// Looks at the host again, and removes what still belongs to nobody. A database goes only when its backup was read back whole, seven days have
/// passed since, and it still holds what that backup holds (GRA-125).
public struct RepairOrphanHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine
    private let archives: any BackupArchiving
    private let catalogue: GraphCatalogue

    /// For how long work that operators hold waits before it looks again.
    private static var pause: Duration { .minutes(1) }

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue) {
        self.store = store
        self.engine = engine
        self.archives = archives
        self.catalogue = catalogue
    }

    /// Does what is to be done now; what is not there any more is done.
    public func run(_ job: RepairOrphan, context: JobContext) async throws -> JobOutcome {
        guard let orphan = try await store.withSystemTransaction({ try await $0.lockedOrphan(job.finding) }), orphan.state == .open,
            orphan.order?.at == job.orderedAt, orphan.failure == nil, let repair = orphan.finding.kind.repair
        else { return .cancelled(reason: "it is over, or ordered anew") }
        if repair == .removeObject {
            try await archives.remove(key: orphan.finding.object)
            return try await end(orphan, on: nil, as: .repaired, context)
        }
        guard let host = try await store.hosts().first(where: { $0.name == orphan.finding.place }) else {
            return .cancelled(reason: "its host is not known any more")
        }
        let objects = try await engine.inventory(host.reference)
        let findings = try await findings(on: host, among: objects, context)
        guard findings.contains(where: { $0.kind == orphan.finding.kind && $0.object == orphan.finding.object }) else {
            let wasDropped = try await finishDrop(orphan, on: host, among: objects, findings, context)
            return try await end(orphan, on: host, as: wasDropped ? .repaired : .gone, context)
        }
        do {
            switch repair {
            case .backUpAndDrop: return try await drop(orphan, on: host, context)
            case .dropRoles: try await dropRoles(orphan, on: host, among: objects)
            case .dropCopy:
                guard let graph = orphan.finding.graph else { throw EngineError.refused("a copy of no graph") }
                try await engine.discardScratch(orphan.finding.object, of: EngineGraph(host: host.reference, graph: graph))
            case .recover, .freeSlot, .revokeCredential, .suspend, .endAccess, .removeObject: break
            }
        } catch let error where (error as? EngineError)?.nature == .definitive || error is FinalBackupFault {
            return try await fail(orphan, error, context)
        }
        return try await end(orphan, on: host, as: .repaired, context)
    }

    private func findings(
        on host: GraphHost, among objects: [EngineObject], _ context: JobContext
    ) async throws -> [OrphanFinding] {
        let named = Set(objects.compactMap { $0.graphName.flatMap(GraphID.init) })
        let records = try await store.records(on: host, naming: named.sorted(), madeBefore: context.now - OrphanRules.age)
        return OrphanRules.findings(on: host.name, objects: objects, records: records)
    }

    /// Removes the roles of a database that an attempt has dropped whose answer was lost.
    ///
    /// - Returns: whether it was its time to go, and it is gone.
    private func finishDrop(
        _ orphan: StoredOrphan, on host: GraphHost, among objects: [EngineObject], _ findings: [OrphanFinding], _ context: JobContext
    ) async throws -> Bool {
        guard let copy = orphan.copy, copy.at + OrphanRepair.keptAfterBackup <= context.now, let graph = GraphID(orphan.finding.object),
            !objects.contains(where: { $0.kind == .database && $0.name == orphan.finding.object })
        else { return false }
        let left = Set(findings.lazy.filter { $0.kind == .role }.map(\.object))
        if objects.contains(where: { $0.kind == .role && $0.graphName == orphan.finding.object && left.contains($0.name) }) {
            try await engine.dropPrincipals(EngineGraph(host: host.reference, graph: graph), warrant(orphan))
        }
        return true
    }

    private func warrant(_ orphan: StoredOrphan) -> StepWarrant { StepWarrant(operation: Operation.ID(uuid: orphan.id.uuid)) }

    private func dropRoles(_ orphan: StoredOrphan, on host: GraphHost, among objects: [EngineObject]) async throws {
        let role = orphan.finding.object
        guard let object = objects.first(where: { $0.kind == .role && $0.name == role }),
            let graph = object.graphName.flatMap(GraphID.init)
        else { throw EngineError.refused("\(role) is no role of a graph") }
        let place = EngineGraph(host: host.reference, graph: graph)
        if object.isLogin { return try await engine.revoke(role: role, of: place) }
        guard !objects.contains(where: { $0.kind == .database && $0.graphName == object.graphName }) else {
            throw EngineError.refused("\(role) goes with its database")
        }
        try await engine.dropPrincipals(place, warrant(orphan))
    }

    private func drop(_ orphan: StoredOrphan, on host: GraphHost, _ context: JobContext) async throws -> JobOutcome {
        guard let graph = GraphID(orphan.finding.object) else { throw EngineError.refused("\(orphan.finding.object) is no graph's") }
        let place = EngineGraph(host: host.reference, graph: graph)
        let limit = catalogue.tiers.map(\.workTimeout).max() ?? .seconds(900)
        // Writing it, and reading it back.
        try await context.extendDeadline(to: BackupTaking.room(for: limit) + limit)
        guard let copy = orphan.copy else { return try await keep(try await backUp(place, orphan, limit), of: orphan, context) }
        let due = copy.at + OrphanRepair.keptAfterBackup
        guard due <= context.now else { return .snoozed(until: due) }
        guard try await !store.controlsOff().contains(.teardowns) else { return .snoozed(until: context.now + Self.pause) }
        // Somebody may have written in it since: then what it holds now is what is kept, for as long again.
        let newest = try await backUp(place, orphan, limit)
        guard newest.contentDigest != nil, newest.contentDigest == copy.archive.contentDigest else {
            let outcome = try await keep(newest, of: orphan, context)
            try await archives.remove(copy.archive)
            return outcome
        }
        try await archives.remove(newest)
        // The proof is made anew: a proof that could be stored could be forged.
        let proof = try await FinalBackupVerification(archives: archives).verify(copy.archive, of: graph)
        try await engine.drop(place, proof: proof, warrant(orphan))
        try await engine.dropPrincipals(place, warrant(orphan))
        return try await end(orphan, on: host, as: .repaired, context)
    }

    private func backUp(_ place: EngineGraph, _ orphan: StoredOrphan, _ limit: Duration) async throws -> BackupArchiveRecord {
        let record = try await archives.write(place, timeout: limit, warrant(orphan))
        do {
            _ = try await FinalBackupVerification(archives: archives).verify(record, of: place.graph)
        } catch {
            try await archives.remove(record)
            throw error
        }
        return record
    }

    /// Notes the backup, and comes back when the database has been kept for long enough.
    private func keep(_ record: BackupArchiveRecord, of orphan: StoredOrphan, _ context: JobContext) async throws -> JobOutcome {
        let isKept = try await store.withSystemTransaction { transaction in
            guard var now = try await transaction.lockedOrphan(orphan.id), now.state == .open, now.order == orphan.order else {
                return false
            }
            now.copy = StoredOrphan.Copy(archive: record, at: context.now)
            try await transaction.save(now)
            return true
        }
        guard isKept else {
            try await archives.remove(record)
            return .cancelled(reason: "it is over, or ordered anew")
        }
        return .snoozed(until: context.now + OrphanRepair.keptAfterBackup)
    }

    private func end(
        _ orphan: StoredOrphan, on host: GraphHost?, as state: StoredOrphan.State, _ context: JobContext
    ) async throws -> JobOutcome {
        try await store.withSystemTransaction { transaction in
            guard var now = try await transaction.lockedOrphan(orphan.id), now.state == .open else { return }
            now.state = state
            now.endedAt = context.now
            try await transaction.save(now)
            guard state == .repaired else { return }
            guard let order = now.order else { return }
            try await transaction.record(GraphOrphanRemoved(now.finding, host: host, order: order), by: order.actor)
        }
        return .completed
    }

    /// It stays open, and says why: an operator orders it anew, or finds out by hand.
    private func fail(_ orphan: StoredOrphan, _ error: any Error, _ context: JobContext) async throws -> JobOutcome {
        try await store.withSystemTransaction { transaction in
            guard var now = try await transaction.lockedOrphan(orphan.id), now.state == .open, now.order == orphan.order else { return }
            now.failure = String(errorChain(error).prefix(500))
            try await transaction.save(now)
        }
        return .discarded(reason: errorChain(error))
    }
}
