internal import Core
public import Graphs
internal import Operations
internal import Synchronization

/// Several engines as one: each host is its own engine's.
public struct EngineByHost: GraphEngine {
    private let engines: [String: any GraphEngine]
    private let readers: [any GraphEngine]

    /// Joins engines.
    ///
    /// - Parameters:
    ///   - engines: the engine of each host, by the host's name.
    ///   - readers: each engine once, to read archives with, of which nothing says whose they are.
    public init(_ engines: [String: any GraphEngine], readers: [any GraphEngine]) {
        self.engines = engines
        self.readers = readers
    }

    private func of(_ host: HostReference) throws(EngineError) -> any GraphEngine {
        guard let engine = engines[host.name] else { throw .unknownHost(host.name) }
        return engine
    }

    private func of(_ graph: EngineGraph) throws(EngineError) -> any GraphEngine { try of(graph.host) }

    /// What the host's engine can do; of a host that is not in the settings nothing is known, and it is asked as if it could.
    public func capabilities(of host: HostReference) -> Set<EngineCapability> {
        engines[host.name]?.capabilities(of: host) ?? Set(EngineCapability.allCases)
    }

    /// The engine that wrote it, by how it begins.
    public func tables(inArchive source: any ByteSource) async throws -> Set<String> {
        let head = try source.read(upTo: 4)
        let whole = PrefixedSource(head, source)
        // A ZIP archive begins with these four bytes; what PostgreSQL's tools write begins with PGDMP.
        let isZIP = head == [0x50, 0x4B, 0x03, 0x04]
        let reader = readers.first { ($0 is GraphAPIEngine) == isZIP } ?? readers.first
        guard let reader else { throw EngineError.refused("there is no engine that reads archives") }
        return try await reader.tables(inArchive: whole)
    }

    /// As the engine of the host does it.
    public func faults(of host: HostReference) async throws -> [HostFault] { try await of(host).faults(of: host) }
    /// As the engine of the host does it.
    public func probe(_ host: HostReference) async throws -> HostFacts { try await of(host).probe(host) }
    /// As the engine of the host does it.
    public func objects(of graph: EngineGraph) async throws -> [EngineObject] { try await of(graph).objects(of: graph) }
    /// As the engine of the host does it.
    public func inventory(_ host: HostReference) async throws -> [EngineObject] { try await of(host).inventory(host) }
    /// As the engine of the host does it.
    public func discardScratch(_ name: String, of graph: EngineGraph) async throws { try await of(graph).discardScratch(name, of: graph) }
    /// As the engine of the host does it.
    public func supervise(_ tenants: [HostTenant], on host: HostReference) async throws -> Supervision {
        try await of(host).supervise(tenants, on: host)
    }
    /// As the engine of the host does it.
    public func createPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await of(graph).createPrincipals(graph, warrant)
    }
    /// As the engine of the host does it.
    public func createDatabase(_ graph: EngineGraph, limits: EngineLimits, _ warrant: StepWarrant) async throws {
        try await of(graph).createDatabase(graph, limits: limits, warrant)
    }
    /// As the engine of the host does it.
    public func applyLimits(_ limits: EngineLimits, to graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await of(graph).applyLimits(limits, to: graph, warrant)
    }
    /// As the engine of the host does it.
    public func install(_ plan: SchemaPlan, in graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await of(graph).install(plan, in: graph, warrant)
    }
    /// As the engine of the host does it.
    public func verify(_ graph: EngineGraph, _ warrant: StepWarrant) async throws { try await of(graph).verify(graph, warrant) }
    /// As the engine of the host does it.
    public func setMode(_ mode: EngineMode, epoch: Int64, of graph: EngineGraph) async throws {
        try await of(graph).setMode(mode, epoch: epoch, of: graph)
    }
    /// As the engine of the host does it.
    public func issue(_ login: LoginSpecification, for graph: EngineGraph, limits: EngineLimits) async throws -> IssuedLogin {
        try await of(graph).issue(login, for: graph, limits: limits)
    }
    /// As the engine of the host does it.
    public func admit(_ login: SealedLogin, to graph: EngineGraph, limits: EngineLimits) async throws {
        try await of(graph).admit(login, to: graph, limits: limits)
    }
    /// As the engine of the host does it.
    public func endTransactions(of graph: EngineGraph) async throws { try await of(graph).endTransactions(of: graph) }
    /// As the engine of the host says.
    public func address(of host: HostReference) -> HostAddress? { engines[host.name]?.address(of: host) }
    /// As the engine of the host does it.
    public func revoke(role: String, of graph: EngineGraph) async throws { try await of(graph).revoke(role: role, of: graph) }
    /// As the engine of the host does it.
    public func facts(_ graph: EngineGraph, within budget: Duration) async throws -> GraphFacts {
        try await of(graph).facts(graph, within: budget)
    }
    /// As the engine of the host does it.
    public func recount(_ graph: EngineGraph, timeout: Duration) async throws -> [CountDrift] {
        try await of(graph).recount(graph, timeout: timeout)
    }
    /// As the engine of the host does it.
    public func space(of graph: EngineGraph, timeout: Duration) async throws -> DatabaseSpace {
        try await of(graph).space(of: graph, timeout: timeout)
    }
    /// As the engine of the host does it.
    public func compact(_ graph: EngineGraph, timeout: Duration, _ warrant: StepWarrant) async throws {
        try await of(graph).compact(graph, timeout: timeout, warrant)
    }
    /// As the engine of the host does it.
    public func refreshStatistics(of graph: EngineGraph, timeout: Duration) async throws {
        try await of(graph).refreshStatistics(of: graph, timeout: timeout)
    }
    /// As the engine of the host does it.
    public func measure(_ host: HostReference) async throws -> [GraphMeasure] { try await of(host).measure(host) }
    /// As the engine of the host does it.
    public func dump(
        _ graph: EngineGraph, into sink: any ByteSink, timeout: Duration, _ warrant: StepWarrant
    ) async throws -> DumpSummary { try await of(graph).dump(graph, into: sink, timeout: timeout, warrant) }
    /// As the engine of the host does it.
    public func load(
        _ source: any ByteSource, beside graph: EngineGraph, limits: EngineLimits, timeout: Duration, _ warrant: StepWarrant
    ) async throws { try await of(graph).load(source, beside: graph, limits: limits, timeout: timeout, warrant) }
    /// As the engine of the host does it.
    public func loaded(beside graph: EngineGraph, _ warrant: StepWarrant) async throws -> ContentSummary {
        try await of(graph).loaded(beside: graph, warrant)
    }
    /// As the engine of the host does it.
    public func discardLoaded(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await of(graph).discardLoaded(graph, warrant)
    }
    /// As the engine of the host does it.
    public func switchOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws { try await of(graph).switchOver(graph, warrant) }
    /// As the engine of the host does it.
    public func hasSwitchedOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws -> Bool {
        try await of(graph).hasSwitchedOver(graph, warrant)
    }
    /// As the engine of the host does it.
    public func adoptLoaded(_ graph: EngineGraph, _ copy: StepWarrant, for creation: StepWarrant) async throws {
        try await of(graph).adoptLoaded(graph, copy, for: creation)
    }
    /// As the engine of the host does it.
    public func isAdopted(_ graph: EngineGraph, by creation: StepWarrant) async throws -> Bool {
        try await of(graph).isAdopted(graph, by: creation)
    }
    /// As the engine of the host does it.
    public func dropReplaced(_ graph: EngineGraph, _ warrant: StepWarrant) async throws { try await of(graph).dropReplaced(graph, warrant) }
    /// As the engine of the host does it.
    public func drop(_ graph: EngineGraph, proof: FinalBackupProof, _ warrant: StepWarrant) async throws {
        try await of(graph).drop(graph, proof: proof, warrant)
    }
    /// As the engine of the host does it.
    public func dropPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await of(graph).dropPrincipals(graph, warrant)
    }
    /// As the engine of the host does it.
    public func discardUnused(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await of(graph).discardUnused(graph, warrant)
    }
}

/// Bytes that were read already, and then the rest.
private final class PrefixedSource: ByteSource {
    private let head: Mutex<[UInt8]>
    private let rest: any ByteSource

    init(_ head: [UInt8], _ rest: any ByteSource) {
        self.head = Mutex(head)
        self.rest = rest
    }

    func read(upTo limit: Int) throws -> [UInt8] {
        let first = head.withLock { head in
            defer { head = Array(head.dropFirst(limit)) }
            return Array(head.prefix(limit))
        }
        return first.isEmpty ? try rest.read(upTo: limit) : first
    }
}
