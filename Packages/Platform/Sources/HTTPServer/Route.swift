extension Router {
    /// One entry of the table; a class, so that a request under way carries one reference to it and not all of its fields.
    public final class Route: Sendable {
        /// The method.
        public let method: Method
        /// The path as it was registered.
        public let path: String
        /// The name of the operation in the API's description.
        public let operation: String?
        /// The group it is counted with when requests are limited; `nil` until ``Router/categorise(by:)`` gives one.
        public let category: RouteCategory?
        /// The most bytes that content may have.
        public let bodyLimit: Int
        /// How long the handler may take, in nanoseconds; `nil` for what the server says.
        let timeLimit: Int64?
        let parameters: [String]
        let handler: Handler
        /// What it answers to everybody at all times, where it does.
        let constant: Response?

        init(
            method: Method, path: String, operation: String?, category: RouteCategory?, bodyLimit: Int, timeLimit: Int64?,
            parameters: [String], constant: Response? = nil, handler: @escaping Handler
        ) {
            self.method = method
            self.path = path
            self.operation = operation
            self.category = category
            self.bodyLimit = bodyLimit
            self.timeLimit = timeLimit
            self.parameters = parameters
            self.constant = constant
            self.handler = handler
        }

        /// The same route in a category.
        convenience init(_ route: Route, category: RouteCategory?) {
            self.init(
                method: route.method, path: route.path, operation: route.operation, category: category, bodyLimit: route.bodyLimit,
                timeLimit: route.timeLimit, parameters: route.parameters, constant: route.constant,
                handler: route.handler)
        }
    }

    /// What the table says about a request.
    enum Match: Sendable {
        case route(Route)
        case methodNotAllowed([Method])
        case none

        var timeLimit: Int64? {
            if case .route(let route) = self { route.timeLimit } else { nil }
        }
    }
}
