/// The routes as a tree of path segments.
struct RouteTree: Sendable {
    private struct Node: Sendable {
        var children: [String: Int] = [:]
        var parameter: Int?
        /// At most one for each method, so few that looking through them is cheaper than hashing.
        var routes: [Router.Route] = []

        func route(_ method: Method) -> Router.Route? {
            routes.first { $0.method == method }
        }
    }

    /// What a walk through the tree has found so far.
    private struct Walk {
        let method: Method
        let segments: [String]
        var values: [String] = []
        var allowed: Set<Method> = []
    }

    private var nodes = [Node()]

    /// Every route.
    var routes: [Router.Route] { nodes.flatMap(\.routes) }

    /// Adds a route in the place of its path.
    mutating func add(_ route: Router.Route, at segments: [Substring]) {
        var node = 0
        for segment in segments {
            node = segment.isParameter ? child(of: node, at: \.parameter) : child(of: node, at: \.children[String(segment)])
        }
        precondition(nodes[node].route(route.method) == nil, "two routes for \(route.method) \(route.path)")
        nodes[node].routes.append(route)
    }

    /// Puts another route in the place of each.
    mutating func replaceRoutes(by replacement: (Router.Route) -> Router.Route) {
        for index in nodes.indices { nodes[index].routes = nodes[index].routes.map(replacement) }
    }

    /// Finds what a path leads to, and what stood in the places of its route's segments in braces.
    func match(_ method: Method, _ segments: [String]) -> (match: Router.Match, values: [String]) {
        var walk = Walk(method: method, segments: segments)
        if let route = find(&walk, at: 0, from: 0) { return (.route(route), walk.values) }
        return (walk.allowed.isEmpty ? .none : .methodNotAllowed(Array(walk.allowed)), [])
    }

    /// Walks the tree, literal segments first, and comes back to a segment in braces where a literal one led nowhere.
    private func find(_ walk: inout Walk, at position: Int, from index: Int) -> Router.Route? {
        guard position < walk.segments.count else { return end(&walk, at: index) }
        let segment = walk.segments[position]
        if let child = nodes[index].children[segment], let route = find(&walk, at: position + 1, from: child) { return route }
        guard let child = nodes[index].parameter, !segment.isEmpty else { return nil }
        walk.values.append(segment)
        if let route = find(&walk, at: position + 1, from: child) { return route }
        walk.values.removeLast()
        return nil
    }

    private func end(_ walk: inout Walk, at index: Int) -> Router.Route? {
        if let route = nodes[index].route(walk.method) { return route }
        let get = nodes[index].route(.get)
        if walk.method == .head, let get { return get }
        walk.allowed.formUnion(nodes[index].routes.lazy.map(\.method))
        if get != nil { walk.allowed.insert(.head) }
        return nil
    }

    private mutating func child(of node: Int, at place: WritableKeyPath<Node, Int?>) -> Int {
        if let existing = nodes[node][keyPath: place] { return existing }
        nodes.append(Node())
        nodes[node][keyPath: place] = nodes.count - 1
        return nodes.count - 1
    }
}

extension Substring {
    /// Whether a segment of a route's path stands for any text: `{name}`.
    var isParameter: Bool { hasPrefix("{") && hasSuffix("}") }
}
