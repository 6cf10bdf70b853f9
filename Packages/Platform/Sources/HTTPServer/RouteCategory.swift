/// The group of routes that a route is counted with when requests are limited. Which groups there are, a product decides; see SEC-001.
public struct RouteCategory: Hashable, Sendable, CustomStringConvertible {
    /// The name that callers see, such as `billing`.
    public let name: String

    /// Names a category.
    public init(_ name: String) {
        self.name = name
    }

    /// The name.
    public var description: String { name }
}

/// Routes that belong to no category: a table that has them is not served.
public struct UncategorisedRoutes: Error, Hashable, Sendable, CustomStringConvertible {
    /// Method and path of each.
    public let routes: [String]

    /// All of them, so that one look is enough.
    public var description: String { "routes without a category: " + routes.joined(separator: ", ") }
}
