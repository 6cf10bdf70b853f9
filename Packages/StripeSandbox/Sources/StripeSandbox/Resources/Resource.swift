internal import Core

/// An object of Stripe's API as the simulator keeps it.
protocol Resource: Codable, Sendable {
    /// The word of its `object` member.
    static var object: String { get }
    var id: String { get }
    /// When it was made, in whole seconds since 1970.
    var created: Int64 { get }
    /// Its form in the API; what other objects contribute comes from the account.
    func json(in account: Account) -> JSONValue
}

/// The objects of one kind, by id and in the order they were made.
struct Table<Element: Resource>: Sendable {
    private var elements: [String: Element] = [:]
    private var order: [String] = []
    /// What was inserted, modified or removed since that was last taken; `nil` as long as nobody wants to know.
    private var changed: [String]?

    var count: Int { elements.count }

    subscript(_ id: String) -> Element? {
        elements[id]
    }

    /// All of them, the newest first, as Stripe lists them.
    var newestFirst: [Element] {
        order.reversed().compactMap { elements[$0] }
    }

    mutating func insert(_ element: Element) {
        if elements.updateValue(element, forKey: element.id) == nil { order.append(element.id) }
        changed?.append(element.id)
    }

    mutating func remove(_ id: String) {
        guard elements.removeValue(forKey: id) != nil else { return }
        if let index = order.lastIndex(of: id) { order.remove(at: index) }
        changed?.append(id)
    }

    /// Changes one in place; nothing happens when it is not there.
    mutating func modify(_ id: String, _ body: (inout Element) -> Void) {
        guard var element = elements.removeValue(forKey: id) else { return }
        body(&element)
        elements[id] = element
        changed?.append(id)
    }

    /// From now on it is remembered what changes.
    mutating func watchChanges() {
        changed = []
    }

    /// What there is now of all that changed since the last call, each once and in the order it changed first, and the ids of what is gone.
    mutating func takeChanges() -> (elements: [Element], removed: [String]) {
        guard let ids = changed, !ids.isEmpty else { return ([], []) }
        changed = []
        var seen: Set<String> = []
        let each = ids.filter { seen.insert($0).inserted }
        return (each.compactMap { elements[$0] }, each.filter { elements[$0] == nil })
    }
}
