/// A message or a part of one: header fields and content, split into parts where it is a multipart (RFC 5322, RFC 2046).
struct MIMEPart: Sendable {
    struct Header: Hashable, Sendable {
        let name: String
        let value: String
    }

    let headers: [Header]
    /// The content, its transfer encoding undone; empty for a multipart.
    let body: [UInt8]
    let parts: [MIMEPart]

    private static let maximumDepth = 8

    init(parsing bytes: [UInt8]) {
        self.init(parsing: bytes[...], depth: 0)
    }

    private init(parsing bytes: ArraySlice<UInt8>, depth: Int) {
        let (head, content) = Self.split(bytes)
        let headers = Self.parse(head)
        self.headers = headers
        let type = Self.value(of: "Content-Type", in: headers) ?? "text/plain; charset=us-ascii"
        if type.lowercased().hasPrefix("multipart/"), let boundary = HeaderParameters(type)["boundary"], depth < Self.maximumDepth {
            body = []
            parts = Self.split(content, boundary: boundary).map { MIMEPart(parsing: $0, depth: depth + 1) }
        } else {
            body = TransferEncoding.decode(content, Self.value(of: "Content-Transfer-Encoding", in: headers) ?? "7bit")
            parts = []
        }
    }

    /// The value of the first field of a name, encoded words decoded.
    func header(_ name: String) -> String? {
        Self.value(of: name, in: headers)
    }

    /// The type without its parameters, in lower case.
    var mediaType: String {
        HeaderParameters(header("Content-Type") ?? "text/plain").value.lowercased()
    }

    /// The name of an attachment.
    var fileName: String? {
        header("Content-Disposition").flatMap { HeaderParameters($0)["filename"] }
    }

    /// The parts that are no multiparts, in their order.
    var leaves: [MIMEPart] {
        parts.isEmpty ? [self] : parts.flatMap(\.leaves)
    }

    /// The text of the first part of a type; bytes that are not UTF-8 are read as Latin-1.
    func text(ofType type: String) -> String? {
        guard let part = leaves.first(where: { $0.mediaType == type && $0.fileName == nil }) else { return nil }
        let text = String(validating: part.body, as: UTF8.self) ?? String(String.UnicodeScalarView(part.body.map { Unicode.Scalar($0) }))
        return text.replacing("\r\n", with: "\n")
    }

    private static func value(of name: String, in headers: [Header]) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// Header and content lie before and behind the first empty line.
    private static func split(_ bytes: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: 10) ?? bytes.endIndex
            let line = bytes[start..<end]
            let next = min(end + 1, bytes.endIndex)
            if line.isEmpty || line.elementsEqual([13]) { return (bytes[..<start], bytes[next...]) }
            start = next
        }
        return (bytes, [])
    }

    /// Folded lines belong to the field before them.
    private static func parse(_ head: ArraySlice<UInt8>) -> [Header] {
        var lines: [String] = []
        for line in head.split(separator: 10) {
            let text = String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            if let first = text.first, first == " " || first == "\t", !lines.isEmpty {
                lines[lines.count - 1] += text
            } else {
                lines.append(text)
            }
        }
        return lines.compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return Header(name: String(line[..<colon]), value: EncodedWord.decode(String(value)))
        }
    }

    private static func split(_ content: ArraySlice<UInt8>, boundary: String) -> [ArraySlice<UInt8>] {
        let delimiter = Array("--\(boundary)".utf8)
        var parts: [ArraySlice<UInt8>] = []
        var partStart: Int?
        var start = content.startIndex
        while start < content.endIndex {
            let end = content[start...].firstIndex(of: 10) ?? content.endIndex
            let line = content[start..<end]
            let next = min(end + 1, content.endIndex)
            if line.starts(with: delimiter) {
                if let partStart { parts.append(withoutLineEnd(content[partStart..<start])) }
                if line.dropFirst(delimiter.count).starts(with: [45, 45]) { return parts }
                partStart = next
            }
            start = next
        }
        if let partStart { parts.append(content[partStart...]) }
        return parts
    }

    /// The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
    private static func withoutLineEnd(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        if bytes.last == 10 { bytes = bytes.dropLast() }
        if bytes.last == 13 { bytes = bytes.dropLast() }
        return bytes
    }
}
