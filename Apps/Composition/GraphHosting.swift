internal import Core
internal import Cryptography
public import EventLoops
internal import GraphEngines
internal import Graphs
internal import HTTPClient
internal import Lifecycle
public import Observability

/// The servers that hold graphs, and where backups of graphs are kept.
struct GraphHosting: Sendable {
    let hosts: [PostgresGraphHost]
    let apiHosts: [GraphAPIHost]
    /// Each host's own.
    let engine: EngineByHost
    let archives: EncryptedBackupArchive
    private let postgres: PostgresGraphEngine
    private let transport: CurlTransport

    /// Reads the settings of hosts and backups.
    ///
    /// - Parameters:
    ///   - deployment: what marks the databases of this installation on hosts that others use as well.
    ///   - marks: keeps markers of hosts that keep none.
    /// - Throws: `SettingsError` for an address that is none, or where PostgreSQL's tools are missing.
    init(
        _ configuration: TrellisConfiguration, deployment: String, marks: any EngineMarking, loops: EventLoopGroup, log: Log
    ) throws {
        hosts = try configuration.postgresGraphHosts()
        apiHosts = try configuration.apiGraphHosts()
        guard let tools = PostgresTools.installed() else {
            throw SettingsError(problems: ["pg_dump is not installed: graphs cannot be backed up, so none can be hosted"])
        }
        postgres = PostgresGraphEngine(
            hosts: hosts, deployment: deployment, tools: tools, sealer: try SecretSealer(keys: KeyRing(configuration.masterKeys)),
            loops: loops, log: log.labelled("engine"))
        transport = CurlTransport(configuration: GraphAPIEngine.transportConfiguration)
        // By the time of the machine: how long a host is left alone has nothing to do with a sandbox's clock.
        let api = GraphAPIEngine(
            hosts: apiHosts, deployment: deployment, marks: marks, transport: transport, dateSource: SystemDateSource(),
            callTimeout: GraphAPIEngine.callTimeout, pause: { try await Task.sleep(for: $0) })
        var engines: [String: any GraphEngine] = [:]
        for host in hosts { engines[host.name] = postgres }
        for host in apiHosts { engines[host.name] = api }
        engine = EngineByHost(engines, readers: [postgres, api])
        archives = EncryptedBackupArchive(
            engine: engine, store: try DirectoryBackupStore(directory: configuration.backupDirectory),
            keys: try KeyRing(configuration.backupKeys))
    }

    /// What the store is to know of the hosts; each takes every tier.
    func registrations(of catalogue: GraphCatalogue) -> [NewGraphHost] {
        let all = hosts.map { ($0.name, $0.slots, $0.storageGB) } + apiHosts.map { ($0.name, $0.slots, $0.storageGB) }
        return all.map { name, slots, storageGB in
            NewGraphHost(
                name: name, tiers: catalogue.tiers.map(\.name), slots: slots, storageBudget: storageGB.map { Int64($0) << 30 })
        }
    }

    /// Ends the connections to hosts.
    func close() async {
        await postgres.close()
        transport.close()
    }
}

extension Product {
    /// The hosts that hold graphs, by their names in the settings (GRA-097).
    var hostRegistry: HostRegistry<AppStore> {
        HostRegistry(
            store: store, hosts: hosting.engine, settings: hosting.registrations(of: graphCatalogue), dateSource: foundations.dateSource)
    }

    /// What is done when a host is lost (GRA-102).
    var hostRecovery: HostRecovery<AppStore> {
        HostRecovery(store: store, hosts: hosting.engine, dateSource: foundations.dateSource)
    }

    /// Looks at every host of the settings, registered or not, and changes nothing.
    ///
    /// - Returns: a line for each host that is as it must be, and one for each fault of the others.
    public func examineGraphHosts() async throws -> (lines: [String], areFit: Bool) {
        var (lines, areFit) = ([String](), true)
        for host in hosting.hosts {
            let faults = try await hostRegistry.faults(ofHostNamed: host.name)
            areFit = areFit && faults.isEmpty
            lines += faults.isEmpty ? ["\(host.name): is as it must be"] : faults.map { "\(host.name): \($0)" }
        }
        return (lines, areFit)
    }
}

extension TrellisConfiguration {
    /// The servers that hold graph databases.
    ///
    /// - Throws: `SettingsError` for an address that is none, without showing it: it holds a password.
    func postgresGraphHosts() throws(SettingsError) -> [PostgresGraphHost] {
        let databases = graphHosts.filter { !Self.isGraphAPI($0) }
        guard !databases.isEmpty else { return [] }
        let setting = databases.map { $0.withValue { $0 } }.joined(separator: ",")
        guard let hosts = PostgresGraphHost.hosts(inSetting: setting) else {
            throw SettingsError(
                problems: [
                    "TRELLIS_GRAPH_HOSTS must be [name=]postgres://user:password@host:port/database[?slots=n&storage_gb=n], separated by commas"
                ])
        }
        return hosts
    }

    /// The servers that speak the graph API.
    ///
    /// - Throws: `SettingsError` for an address that is none, without showing it: it holds a key; and for a name that another server has.
    func apiGraphHosts() throws(SettingsError) -> [GraphAPIHost] {
        let entries = graphHosts.filter(Self.isGraphAPI)
        let hosts = entries.compactMap { $0.withValue { GraphAPIHost($0) } }
        let names = hosts.map(\.name) + (try postgresGraphHosts()).map(\.name)
        guard hosts.count == entries.count, Set(names).count == names.count else {
            throw SettingsError(
                problems: [
                    "TRELLIS_GRAPH_HOSTS must be [name=]graph-api+https://:key@host[:port][/path][?slots=n&storage_gb=n] for a server of the "
                        + "graph API, http only on this machine, and each name must be one server's"
                ])
        }
        return hosts
    }

    /// Whether an entry of the setting is about a server of the graph API.
    static func isGraphAPI(_ entry: SecretString) -> Bool { entry.withValue { GraphAPIHost.isMeant(by: $0) } }

    /// Prepares every host for tenants (graphs.md, section 7): the template of databases, the maintenance role, and no way for a tenant's
    /// login into any other database. Needs administrators' addresses; doing it again changes nothing.
    ///
    /// - Returns: the names of the hosts.
    /// - Throws: when a host cannot be reached, or its login is no administrator.
    public func prepareGraphHosts(loops: EventLoopGroup, log: Log) async throws -> [String] {
        let hosts = try postgresGraphHosts()
        let control = databaseURL.withValue { PostgresGraphHost($0) }
        for host in hosts {
            let closing = [control].compactMap(\.self).filter(host.isSameServer).map(\.database)
            try await PostgresHostPreparation(host: host, loops: loops, log: log).run(
                closing: closing, admitting: ["trellis_owner", "trellis_app", "trellis_system"])
        }
        return hosts.map(\.name)
    }
}
