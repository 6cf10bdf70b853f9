public import Core
internal import FoundationEssentials

/// A server of the graph API: where it is, and the key that it takes (GRA-119).
public struct GraphAPIHost: Sendable {
    /// Its name, under which the registry knows it.
    public let name: String
    /// What the addresses of its calls begin with, without a slash at the end.
    public let base: String
    /// The value of `X-Graph-API-Key`.
    public let key: SecretString
    /// How many top-level graphs it has room for.
    public let slots: Int
    /// What the graphs on it may measure together, in GB; `nil` is without limit.
    public let storageGB: Int?

    /// Reads one entry of the setting `TRELLIS_GRAPH_HOSTS`: `[name=]graph-api+https://:key@host[:port][/path][?slots=n&storage_gb=n]`. Without TLS
    /// (`graph-api+http`) only a server on this machine is spoken to.
    ///
    /// - Returns: `nil` for text of another form.
    public init?(_ setting: String) {
        let text = setting.filter { !$0.isWhitespace }
        let name = text.prefix { $0 != "=" && $0 != ":" }
        let isNamed = text.dropFirst(name.count).first == "="
        guard let components = URLComponents(string: isNamed ? String(text.dropFirst(name.count + 1)) : text), !isNamed || !name.isEmpty,
            let scheme = components.scheme, scheme.hasPrefix(Self.prefix), let host = components.host, !host.isEmpty,
            let key = components.password, !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            components.user?.isEmpty != false
        else { return nil }
        let isPlain = scheme == Self.prefix + "http"
        guard scheme == Self.prefix + "https" || isPlain && ["127.0.0.1", "::1", "[::1]", "localhost"].contains(host) else { return nil }
        var options: [String: String] = [:]
        for item in components.queryItems ?? [] { options[item.name] = item.value }
        guard let slots = Int(options["slots"] ?? "100"), (1...10_000).contains(slots) else { return nil }
        storageGB = options["storage_gb"].flatMap { Int($0) }
        guard options["storage_gb"] == nil || storageGB.map({ (1...1_000_000).contains($0) }) == true else { return nil }
        self.name = isNamed ? String(name) : "default"
        self.key = SecretString(key)
        self.slots = slots
        var path = components.path
        while path.hasSuffix("/") { path.removeLast() }
        base = (isPlain ? "http://" : "https://") + host + (components.port.map { ":\($0)" } ?? "") + path
    }

    /// Whether an entry of the setting is about a server of this kind.
    public static func isMeant(by setting: String) -> Bool {
        setting.contains(prefix)
    }

    private static let prefix = "graph-api+"
}
