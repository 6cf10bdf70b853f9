internal import Billing
internal import Core
internal import Identity
public import Observability
internal import Operations
internal import Orgs

/// Looks after the hosts: whether they answer, and whether their tenants keep to their tiers (GRA-101, GRA-110).
///
/// Several processes may do it at once: one of them probes a host in an interval, and stopping what is stopped already changes nothing.
public struct HostWatch<Store: GraphStore>: Sendable {
    /// How often a host is probed.
    public static var probeInterval: Duration { .seconds(30) }
    /// How often tenants are looked at.
    public static var supervisionInterval: Duration { .seconds(5) }
    /// After how many failures in a row a host is offline, and after how many successes it is ready again.
    public static var threshold: Int { 3 }

    private let store: Store
    private let engine: any GraphEngine
    private let catalogue: GraphCatalogue
    private let log: Log

    /// Makes a watch.
    public init(store: Store, engine: any GraphEngine, catalogue: GraphCatalogue, log: Log) {
        self.store = store
        self.engine = engine
        self.catalogue = catalogue
        self.log = log
    }

    /// The hosts there are to look after.
    ///
    /// - Throws: when the control database cannot be asked.
    public func hosts() async throws -> [GraphHost] {
        try await store.hosts().filter { $0.state != .retired }
    }

    /// Asks a host whether it is there, when nobody else did within the interval.
    ///
    /// - Returns: whether it was asked.
    /// - Throws: when the control database cannot be asked; never because of the host.
    @discardableResult
    public func probe(_ host: GraphHost, every interval: Duration) async throws -> Bool {
        guard try await store.claimProbe(of: host.id, every: interval) else { return false }
        var facts: HostFacts?
        var reason = "the maintenance login lacks rights"
        do { facts = try await engine.probe(host.reference) } catch let error as EngineError { reason = error.description }
        guard let (before, after) = try await store.noteProbe(of: host.id, facts, threshold: Self.threshold), before != after else {
            return true
        }
        let named: [String: JSONValue] = ["host": .string(host.name)]
        if after == .offline {
            log.error("a graph host does not answer and takes no graphs", named.merging(["error": .string(reason)]) { $1 })
        } else {
            log.warning("a graph host answers again", named)
        }
        return true
    }

    /// Stops what goes beyond the tiers of a host's tenants.
    ///
    /// - Throws: when the control database cannot be asked, or ``EngineError`` when the host cannot.
    @discardableResult
    public func supervise(_ host: GraphHost) async throws -> Supervision {
        let tenants = try await store.tenants(on: host.id).compactMap { tenant in
            catalogue.tier(tenant.tier).map { HostTenant(graph: tenant.graph, limits: $0.engineLimits, logins: tenant.logins) }
        }
        guard !tenants.isEmpty else { return Supervision(cancelled: 0, ended: 0, reset: 0) }
        let done = try await engine.supervise(tenants, on: host.reference)
        if !done.isQuiet {
            log.warning(
                "tenants of a graph host went beyond their tier",
                [
                    "host": .string(host.name), "cancelled": .integer(Int64(done.cancelled)), "ended": .integer(Int64(done.ended)),
                    "reset": .integer(Int64(done.reset)),
                ])
        }
        return done
    }
}
