public import Audit
internal import Billing
public import Core
internal import Identity
internal import Operations
internal import Orgs

/// Takes hosts into the registry. Where a host is and how it is entered stays in the settings; the registry knows its name (GRA-097).
public struct HostRegistry<Store: GraphStore>: Sendable {
    private let store: Store
    private let hosts: any HostChecking
    private let settings: [NewGraphHost]
    private let dateSource: any DateSource

    /// Makes a registry.
    ///
    /// - Parameter settings: the hosts that the settings name.
    public init(store: Store, hosts: any HostChecking, settings: [NewGraphHost], dateSource: any DateSource) {
        self.store = store
        self.hosts = hosts
        self.settings = settings
        self.dateSource = dateSource
    }

    /// What keeps the host of a name from holding graphs; nothing of one that is as it must be.
    ///
    /// - Throws: ``HostRefusal/unknown(_:)`` where the settings name none.
    public func faults(ofHostNamed name: String) async throws -> [HostFault] {
        guard settings.contains(where: { $0.name == name }) else { throw HostRefusal.unknown(name) }
        return try await hosts.faults(of: HostReference(name: name))
    }

    /// Registers the host of a name, once it is as it must be. From then on graphs are placed there.
    ///
    /// - Throws: ``HostRefusal``.
    public func register(_ name: String, because reason: String, by actor: AuditActor) async throws -> GraphHost.ID {
        guard let host = settings.first(where: { $0.name == name }) else { throw HostRefusal.unknown(name) }
        if try await store.hosts().contains(where: { $0.name == name }) { throw HostRefusal.registered(name) }
        let faults = try await hosts.faults(of: HostReference(name: name))
        guard faults.isEmpty else { throw HostRefusal.faulty(faults) }
        return try await add(host, because: reason, by: actor)
    }

    /// Brings the registry in line with the settings: hosts it knows grow, and one that is new is taken in when it is as it must be.
    ///
    /// - Parameter isLenient: takes a new host in as it is, as a sandbox does.
    /// - Returns: what is wrong with hosts that are new, by their names.
    public func establish(isLenient: Bool) async throws -> [String: [HostFault]] {
        let known = Set(try await store.hosts().map(\.name))
        try await store.register(settings.filter { known.contains($0.name) }, at: dateSource.now)
        var found: [String: [HostFault]] = [:]
        for host in settings where !known.contains(host.name) {
            let faults = try await hosts.faults(of: HostReference(name: host.name))
            if !faults.isEmpty { found[host.name] = faults }
            guard faults.isEmpty || isLenient else { continue }
            do {
                _ = try await add(host, because: "the settings name it", by: .system(component: "graphs"))
            } catch HostRefusal.registered {
                // Another process that started at the same moment.
            }
        }
        return found
    }

    private func add(_ host: NewGraphHost, because reason: String, by actor: AuditActor) async throws -> GraphHost.ID {
        let now = dateSource.now
        return try await store.withSystemTransaction { transaction in
            let id = GraphHost.ID.make(at: now)
            guard try await transaction.insert(host, id: id, at: now) else { throw HostRefusal.registered(host.name) }
            try await transaction.record(GraphHostRegistered(host, id: id, because: reason), by: actor)
            return id
        }
    }
}
