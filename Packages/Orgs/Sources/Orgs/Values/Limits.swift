public import Core

/// A number that may not be passed, or none.
public enum Limit: Sendable, Hashable {
    /// At most so many.
    case limited(Int)
    /// As many as one likes: the absence of a number (ORG-071).
    case unlimited

    /// The number, when there is one.
    public var number: Int? {
        if case .limited(let number) = self { number } else { nil }
    }

    /// Whether one more fits beside what there is.
    public func allowsOneMore(beside count: Int) -> Bool {
        number.map { count < $0 } ?? true
    }

    /// How many more fit; never negative (ORG-074).
    public func remaining(beside count: Int) -> Int? {
        number.map { max(0, $0 - count) }
    }
}

/// What limits an org, and how far it has come.
public struct OrgLimits: Sendable, Hashable {
    /// The org.
    public let org: Org.ID
    /// How many graphs it may have.
    public let maxGraphs: Limit
    /// How many live members and pending invitations it may have.
    public let maxMembers: Limit
    /// How many graphs it has.
    public let graphsHeld: Int
    /// How many more are being bought or made.
    public let graphsReserved: Int

    /// Makes limits.
    public init(org: Org.ID, maxGraphs: Limit, maxMembers: Limit, graphsHeld: Int, graphsReserved: Int) {
        self.org = org
        self.maxGraphs = maxGraphs
        self.maxMembers = maxMembers
        self.graphsHeld = graphsHeld
        self.graphsReserved = graphsReserved
    }

    /// Whether one more graph is allowed now.
    public var canCreateGraph: Bool { maxGraphs.allowsOneMore(beside: graphsHeld + graphsReserved) }

    /// What is nearly used up, in words: from 90 % on (ORG-075).
    public var warnings: [String] {
        guard let limit = maxGraphs.number, limit > 0, (graphsHeld + graphsReserved) * 10 >= limit * 9 else { return [] }
        return ["Graphs: \(graphsHeld + graphsReserved) of \(limit) are in use."]
    }
}

/// A reserved or held place under the graph limit of an org (ORG-073).
public struct GraphSlot: IdentifiedEntity, Identifiable, Sendable, Hashable {
    /// The id of a slot.
    public typealias ID = Identifier<GraphSlot>
    /// `orgslot`
    public static let idPrefix = "orgslot"

    /// What has the place.
    public struct Holder: Sendable, Hashable, LosslessStringConvertible {
        /// Kind and key, such as `checkout:bchk_01J…`; unique among all slots.
        public let description: String

        /// Names a holder.
        public init?(_ description: String) {
            guard description.contains(":"), description.utf8.count <= 200 else { return nil }
            self.description = description
        }

        private init(_ kind: String, _ key: String) {
            description = kind + ":" + key
        }

        /// A subscription that is being bought or provisioned.
        public static func subscription(_ id: some CustomStringConvertible) -> Holder { Holder("subscription", id.description) }
        /// A checkout that is not paid yet.
        public static func checkout(_ id: some CustomStringConvertible) -> Holder { Holder("checkout", id.description) }
        /// A graph.
        public static func graph(_ id: some CustomStringConvertible) -> Holder { Holder("graph", id.description) }
    }

    /// The id.
    public let id: ID
    /// The org.
    public let org: Org.ID
    /// What has the place.
    public let holder: Holder
    /// The graph, once there is one.
    public let graph: String?
    /// When a reservation ends by itself.
    public let expiresAt: Instant?

    /// Makes a slot value.
    public init(id: ID, org: Org.ID, holder: Holder, graph: String?, expiresAt: Instant?) {
        self.id = id
        self.org = org
        self.holder = holder
        self.graph = graph
        self.expiresAt = expiresAt
    }

    /// Whether there is a graph in it.
    public var isHeld: Bool { graph != nil }
}
