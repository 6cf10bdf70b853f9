internal import Core
internal import EventLoops
internal import Observability
internal import Postgres
internal import Synchronization

extension Worker {
    /// Writes results in batches: at once when nothing else is under way, else when there are enough or 5 ms have passed.
    func writeResults() async throws {
        while !Task.isCancelled {
            if let error = crash.withLock(\.self) { throw error }
            let (count, running) = state.withLock { ($0.results.count, $0.running.count) }
            guard count > 0 else {
                await flushWake.wait(atMost: .seconds(1), on: loop)
                continue
            }
            if count < Self.batch, count < running { await flushWake.wait(atMost: .milliseconds(5), on: loop) }
            do {
                try await flush()
            } catch let error as PostgresError {
                // Results stay where they are, and slots and leases with them; those that turn out stale match nothing.
                log.warning("results could not be written", ["error": .string("\(error)")])
                try? await loop.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Writes what there is. Slots are free only when the database has acknowledged it.
    func flush() async throws {
        let (results, worker) = state.withLock { state in
            let results = Array(state.results.prefix(1_000))
            state.results.removeFirst(results.count)
            return (results, state.worker)
        }
        guard !results.isEmpty else { return }
        do {
            try await fault(.beforeFlush)
            let statements = Flush(results, worker: worker, now: dateSource.now).statements
            let acknowledged = try await engine.pipeline(statements).joined().reduce(into: 0) { count, row in
                if !row[0].isNull { count += 1 }
            }
            try await fault(.afterFlush)
            meters.flushBatch.record(Double(results.count))
            if acknowledged < results.count {
                meters.refused.increment(by: results.count - acknowledged)
                log.warning("results came too late and were refused", ["count": .integer(Int64(results.count - acknowledged))])
            }
        } catch {
            state.withLock { $0.results.insert(contentsOf: results, at: 0) }
            throw error
        }
        state.withLock { state in
            for result in results { state.release(result.job) }
        }
        meters.inFlight.set(state.withLock { $0.running.count })
        wake.fire()
    }
}
