public import HTTPServer
public import Identity

/// Finds the address of the caller behind proxies (ID-007, SEC-081): the peer's, unless the peer is a proxy of the configuration; then the list that
/// proxies write is walked from its end, past one proxy after the other, for at most so many hops.
///
/// It stands before everything that counts or records addresses. A list that is malformed anywhere counts for nothing: the peer is the caller.
public struct TrustedProxies: Middleware {
    /// Which header field the proxies write; the other one is a caller's invention.
    public enum Field: Sendable, Hashable {
        /// `X-Forwarded-For`
        case xForwardedFor
        /// `Forwarded` (RFC 7239)
        case forwarded
    }

    private let proxies: [NetworkRange]
    private let hops: Int
    private let field: Field

    /// Makes the middleware.
    ///
    /// - Parameters:
    ///   - proxies: from where the list is believed.
    ///   - hops: how many proxies there are at most between the caller and this process.
    public init(_ proxies: [NetworkRange], hops: Int, field: Field = .xForwardedFor) {
        self.proxies = proxies
        self.hops = hops
        self.field = field
    }

    /// Hands the request on with the caller's address.
    public func handle(_ request: Request, next: @Sendable (Request) async throws -> Response) async throws -> Response {
        var request = request
        request.remoteAddress = address(of: request)
        return try await next(request)
    }

    func address(of request: Request) -> String { address(of: request.remoteAddress, request.headers) }

    /// The caller's address, for what never became a request.
    public func address(of peer: String, _ headers: Headers) -> String {
        guard hops > 0, isTrusted(peer), var list = list(in: headers) else { return peer }
        var address = peer
        for _ in 0..<hops {
            guard isTrusted(address), let next = list.popLast() else { break }
            address = next
        }
        return address
    }

    private func isTrusted(_ address: String) -> Bool {
        guard let range = NetworkRange(Self.plain(address[...])) else { return false }
        return proxies.contains { $0.contains(range) }
    }

    /// The addresses in the order in which they were written; `nil` when one of them is none.
    private func list(in headers: Headers) -> [String]? {
        let texts: [String?]
        switch field {
        case .xForwardedFor:
            texts = headers.all("X-Forwarded-For").flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map {
                String($0)
            }
        case .forwarded:
            texts = headers.all("Forwarded").flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map(Self.node)
        }
        guard texts.count <= 64 else { return nil }
        var addresses: [String] = []
        for text in texts {
            guard let text, let address = Self.address(Self.trimmed(text[...])) else { return nil }
            addresses.append(address)
        }
        return addresses
    }

    /// The value of `for` in one element of `Forwarded`.
    private static func node(_ element: Substring) -> String? {
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, trimmed(parts[0]).lowercased() == "for" else { continue }
            let value = trimmed(parts[1])
            return value.hasPrefix("\"") && value.hasSuffix("\"") && value.utf8.count > 1 ? String(value.dropFirst().dropLast()) : value
        }
        return nil
    }

    /// An address without port, brackets and zone, in one spelling: IPv4 as it is, IPv6 as its network of 64 bits.
    private static func address(_ text: String) -> String? {
        var bare = text[...]
        if bare.hasPrefix("[") {
            guard let end = bare.firstIndex(of: "]") else { return nil }
            let rest = bare[bare.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") && isPort(rest.dropFirst()) else { return nil }
            bare = bare[bare.index(after: bare.startIndex)..<end]
            guard bare.contains(":") else { return nil }
        } else if bare.count(where: { $0 == ":" }) == 1, let colon = bare.firstIndex(of: ":") {
            guard isPort(bare[bare.index(after: colon)...]) else { return nil }
            bare = bare[..<colon]
        }
        let plain = plain(bare)
        guard !plain.contains("/"), let range = NetworkRange(plain) else { return nil }
        return String(range.description.prefix { $0 != "/" })
    }

    /// Without zone; an IPv4 address that is written in IPv6 as itself (RFC 4291 §2.5.5.2).
    private static func plain(_ text: Substring) -> String {
        let bare = text.prefix { $0 != "%" }
        let mapped = "::ffff:"
        return bare.lowercased().hasPrefix(mapped) && bare.contains(".") ? String(bare.dropFirst(mapped.count)) : String(bare)
    }

    private static func isPort(_ text: Substring) -> Bool {
        (1...5).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
