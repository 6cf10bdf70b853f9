/// Which addresses that customers choose may be called (NOT-188, SEC-083).
public struct DestinationRules: Sendable, Hashable {
    /// The ports that may be called.
    public var ports: Set<Int>
    /// Whether this machine may be called, without TLS too: in development only.
    public var allowsLoopback: Bool

    /// Makes rules.
    public init(ports: Set<Int> = [443, 8443], allowsLoopback: Bool = false) {
        self.ports = ports
        self.allowsLoopback = allowsLoopback
    }

    /// What is wrong with an address as it is written; `nil` when it may be tried. The numbers that its name leads to are looked at when a connection
    /// is made (``CurlTransport/Configuration/connectsToPublicAddressesOnly``), so that no other answer can come between.
    public func refusal(of url: String) -> String? {
        guard url.utf8.count <= 2_000, let address = try? CurlAddress(url) else { return "it is not an address" }
        if allowsLoopback, address.isLoopback, address.scheme == "http" || address.scheme == "https" { return nil }
        guard address.scheme == "https" else { return "it must be https" }
        guard address.user == nil, address.password == nil else { return "it must hold no credentials" }
        guard let port = Int(address.port ?? "443"), ports.contains(port) else {
            return "its port must be one of \(ports.sorted().map(String.init).joined(separator: ", "))"
        }
        return Self.isInside(address.host) ? "its address is not public" : nil
    }

    /// Whether an address, of whatever scheme and port, is written as one of this machine or network, and not as one of the open network.
    public func leadsInside(_ url: String) -> Bool {
        guard url.utf8.count <= 2_000, let address = try? CurlAddress(url) else { return false }
        return Self.isInside(address.host) && !(allowsLoopback && address.isLoopback)
    }

    private static func isInside(_ host: String) -> Bool {
        if let numbers = NetworkNumber(host: host) { return !numbers.isPublic }
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        return name == "localhost" || [".localhost", ".local", ".internal"].contains { name.hasSuffix($0) }
    }
}

/// An IPv4 or IPv6 address as bytes.
public struct NetworkNumber: Sendable, Hashable {
    /// 4 or 16 bytes.
    public let bytes: [UInt8]

    /// Takes 4 or 16 bytes; any other number of them is no address.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads a host as libcurl writes it: four decimal numbers, or IPv6 in brackets.
    init?(host: String) {
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let bytes = Self.sixteen(String(host.dropFirst().dropLast().prefix { $0 != "%" })) else { return nil }
            self.bytes = bytes
        } else {
            guard let bytes = Self.four(host) else { return nil }
            self.bytes = bytes
        }
    }

    private static func four(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap(\.self)
        return bytes.count == 4 ? bytes : nil
    }

    /// RFC 4291, section 2.2.
    private static func sixteen(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var parts: [[UInt8]] = []
        for half in halves {
            var bytes: [UInt8] = []
            for group in half.split(separator: ":") {
                if group.contains(".") {
                    guard let last = four(group) else { return nil }
                    bytes += last
                } else {
                    guard group.utf8.count <= 4, let number = UInt16(group, radix: 16) else { return nil }
                    bytes += [UInt8(number >> 8), UInt8(number & 0xFF)]
                }
            }
            parts.append(bytes)
        }
        guard parts.count == 2 else { return parts.first?.count == 16 ? parts.first : nil }
        let missing = 16 - parts[0].count - parts[1].count
        return missing >= 0 ? parts[0] + [UInt8](repeating: 0, count: missing) + parts[1] : nil
    }

    /// Whether it is an address of the open network: none that is private, shared, of this machine or link, for documentation, for many, or reserved
    /// (IANA special-purpose registries, RFC 6890), also where one of these is wrapped in an IPv6 address.
    public var isPublic: Bool {
        bytes.count == 4 ? Self.isPublic4(bytes) : isPublic6
    }

    private static func isPublic4(_ bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (169, 254, _), (192, 168, _), (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100),
            (203, 0, 113):
            false
        case (172, 16...31, _), (100, 64...127, _), (198, 18...19, _), (224..., _, _): false
        default: true
        }
    }

    private var isPublic6: Bool {
        // Mapped and compatible (::ffff:0:0/96, ::/96), with unspecified and loopback among the latter.
        if bytes[..<10].allSatisfy({ $0 == 0 }) {
            if bytes[10] == 0xFF, bytes[11] == 0xFF { return Self.isPublic4(Array(bytes[12...])) }
            return false
        }
        // NAT64 (64:ff9b::/96) leads to the last four bytes; its local range (64:ff9b:1::/48) to whatever the network says.
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B]) {
            return bytes[4..<12].allSatisfy { $0 == 0 } && Self.isPublic4(Array(bytes[12...]))
        }
        // 6to4 (2002::/16) leads to the four bytes behind it.
        if bytes[0] == 0x20, bytes[1] == 0x02 { return Self.isPublic4(Array(bytes[2..<6])) }
        // Only 2000::/3 is given out; of it not Teredo, ORCHID, benchmarks (2001::/23) and documentation (2001:db8::/32, 3fff::/20).
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] < 2 || bytes[2] == 0x0D && bytes[3] == 0xB8 { return false }
        return !(bytes[0] == 0x3F && bytes[1] == 0xFF && bytes[2] < 0x10)
    }
}
