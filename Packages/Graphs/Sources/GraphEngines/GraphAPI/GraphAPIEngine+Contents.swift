internal import Core
public import Graphs
internal import Operations
internal import Synchronization

extension GraphAPIEngine {
    /// Nothing is told to the host: who may do what is held by our API alone (GRA-121).
    public func setMode(_ mode: EngineMode, epoch: Int64, of graph: EngineGraph) async throws {}

    /// There are no logins.
    public func issue(_ login: LoginSpecification, for graph: EngineGraph, limits: EngineLimits) async throws -> IssuedLogin {
        throw EngineError.unsupported(.logins)
    }

    /// There are no logins.
    public func admit(_ login: SealedLogin, to graph: EngineGraph, limits: EngineLimits) async throws {
        throw EngineError.unsupported(.logins)
    }

    /// Tenants have no sessions of their own.
    public func endTransactions(of graph: EngineGraph) async throws {}

    /// Tenants reach it through our API alone.
    public func address(of host: HostReference) -> HostAddress? { nil }

    /// There are none, so none is left.
    public func revoke(role: String, of graph: EngineGraph) async throws {}

    /// Size and counts, and since when the host is up.
    public func facts(_ graph: EngineGraph, within budget: Duration) async throws -> GraphFacts {
        let mark = try await requireOurs(graph)
        return try await withThrowingTaskGroup(of: GraphFacts.self) { group in
            group.addTask { try await read(graph, mark) }
            group.addTask {
                try await Task.sleep(for: budget)
                throw EngineError.unavailable("no answer within \(budget)")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw EngineError.unavailable("no answer") }
            return first
        }
    }

    private func read(_ graph: EngineGraph, _ mark: EngineMark) async throws -> GraphFacts {
        let found = try await metrics(of: graph)
        let nodes = try await counts("MATCH (n) RETURN label(n) AS name, count(*) AS total", in: graph, upTo: found.nodes)
        let edges = try await counts("MATCH ()-[r]->() RETURN label(r) AS name, count(*) AS total", in: graph, upTo: found.edges)
        let info = try await client(graph.host).call("GET", "/info", isRepeatable: true)
        let uptime: Double? =
            switch info.body["uptime_seconds"] {
            case .number(let seconds)?: seconds
            case .integer(let seconds)?: Double(seconds)
            default: nil
            }
        return GraphFacts(
            bytes: found.bytes, nodes: nodes, edges: edges, lastModified: found.modified, schemaVersion: mark.schemaVersion,
            serverStartedAt: uptime.map { dateSource.now - .milliseconds(Int64(max(0, $0) * 1_000)) }, sessions: 0, counters: nil)
    }

    private func counts(_ statement: String, in graph: EngineGraph, upTo total: Int64) async throws -> [String: Int64] {
        guard total > 0 else { return [:] }
        let answer = try await query(statement, [:], in: graph, isRepeatable: true)
        guard (200...299).contains(answer.status), let rows = answer.body["data"]?.arrayValue else {
            throw EngineError.unavailable("the host does not count \(graph.graph): \(answer.status)")
        }
        var counts: [String: Int64] = [:]
        for row in rows {
            if let name = row["name"]?.stringValue, let number = row["total"]?.wholeNumber, number > 0 { counts[name] = number }
        }
        return counts
    }

    /// The host counts what is there each time it is asked.
    public func recount(_ graph: EngineGraph, timeout: Duration) async throws -> [CountDrift] { [] }

    /// The host does not say how much of it is dead.
    public func space(of graph: EngineGraph, timeout: Duration) async throws -> DatabaseSpace {
        DatabaseSpace(bytes: try await metrics(of: graph).bytes, freeBytes: 0)
    }

    /// The host gives nothing back.
    public func compact(_ graph: EngineGraph, timeout: Duration, _ warrant: StepWarrant) async throws {
        throw EngineError.unsupported(.compaction)
    }

    /// The host makes its statistics itself.
    public func refreshStatistics(of graph: EngineGraph, timeout: Duration) async throws {}

    /// The size of each database that we made there, in one call.
    public func measure(_ host: HostReference) async throws -> [GraphMeasure] {
        let ours = Set(try await marks.marks(on: host).map(\.name))
        return try await databases(of: host).compactMap { name, bytes in
            guard ours.contains(name), let graph = GraphID(name) else { return nil }
            return GraphMeasure(graph: graph, bytes: bytes, counters: nil)
        }
    }

    /// Streams the host's archive into the sink. What breaks off, or is no whole archive, is no backup.
    public func dump(
        _ graph: EngineGraph, into sink: any ByteSink, timeout: Duration, _ warrant: StepWarrant
    ) async throws -> DumpSummary {
        let mark = try await requireOurs(graph)
        let version = try await probe(graph.host).serverVersion
        let held = try await metrics(of: graph)
        let outline = WatchedOutline()
        try await client(graph.host).download(
            mark.name,
            into: { piece in
                outline.take(piece)
                try sink.write(piece)
            }, within: timeout)
        guard outline.value.firstFile != nil else { throw EngineError.unavailable("what the host sent is no whole archive") }
        return DumpSummary(
            bytes: outline.value.bytes, nodes: held.nodes, edges: held.edges,
            engineVersion: BackupArchiveRecord.withoutRestore + version, digest: nil)
    }

    /// The archive is the file of the database, which has everything in it: rows, edges, and how they are declared.
    public func tables(inArchive source: any ByteSource) async throws -> Set<String> {
        var outline = ZIPOutline()
        while true {
            let piece = try source.read(upTo: 1 << 20)
            guard !piece.isEmpty else { break }
            outline.take(piece)
        }
        guard let file = outline.firstFile, file.hasPrefix("kg") else { return [] }
        return FinalBackupVerification.requiredTables
    }

    /// Only an object store brings a database back there.
    public func load(
        _ source: any ByteSource, beside graph: EngineGraph, limits: EngineLimits, timeout: Duration, _ warrant: StepWarrant
    ) async throws { throw EngineError.unsupported(.restore) }

    /// Nothing is ever loaded.
    public func loaded(beside graph: EngineGraph, _ warrant: StepWarrant) async throws -> ContentSummary {
        throw EngineError.unsupported(.restore)
    }

    /// Nothing is ever loaded.
    public func discardLoaded(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {}

    /// Nothing is ever loaded.
    public func switchOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws { throw EngineError.unsupported(.restore) }

    /// Nothing is ever loaded.
    public func hasSwitchedOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws -> Bool { false }

    /// Nothing is ever loaded.
    public func adoptLoaded(_ graph: EngineGraph, _ copy: StepWarrant, for creation: StepWarrant) async throws {
        throw EngineError.unsupported(.restore)
    }

    /// Nothing is ever loaded.
    public func isAdopted(_ graph: EngineGraph, by creation: StepWarrant) async throws -> Bool { false }

    /// Nothing is ever replaced.
    public func dropReplaced(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {}

    /// Destroys the database of the very graph that the proof is of.
    public func drop(_ graph: EngineGraph, proof: FinalBackupProof, _ warrant: StepWarrant) async throws {
        guard proof.graph == graph.graph else { throw EngineError.refused("the proof is of another graph") }
        try await remove(graph)
    }

    /// There are none.
    public func dropPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {}

    /// Removes a database that holds no more than its creation put there.
    public func discardUnused(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        guard try await database(graph.graph.databaseName, on: graph.host) != nil else {
            return try await marks.forget(graph.graph.databaseName, on: graph.host)
        }
        let mark = try await requireOurs(graph)
        guard mark.operation == warrant.operation else { throw EngineError.foreignObject(mark.name) }
        let held = try await metrics(of: graph)
        guard held.nodes <= 1, held.edges == 0 else { throw EngineError.notUnused(graph.graph) }
        try await remove(graph)
    }

    /// 404 is as good as done (GRA-120); a database without our mark is not touched.
    private func remove(_ graph: EngineGraph) async throws {
        let name = graph.graph.databaseName
        guard try await marks.mark(of: name, on: graph.host) != nil else {
            guard try await database(name, on: graph.host) == nil else { throw EngineError.foreignObject(name) }
            return
        }
        let client = try client(graph.host)
        let answer = try await client.call("DELETE", GraphAPIClient.path(of: name), isRepeatable: true)
        switch answer.status {
        case 404: break
        case 200...299: _ = try await client.finish(answer, within: Self.workTimeout)
        case 409: throw EngineError.unavailable("the database is at other work")
        default: throw EngineError.refused("the host said \(answer.status)")
        }
        try await marks.forget(name, on: graph.host)
    }
}

/// An outline that the transport's thread fills.
private final class WatchedOutline: Sendable {
    private let outline = Mutex(ZIPOutline())

    var value: ZIPOutline { outline.withLock(\.self) }

    func take(_ piece: [UInt8]) { outline.withLock { $0.take(piece) } }
}
