/// A place on the web that a mail may point to.
///
/// It is built from a configured base with path parts and query items, each encoded for its place, or is a page of a provider that was
/// verified as https. A text is not a link, so nothing that a person typed becomes one (NOT-018).
public struct MarkupLink: Sendable, Hashable {
    /// The whole address.
    public let url: String

    private init(url: String) {
        self.url = url
    }

    /// Where links begin: scheme, host, and a path without a slash at its end.
    public struct Base: Sendable, Hashable {
        private let url: String

        /// Takes a configured base such as `https://app.example.com`; plain http is for loopback addresses only.
        ///
        /// - Returns: `nil` for another scheme, credentials, a query, a fragment, or characters that have no place in an address.
        public init?(_ url: String) {
            guard let host = MarkupLink.host(of: url), !url.utf8.contains(where: { "?#".utf8.contains($0) }) else { return nil }
            guard url.hasPrefix("https://") || ["localhost", "127.0.0.1", "[::1]"].contains(host) else { return nil }
            self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        }

        /// A place below the base.
        public func link(_ path: [String], query: KeyValuePairs<String, String> = [:]) -> MarkupLink {
            link(path, queryItems: query.map { ($0.key, $0.value) })
        }

        /// A place below the base, with the items of a query in order.
        public func link(_ path: [String], queryItems: [(name: String, value: String)]) -> MarkupLink {
            let path = path.map { "/" + MarkupLink.encoded($0) }.joined()
            let query = queryItems.map { "\(MarkupLink.encoded($0.name))=\(MarkupLink.encoded($0.value))" }.joined(separator: "&")
            return MarkupLink(url: url + (path.isEmpty ? "/" : path) + (query.isEmpty ? "" : "?" + query))
        }
    }

    /// Takes a page that a provider hosts.
    ///
    /// - Parameter hosts: the provider's hosts; a page elsewhere is refused.
    /// - Returns: `nil` unless it is https on one of the hosts.
    public init?(providerPage url: String, hosts: Set<String>) {
        guard url.hasPrefix("https://"), let host = MarkupLink.host(of: url), hosts.contains(host) else { return nil }
        self.init(url: url)
    }

    /// The host in lower case, or `nil` when the address is not plainly one: only unreserved and separating characters, no credentials.
    private static func host(of url: String) -> String? {
        guard let scheme = ["https://", "http://"].first(where: url.hasPrefix) else { return nil }
        let allowed = url.utf8.allSatisfy { isUnreserved($0) || "/:?#[]=&%+,;!*()$'".utf8.contains($0) }
        let authority = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard allowed, !authority.isEmpty else { return nil }
        if authority.hasPrefix("[") {
            return authority.firstIndex(of: "]").map { String(authority[...$0]).lowercased() }
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, !parts[0].isEmpty, parts.count == 1 || UInt16(parts[1]) != nil else { return nil }
        return parts[0].lowercased()
    }

    /// A text with all but unreserved characters percent-encoded, as it stands in a path part or a query value (RFC 3986, section 2.3).
    public static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            if isUnreserved(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._~".utf8.contains(byte)
        }
    }
}
