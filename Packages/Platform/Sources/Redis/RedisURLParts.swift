internal import Core

/// A URL of a server, taken apart (RFC 3986 §3).
struct RedisURLParts {
    let address: RedisConfiguration.Address
    let login: RedisConfiguration.Login?
    let database: Int

    init(_ text: String) throws(RedisURLError) {
        if text.hasPrefix("rediss://") { throw .noTLS }
        let isSocket = text.hasPrefix("unix://")
        guard isSocket || text.hasPrefix("redis://") else { throw .unknownScheme }
        let rest = text.drop { $0 != ":" }.dropFirst(3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let halves = rest.dropFirst(authority.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let (path, query) = (halves.first ?? "", halves.count > 1 ? halves[1] : nil)
        var host = authority
        if let at = authority.lastIndex(of: "@") {
            login = try Self.login(authority[..<at])
            host = authority[authority.index(after: at)...]
        } else {
            login = nil
        }
        if isSocket {
            guard host.isEmpty else { throw .badPath }
            guard let path = Self.decoded(path), path.hasPrefix("/"), path.utf8.count > 1, path.utf8.count <= 107, !path.utf8.contains(0)
            else { throw .badPath }
            address = .socket(path: path)
            database =
                try query.map { query throws(RedisURLError) in
                    guard query.hasPrefix("db=") else { throw .badDatabase }
                    return try Self.number(query.dropFirst(3), else: .badDatabase)
                } ?? 0
        } else {
            guard query == nil else { throw .badDatabase }
            address = try Self.address(host)
            database = path.isEmpty || path == "/" ? 0 : try Self.number(path.dropFirst(), else: .badDatabase)
        }
    }

    private static func address(_ text: Substring) throws(RedisURLError) -> RedisConfiguration.Address {
        var host = text.prefix { $0 != ":" }
        var rest = text.dropFirst(host.count)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .badHost }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
        }
        let isName = host.utf8.allSatisfy { byte in
            byte >= 48 && byte <= 57 || byte >= 65 && byte <= 90 || byte >= 97 && byte <= 122 || [45, 46, 58, 95].contains(byte)
        }
        guard !host.isEmpty, isName else { throw .badHost }
        guard !rest.isEmpty else { return .host(String(host), port: 6_379) }
        guard rest.hasPrefix(":") else { throw .badHost }
        let port = try number(rest.dropFirst(), else: .badPort)
        guard port > 0 else { throw .badPort }
        return .host(String(host), port: port)
    }

    private static func login(_ text: Substring) throws(RedisURLError) -> RedisConfiguration.Login? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        // A user without password is no login, and a name alone is more likely a password whose colon was forgotten.
        guard parts.count == 2, let user = decoded(parts[0]), let password = decoded(parts[1]), !password.isEmpty else { throw .badLogin }
        return RedisConfiguration.Login(user: user.isEmpty ? nil : user, password: SecretString(password))
    }

    private static func number(_ text: Substring, else error: RedisURLError) throws(RedisURLError) -> Int {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text), number <= 65_535 else { throw error }
        return number
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), high != UInt8(ascii: "+")
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
