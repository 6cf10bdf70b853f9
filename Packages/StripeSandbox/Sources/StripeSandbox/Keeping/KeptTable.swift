internal import Core

/// One kind of an account's objects, as it is written down and read again.
protocol KeptTable: Sendable {
    /// The word of the objects' `object` member.
    var kind: String { get }
    func count(in account: Account) -> Int
    func all(in account: Account) throws -> [JSONValue]
    func watchChanges(in account: inout Account)
    func takeChanges(in account: inout Account) throws -> (objects: [JSONValue], removed: [String])
    /// - Throws: a decoding failure when an object is not of this kind.
    func put(_ objects: [JSONValue], into account: inout Account) throws
    func remove(_ ids: [String], from account: inout Account)
}

/// The table at a place of an account.
struct TableAt<Element: Resource>: KeptTable {
    let path: any (WritableKeyPath<Account, Table<Element>> & Sendable)

    init(_ path: any (WritableKeyPath<Account, Table<Element>> & Sendable)) {
        self.path = path
    }

    var kind: String { Element.object }

    func count(in account: Account) -> Int { account[keyPath: path].count }

    func all(in account: Account) throws -> [JSONValue] {
        try account[keyPath: path].newestFirst.reversed().map(Self.written)
    }

    func watchChanges(in account: inout Account) {
        account[keyPath: path].watchChanges()
    }

    func takeChanges(in account: inout Account) throws -> (objects: [JSONValue], removed: [String]) {
        let (elements, removed) = account[keyPath: path].takeChanges()
        return (try elements.map(Self.written), removed)
    }

    func put(_ objects: [JSONValue], into account: inout Account) throws {
        for object in objects { account[keyPath: path].insert(try JSON.decode(Element.self, from: JSON.encode(object))) }
    }

    func remove(_ ids: [String], from account: inout Account) {
        for id in ids { account[keyPath: path].remove(id) }
    }

    private static func written(_ element: Element) throws -> JSONValue {
        try JSON.decode(JSONValue.self, from: JSON.encode(element))
    }
}

extension Account {
    /// Every kind of object there is; those that others refer to come first.
    static let tables: [any KeptTable] = [
        TableAt(\.testClocks), TableAt(\.customers), TableAt(\.balanceTransactions), TableAt(\.paymentMethods), TableAt(\.setupIntents),
        TableAt(\.products), TableAt(\.prices), TableAt(\.coupons), TableAt(\.promotionCodes), TableAt(\.discounts), TableAt(\.taxRates),
        TableAt(\.taxIDs), TableAt(\.cardTokens), TableAt(\.sessions), TableAt(\.subscriptions), TableAt(\.schedules),
        TableAt(\.invoices), TableAt(\.invoiceItems), TableAt(\.invoicePayments), TableAt(\.paymentIntents), TableAt(\.charges),
        TableAt(\.refunds), TableAt(\.disputes), TableAt(\.creditNotes), TableAt(\.portalConfigurations), TableAt(\.portalSessions),
        TableAt(\.endpoints), TableAt(\.events),
    ]

    /// How many objects of each kind there are.
    var counts: [String: Int] {
        Dictionary(uniqueKeysWithValues: Self.tables.map { ($0.kind, $0.count(in: self)) })
    }
}
