import Core
import Graphs
import Operations
import Synchronization

@testable import GraphEngines

/// The real engine, which fails before or after a call when a test says so: as if the process had died there.
final class FaultyEngine: GraphEngine {
    enum Fault: Sendable, Hashable {
        /// The call is not made.
        case before(String)
        /// The call is made, and its answer is lost.
        case after(String)
        /// The call is made, and the connection goes before its answer.
        case lost(String)
        /// The call is refused for good, each time.
        case refused(String)
        /// The host says that it takes no more graphs.
        case full(String)
    }

    private let engine: PostgresGraphEngine
    private let faults = Mutex<[Fault]>([])
    private let size = Mutex<Int64?>(nil)
    private let isHurried = Mutex(false)
    private let lost = Mutex<Set<EngineCapability>>([])
    private let dead = Mutex<DatabaseSpace?>(nil)

    enum Moment: Sendable, Hashable { case before, after }
    private struct Pause: Hashable {
        let moment: Moment
        let name: String
    }
    private let pauses = Mutex<[Pause: @Sendable () async throws -> Void]>([:])

    init(_ engine: PostgresGraphEngine) { self.engine = engine }

    func fail(_ fault: Fault) { faults.withLock { $0.append(fault) } }
    func heal() { faults.withLock { $0 = [] } }

    /// From now on an answer has no more time than the caller gives it. Before, a machine that is busy with other tests may take longer.
    func hurry(_ isHurried: Bool = true) { self.isHurried.withLock { $0 = isHurried } }

    /// Every graph is measured as so large; as large as it is without.
    func pretend(_ bytes: Int64?) { size.withLock { $0 = bytes } }

    /// Every graph is said to have so much dead space; what it has without.
    func pretendDead(_ space: DatabaseSpace?) { dead.withLock { $0 = space } }

    /// The next call of a name waits for this before it is made, or once it was made: as a process that is paused there.
    func pause(_ moment: Moment, _ name: String, _ work: @escaping @Sendable () async throws -> Void) {
        pauses.withLock { $0[Pause(moment: moment, name: name)] = work }
    }

    private func rest(_ moment: Moment, _ name: String) async throws {
        try await pauses.withLock { $0.removeValue(forKey: Pause(moment: moment, name: name)) }?()
    }

    private func take(_ fault: Fault) -> Bool {
        faults.withLock { faults in
            guard let index = faults.firstIndex(of: fault) else { return false }
            faults.remove(at: index)
            return true
        }
    }

    private func call<Value>(_ name: String, _ body: () async throws -> Value) async throws -> Value {
        if take(.before(name)) { throw EngineError.unavailable("test: before \(name)") }
        if take(.full(name)) { throw EngineError.full("test") }
        if faults.withLock({ $0.contains(.refused(name)) }) { throw EngineError.refused("test: \(name)") }
        try await rest(.before, name)
        let value = try await body()
        try await rest(.after, name)
        if take(.lost(name)) { throw EngineError.uncertain("test: lost \(name)") }
        if take(.after(name)) { throw EngineError.unavailable("test: after \(name)") }
        return value
    }

    /// From now on the engine lacks something, as others do.
    func lose(_ capabilities: Set<EngineCapability>) { lost.withLock { $0 = capabilities } }
    func capabilities(of host: HostReference) -> Set<EngineCapability> {
        engine.capabilities(of: host).subtracting(lost.withLock(\.self))
    }

    func probe(_ host: HostReference) async throws -> HostFacts { try await call("probe") { try await engine.probe(host) } }
    func faults(of host: HostReference) async throws -> [HostFault] { try await call("faults") { try await engine.faults(of: host) } }
    func supervise(_ tenants: [HostTenant], on host: HostReference) async throws -> Supervision {
        try await call("supervise") { try await engine.supervise(tenants, on: host) }
    }
    func objects(of graph: EngineGraph) async throws -> [EngineObject] { try await call("objects") { try await engine.objects(of: graph) } }
    func inventory(_ host: HostReference) async throws -> [EngineObject] {
        try await call("inventory") { try await engine.inventory(host) }
    }
    func discardScratch(_ name: String, of graph: EngineGraph) async throws {
        try await call("discardScratch") { try await engine.discardScratch(name, of: graph) }
    }
    func createPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("principals") { try await engine.createPrincipals(graph, warrant) }
    }
    func createDatabase(_ graph: EngineGraph, limits: EngineLimits, _ warrant: StepWarrant) async throws {
        try await call("database") { try await engine.createDatabase(graph, limits: limits, warrant) }
    }
    func applyLimits(_ limits: EngineLimits, to graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("limits") { try await engine.applyLimits(limits, to: graph, warrant) }
    }
    func install(_ plan: SchemaPlan, in graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("schema") { try await engine.install(plan, in: graph, warrant) }
    }
    func verify(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("verify") { try await engine.verify(graph, warrant) }
    }
    func setMode(_ mode: EngineMode, epoch: Int64, of graph: EngineGraph) async throws {
        try await call("mode") { try await engine.setMode(mode, epoch: epoch, of: graph) }
    }
    func issue(_ login: LoginSpecification, for graph: EngineGraph, limits: EngineLimits) async throws -> IssuedLogin {
        try await call("issue") { try await engine.issue(login, for: graph, limits: limits) }
    }
    func admit(_ login: SealedLogin, to graph: EngineGraph, limits: EngineLimits) async throws {
        try await call("admit") { try await engine.admit(login, to: graph, limits: limits) }
    }
    func endTransactions(of graph: EngineGraph) async throws {
        try await call("endTransactions") { try await engine.endTransactions(of: graph) }
    }
    func address(of host: HostReference) -> HostAddress? { engine.address(of: host) }
    func revoke(role: String, of graph: EngineGraph) async throws {
        try await call("revoke") { try await engine.revoke(role: role, of: graph) }
    }
    func measure(_ host: HostReference) async throws -> [GraphMeasure] {
        let measures = try await call("measure") { try await engine.measure(host) }
        guard let bytes = size.withLock({ $0 }) else { return measures }
        return measures.map { GraphMeasure(graph: $0.graph, bytes: bytes, counters: $0.counters) }
    }
    func facts(_ graph: EngineGraph, within budget: Duration) async throws -> GraphFacts {
        let time = isHurried.withLock(\.self) ? budget : .seconds(300)
        return try await call("facts") { try await engine.facts(graph, within: time) }
    }
    func recount(_ graph: EngineGraph, timeout: Duration) async throws -> [CountDrift] {
        try await call("recount") { try await engine.recount(graph, timeout: timeout) }
    }
    func space(of graph: EngineGraph, timeout: Duration) async throws -> DatabaseSpace {
        let space = try await call("space") { try await engine.space(of: graph, timeout: timeout) }
        return dead.withLock(\.self) ?? space
    }
    func compact(_ graph: EngineGraph, timeout: Duration, _ warrant: StepWarrant) async throws {
        try await call("compact") { try await engine.compact(graph, timeout: timeout, warrant) }
    }
    func refreshStatistics(of graph: EngineGraph, timeout: Duration) async throws {
        try await call("refreshStatistics") { try await engine.refreshStatistics(of: graph, timeout: timeout) }
    }
    func dump(_ graph: EngineGraph, into sink: any ByteSink, timeout: Duration, _ warrant: StepWarrant) async throws -> DumpSummary {
        try await call("dump") { try await engine.dump(graph, into: sink, timeout: timeout, warrant) }
    }
    func load(
        _ source: any ByteSource, beside graph: EngineGraph, limits: EngineLimits, timeout: Duration, _ warrant: StepWarrant
    ) async throws {
        try await call("load") { try await engine.load(source, beside: graph, limits: limits, timeout: timeout, warrant) }
    }
    func loaded(beside graph: EngineGraph, _ warrant: StepWarrant) async throws -> ContentSummary {
        try await call("loaded") { try await engine.loaded(beside: graph, warrant) }
    }
    func discardLoaded(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("discardLoaded") { try await engine.discardLoaded(graph, warrant) }
    }
    func switchOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("switch") { try await engine.switchOver(graph, warrant) }
    }
    func hasSwitchedOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws -> Bool {
        try await call("hasSwitchedOver") { try await engine.hasSwitchedOver(graph, warrant) }
    }
    func adoptLoaded(_ graph: EngineGraph, _ copy: StepWarrant, for creation: StepWarrant) async throws {
        try await call("adopt") { try await engine.adoptLoaded(graph, copy, for: creation) }
    }
    func isAdopted(_ graph: EngineGraph, by creation: StepWarrant) async throws -> Bool {
        try await call("isAdopted") { try await engine.isAdopted(graph, by: creation) }
    }
    func dropReplaced(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("dropReplaced") { try await engine.dropReplaced(graph, warrant) }
    }
    func tables(inArchive source: any ByteSource) async throws -> Set<String> {
        try await call("list") { try await engine.tables(inArchive: source) }
    }
    func drop(_ graph: EngineGraph, proof: FinalBackupProof, _ warrant: StepWarrant) async throws {
        try await call("drop") { try await engine.drop(graph, proof: proof, warrant) }
    }
    func dropPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("dropPrincipals") { try await engine.dropPrincipals(graph, warrant) }
    }
    func discardUnused(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await call("discard") { try await engine.discardUnused(graph, warrant) }
    }
}
