public import Core

/// Who sends a request, as far as counting is concerned: a kind and a number of 128 bits.
public struct Caller: Hashable, Sendable {
    /// What kind of caller it is.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// A network: an IPv4 address, or an IPv6 network of 64 bits.
        case network
        /// A signed link.
        case link
        /// A person with a valid session.
        case user
        /// An API key.
        case apiKey
        /// A member of the staff.
        case `operator`
        /// An org, for what all its people and keys do together.
        case org
        /// A graph, for what everybody does with it.
        case graph
        /// A provider that sends events.
        case provider
    }

    /// What kind of caller it is.
    public let kind: Kind
    /// The upper half of its number.
    public let high: UInt64
    /// The lower half of its number.
    public let low: UInt64

    /// Takes a kind and a number.
    public init(_ kind: Kind, high: UInt64, low: UInt64) {
        self.kind = kind
        self.high = high
        self.low = low
    }

    /// Takes the id of something.
    public init<Entity>(_ kind: Kind, _ id: Identifier<Entity>) {
        self.init(kind, high: id.high, low: id.low)
    }
}

/// Decides whether a request goes on, as soon as it is known who sent it.
public protocol CallerGate: Sendable {
    /// Counts the request for a caller whose credential is good. A second call for the same request counts nothing.
    ///
    /// - Parameters:
    ///   - person: the person that the caller is, or whose key it is.
    ///   - org: the org that the caller acts for.
    /// - Throws: `Problem` with status 429 when the caller has sent too many.
    func admit(_ caller: Caller, of person: Caller, actingFor org: Caller?) async throws
    /// Whether the request is counted for a graph as well, once access to it is proved.
    var countsGraph: Bool { get }
    /// Counts the request for a graph that the caller has access to (SEC-011). A second call for the same request counts nothing.
    ///
    /// - Parameter tier: the name of the graph's tier.
    /// - Throws: `Problem` with status 429 when the graph was asked too often; the caller's own places are given back then.
    func admit(graph: Caller, tier: String) async throws
    /// Counts the request for what a person bought of calls of one kind, in all its windows (GRA-091).
    ///
    /// - Throws: `Problem` with status 429 that names the window that is full; nothing is counted then, and the caller's own places are given back.
    func admit(_ quota: CallQuota, of person: Caller) async throws
}

/// How many calls of one kind a person may make at one thing: so many in a minute, an hour and a day.
public struct CallQuota: Sendable, Hashable {
    /// A length of time in which calls are counted.
    public enum Window: Int, Sendable, Hashable, CaseIterable {
        /// 60 seconds.
        case minute
        /// 3,600 seconds.
        case hour
        /// 86,400 seconds: any such time, not one from midnight to midnight.
        case day

        /// How long it is.
        public var length: Duration {
            switch self {
            case .minute: .seconds(60)
            case .hour: .seconds(3_600)
            case .day: .seconds(86_400)
            }
        }
    }

    /// What the caller sees that it counts.
    public let category: RouteCategory
    /// What the calls are made at; each has counts of its own.
    public let target: String
    /// The figures; a window without one has no limit.
    public let limits: [Window: Int]

    /// Makes a quota.
    public init(_ category: RouteCategory, at target: String, _ limits: [Window: Int]) {
        self.category = category
        self.target = target
        self.limits = limits
    }
}
