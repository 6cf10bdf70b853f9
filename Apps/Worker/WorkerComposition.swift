internal import Composition
internal import Lifecycle
internal import Observability
internal import Postgres

/// The worker process: works until it is asked to end, then lets what is under way end and gives back the rest.
func runWorker() -> Never {
    runProcess("worker") { configuration, log in
        let foundations = try await Foundations(configuration, role: .system, name: "worker", log: log)
        let product = try await Product(foundations)
        try await product.establish()
        try await product.registerGraphHosts()
        await product.checkPaymentEndpoint()
        let worker = try WorkerServices(product)
        try await foundations.recordStart(of: "worker")
        try configuration.announceReady([:])
        log.info("working")
        try await ServiceGroup(services: worker.services, gracePeriod: .seconds(25)).run()
        await foundations.recordStop(of: "worker")
        await product.shutdown()
        await foundations.shutdown()
    }
}
