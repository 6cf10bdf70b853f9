internal import CLibCurl

/// An address as libcurl reads it, so that what is checked is what is connected to.
struct CurlAddress: Sendable, Hashable {
    let scheme: String
    let host: String
    let port: String?
    let path: String
    let user: String?
    let password: String?

    /// - Throws: ``TransportError`` for what is no address; the address itself is not in the reason, for it may hold secrets.
    init(_ text: String) throws(TransportError) {
        let isPrintable = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        guard isPrintable, let parts = unsafe curl_url() else {
            throw TransportError(.invalidRequest, .nothingSent, reason: "the address has blanks or control characters")
        }
        defer { unsafe curl_url_cleanup(parts) }
        guard unsafe curl_url_set(parts, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK,
            let scheme = unsafe Self.part(CURLUPART_SCHEME, of: parts), let host = unsafe Self.part(CURLUPART_HOST, of: parts)
        else { throw TransportError(.invalidRequest, .nothingSent, reason: "the address cannot be read") }
        self.scheme = scheme.lowercased()
        self.host = host.lowercased()
        port = unsafe Self.part(CURLUPART_PORT, of: parts)
        path = unsafe Self.part(CURLUPART_PATH, of: parts) ?? "/"
        user = unsafe Self.part(CURLUPART_USER, of: parts, decoded: true)
        password = unsafe Self.part(CURLUPART_PASSWORD, of: parts, decoded: true)
    }

    /// Whether the host is this machine by its very name: `localhost`, 127.0.0.0/8 or ::1.
    var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers.allSatisfy { $0 != nil } && numbers[0] == 127
    }

    private static func part(_ part: CURLUPart, of address: OpaquePointer, decoded: Bool = false) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe curl_url_get(address, part, &text, decoded ? UInt32(CURLU_URLDECODE) : 0) == CURLUE_OK, let text = unsafe text
        else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
