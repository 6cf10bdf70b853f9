internal import Core
public import Graphs
internal import Operations

extension GraphAPIEngine {
    /// Asks whether the host is well, and what it is.
    public func probe(_ host: HostReference) async throws -> HostFacts {
        let client = try client(host)
        let health = try await client.call("GET", "/health", isRepeatable: true)
        guard (200...299).contains(health.status) else { throw EngineError.unavailable("the host is not well: \(health.status)") }
        let info = try await client.call("GET", "/info", isRepeatable: true)
        guard (200...299).contains(info.status), let version = info.body["cluster_version"]?.stringValue else {
            throw EngineError.unavailable("the host does not say what it is: \(info.status)")
        }
        let memory = info.body["configuration"]?["memory_limits"]?["instance_max_mb"]?.wholeNumber
        return HostFacts(
            serverVersion: version, mayMaintain: info.body["read_only"] == false, memoryMegabytes: memory.flatMap { Int(exactly: $0) })
    }

    /// The database of a graph; there is nothing else of one.
    public func objects(of graph: EngineGraph) async throws -> [EngineObject] {
        let name = graph.graph.databaseName
        guard try await database(name, on: graph.host) != nil else { return [] }
        let mark = try await marks.mark(of: name, on: graph.host)
        return [EngineObject(kind: .database, name: name, marker: mark.flatMap(marker), isOurs: mark != nil)]
    }

    /// Every database of the host that is named like a graph.
    public func inventory(_ host: HostReference) async throws -> [EngineObject] {
        let marks = Dictionary(try await marks.marks(on: host).map { ($0.name, $0) }) { first, _ in first }
        return try await databases(of: host).map { name, _ in
            EngineObject(kind: .database, name: name, marker: marks[name].flatMap(marker), isOurs: marks[name] != nil)
        }
    }

    /// There are none.
    public func discardScratch(_ name: String, of graph: EngineGraph) async throws {
        throw EngineError.refused("\(name) is no copy beside \(graph.graph)")
    }

    /// Tenants have no logins, so that there is nobody to look after.
    public func supervise(_ tenants: [HostTenant], on host: HostReference) async throws -> Supervision {
        Supervision(cancelled: 0, ended: 0, reset: 0)
    }

    /// There are no roles.
    public func createPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {}

    /// Asks for the database. What is there already is taken for ours only when this operation asked for it before and nothing is in it (GRA-120).
    public func createDatabase(_ graph: EngineGraph, limits: EngineLimits, _ warrant: StepWarrant) async throws {
        let name = graph.graph.databaseName
        let earlier = try await marks.mark(of: name, on: graph.host)
        // An attempt whose answer did not come is read back, and of one that nobody made nothing may be there.
        let isThere = try await database(name, on: graph.host) != nil
        if let earlier, earlier.operation != warrant.operation { throw EngineError.foreignObject(name) }
        if isThere {
            guard let earlier else { throw EngineError.foreignObject(name) }
            if earlier.state == .asked { try await adopt(earlier, graph) }
            return
        }
        var mark = EngineMark(host: graph.host, name: name, operation: warrant.operation, state: .asked, schemaVersion: nil)
        try await marks.keep(mark)
        let client = try client(graph.host)
        let answer = try await client.call(
            "POST", "/databases",
            ["graph_id": .string(name), "schema_type": "custom", "custom_schema_ddl": .string(GraphAPISchema.base), "is_subgraph": false],
            isRepeatable: false)
        switch answer.status {
        case 409:
            guard let earlier else {
                try await marks.forget(name, on: graph.host)
                throw EngineError.foreignObject(name)
            }
            return try await adopt(earlier, graph)
        case 507:
            // Nothing was made, and another host is to be asked.
            if earlier == nil { try await marks.forget(name, on: graph.host) }
            throw EngineError.full(graph.host.name)
        case 200...299:
            _ = try await client.finish(answer, within: Self.workTimeout)
        default:
            throw EngineError.refused("the host said \(answer.status) to a new database")
        }
        mark.state = .made
        try await marks.keep(mark)
    }

    /// Takes what an earlier attempt asked for as made, when nobody has written to it.
    private func adopt(_ asked: EngineMark, _ graph: EngineGraph) async throws {
        let found = try await metrics(of: graph)
        guard found.nodes == 0, found.edges == 0 else { throw EngineError.foreignObject(asked.name) }
        var mark = asked
        mark.state = .made
        try await marks.keep(mark)
    }

    /// What a tier allows is held by the host's own settings.
    public func applyLimits(_ limits: EngineLimits, to graph: EngineGraph, _ warrant: StepWarrant) async throws {
        try await requireOurs(graph)
    }

    /// Installs tables, then the first node; each changes nothing when it was done before.
    public func install(_ plan: SchemaPlan, in graph: EngineGraph, _ warrant: StepWarrant) async throws {
        var mark = try await requireOurs(graph)
        guard mark.operation == warrant.operation else { throw EngineError.foreignObject(mark.name) }
        let client = try client(graph.host)
        let statements = try GraphAPISchema.statements(plan)
        if !statements.isEmpty {
            let answer = try await client.call(
                "POST", GraphAPIClient.path(of: mark.name, "/schema"),
                ["type": "ddl", "ddl": .string(statements.joined(separator: ";\n")), "metadata": ["version": .string(plan.version)]],
                isRepeatable: false)
            try accept(answer)
            let result = try await client.finish(answer, within: Self.workTimeout)
            guard result["success"] != false else { throw EngineError.refused("the schema was refused") }
        }
        if let entity = plan.entity {
            let (statement, parameters) = try GraphAPISchema.entity(entity)
            try accept(try await query(statement, parameters, in: graph, isRepeatable: false))
        }
        mark.schemaVersion = plan.version
        try await marks.keep(mark)
    }

    /// Asks whether the database is well and answers.
    public func verify(_ graph: EngineGraph, _ warrant: StepWarrant) async throws {
        let mark = try await requireOurs(graph)
        guard let database = try await database(mark.name, on: graph.host) else { throw EngineError.refused("\(mark.name) is not there") }
        guard database["is_healthy"] == true, database["read_only"] != true else {
            throw EngineError.unavailable("\(mark.name) is not well")
        }
        try accept(try await query("RETURN 1 AS one", [:], in: graph, isRepeatable: true))
    }

    func query(_ statement: String, _ parameters: JSONValue, in graph: EngineGraph, isRepeatable: Bool) async throws
        -> GraphAPIClient.Answer
    {
        let name = graph.graph.databaseName
        return try await client(graph.host).call(
            "POST", GraphAPIClient.path(of: name, "/query"),
            ["database": .string(name), "cypher": .string(statement), "parameters": parameters], isRepeatable: isRepeatable)
    }

    /// A lock of the host's own is no refusal for good.
    private func accept(_ answer: GraphAPIClient.Answer) throws(EngineError) {
        switch answer.status {
        case 200...299: return
        case 409: throw .unavailable("the database is at other work")
        case 507: throw .unavailable("the host has no room")
        default: throw .refused("the host said \(answer.status)")
        }
    }

    func databases(of host: HostReference) async throws -> [(name: String, bytes: Int64)] {
        let answer = try await client(host).call("GET", "/databases", isRepeatable: true)
        guard (200...299).contains(answer.status), let listed = answer.body["databases"]?.arrayValue else {
            throw EngineError.unavailable("the host does not list its databases: \(answer.status)")
        }
        return listed.compactMap { database in
            guard let name = database["graph_id"]?.stringValue, name.hasPrefix("kg"), (try? GraphAPIClient.path(of: name)) != nil else {
                return nil
            }
            return (name, database["size_bytes"]?.wholeNumber ?? 0)
        }
    }
}
