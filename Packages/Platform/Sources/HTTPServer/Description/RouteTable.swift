/// What a table of routes says for its description, without what answers requests.
public struct RouteTable: Sendable {
    struct Entry: Sendable {
        let method: Method
        let path: String
        let operation: String?
        let category: RouteCategory?
        let bodyLimit: Int
        let parameters: [String]
    }

    typealias Describer = (domain: String, descriptions: @Sendable () -> [RouteDescription])

    let entries: [Entry]
    let describers: [Describer]
}

extension Router {
    /// The table as it is now.
    public var table: RouteTable {
        let entries = routes.map { route in
            RouteTable.Entry(
                method: route.method, path: route.path, operation: route.operation, category: route.category, bodyLimit: route.bodyLimit,
                parameters: route.parameters)
        }
        return RouteTable(entries: entries, describers: describers)
    }
}
