public import Core
internal import FoundationEssentials

/// A PostgreSQL server that holds graphs: how the maintenance login reaches it, and how tenants do.
public struct PostgresGraphHost: Sendable {
    /// Its name, under which the registry knows it.
    public let name: String
    /// The maintenance login and the administrative database, as a URL.
    public let url: SecretString
    /// The address tenants use.
    public let address: String
    /// The port tenants use.
    public let port: Int
    /// How tenants' connections are encrypted: `verify-full` unless the setting says otherwise or the host is this machine.
    public let tenantTLS: String
    /// How many top-level graphs it has room for.
    public let slots: Int
    /// What the graphs on it may measure together, in GB; `nil` is without limit.
    public let storageGB: Int?
    let user: String
    let password: SecretString?
    /// The database that its administrator enters by.
    public let database: String
    let maintenanceTLS: String?
    let maintenanceAddress: String
    let maintenancePort: Int

    /// Reads one entry of the setting `TRELLIS_GRAPH_HOSTS`: `[name=]postgres://user:password@host:port/database[?options]`.
    ///
    /// Options: `sslmode` as libpq knows it, `slots` (default 100), `storage_gb` (default without limit), and `tenant_host`, `tenant_port`, `tenant_sslmode` where tenants
    /// reach the host differently. Text of another form is `nil`.
    public init?(_ setting: String) {
        let text = setting.filter { !$0.isWhitespace }
        // A name ends before the "://" of the URL, whose options may hold further equals signs.
        let name = text.prefix { $0 != "=" && $0 != ":" }
        let isNamed = text.dropFirst(name.count).first == "="
        guard let components = URLComponents(string: isNamed ? String(text.dropFirst(name.count + 1)) : text), !isNamed || !name.isEmpty,
            ["postgres", "postgresql"].contains(components.scheme), let user = components.user, !user.isEmpty
        else { return nil }
        self.name = isNamed ? String(name) : "default"
        var options: [String: String] = [:]
        for item in components.queryItems ?? [] { options[item.name] = item.value }
        guard let slots = Int(options["slots"] ?? "100"), (1...10_000).contains(slots),
            let port = Int(options["tenant_port"] ?? String(components.port ?? 5_432))
        else { return nil }
        storageGB = options["storage_gb"].flatMap { Int($0) }
        // A limit that is written wrongly is not no limit.
        guard options["storage_gb"] == nil || storageGB.map({ (1...1_000_000).contains($0) }) == true else { return nil }
        let host = components.host ?? "127.0.0.1"
        self.user = user
        self.slots = slots
        self.port = port
        maintenanceAddress = host
        maintenancePort = components.port ?? 5_432
        password = components.password.map(SecretString.init)
        database = components.path.count > 1 ? String(components.path.dropFirst()) : "postgres"
        address = options["tenant_host"] ?? host
        tenantTLS = options["tenant_sslmode"] ?? options["sslmode"] ?? (Self.isThisMachine(address) ? "prefer" : "verify-full")
        maintenanceTLS = options["sslmode"]
        var plain = components
        plain.queryItems = options["sslmode"].map { [URLQueryItem(name: "sslmode", value: $0)] }
        guard let url = plain.string else { return nil }
        self.url = SecretString(url)
    }

    /// Reads the whole setting: entries parted by commas.
    ///
    /// - Returns: the hosts, or `nil` when an entry has another form or two have one name.
    public static func hosts(inSetting setting: String) -> [PostgresGraphHost]? {
        let entries = setting.split(separator: ",").map { PostgresGraphHost(String($0)) }
        let hosts = entries.compactMap(\.self)
        guard !hosts.isEmpty, hosts.count == entries.count, Set(hosts.map(\.name)).count == hosts.count else { return nil }
        return hosts
    }

    /// Whether what is said there never leaves this machine.
    static func isThisMachine(_ address: String) -> Bool { ["127.0.0.1", "::1", "[::1]", "localhost"].contains(address) }

    /// Whether both are reached at the same address and port.
    public func isSameServer(as other: PostgresGraphHost) -> Bool {
        maintenanceAddress == other.maintenanceAddress && maintenancePort == other.maintenancePort
    }

    /// The same login on another database of the host.
    func url(ofDatabase name: String, user: String? = nil, password: SecretString? = nil) -> SecretString {
        url.withValue { text in
            guard var components = URLComponents(string: text) else { return SecretString(text) }
            components.path = "/" + name
            if let user {
                components.user = user
                components.password = password.map { $0.withValue { $0 } }
            }
            return SecretString(components.string ?? text)
        }
    }

    /// What a tenant needs to connect, in one line.
    func connectionString(role: String, password: SecretString, database: String) -> SecretString {
        password.withValue { SecretString("postgresql://\(role):\($0)@\(address):\(port)/\(database)?sslmode=\(tenantTLS)") }
    }
}
