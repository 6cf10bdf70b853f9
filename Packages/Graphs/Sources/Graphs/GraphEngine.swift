public import Core
public import Operations

/// A kind of graph database: one adapter for each.
///
/// Every mutating call is repeat-safe: run again after an unknown outcome it changes nothing that is not as it should be. It names the
/// operation it works for, and touches only objects that carry this deployment's marker of the graph (graphs.md, section 7).
/// What cannot be done is thrown as ``EngineError``.
public protocol GraphEngine: HostChecking {
    /// What the engine of a host can do (GRA-121).
    func capabilities(of host: HostReference) -> Set<EngineCapability>

    /// Asks whether a host is there, and what it is.
    func probe(_ host: HostReference) async throws -> HostFacts

    /// Everything on a host that belongs, or seems to belong, to one graph.
    func objects(of graph: EngineGraph) async throws -> [EngineObject]

    /// Everything on a host that is named like a part of a graph, whosever it is (GRA-123).
    func inventory(_ host: HostReference) async throws -> [EngineObject]
    /// Drops a database beside a graph's own, of a name that an inventory gave; absent counts as done.
    func discardScratch(_ name: String, of graph: EngineGraph) async throws

    /// Stops what tenants of a host do for longer than their tier allows, and takes back what they changed in the settings of their logins;
    /// maintenance logins are never touched (GRA-110).
    func supervise(_ tenants: [HostTenant], on host: HostReference) async throws -> Supervision

    /// Makes the owner role and the group roles.
    func createPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws
    /// Makes the empty database.
    func createDatabase(_ graph: EngineGraph, limits: EngineLimits, _ warrant: StepWarrant) async throws
    /// Sets who may connect, and how much.
    func applyLimits(_ limits: EngineLimits, to graph: EngineGraph, _ warrant: StepWarrant) async throws
    /// Installs tables, declarations and the first node, in one transaction of the engine.
    func install(_ plan: SchemaPlan, in graph: EngineGraph, _ warrant: StepWarrant) async throws
    /// Writes, reads and deletes as a tenant would, with a temporary login that is refused everywhere else.
    func verify(_ graph: EngineGraph, _ warrant: StepWarrant) async throws

    /// Lets tenant logins do what a mode says; an epoch older than the one in force changes nothing (GRA-108).
    func setMode(_ mode: EngineMode, epoch: Int64, of graph: EngineGraph) async throws
    /// Ends the transactions that tenants have open, so that none finishes what a mode that was just set forbids (GRA-100).
    func endTransactions(of graph: EngineGraph) async throws
    /// Where tenants reach a host; `nil` where they do not.
    func address(of host: HostReference) -> HostAddress?

    /// Makes a login; its password is in the answer and nowhere else (GRA-111).
    func issue(_ login: LoginSpecification, for graph: EngineGraph, limits: EngineLimits) async throws -> IssuedLogin
    /// Makes a login as it was on another host, so that its password goes on; one that is there already is done (GRA-100).
    func admit(_ login: SealedLogin, to graph: EngineGraph, limits: EngineLimits) async throws
    /// Refuses a login, ends its sessions and removes it; one that is not there is done.
    func revoke(role: String, of graph: EngineGraph) async throws

    /// Size and contents, within a time budget.
    func facts(_ graph: EngineGraph, within budget: Duration) async throws -> GraphFacts
    /// Counts every row, sets right what the counters kept with the rows say otherwise, and tells where (GRA-113).
    func recount(_ graph: EngineGraph, timeout: Duration) async throws -> [CountDrift]

    /// What a graph takes on disk, and how much of that is dead space (OPS-128).
    func space(of graph: EngineGraph, timeout: Duration) async throws -> DatabaseSpace
    /// Gives dead space back to the host; whoever works in the graph may have to wait meanwhile (GRA-096).
    func compact(_ graph: EngineGraph, timeout: Duration, _ warrant: StepWarrant) async throws
    /// Makes the statistics anew by which the server chooses how it finds rows (GRA-033).
    func refreshStatistics(of graph: EngineGraph, timeout: Duration) async throws

    /// The size of every graph of this deployment on a host, in one query (GRA-093).
    func measure(_ host: HostReference) async throws -> [GraphMeasure]

    /// Writes everything the graph holds into a sink, without a clear byte on any disk (GRA-114).
    func dump(_ graph: EngineGraph, into sink: any ByteSink, timeout: Duration, _ warrant: StepWarrant) async throws -> DumpSummary
    /// The tables an archive holds, read from the archive alone.
    func tables(inArchive source: any ByteSource) async throws -> Set<String>

    /// Loads an archive into a database beside the graph's, with the graph's privileges and limits; what an earlier attempt of the same
    /// operation left is dropped first (GRA-086, GRA-087).
    func load(
        _ source: any ByteSource, beside graph: EngineGraph, limits: EngineLimits, timeout: Duration, _ warrant: StepWarrant
    ) async throws
    /// What the database holds that an operation loaded.
    func loaded(beside graph: EngineGraph, _ warrant: StepWarrant) async throws -> ContentSummary
    /// Drops what an operation loaded; absent counts as done.
    func discardLoaded(_ graph: EngineGraph, _ warrant: StepWarrant) async throws
    /// Lets the database an operation loaded take the place of the graph's own, which is kept under another name; both or neither.
    func switchOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws
    /// Whether that has happened.
    func hasSwitchedOver(_ graph: EngineGraph, _ warrant: StepWarrant) async throws -> Bool
    /// Lets what was loaded beside a new graph become its contents, for the operation that makes it; the empty database is replaced in that
    /// operation's name. Once that has happened, and whoever did it, another copy is dropped instead (GRA-010).
    func adoptLoaded(_ graph: EngineGraph, _ copy: StepWarrant, for creation: StepWarrant) async throws
    /// Whether a graph has got its contents by a copy, for the operation that makes it.
    func isAdopted(_ graph: EngineGraph, by creation: StepWarrant) async throws -> Bool
    /// Drops the database that an operation replaced; absent counts as done.
    func dropReplaced(_ graph: EngineGraph, _ warrant: StepWarrant) async throws

    /// Destroys the database; absent counts as done.
    ///
    /// The proof can only be made by reading the final backup back (GRA-050).
    func drop(_ graph: EngineGraph, proof: FinalBackupProof, _ warrant: StepWarrant) async throws
    /// Removes logins, group roles and owner role; absent counts as done.
    func dropPrincipals(_ graph: EngineGraph, _ warrant: StepWarrant) async throws
    /// Undoes a creation: removes a database that was never in use. One that holds what a tenant could have written is refused.
    func discardUnused(_ graph: EngineGraph, _ warrant: StepWarrant) async throws
}

/// A host as an adapter finds it: its address and secret are in the adapter's own settings, under this name.
public struct HostReference: Sendable, Hashable, Codable {
    /// The name.
    public let name: String

    /// Names a host.
    public init(name: String) {
        self.name = name
    }
}

/// One graph on one host.
public struct EngineGraph: Sendable, Hashable {
    /// The host.
    public let host: HostReference
    /// The graph.
    public let graph: GraphID

    /// Names a graph on a host.
    public init(host: HostReference, graph: GraphID) {
        self.host = host
        self.graph = graph
    }
}

/// In whose name a step works: results of an older fence are worthless.
public struct StepWarrant: Sendable, Hashable {
    /// The operation.
    public let operation: Operation.ID

    /// Names an operation.
    public init(operation: Operation.ID) {
        self.operation = operation
    }
}

/// What a host said of itself.
public struct HostFacts: Sendable, Hashable {
    /// The version of its server.
    public let serverVersion: String
    /// Whether the maintenance login may do what it must.
    public let mayMaintain: Bool
    /// The memory that its databases share, in MB; `nil` when it does not say.
    public let memoryMegabytes: Int?

    /// Makes a report.
    public init(serverVersion: String, mayMaintain: Bool, memoryMegabytes: Int?) {
        self.serverVersion = serverVersion
        self.mayMaintain = mayMaintain
        self.memoryMegabytes = memoryMegabytes
    }
}

/// A graph on a host, with what its tier allows and the logins it has given out.
public struct HostTenant: Sendable, Hashable {
    /// The graph.
    public let graph: GraphID
    /// What its tier allows.
    public let limits: EngineLimits
    /// The roles of its logins.
    public let logins: [String]

    /// Describes a tenant.
    public init(graph: GraphID, limits: EngineLimits, logins: [String]) {
        self.graph = graph
        self.limits = limits
        self.logins = logins
    }
}

/// What one look at a host's tenants led to.
public struct Supervision: Sendable, Hashable {
    /// Statements that were cancelled.
    public var cancelled: Int
    /// Sessions that were ended.
    public var ended: Int
    /// Logins whose settings were set back.
    public var reset: Int

    /// Makes a report.
    public init(cancelled: Int, ended: Int, reset: Int) {
        self.cancelled = cancelled
        self.ended = ended
        self.reset = reset
    }

    /// Whether there was nothing to do.
    public var isQuiet: Bool { cancelled == 0 && ended == 0 && reset == 0 }
}

/// Something on a host.
public struct EngineObject: Sendable, Hashable {
    /// What it is.
    public enum Kind: String, Sendable {
        /// A database.
        case database
        /// A role.
        case role
    }

    /// What it is.
    public let kind: Kind
    /// Its name.
    public let name: String
    /// What is written on it.
    public let marker: String?
    /// Whether that says that it is this deployment's.
    public let isOurs: Bool
    /// Whether that says that it was made for one operation alone, and should be gone with it.
    public let isTemporary: Bool

    /// Describes an object.
    public init(kind: Kind, name: String, marker: String?, isOurs: Bool, isTemporary: Bool = false) {
        self.kind = kind
        self.name = name
        self.marker = marker
        self.isOurs = isOurs
        self.isTemporary = isTemporary
    }
}

/// What an engine enforces for a tier (GRA-109).
public struct EngineLimits: Sendable, Hashable {
    /// Sessions of a database, and of each login.
    public let connections: Int
    /// How long a statement may run.
    public let statementTimeout: Duration
    /// How long a transaction may do nothing.
    public let idleInTransactionTimeout: Duration
    /// How long a statement waits for a lock.
    public let lockTimeout: Duration
    /// Temporary files of a session, in GB.
    public let temporaryFilesGB: Int

    /// Makes limits.
    public init(
        connections: Int, statementTimeout: Duration, idleInTransactionTimeout: Duration, lockTimeout: Duration, temporaryFilesGB: Int
    ) {
        self.connections = connections
        self.statementTimeout = statementTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.lockTimeout = lockTimeout
        self.temporaryFilesGB = temporaryFilesGB
    }
}

/// A login that is to be made.
public struct LoginSpecification: Sendable, Hashable {
    /// The name of its role.
    public let role: String
    /// Whether it may write.
    public let access: GraphCredential.Access

    /// Describes a login.
    public init(role: String, access: GraphCredential.Access) {
        self.role = role
        self.access = access
    }
}

/// A login that was just made; the only time its password is seen.
public struct IssuedLogin: Sendable {
    /// The name of its role.
    public let role: String
    /// The password: 32 random bytes as text.
    public let password: SecretString
    /// Everything a client needs, in one line.
    public let connectionString: SecretString
    /// Where the database is.
    public let address: String
    /// At which port.
    public let port: Int
    /// What the database is called.
    public let database: String
    /// What another host needs to let it in, sealed; `nil` where the engine seals nothing.
    public let sealed: String?

    /// Makes an answer.
    public init(
        role: String, password: SecretString, connectionString: SecretString, address: String, port: Int, database: String,
        sealed: String? = nil
    ) {
        self.sealed = sealed
        self.role = role
        self.password = password
        self.connectionString = connectionString
        self.address = address
        self.port = port
        self.database = database
    }
}

/// Size and contents of a graph (GRA-026).
public struct GraphFacts: Sendable, Hashable, Codable {
    /// Size on disk.
    public let bytes: Int64
    /// Nodes by label.
    public let nodes: [String: Int64]
    /// Edges by type.
    public let edges: [String: Int64]
    /// When something was last written.
    public let lastModified: Instant?
    /// The version of its schema.
    public let schemaVersion: String?
    /// Since when the host's server is up.
    public let serverStartedAt: Instant?
    /// Sessions of tenants now.
    public let sessions: Int
    /// What the engine has counted; `nil` when it does not say.
    public let counters: EngineCounters?

    /// Makes a report.
    public init(
        bytes: Int64, nodes: [String: Int64], edges: [String: Int64], lastModified: Instant?, schemaVersion: String?,
        serverStartedAt: Instant?, sessions: Int, counters: EngineCounters?
    ) {
        self.bytes = bytes
        self.nodes = nodes
        self.edges = edges
        self.lastModified = lastModified
        self.schemaVersion = schemaVersion
        self.serverStartedAt = serverStartedAt
        self.sessions = sessions
        self.counters = counters
    }
}

/// What a dump wrote.
public struct DumpSummary: Sendable, Hashable {
    /// How many bytes went into the sink.
    public let bytes: Int64
    /// Nodes at the time.
    public let nodes: Int64
    /// Edges at the time.
    public let edges: Int64
    /// The tool and the server it spoke to.
    public let engineVersion: String
    /// A digest over all rows, as they are in the dump.
    public let digest: String?

    /// Makes a summary.
    public init(bytes: Int64, nodes: Int64, edges: Int64, engineVersion: String, digest: String?) {
        self.bytes = bytes
        self.nodes = nodes
        self.edges = edges
        self.engineVersion = engineVersion
        self.digest = digest
    }
}

/// What a database holds, counted row by row.
public struct ContentSummary: Sendable, Hashable {
    /// Nodes.
    public let nodes: Int64
    /// Edges.
    public let edges: Int64
    /// A digest over all rows, whatever their order.
    public let digest: String
    /// The size of the database on disk.
    public let bytes: Int64

    /// Makes a summary.
    public init(nodes: Int64, edges: Int64, digest: String, bytes: Int64) {
        self.nodes = nodes
        self.edges = edges
        self.digest = digest
        self.bytes = bytes
    }
}

/// Takes bytes in order.
public protocol ByteSink: Sendable {
    /// Takes the next bytes; throws when they cannot be kept, and the one who gives stops.
    func write(_ bytes: [UInt8]) throws
}

/// Gives bytes in order.
public protocol ByteSource: Sendable {
    /// The next bytes, at most `limit`; none at the end.
    func read(upTo limit: Int) throws -> [UInt8]
}
