internal import Billing
internal import Core
internal import Identity
internal import Operations
internal import Orgs

/// What the records say should be on a host, for a comparison with what is there (GRA-123).
public struct HostRecords: Sendable, Hashable {
    /// One graph that has, or had, its place there.
    public struct Record: Sendable, Hashable {
        /// The graph.
        public let graph: GraphID
        /// Where it stands.
        public let status: Graph.Status
        /// The name of the host on which its record says it is.
        public let host: String?
        /// Whether an exclusive operation works on it.
        public let isAtWork: Bool
        /// The roles of its credentials that are not revoked, made before the present hour.
        public let logins: Set<String>

        /// Describes a record.
        public init(graph: GraphID, status: Graph.Status, host: String?, isAtWork: Bool, logins: Set<String>) {
            self.graph = graph
            self.status = status
            self.host = host
            self.isAtWork = isAtWork
            self.logins = logins
        }
    }

    /// The records, of every graph that is named by an object of the host or has its place there.
    public let records: [GraphID: Record]

    /// Gathers records.
    public init(_ records: [Record]) {
        self.records = Dictionary(records.map { ($0.graph, $0) }) { first, _ in first }
    }
}

/// Compares a host with the records. A graph at work is left out: what it has is changing.
public enum OrphanRules {
    /// For how long something must have been seen before it counts (GRA-124).
    public static var age: Duration { .hours(1) }
    /// For how long a database beside a graph's own is let be: a restore keeps the replaced one for a day.
    public static var scratchAge: Duration { .hours(26) }

    /// Everything without its counterpart, on either side.
    ///
    /// - Parameter sizes: of databases, as far as they are known.
    public static func findings(
        on host: String, objects: [EngineObject], records: HostRecords, sizes: [GraphID: Int64] = [:]
    ) -> [OrphanFinding] {
        var found: [OrphanFinding] = []
        for object in objects {
            guard let graph = object.graphName.flatMap(GraphID.init) else { continue }
            let record = records.records[graph]
            guard record?.isAtWork != true else { continue }
            let lives = record.map { $0.host == host && !$0.status.isTerminal } ?? false
            func note(_ kind: OrphanFinding.Kind) {
                found.append(
                    OrphanFinding(
                        kind: kind, place: host, object: object.name, bytes: kind == .database ? sizes[graph] : nil, graph: record?.graph,
                        evidence: evidence(of: record, marker: object.marker, isTemporary: object.isTemporary)))
            }
            guard object.isOurs else {
                // Another deployment's graph is none of ours; one that bears the name of a graph of ours is.
                if record != nil { note(.foreign) }
                continue
            }
            switch (object.kind, object.suffix) {
            case (.database, nil): if !lives { note(.database) }
            case (.database, _): note(.scratch)
            case (.role, let suffix?) where suffix.hasPrefix("u"):
                if !lives || record?.logins.contains(object.name) != true { note(.role) }
            case (.role, _): if !lives { note(.role) }
            }
        }
        // Apart: the role that owns a graph's database has the same name as that database.
        let databases = Set(objects.lazy.filter { $0.kind == .database }.map(\.name))
        let roles = Set(objects.lazy.filter { $0.kind == .role }.map(\.name))
        for record in records.records.values.sorted(by: { $0.graph < $1.graph }) where record.host == host && !record.isAtWork {
            guard record.status == .active || record.status == .suspended else { continue }
            if !databases.contains(record.graph.databaseName) {
                found.append(
                    OrphanFinding(
                        kind: .missingDatabase, place: host, object: record.graph.databaseName, bytes: nil, graph: record.graph,
                        evidence: evidence(of: record)))
            }
            for login in record.logins.sorted() where !roles.contains(login) {
                found.append(
                    OrphanFinding(
                        kind: .credential, place: host, object: login, bytes: nil, graph: record.graph, evidence: evidence(of: record)))
            }
        }
        return found
    }

    /// What the record says, and what is written on the object.
    private static func evidence(
        of record: HostRecords.Record?, marker: String? = nil, isTemporary: Bool = false
    ) -> [String: JSONValue] {
        var evidence: [String: JSONValue] = ["record": .string(record.map(\.status.rawValue) ?? "none")]
        evidence["recorded_host"] = record?.host.map { .string($0) }
        evidence["marker"] = marker.map { .string(String($0.prefix(200))) }
        if isTemporary { evidence["temporary"] = true }
        return evidence
    }
}

extension EngineObject {
    /// The graph that a name tells, ours or not.
    var graphName: String? {
        // The doubled underscore cannot come from a subgraph's name (GRA-103).
        guard let end = name.firstRange(of: "__")?.lowerBound else { return name }
        return String(name[..<end])
    }

    /// What follows the graph's id and the doubled underscore.
    var suffix: String? {
        guard let graphName, name.hasPrefix(graphName + "__") else { return nil }
        return String(name.dropFirst(graphName.count + 2))
    }

    /// Whether it is a login, by its name.
    var isLogin: Bool { kind == .role && suffix?.hasPrefix("u") == true }
}
