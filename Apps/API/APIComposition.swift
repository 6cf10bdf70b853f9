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
        try await ServiceGroup(services: servers + api.services, gracePeriod: .seconds(30)).run()
        await foundations.recordStop(of: "api")
        await product.shutdown()
        await foundations.shutdown()
    }
}
