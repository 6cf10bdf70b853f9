public import HTTPServer
internal import Observability

/// The table of everything that the API answers.
///
/// - Throws: when the configuration holds a key that is none.
public func makeRouter(_ foundations: Foundations) throws -> Router {
    var router = Router(dateSource: foundations.dateSource, log: foundations.log.labelled("http"))
    router.use(RequestLogging())
    HealthRoutes(foundations).register(on: &router)
    try Accounts(foundations).register(on: &router)
    return router
}
