internal import Composition
internal import Core
internal import HTTPServer
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
        var services = worker.services
        var ready: [String: JSONValue] = [:]
        if let port = configuration.workerPort {
            let server = Server(
                configuration: ServerConfiguration(host: configuration.httpHost, port: port), router: worker.router,
                loops: foundations.loops, log: log.labelled("health"), dateSource: foundations.dateSource)
            let bound = try await server.start()
            log.info("serving health", ["port": .integer(Int64(bound))])
            ready["port"] = .integer(Int64(bound))
            services.append(server)
        }
        try configuration.announceReady(ready)
        log.info("working")
        try await ServiceGroup(services: services, gracePeriod: .seconds(25)).run()
        await foundations.recordStop(of: "worker")
        await product.shutdown()
        await foundations.shutdown()
    }
}
