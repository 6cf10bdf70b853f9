/// A login as another host can take it over: what checks its password, sealed by the engine that made it. The password itself is kept nowhere.
public struct SealedLogin: Sendable, Hashable {
    /// Its role, and what it may do.
    public let specification: LoginSpecification
    /// What checks its password; only an engine opens it.
    public let sealed: String

    /// Describes a login.
    public init(specification: LoginSpecification, sealed: String) {
        self.specification = specification
        self.sealed = sealed
    }
}

/// Where tenants reach a host.
public struct HostAddress: Sendable, Hashable, Codable {
    /// The name or number of the machine, as clients enter it.
    public let host: String
    /// The port.
    public let port: Int

    /// Names an address.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
