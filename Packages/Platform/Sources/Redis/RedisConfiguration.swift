public import Core

/// How to reach a Redis server, and how long to wait for it.
public struct RedisConfiguration: Sendable {
    /// Where a server listens.
    public enum Address: Hashable, Sendable {
        /// A name or numeric address, and a port.
        case host(String, port: Int)
        /// A socket in the file system.
        case socket(path: String)
    }

    /// Whom the server is told that it serves.
    struct Login: Sendable {
        /// `nil` for the server's default user.
        let user: String?
        let password: SecretString
    }

    /// Where the server listens.
    public let address: Address
    let login: Login?
    /// The number of the server's database.
    public let database: Int
    /// After this a command has failed, and its connection with it: whatever the server does, no request waits longer.
    public var commandTimeout = Duration.milliseconds(100)
    /// After this a connection that is not open has failed.
    public var connectTimeout = Duration.seconds(1)

    /// Whether the server is this machine, so that nobody between us and it can read or pass for it.
    public var isThisMachine: Bool {
        switch address {
        case .host(let host, _): ["127.0.0.1", "::1", "localhost"].contains(host)
        case .socket: true
        }
    }

    /// Reads `redis://[[user]:password@]host[:port][/database]` or `unix://[[user]:password@]/path[?db=database]`.
    ///
    /// User and password are percent-encoded where they have other characters than letters, digits and `-._~`.
    ///
    /// - Throws: ``RedisURLError``; it shows nothing of the URL.
    public init(url: SecretString) throws(RedisURLError) {
        let parts = try url.withValue { text throws(RedisURLError) in try RedisURLParts(text) }
        address = parts.address
        login = parts.login
        database = parts.database
    }
}

/// Why a URL names no server.
public enum RedisURLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It begins with neither `redis://` nor `unix://`.
    case unknownScheme
    /// It asks for TLS, which the client's library does not speak.
    case noTLS
    /// The port is no number from 1 to 65535.
    case badPort
    /// The database is no number from 0 to 65535.
    case badDatabase
    /// There is no host, or none that a host can be called.
    case badHost
    /// The path of the socket is not absolute, or longer than the 107 bytes that the system takes.
    case badPath
    /// User or password cannot be read.
    case badLogin

    /// What to do.
    public var description: String {
        switch self {
        case .unknownScheme: "must begin with redis:// or unix://"
        case .noTLS: "cannot be rediss://: TLS is not spoken here; let a tunnel on this machine speak it, and name its port or socket"
        case .badPort: "must name a port from 1 to 65535"
        case .badDatabase: "must name a database from 0 to 65535, or none"
        case .badHost: "must name a host"
        case .badPath: "must name the absolute path of a socket, of at most 107 bytes"
        case .badLogin: "must have user and password percent-encoded"
        }
    }
}
