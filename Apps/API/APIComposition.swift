internal import Composition
internal import Core
internal import HTTPServer
internal import Lifecycle
internal import Observability
internal import Postgres

/// The API process: serves until it is asked to end, then drains.
func runAPI() -> Never {
    runProcess("api") { configuration, log in
        let foundations = try await Foundations(configuration, role: .app, name: "api", log: log)
        let product = try await Product(foundations)
        try await product.establish()
        let api = try API(product)
        product.countNotifications()
        let server = Server(
            configuration: ServerConfiguration(
                host: configuration.httpHost, port: configuration.httpPort, limits: configuration.serverLimits), router: api.router,
            loops: foundations.loops, log: log.labelled("http"), dateSource: foundations.dateSource, observer: foundations.observer)
        try await foundations.recordStart(of: "api")
        let port = try await server.start()
        try configuration.announceReady(["port": .integer(Int64(port))])
        log.info("serving", ["port": .integer(Int64(port))])
        var servers: [any Service] = [server]
        if let metricsPort = configuration.metricsPort {
            let internalServer = Server(
                configuration: ServerConfiguration(host: configuration.httpHost, port: metricsPort),
                router: try OperatorsAPI(product).router,
                loops: foundations.loops, log: log.labelled("operators"), dateSource: foundations.dateSource)
            let internalPort = try await internalServer.start()
            log.info("serving operators", ["port": .integer(Int64(internalPort))])
            servers.append(internalServer)
        }
        servers[0] = Serving(server: server, served: api.served)
        // Requests have their own time to end, and streams theirs; this only ends what does not keep to it.
        let grace = max(.seconds(30), configuration.streamDrain) + .seconds(5)
        try await ServiceGroup(services: servers + api.services, gracePeriod: grace).run()
        await foundations.recordStop(of: "api")
        await product.shutdown()
        await foundations.shutdown()
    }
}

/// Serves, and tells when the last answer has been given.
private struct Serving: Service {
    let server: Server
    let served: GracefulShutdown

    func run() async throws {
        defer { served.request() }
        try await server.run()
    }
}
