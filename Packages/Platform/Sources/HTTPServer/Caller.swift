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
}
