public import Core
public import Observability

/// The table of routes, and what stands before them.
public struct Router: Sendable {
    /// Answers a request.
    public typealias Handler = @Sendable (Request) async throws -> Response

    /// One entry of the table.
    public struct Route: Sendable {
        /// The method.
        public let method: Method
        /// The path as it was registered.
        public let path: String
        /// The name of the operation in the API's description.
        public let operation: String?
        /// The group it is counted with when requests are limited; `nil` until ``Router/categorise(by:)`` gives one.
        public internal(set) var category: RouteCategory?
        /// The most bytes that content may have.
        public let bodyLimit: Int
        /// How long the handler may take, in nanoseconds; `nil` for what the server says.
        let timeLimit: Int64?
        let parameters: [String]
        let handler: Handler
    }

    private struct Node: Sendable {
        var children: [String: Int] = [:]
        var parameter: Int?
        var routes: [Method: Route] = [:]
    }

    private var nodes = [Node()]
    private var middleware: [any Middleware] = []
    private let dateSource: any DateSource
    private let log: Log

    /// The most bytes that content may have where a route says nothing else: 1 MiB.
    public static let defaultBodyLimit = 1_048_576

    /// Makes an empty table.
    ///
    /// - Parameters:
    ///   - dateSource: the time that problems show.
    ///   - log: takes what may not be told to a caller.
    public init(dateSource: any DateSource = SystemDateSource(), log: Log = .silent) {
        self.dateSource = dateSource
        self.log = log
    }

    /// Every route in the order of its path.
    public var routes: [Route] {
        nodes.flatMap(\.routes.values).sorted { ($0.path, $0.method.rawValue) < ($1.path, $1.method.rawValue) }
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
        var node = 0
        var parameters: [String] = []
        for segment in path.split(separator: "/") {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                parameters.append(String(segment.dropFirst().dropLast()))
                node = child(of: node, at: \.parameter)
            } else {
                node = child(of: node, at: \.children[String(segment)])
            }
        }
        precondition(nodes[node].routes[method] == nil, "two routes for \(method) \(path)")
        nodes[node].routes[method] = Route(
            method: method, path: path, operation: operation, category: category, bodyLimit: bodyLimit,
            timeLimit: timeLimit.map(ServerTimes.nanoseconds), parameters: parameters, handler: handler)
    }

    /// Gives every route that named no category the one that a table says; call it when all routes are there.
    ///
    /// - Throws: ``UncategorisedRoutes`` with all routes that the table does not know.
    public mutating func categorise(by table: (Route) -> RouteCategory?) throws(UncategorisedRoutes) {
        var missing: [String] = []
        for index in nodes.indices {
            for (method, route) in nodes[index].routes where route.category == nil {
                let category = table(route)
                nodes[index].routes[method]?.category = category
                if category == nil { missing.append("\(method.rawValue) \(route.path)") }
            }
        }
        guard missing.isEmpty else { throw UncategorisedRoutes(routes: missing.sorted()) }
    }

    /// Adds middleware behind what is there already; the first added sees a request first.
    public mutating func use(_ middleware: any Middleware) {
        self.middleware.append(middleware)
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
        do {
            if middleware.isEmpty { return try await dispatch(request, match) }
            return try await pass(request, match, through: middleware[...])
        } catch {
            return respond(to: error, for: request)
        }
    }

    /// Finds the route of a request, and notes in the request what it found.
    func resolve(_ request: inout Request) -> Match {
        let match = self.match(request.method, request.segments)
        if case .route(let route, let values) = match {
            request.route = route.path
            request.category = route.category
            for (name, value) in zip(route.parameters, values) { request.pathParameters[name] = value }
        }
        return match
    }

    /// The most bytes of content for a request, decided before its content is read.
    func bodyLimit(_ method: Method, _ segments: [String]) -> Int {
        guard case .route(let route, _) = match(method, segments) else { return Self.defaultBodyLimit }
        return route.bodyLimit
    }

    func respond(to error: any Error, for request: Request) -> Response {
        let problem: Problem
        if let known = error as? Problem {
            problem = known
        } else if let convertible = error as? any ProblemConvertible {
            problem = convertible.problem
        } else {
            problem = .internalError
        }
        if problem.status.rawValue >= 500 {
            log.error(
                "request failed",
                [
                    "error": .string(errorChain(error)), "path": .string(request.route ?? ""), "method": .string(request.method.rawValue),
                    "request_id": .string(request.id.description),
                ])
        }
        return problem.response(requestID: request.id, at: dateSource.now)
    }

    private func pass(_ request: Request, _ match: Match, through rest: ArraySlice<any Middleware>) async throws -> Response {
        guard let first = rest.first else { return try await dispatch(request, match) }
        return try await first.handle(request) { request in
            try await pass(request, match, through: rest.dropFirst())
        }
    }

    private func dispatch(_ request: Request, _ match: Match) async throws -> Response {
        switch match {
        case .route(let route, _):
            return try await route.handler(request)
        case .methodNotAllowed(let allowed):
            let names = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            if request.method == .options { return Response(status: .noContent, headers: ["Allow": names]) }
            throw Problem(
                status: .methodNotAllowed, code: "METHOD_NOT_ALLOWED", detail: "This address answers \(names).", headers: ["Allow": names])
        case .none:
            throw Problem.notFound
        }
    }

    enum Match: Sendable {
        case route(Route, [String])
        case methodNotAllowed([Method])
        case none

        var timeLimit: Int64? {
            if case .route(let route, _) = self { route.timeLimit } else { nil }
        }
    }

    private func match(_ method: Method, _ segments: [String]) -> Match {
        var values: [String] = []
        var allowed: Set<Method> = []
        let route = find(method, segments[...], from: 0, &values, &allowed)
        if let route { return .route(route, values) }
        return allowed.isEmpty ? .none : .methodNotAllowed(Array(allowed))
    }

    /// Walks the tree, literal segments first, and comes back to a segment in braces where a literal one led nowhere.
    private func find(
        _ method: Method, _ segments: ArraySlice<String>, from index: Int, _ values: inout [String], _ allowed: inout Set<Method>
    ) -> Route? {
        let node = nodes[index]
        guard let first = segments.first else {
            if let route = node.routes[method] ?? (method == .head ? node.routes[.get] : nil) { return route }
            allowed.formUnion(node.routes.keys)
            if node.routes[.get] != nil { allowed.insert(.head) }
            return nil
        }
        if let child = node.children[first], let route = find(method, segments.dropFirst(), from: child, &values, &allowed) {
            return route
        }
        guard let child = node.parameter, !first.isEmpty else { return nil }
        values.append(first)
        if let route = find(method, segments.dropFirst(), from: child, &values, &allowed) { return route }
        values.removeLast()
        return nil
    }

    private mutating func child(of node: Int, at place: WritableKeyPath<Node, Int?>) -> Int {
        if let existing = nodes[node][keyPath: place] { return existing }
        nodes.append(Node())
        nodes[node][keyPath: place] = nodes.count - 1
        return nodes.count - 1
    }
}
