internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

/// Makes a backup the contents of a database that was just made: loaded beside it, compared with its record, put in its place (GRA-010, GRA-102).
struct BackupAdoption<Store: GraphStore>: Sendable {
    let store: Store
    let engine: any GraphEngine
    let archives: any BackupArchiving

    /// Does it, or finds it done.
    ///
    /// - Parameters:
    ///   - cap: how large the contents may be; what is brought back may be of any size.
    ///   - warrant: the operation that made the database.
    func adopt(
        _ source: GraphBackup.ID, into place: EngineGraph, of tier: GraphTier, cap: Int64?, for warrant: StepWarrant, _ job: JobContext
    ) async throws {
        // Whoever did it may have died before what is left over was dropped.
        if try await engine.isAdopted(place, by: warrant) { return try await clear(beside: place) }
        guard let backup = try await store.backup(source), backup.status == .completed, let record = backup.archive else {
            throw EngineError.refused("the backup is not there any more")
        }
        // Each attempt loads into a database of its own: a worker that is woken after its lease must not touch another's copy.
        let copy = StepWarrant(operation: Operation.ID.make(at: job.now))
        try await job.extendDeadline(to: BackupTaking.room(for: tier.workTimeout))
        do {
            try await load(record, beside: place, of: tier, copy)
            let loaded = try await engine.loaded(beside: place, copy)
            guard loaded.nodes == record.nodes, loaded.edges == record.edges, record.contentDigest.map({ $0 == loaded.digest }) ?? true
            else { throw EngineError.refused("what was loaded is not what was backed up") }
            if let cap, loaded.bytes > cap { throw EngineError.refused("the backup has \(loaded.bytes) bytes, the tier \(cap)") }
            try await engine.adoptLoaded(place, copy, for: warrant)
        } catch {
            // What cannot be dropped now the sweeper of orphans finds.
            try? await engine.discardLoaded(place, copy)
            throw error
        }
        try await clear(beside: place)
    }

    /// Drops the empty database and what attempts that died have loaded: a graph in the making has nothing else beside its own database.
    private func clear(beside place: EngineGraph) async throws {
        for object in try await engine.objects(of: place) where object.kind == .database && object.name != place.graph.databaseName {
            try await engine.discardScratch(object.name, of: place)
        }
    }

    /// What is wrong with an archive may be a disk that is away for a moment: it is told as a host that is.
    private func load(_ record: BackupArchiveRecord, beside place: EngineGraph, of tier: GraphTier, _ copy: StepWarrant) async throws {
        do {
            try await archives.load(record, beside: place, limits: tier.engineLimits, timeout: tier.workTimeout, copy)
        } catch let error where !(error is EngineError) && !(error is JobLeaseLost) && !(error is CancellationError) {
            throw EngineError.unavailable("the archive cannot be read: \(errorChain(error))")
        }
    }
}
