internal import Core
public import Graphs
internal import Operations
internal import Synchronization

/// What every engine must do, whoever made it (graphs.md, section 7; GRA-122), but for what it declares that it lacks (GRA-121), which it must refuse. A test
/// runs it for a graph that its host does not know.
public struct GraphEngineConformance {
    private let engine: any GraphEngine
    private let graph: EngineGraph
    private let limits: EngineLimits
    private let warrant: StepWarrant
    private var broken: [String] = []

    /// Prepares the suite.
    ///
    /// - Parameter warrant: the operation in whose name the graph is made and removed.
    public init(_ engine: any GraphEngine, on graph: EngineGraph, limits: EngineLimits, _ warrant: StepWarrant) {
        self.engine = engine
        self.graph = graph
        self.limits = limits
        self.warrant = warrant
    }

    /// Makes a graph, works with it and removes it again; every call that changes something is made twice.
    ///
    /// - Returns: the rules that the engine breaks, in words; none of one that conforms.
    /// - Throws: what the engine throws where it must not.
    public mutating func run() async throws -> [String] {
        broken = []
        require(try await engine.probe(graph.host).mayMaintain, "the maintenance login may do what it must")
        require(try await engine.objects(of: graph).isEmpty, "of a graph that is not there, there is nothing")
        try await checkCreation()
        try await checkFacts()
        try await checkModes()
        try await checkArchives()
        try await checkRemoval()
        return broken
    }

    private mutating func require(_ holds: Bool, _ rule: String) {
        if !holds { broken.append(rule) }
    }

    private func has(_ capability: EngineCapability) -> Bool { engine.capabilities(of: graph.host).contains(capability) }

    private func lacks(_ capability: EngineCapability, _ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
            return false
        } catch EngineError.unsupported(let lacking) {
            return lacking == capability
        }
    }

    private func refuses(_ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
            return false
        } catch is EngineError {
            return true
        }
    }

    private func isThere() async throws -> Bool {
        try await engine.objects(of: graph).contains { $0.kind == .database && $0.name == graph.graph.databaseName }
    }

    private func isAlone() async throws -> Bool {
        try await engine.objects(of: graph).filter { $0.kind == .database }.map(\.name) == [graph.graph.databaseName]
    }

    private mutating func checkCreation() async throws {
        let plan = SchemaPlan(version: "1.0.0", labels: [], edgeTypes: [], entity: ["name": "Acme", "uri": "https://acme.example"])
        var made: [EngineObject] = []
        for _ in 1...2 {
            try await engine.createPrincipals(graph, warrant)
            try await engine.createDatabase(graph, limits: limits, warrant)
            try await engine.applyLimits(limits, to: graph, warrant)
            try await engine.install(plan, in: graph, warrant)
            try await engine.verify(graph, warrant)
            let objects = try await engine.objects(of: graph)
            require(made.isEmpty || Set(objects) == Set(made), "a step that is done again changes nothing")
            made = objects
        }
        require(try await isThere(), "a graph has a database of its name")
        require(made.allSatisfy(\.isOurs), "every object carries the deployment's marker")
        require(Set(try await engine.inventory(graph.host)).isSuperset(of: made), "the inventory of a host names all of a graph")
    }

    private mutating func checkFacts() async throws {
        let facts = try await engine.facts(graph, within: .seconds(300))
        require(facts.nodes.values.reduce(0, +) == 1 && facts.edges.isEmpty, "a new graph holds its entity and nothing else")
        require(facts.bytes > 0 && facts.schemaVersion == "1.0.0", "a graph has a size and the version of its schema")
        require(try await engine.recount(graph, timeout: .seconds(300)).isEmpty, "what is counted is what is there")
        require(
            try await engine.measure(graph.host).contains { $0.graph == graph.graph && $0.bytes > 0 }, "a host says how large each graph is"
        )
    }

    private mutating func checkModes() async throws {
        for (mode, epoch) in [(EngineMode.read, Int64(2)), (.none, 1), (.full, 3), (.full, 3)] {
            try await engine.setMode(mode, epoch: epoch, of: graph)
        }
        let role = graph.graph.loginRole(0x00c0_ffee)
        guard has(.logins) else {
            let isRefused = try await lacks(.logins) {
                _ = try await engine.issue(LoginSpecification(role: role, access: .readWrite), for: graph, limits: limits)
            }
            require(isRefused, "a login that an engine lacks is refused as such")
            return try await engine.revoke(role: role, of: graph)
        }
        let login = try await engine.issue(LoginSpecification(role: role, access: .readWrite), for: graph, limits: limits)
        require(login.role == role && !login.database.isEmpty, "a login is issued under the name that was asked for")
        require(
            try await refuses { try await engine.discardUnused(graph, warrant) }, "a graph with a login is in use, and is not discarded")
        for _ in 1...2 { try await engine.revoke(role: role, of: graph) }
        require(try await !engine.objects(of: graph).contains { $0.name == role }, "a login that was revoked is gone")
    }

    private mutating func checkArchives() async throws {
        let archive = Archive()
        let summary = try await engine.dump(graph, into: archive, timeout: .seconds(300), warrant)
        require(summary.bytes > 0 && summary.bytes == archive.count, "a dump says how much it wrote")
        require(summary.nodes == 1 && summary.edges == 0, "a dump says what it holds")
        require(try await !engine.tables(inArchive: archive.reader()).isEmpty, "an archive names its tables")
        // As a restore does it, which is an operation of its own.
        let restore = StepWarrant(operation: Operation.ID(high: warrant.operation.high, low: warrant.operation.low ^ 1))
        guard has(.restore) else {
            let isRefused = try await lacks(.restore) {
                try await engine.load(archive.reader(), beside: graph, limits: limits, timeout: .seconds(300), restore)
            }
            require(isRefused, "a restore that an engine lacks is refused as such")
            try await engine.discardLoaded(graph, restore)
            require(try await isAlone(), "a refused restore leaves nothing")
            return
        }
        for _ in 1...2 { try await engine.load(archive.reader(), beside: graph, limits: limits, timeout: .seconds(300), restore) }
        let loaded = try await engine.loaded(beside: graph, restore)
        require(
            loaded.nodes == 1 && loaded.edges == 0 && (summary.digest == nil || summary.digest == loaded.digest),
            "what is loaded is what was dumped")
        require(try await !engine.hasSwitchedOver(graph, restore), "what is loaded is beside the graph, not in its place")
        for _ in 1...2 { try await engine.discardLoaded(graph, restore) }
        require(try await isAlone(), "what was loaded is gone, and the graph is not")
        try await engine.load(archive.reader(), beside: graph, limits: limits, timeout: .seconds(300), restore)
        for _ in 1...2 { try await engine.switchOver(graph, restore) }
        require(try await engine.hasSwitchedOver(graph, restore), "what is loaded takes the graph's place")
        require(try await !isAlone(), "what was replaced is kept")
        for _ in 1...2 { try await engine.dropReplaced(graph, restore) }
        require(try await isAlone(), "what was replaced is dropped when it is told to")
        require(
            try await refuses { try await engine.discardScratch(graph.graph.databaseName, of: graph) },
            "the graph itself is no copy beside it")
    }

    private mutating func checkRemoval() async throws {
        for _ in 1...2 { try await engine.discardUnused(graph, warrant) }
        require(try await engine.objects(of: graph).isEmpty, "a creation is undone without a trace")
        for _ in 1...2 { try await engine.dropPrincipals(graph, warrant) }
    }
}

/// An archive in memory.
private final class Archive: ByteSink {
    private let bytes = Mutex<[UInt8]>([])

    var count: Int64 { bytes.withLock { Int64($0.count) } }

    func write(_ more: [UInt8]) throws { bytes.withLock { $0 += more } }
    func reader() -> Reader { Reader(bytes.withLock(\.self)) }

    /// Reads it from the beginning.
    final class Reader: ByteSource {
        private let rest: Mutex<ArraySlice<UInt8>>

        init(_ bytes: [UInt8]) { rest = Mutex(bytes[...]) }

        func read(upTo limit: Int) throws -> [UInt8] {
            rest.withLock { rest in
                defer { rest = rest.dropFirst(limit) }
                return Array(rest.prefix(limit))
            }
        }
    }
}
