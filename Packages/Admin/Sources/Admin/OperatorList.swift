public import Core

/// A list that operators read: what its rows have, and by what it is filtered. One definition makes the route, its description and its answer; the
/// statement stands in the adapter, and has a column for each field.
public struct OperatorList: Sendable, Hashable {
    /// What a field holds.
    public enum Kind: Sendable, Hashable {
        /// An id with this prefix.
        case id(String)
        /// A text.
        case text
        /// One of few words.
        case words([String])
        /// A whole number; money is in minor units.
        case integer
        /// Yes or no.
        case bool
        /// An instant.
        case instant
        /// Whatever JSON there is.
        case json
        /// An address or a name of a person: shown to those whose role needs it, hidden in part from others (ADM-008).
        case personal
        /// The digest of a job's key; it is found by that, and by the key itself, beside the kind of its own row.
        case jobKey
    }

    /// A side of an instant.
    public enum Side: String, Sendable, CaseIterable {
        /// Earlier.
        case before
        /// At it or later.
        case after
    }

    /// A field of a row.
    public struct Field: Sendable, Hashable {
        /// Its name, as in the answer.
        public let name: String
        /// What it holds.
        public let kind: Kind
        /// Whether it may be missing.
        public let isOptional: Bool
    }

    /// Further lists that stand on the page of one row.
    public struct Part: Sendable, Hashable {
        /// Under which name.
        public let name: String
        /// Which list.
        public let list: String
        /// Which of its fields names the row.
        public let field: String
        /// The row's field that is named.
        public let of: String
        /// What stands before it.
        public let prefix: String
    }

    /// Its path under `/v1/admin`, which is its name.
    public let path: String
    /// What it holds, for the description: `subscriptions`.
    public let noun: String
    /// Who may read it.
    public let permission: OperatorPermission
    /// What a row has; the first is its id.
    public private(set) var fields: [Field] = []
    /// By which fields it is filtered.
    public private(set) var filters: [String] = []
    /// The instants by whose age it is filtered.
    public private(set) var dated: [String] = []
    /// What the page of one row shows as well.
    public private(set) var parts: [Part] = []
    /// Whether it has a page for one row.
    public private(set) var hasDetail = true

    /// Begins a list.
    public init(_ path: String, _ noun: String, for permission: OperatorPermission = .read) {
        self.path = path
        self.noun = noun
        self.permission = permission
    }

    /// With a field that is always there.
    public func with(_ name: String, _ kind: Kind) -> OperatorList { adding(Field(name: name, kind: kind, isOptional: false)) }

    /// With a field that may be missing.
    public func mayHave(_ name: String, _ kind: Kind) -> OperatorList { adding(Field(name: name, kind: kind, isOptional: true)) }

    /// Filtered by these of its fields.
    public func filtered(by names: String...) -> OperatorList {
        var copy = self
        copy.filters += names
        return copy
    }

    /// Filtered by the age of these of its fields: by `created_at_before` and `created_at_after`.
    public func filtered(byAgeOf names: String...) -> OperatorList {
        var copy = self
        copy.dated += names
        return copy
    }

    /// What a filter by age is called in a query: the field and the side.
    public func bound(_ filter: String) -> (field: String, side: Side)? {
        for (name, side) in dated.flatMap({ name in Side.allCases.map { (name, $0) } }) where filter == "\(name)_\(side.rawValue)" {
            return (name, side)
        }
        return nil
    }

    /// With a part on the page of one row.
    public func showing(_ name: String, from list: String, where field: String, is own: String = "id", behind prefix: String = "")
        -> OperatorList
    {
        var copy = self
        copy.parts.append(Part(name: name, list: list, field: field, of: own, prefix: prefix))
        return copy
    }

    /// Without pages for single rows.
    public var withoutDetail: OperatorList {
        var copy = self
        copy.hasDetail = false
        return copy
    }

    /// The field of a name.
    public func field(_ name: String) -> Field? { fields.first { $0.name == name } }

    /// The part of the path that names a row: `subscription_id` of `billing/subscriptions`.
    public var parameter: String {
        let words = (path.split(separator: "/").last ?? "").split(separator: "-").joined(separator: "_")
        if words.hasSuffix("ies") { return words.dropLast(3) + "y_id" }
        return (words.hasSuffix("s") ? String(words.dropLast()) : words) + "_id"
    }

    /// The list as a part of an operation's name: `billing_subscriptions`.
    public var operation: String { path.split { $0 == "/" || $0 == "-" }.joined(separator: "_") }

    private func adding(_ field: Field) -> OperatorList {
        var copy = self
        copy.fields.append(field)
        return copy
    }
}

/// Which rows of a list are asked for.
public struct OperatorListQuery: Sendable, Hashable {
    /// What fields must hold, as text.
    public var equal: [String: String]
    /// What instants must be earlier than.
    public var before: [String: Instant] = [:]
    /// What instants must not be earlier than.
    public var after: [String: Instant] = [:]
    /// Where the page begins.
    public var cursor: Cursor?
    /// The most of a page.
    public var limit: Int

    /// Asks for rows.
    public init(equal: [String: String] = [:], cursor: Cursor? = nil, limit: Int = 50) {
        self.equal = equal
        self.cursor = cursor
        self.limit = limit
    }
}

/// Why a list is not shown.
public enum OperatorListRefusal: Error, Hashable, Sendable {
    /// What a filter was given cannot stand in its field.
    case value(String)
    /// The cursor is not one of the list.
    case cursor
}

/// Reads lists over the tables of all packages; nothing is written.
public protocol OperatorLists: Sendable {
    /// A page, the newest first. Each row has every field of the list.
    ///
    /// - Throws: ``OperatorListRefusal``.
    func page(of list: OperatorList, _ query: OperatorListQuery) async throws -> Page<[String: JSONValue]>
    /// Finds what is known by a text: an id of ours or of the provider, an address, a name, a number.
    func search(_ text: String, limit: Int) async throws -> [FoundThing]
    /// What happened to an org, the newest first.
    ///
    /// - Throws: ``OperatorListRefusal/cursor``.
    func timeline(of org: String, kinds: [TimelineItem.Kind], cursor: Cursor?, limit: Int) async throws -> Page<TimelineItem>?
}

/// Something that a search found.
public struct FoundThing: Sendable, Hashable {
    /// The list that shows it, by its path.
    public let list: String
    /// Its id.
    public let id: String
    /// What of it was meant.
    public let matched: String
    /// What it is called.
    public let label: String?
    /// Whether the label is personal.
    public let isPersonal: Bool

    /// Describes a find.
    public init(list: String, id: String, matched: String, label: String?, isPersonal: Bool) {
        self.list = list
        self.id = id
        self.matched = matched
        self.label = label
        self.isPersonal = isPersonal
    }
}

/// One thing of an org's story (ADM-046).
public struct TimelineItem: Sendable, Hashable {
    /// What kind of thing.
    public enum Kind: String, Sendable, CaseIterable {
        /// An entry of the log.
        case entry
        /// A decision about an idle subscription.
        case decision
        /// An event of the payment provider.
        case event
        /// A payment.
        case payment
        /// A job that was given up.
        case job
        /// A mail.
        case mail
        /// A delivery to a webhook endpoint.
        case webhook
        /// A note of an operator.
        case note
    }

    /// What kind.
    public let kind: Kind
    /// When.
    public let at: Instant
    /// Its id.
    public let id: String
    /// Its type.
    public let type: String
    /// How it stands, in a line.
    public let words: String
    /// The trace that leads to its cause and effects.
    public let trace: String?

    /// Describes an item.
    public init(kind: Kind, at: Instant, id: String, type: String, words: String, trace: String?) {
        self.kind = kind
        self.at = at
        self.id = id
        self.type = type
        self.words = words
        self.trace = trace
    }
}
