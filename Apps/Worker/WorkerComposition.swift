internal import Composition
internal import Lifecycle
internal import Observability
internal import Postgres

/// The worker process: runs until it is asked to end.
func runWorker() -> Never {
    runProcess("worker") { configuration, log in
        let foundations = try Foundations(configuration, role: .system, name: "worker", log: log)
        try await foundations.recordStart(of: "worker")
        try configuration.announceReady([:])
        log.info("working")
        try await ServiceGroup(services: [], gracePeriod: .seconds(25)).run()
        await foundations.shutdown()
    }
}
