/// What the head of a request says about its content, its connection and the form of its answer (RFC 9112 §6, §9).
struct RequestFraming: Sendable {
    let contentLength: Int?
    let isChunked: Bool
    let isKeptAlive: Bool
    let expectsContinue: Bool
    let isVersion10: Bool
    /// Whether the answer has a head only.
    let isHead: Bool

    /// Reads the fields that frame a request.
    ///
    /// - Throws: ``Problem`` with 400, 417 or 501.
    init(_ headers: Headers, isVersion10: Bool, isHead: Bool) throws(Problem) {
        self.isVersion10 = isVersion10
        self.isHead = isHead
        (contentLength, isChunked) = try Self.content(headers)
        guard !isVersion10 || !isChunked else { throw RequestHead.malformed("HTTP/1.0 has no Transfer-Encoding.") }
        let closes = headers.contains("Connection", token: "close")
        isKeptAlive = isVersion10 ? headers.contains("Connection", token: "keep-alive") && !closes : !closes
        let expectation = headers["Expect"]
        if let expectation, !Headers.equal(expectation, "100-continue") {
            throw Problem(status: .expectationFailed, code: "INVALID_FORMAT", detail: "Only Expect: 100-continue is understood.")
        }
        expectsContinue = expectation != nil && !isVersion10
    }

    private static func content(_ headers: Headers) throws(Problem) -> (length: Int?, isChunked: Bool) {
        let encoding = headers["Transfer-Encoding"]
        guard let text = headers["Content-Length"] else {
            guard let encoding else { return (nil, false) }
            guard Headers.equal(encoding, "chunked") else {
                throw Problem(
                    status: .notImplemented, code: "INVALID_FORMAT", detail: "The only Transfer-Encoding understood is chunked.")
            }
            return (nil, true)
        }
        guard encoding == nil else { throw RequestHead.malformed("Content-Length and Transfer-Encoding exclude each other.") }
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(text) else {
            throw RequestHead.malformed("The Content-Length must be a whole number.")
        }
        return (length, false)
    }
}
