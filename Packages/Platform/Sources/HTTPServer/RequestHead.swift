/// What stands before the content of a request, after a strict reading of the raw bytes.
///
/// http-parser, like most parsers, lets through what the RFC allows a recipient to forgive. A server behind a proxy must not forgive: where two readers of one
/// byte stream differ, requests can be smuggled (RFC 9112 §11.2).
struct RequestHead: Sendable {
    let method: Method
    let target: RequestTarget
    let headers: Headers
    let framing: RequestFraming

    var contentLength: Int? { framing.contentLength }
    var isChunked: Bool { framing.isChunked }

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
    init(_ slice: ArraySlice<UInt8>, limits: ServerLimits) throws(Problem) {
        let bytes = slice.span
        var lines = LineReader()
        let line = try lines.next(in: bytes) ?? 0..<0
        guard line.count <= limits.requestLine else { throw Self.tooLong(limits) }
        guard let first = bytes.firstIndex(of: UInt8(ascii: " "), in: line), let last = Self.lastBlank(of: bytes, in: line), first < last,
            let name = Self.token(bytes, line.lowerBound..<first)
        else { throw Self.malformed("The request line is malformed.") }
        let isVersion10 = try Self.isVersion10(bytes, (last + 1)..<line.upperBound)
        // A blank inside of the target is refused with everything else that no target may hold.
        let place = (first + 1)..<last
        guard (bytes.firstIndex(of: UInt8(ascii: "?"), in: place) ?? last) - place.lowerBound <= limits.path else {
            throw Self.tooLong(limits)
        }
        guard let target = RequestTarget(bytes.extracting(place)) else { throw Self.malformed("The request target is malformed.") }
        method = Method(rawValue: name)
        self.target = target
        headers = try Self.fields(bytes, &lines, limits: limits)
        framing = try RequestFraming(headers, isVersion10: isVersion10, isHead: method == .head)
        guard headers["Host"] != nil || isVersion10 else { throw Self.malformed("The Host header is missing.") }
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

    private static func isVersion10(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(Problem) -> Bool {
        if bytes.matches("HTTP/1.1", in: range) { return false }
        if bytes.matches("HTTP/1.0", in: range) { return true }
        if bytes.starts(with: "HTTP/", in: range), range.count == 8 {
            throw Problem(status: .versionNotSupported, code: "INVALID_FORMAT", detail: "This server speaks HTTP/1.1.")
        }
        throw malformed("The request line is malformed.")
    }

    private static func fields(_ bytes: Span<UInt8>, _ lines: inout LineReader, limits: ServerLimits) throws(Problem) -> Headers {
        // As many as most requests have: the array need not grow step by step.
        var headers = Headers(reserving: 8)
        var seen: UInt32 = 0
        var size = 0
        while let line = try lines.next(in: bytes), !line.isEmpty {
            size += line.count + 2
            guard size <= limits.headerBlock, headers.fields.count < limits.headerCount else { throw headersTooLarge(limits) }
            // A line that begins with a blank continues the one before it: obs-fold, which a server refuses (RFC 9112 §5.2).
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: line), let name = token(bytes, line.lowerBound..<colon) else {
                throw malformed("A header field is malformed.")
            }
            guard let value = bytes.text(in: trimmed(bytes, (colon + 1)..<line.upperBound)) else {
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

    /// A token of RFC 9110 §5.6.2, so neither empty nor with a blank in or behind it.
    private static func token(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
        guard !range.isEmpty, range.count <= 128 else { return nil }
        for index in range where !isTokenCharacter(bytes[index]) { return nil }
        return bytes.text(in: range)
    }

    private static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
        while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
        return start..<end
    }

    private static func lastBlank(of bytes: Span<UInt8>, in range: Range<Int>) -> Int? {
        for index in range.reversed() where bytes[index] == 32 { return index }
        return nil
    }

    /// Whether a byte is one of ``!#$%&'*+-.^_`|~``, a digit or a letter.
    static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 94...122, 33, 35...39, 42, 43, 45, 46, 124, 126: true
        default: false
        }
    }
}

/// Cuts a head into lines that end with CR LF; a bare CR or LF, a NUL or another control character is refused.
private struct LineReader {
    private var position = 0

    /// The place of the next line, without its end.
    mutating func next(in bytes: Span<UInt8>) throws(Problem) -> Range<Int>? {
        let start = position
        guard start < bytes.count else { return nil }
        for end in start..<bytes.count {
            let byte = bytes[end]
            if byte == 13 {
                guard end + 1 < bytes.count, bytes[end + 1] == 10 else {
                    throw RequestHead.malformed("A line of the header ends without a line feed.")
                }
                position = end + 2
                return start..<end
            }
            guard byte >= 32 && byte != 127 || byte == 9 else { throw RequestHead.malformed("The header holds a control character.") }
        }
        throw RequestHead.malformed("The header ends in the middle of a line.")
    }
}
