/// What stands before the content of a request, after a strict reading of the raw bytes.
///
/// http-parser, like most parsers, lets through what the RFC allows a recipient to forgive. A server behind a proxy must not forgive: where two readers of one
/// byte stream differ, requests can be smuggled (RFC 9112 §11.2).
struct RequestHead: Sendable {
    let method: Method
    let target: RequestTarget
    let headers: Headers
    let contentLength: Int?
    let isChunked: Bool
    let isKeptAlive: Bool
    let expectsContinue: Bool
    let isVersion10: Bool

    /// Fields that may stand once only: two of them mean that somebody between sees another request than we do.
    private static let single: [String] = [
        "host", "content-length", "transfer-encoding", "content-type", "authorization", "x-api-key", "expect", "idempotency-key",
        "stripe-signature",
        "x-org-id", "origin", "if-match", "last-event-id", "traceparent",
    ]

    /// One bit for each length that a name of `single` has: most other names are told apart by it.
    private static let singleLengths = single.reduce(UInt64(0)) { $0 | 1 << UInt64($1.utf8.count) }

    /// Reads a head: request line, header fields, and the empty line that ends them.
    ///
    /// - Throws: ``Problem`` with 400, 414, 417, 431, 501 or 505, for the reason that its detail names.
    init(_ bytes: ArraySlice<UInt8>, limits: ServerLimits) throws(Problem) {
        var lines = LineReader(bytes)
        let requestLine = try lines.next() ?? []
        guard requestLine.count <= limits.requestLine else { throw Self.tooLong(limits) }
        guard let first = requestLine.firstIndex(of: UInt8(ascii: " ")), let last = requestLine.lastIndex(of: UInt8(ascii: " ")),
            first < last,
            let name = Self.token(requestLine[..<first])
        else { throw Self.malformed("The request line is malformed.") }
        isVersion10 = try Self.isVersion10(requestLine[(last + 1)...])
        // A blank inside of the target is refused with everything else that no target may hold.
        let bytes = requestLine[(first + 1)..<last]
        guard (bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex) - bytes.startIndex <= limits.path else {
            throw Self.tooLong(limits)
        }
        guard let target = RequestTarget(bytes) else { throw Self.malformed("The request target is malformed.") }
        method = Method(rawValue: name)
        self.target = target
        headers = try Self.fields(&lines, limits: limits)
        let framing = try Self.framing(headers)
        contentLength = framing.length
        isChunked = framing.isChunked
        guard !isVersion10 || !isChunked else { throw Self.malformed("HTTP/1.0 has no Transfer-Encoding.") }
        guard headers["Host"] != nil || isVersion10 else { throw Self.malformed("The Host header is missing.") }
        let closes = headers.contains("Connection", token: "close")
        isKeptAlive = isVersion10 ? headers.contains("Connection", token: "keep-alive") && !closes : !closes
        if let expectation = headers["Expect"] {
            guard Headers.equal(expectation, "100-continue") else {
                throw Problem(status: .expectationFailed, code: "INVALID_FORMAT", detail: "Only Expect: 100-continue is understood.")
            }
        }
        expectsContinue = headers["Expect"] != nil && !isVersion10
    }

    /// Whether content follows.
    var hasContent: Bool { isChunked || (contentLength ?? 0) > 0 }

    static func malformed(_ detail: String) -> Problem {
        Problem(status: .badRequest, code: "INVALID_FORMAT", detail: detail)
    }

    static func tooLong(_ limits: ServerLimits) -> Problem {
        Problem(
            status: .uriTooLong, code: "INVALID_FORMAT",
            detail: "The request line may have at most \(limits.requestLine) bytes, the path \(limits.path).")
    }

    static func headersTooLarge(_ limits: ServerLimits) -> Problem {
        Problem(
            status: .headerFieldsTooLarge, code: "INVALID_FORMAT",
            detail: "The header may have at most \(limits.headerBlock) bytes and \(limits.headerCount) fields.")
    }

    private static func isVersion10(_ bytes: ArraySlice<UInt8>) throws(Problem) -> Bool {
        if bytes.elementsEqual("HTTP/1.1".utf8) { return false }
        if bytes.elementsEqual("HTTP/1.0".utf8) { return true }
        if bytes.starts(with: "HTTP/".utf8), bytes.count == 8 {
            throw Problem(status: .versionNotSupported, code: "INVALID_FORMAT", detail: "This server speaks HTTP/1.1.")
        }
        throw malformed("The request line is malformed.")
    }

    private static func fields(_ lines: inout LineReader, limits: ServerLimits) throws(Problem) -> Headers {
        var headers = Headers()
        var seen: UInt32 = 0
        var size = 0
        while let line = try lines.next(), !line.isEmpty {
            size += line.count + 2
            guard size <= limits.headerBlock, headers.fields.count < limits.headerCount else { throw headersTooLarge(limits) }
            // A line that begins with a blank continues the one before it: obs-fold, which a server refuses (RFC 9112 §5.2).
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), let name = token(line[..<colon]) else {
                throw malformed("A header field is malformed.")
            }
            guard let value = String(validating: trimmed(line[(colon + 1)...]), as: UTF8.self) else {
                throw malformed("The header field \(name) is not valid UTF-8.")
            }
            if singleLengths & (1 << UInt64(min(name.utf8.count, 63))) != 0,
                let index = single.firstIndex(where: { Headers.equal($0, name) })
            {
                guard seen & (1 << UInt32(index)) == 0 else { throw malformed("The header field \(name) stands more than once.") }
                seen |= 1 << UInt32(index)
            }
            headers.add(name, value)
        }
        return headers
    }

    private static func framing(_ headers: Headers) throws(Problem) -> (length: Int?, isChunked: Bool) {
        let encoding = headers["Transfer-Encoding"]
        guard let text = headers["Content-Length"] else {
            guard let encoding else { return (nil, false) }
            guard Headers.equal(encoding, "chunked") else {
                throw Problem(
                    status: .notImplemented, code: "INVALID_FORMAT", detail: "The only Transfer-Encoding understood is chunked.")
            }
            return (nil, true)
        }
        guard encoding == nil else { throw malformed("Content-Length and Transfer-Encoding exclude each other.") }
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(text) else {
            throw malformed("The Content-Length must be a whole number.")
        }
        return (length, false)
    }

    /// A token of RFC 9110 §5.6.2, so neither empty nor with a blank in or behind it.
    private static func token(_ bytes: ArraySlice<UInt8>) -> String? {
        guard !bytes.isEmpty, bytes.count <= 128 else { return nil }
        let table = isTokenCharacter
        for byte in bytes where !table[Int(byte)] { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var (start, end) = (bytes.startIndex, bytes.endIndex)
        while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
        while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
        return bytes[start..<end]
    }

    static let isTokenCharacter: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte in "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8 { table[Int(byte)] = true }
        return table
    }()
}

/// Cuts a head into lines that end with CR LF; a bare CR or LF, a NUL or another control character is refused.
private struct LineReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    mutating func next() throws(Problem) -> ArraySlice<UInt8>? {
        guard position < bytes.endIndex else { return nil }
        var end = position
        while end < bytes.endIndex {
            let byte = bytes[end]
            if byte == 13 {
                guard end + 1 < bytes.endIndex, bytes[end + 1] == 10 else {
                    throw RequestHead.malformed("A line of the header ends without a line feed.")
                }
                defer { position = end + 2 }
                return bytes[position..<end]
            }
            guard byte >= 32 && byte != 127 || byte == 9 else { throw RequestHead.malformed("The header holds a control character.") }
            end += 1
        }
        throw RequestHead.malformed("The header ends in the middle of a line.")
    }
}
