internal import Core

/// How a database is reached, as far as its URL tells (libpq manual, 34.1.1.2).
enum DatabaseLink {
    /// Whether nobody between us and the server can read or pass for it: a socket or this machine, or TLS with a server that is who it says.
    ///
    /// Without `sslmode` libpq takes what it gets: it would speak plainly to anybody who answers.
    static func isProtected(_ url: SecretString) -> Bool {
        url.withValue { text in
            // One that is not there is another problem.
            guard let scheme = text.firstRange(of: "://") else { return text.isEmpty }
            let parts = text[scheme.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            let options = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
            func option(_ name: String) -> String? {
                options.last { $0.first.map(String.init) == name && $0.count == 2 }.map { String($0[1]) }
            }
            let authority = parts[0].prefix { $0 != "/" }
            let hosts = option("host") ?? String(authority.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
            return option("sslmode") == "verify-full"
                || hosts.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { isThisMachine(String($0)) }
        }
    }

    private static func isThisMachine(_ host: String) -> Bool {
        if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("%2F") || host.hasPrefix("%2f") { return true }
        let name = host.hasPrefix("[") ? String(host.dropFirst().prefix { $0 != "]" }) : String(host.prefix { $0 != ":" })
        return ["127.0.0.1", "::1", "localhost", ""].contains(name)
    }
}
