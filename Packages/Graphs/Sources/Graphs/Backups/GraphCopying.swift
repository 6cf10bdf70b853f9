internal import Billing
internal import Core
internal import Identity
internal import Operations
internal import Orgs

/// Copies a graph's database into one that was just made, by an archive of one snapshot that is removed afterwards (GRA-072, GRA-100).
struct GraphCopying: Sendable {
    let engine: any GraphEngine
    let archives: any BackupArchiving

    /// Does it, or finds it done. Whoever works in the source does not notice.
    ///
    /// - Parameters:
    ///   - warrant: the operation that made the database.
    ///   - note: hears what was copied before the copy takes its place.
    func copy(
        _ source: EngineGraph, into place: EngineGraph, of tier: GraphTier, for warrant: StepWarrant, at now: Instant,
        noting note: (BackupArchiveRecord) async throws -> Void = { _ in }
    ) async throws {
        if try await !engine.isAdopted(place, by: warrant) {
            // Each attempt loads into a database of its own: a worker that is woken after its lease must not touch another's copy.
            let copy = StepWarrant(operation: Operation.ID.make(at: now))
            let record = try await archives.write(source, timeout: tier.workTimeout, copy)
            do {
                try await archives.load(record, beside: place, limits: tier.engineLimits, timeout: tier.workTimeout, copy)
                let loaded = try await engine.loaded(beside: place, copy)
                guard loaded.nodes == record.nodes, loaded.edges == record.edges, record.contentDigest.map({ $0 == loaded.digest }) ?? true
                else { throw EngineError.unavailable("what was loaded is not what was written") }
                try await note(record)
                try await engine.adoptLoaded(place, copy, for: warrant)
                try await archives.remove(record)
            } catch {
                // What cannot be dropped now the sweepers find.
                try? await engine.discardLoaded(place, copy)
                try? await archives.remove(record)
                throw error
            }
        }
        for object in try await engine.objects(of: place) where object.kind == .database && object.name != place.graph.databaseName {
            try await engine.discardScratch(object.name, of: place)
        }
    }
}
