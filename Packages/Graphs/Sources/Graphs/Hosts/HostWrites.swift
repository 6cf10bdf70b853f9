public import Core

/// What a transaction can do with hosts, and with graphs that come from one to another.
public protocol HostWrites {
    /// Stores a new host with its slots.
    ///
    /// - Returns: whether there was none of its name.
    func insert(_ host: NewGraphHost, id: GraphHost.ID, at now: Instant) async throws -> Bool

    /// Lets a host take no graphs any more, whatever its probes say.
    ///
    /// - Returns: whether it is not retired.
    func giveUp(_ host: GraphHost.ID, at now: Instant) async throws -> Bool

    /// The graphs in use or suspended whose record names a host, with what there is of them elsewhere, in the order of their ids.
    func lostGraphs(on host: GraphHost.ID) async throws -> [LostGraph]

    /// Holds a slot for a graph on another host beside the one it has: the one that is held already, else a free one of the fittest host.
    ///
    /// - Returns: `nil` when no other host that is ready has room for its tier.
    func holdNewSlot(of graph: Graph, besides host: GraphHost.ID, at now: Instant) async throws -> HostSlot?

    /// The slot that is held for a graph beside the one it has.
    func newSlot(of graph: GraphID) async throws -> HostSlot?

    /// Frees the slot a graph has, and makes the held one its own.
    func takeNewSlot(of graph: GraphID) async throws -> HostSlot?

    /// Frees the slot that is held for a graph; none is no error.
    func giveNewSlotBack(of graph: GraphID) async throws

    /// Whether any slot of a host is held or in use.
    func holdsPlaces(_ host: GraphHost.ID) async throws -> Bool

    /// Stores what a graph's place held when it was copied; a later copy of the same place replaces it.
    func note(_ place: LeftPlace) async throws

    /// Notes that a graph has left its place, which is kept until an instant.
    func leavePlace(of graph: GraphID, on host: GraphHost.ID, until release: Instant, at now: Instant) async throws

    /// What is known of a place that a graph has left, or is leaving.
    func leftPlace(of graph: GraphID, on host: GraphHost.ID) async throws -> LeftPlace?

    /// Forgets it; absent is no error.
    func forgetPlace(of graph: GraphID, on host: GraphHost.ID) async throws

    /// Forgets what was left on a host that is lost.
    func forgetPlaces(on host: GraphHost.ID) async throws
}
