public import Core
public import Observability

/// The table of routes, and what stands before them.
public struct Router: Sendable {
    /// Answers a request.
    public typealias Handler = @Sendable (Request) async throws -> Response

    /// What a router consists of, in one object: each request refers to its router several times, and copies of this struct would count four references each.
    private final class Parts: @unchecked Sendable {
        // @unchecked because it changes only while one router refers to it, see `makeUnique`.
        var tree = RouteTree()
        var middleware: [any Middleware] = []
        var describers: [RouteTable.Describer] = []
        var rules: BrowserRules?
        var refusals: (@Sendable (EarlyRefusal) -> Void)?
        let dateSource: any DateSource
        let log: Log

        init(dateSource: any DateSource, log: Log) {
            self.dateSource = dateSource
            self.log = log
        }
    }

    private var parts: Parts

    /// The most bytes that content may have where a route says nothing else: 1 MiB.
    public static let defaultBodyLimit = 1_048_576

    /// Makes an empty table.
    ///
    /// - Parameters:
    ///   - dateSource: the time that problems show.
    ///   - log: takes what may not be told to a caller.
    public init(dateSource: any DateSource = SystemDateSource(), log: Log = .silent) {
        parts = Parts(dateSource: dateSource, log: log)
    }

    /// Every route in the order of its path.
    public var routes: [Route] {
        parts.tree.routes.sorted { ($0.path, $0.method.rawValue) < ($1.path, $1.method.rawValue) }
    }

    /// Adds a route.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - path: the path; a segment in braces, as in `/v1/orgs/{org_id}`, matches any one segment. A literal segment wins over one in braces.
    ///   - operation: the name of the operation in the API's description.
    ///   - category: the group it is counted with when requests are limited; `nil` for what a table says.
    ///   - bodyLimit: the most bytes that content may have.
    ///   - timeLimit: how long the handler may take until its answer begins; `nil` for what the server's limits say.
    ///   - handler: answers the request.
    public mutating func add(
        _ method: Method, _ path: String, operation: String? = nil, category: RouteCategory? = nil, bodyLimit: Int = defaultBodyLimit,
        timeLimit: Duration? = nil, _ handler: @escaping Handler
    ) {
        let segments = path.split(separator: "/")
        let route = Route(
            method: method, path: path, operation: operation, category: category, bodyLimit: bodyLimit,
            timeLimit: timeLimit.map(ServerTimes.nanoseconds),
            parameters: segments.filter(\.isParameter).map { String($0.dropFirst().dropLast()) }, handler: handler)
        makeUnique()
        parts.tree.add(route, at: segments)
    }

    /// Adds a route that answers the same to everybody at all times: a server gives the answer itself, without a task and without the middleware, which
    /// could neither learn nor change anything.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - path: the path, without parameters.
    ///   - operation: the name of the operation in the API's description.
    ///   - response: the answer, whose body is in memory.
    public mutating func add(_ method: Method, _ path: String, operation: String? = nil, constant response: Response) {
        let route = Route(
            method: method, path: path, operation: operation, category: nil, bodyLimit: Self.defaultBodyLimit, timeLimit: nil,
            parameters: [], constant: response,
            handler: { _ in response })
        makeUnique()
        parts.tree.add(route, at: path.split(separator: "/"))
    }

    /// Gives every route that named no category the one that a table says; call it when all routes are there.
    ///
    /// - Throws: ``UncategorisedRoutes`` with all routes that the table does not know.
    public mutating func categorise(by table: (Route) -> RouteCategory?) throws(UncategorisedRoutes) {
        makeUnique()
        parts.tree.replaceRoutes { route in
            route.category == nil ? Route(route, category: table(route)) : route
        }
        let missing = parts.tree.routes.filter { $0.category == nil }.map { "\($0.method.rawValue) \($0.path)" }
        guard missing.isEmpty else { throw UncategorisedRoutes(routes: missing.sorted()) }
    }

    /// Says where the descriptions of a domain's routes are; they are not made before somebody asks for them.
    public mutating func describe(_ domain: String, _ descriptions: @escaping @Sendable () -> [RouteDescription]) {
        makeUnique()
        parts.describers.append((domain, descriptions))
    }

    var describers: [RouteTable.Describer] { parts.describers }

    /// Adds middleware behind what is there already; the first added sees a request first.
    public mutating func use(_ middleware: any Middleware) {
        makeUnique()
        parts.middleware.append(middleware)
    }

    /// Says what every answer tells browsers, and which of them are answered; the rules stand before all middleware.
    public mutating func apply(_ rules: BrowserRules) {
        makeUnique()
        parts.rules = rules
    }

    /// Says who is told of requests that no middleware sees; at once, on the loop that serves them.
    public mutating func observe(_ refusals: @escaping @Sendable (EarlyRefusal) -> Void) {
        makeUnique()
        parts.refusals = refusals
    }

    /// Tells of a request that was refused before there was one.
    func tell(_ status: Status, target: @autoclosure () -> String, _ headers: Headers, from address: String) {
        parts.refusals?(EarlyRefusal(status: status, target: target(), headers: headers, remoteAddress: address))
    }

    /// Completes an answer that was not made by ``respond(to:)``: to what was no request, or the same for everybody.
    func complete(_ response: inout Response, to request: Request?) {
        parts.rules?.complete(&response, to: request)
    }

    private mutating func makeUnique() {
        guard !isKnownUniquelyReferenced(&parts) else { return }
        let copy = Parts(dateSource: parts.dateSource, log: parts.log)
        copy.tree = parts.tree
        copy.middleware = parts.middleware
        copy.describers = parts.describers
        copy.rules = parts.rules
        copy.refusals = parts.refusals
        parts = copy
    }

    /// Answers a request; an error becomes the problem it stands for, one that stands for none a 500 whose cause is in the log alone.
    ///
    /// The route is looked up first, so that middleware knows it: see ``Request/route``.
    public func respond(to request: Request) async -> Response {
        var request = request
        let match = resolve(&request)
        return await respond(to: request, match)
    }

    func respond(to request: Request, _ match: Match) async -> Response {
        var response: Response
        do {
            if let answer = parts.rules?.answer(to: request, at: parts.dateSource.now) {
                response = answer
                if answer.status == .misdirectedRequest {
                    tell(answer.status, target: request.path, request.headers, from: request.remoteAddress)
                }
            } else if parts.middleware.isEmpty, case .route(let route) = match, request.pathParameters.isEmpty {
                // Without middleware the handler is called from here: each asynchronous function between costs a frame on the task's heap.
                response = try await route.handler(request)
            } else {
                response = try await pass(request, match, through: parts.middleware[...])
            }
        } catch {
            response = respond(to: error, for: request)
        }
        parts.rules?.complete(&response, to: request)
        return response
    }

    /// Finds the route of a request, and notes in the request what it found.
    func resolve(_ request: inout Request) -> Match {
        let (match, values) = parts.tree.match(request.method, request.segments)
        if case .route(let route) = match {
            request.route = route.path
            request.category = route.category
            for (name, value) in zip(route.parameters, values) { request.pathParameters[name] = value }
        }
        return match
    }

    /// The most bytes of content for a request, decided before its content is read.
    func bodyLimit(_ method: Method, _ segments: [String]) -> Int {
        guard case .route(let route) = parts.tree.match(method, segments).match else { return Self.defaultBodyLimit }
        return route.bodyLimit
    }

    func respond(to error: any Error, for request: Request) -> Response {
        let problem: Problem
        if let known = error as? Problem {
            problem = known
        } else if let convertible = error as? any ProblemConvertible {
            problem = convertible.problem
        } else if isUnavailability(error) {
            problem = .databaseUnavailable
        } else {
            problem = .internalError
        }
        if problem.status.rawValue >= 500 {
            parts.log.error(
                "request failed",
                [
                    "error": .string(errorChain(error)), "path": .string(request.route ?? ""), "method": .string(request.method.rawValue),
                    "request_id": .string(request.id.description),
                ])
        }
        return problem.response(requestID: request.id, at: parts.dateSource.now)
    }

    private func pass(_ request: Request, _ match: Match, through rest: ArraySlice<any Middleware>) async throws -> Response {
        guard let first = rest.first else {
            guard case .route(let route) = match else { return try refuse(request, match) }
            // Lines that are written meanwhile say which org, subscription and graph they are about (ADM-065).
            guard !request.pathParameters.isEmpty, let context = LogContext.current.naming(request.pathParameters) else {
                return try await route.handler(request)
            }
            return try await LogContext.$current.withValue(context) { try await route.handler(request) }
        }
        return try await first.handle(request) { request in
            try await pass(request, match, through: rest.dropFirst())
        }
    }

    private func refuse(_ request: Request, _ match: Match) throws -> Response {
        guard case .methodNotAllowed(let allowed) = match else { throw Problem.notFound }
        let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        if request.method == .options { return Response(status: .noContent, headers: ["Allow": names]) }
        throw Problem(
            status: .methodNotAllowed, code: "METHOD_NOT_ALLOWED", detail: "This address answers \(names).", headers: ["Allow": names])
    }
}
