internal import Core

/// The bytes of a status line and header fields, put together in the buffer that is sent: neither a copy nor an array of its own is made.
struct ResponseHead: ~Copyable {
    private var bytes: [UInt8]

    /// Begins an answer behind what waits in a buffer already; the buffer is taken until ``end(with:into:)``, for two owners would make it copy itself.
    init(_ response: Response, id: RequestID, date: [UInt8], taking buffer: inout [UInt8]) {
        bytes = []
        swap(&bytes, &buffer)
        append("HTTP/1.1 ")
        append(number: response.status.rawValue)
        bytes.append(UInt8(ascii: " "))
        append(response.status.reason)
        endLine()
        bytes.append(contentsOf: date)
        add("X-Request-ID", id.description)
        for field in response.headers.fields { add(field.name, field.value) }
    }

    /// Adds a field. A value with a line break would let what came from outside write fields of its own: it is left empty.
    mutating func add(_ name: String, _ value: String) {
        beginField(name)
        let start = bytes.count
        append(value)
        // Looked at where it stands in one piece, which is cheaper than through the text.
        if !isPrintable(from: start) { bytes.removeSubrange(start...) }
        endLine()
    }

    private func isPrintable(from start: Int) -> Bool {
        let bytes = bytes.span
        for index in start..<bytes.count where bytes[index] < 32 && bytes[index] != 9 || bytes[index] == 127 { return false }
        return true
    }

    mutating func add(_ name: String, number: Int) {
        beginField(name)
        append(number: number)
        endLine()
    }

    /// Ends the head with its empty line, and gives the buffer back with the content behind it.
    consuming func end(with content: [UInt8] = [], into buffer: inout [UInt8]) {
        endLine()
        bytes.append(contentsOf: content)
        swap(&bytes, &buffer)
    }

    private mutating func beginField(_ name: String) {
        append(name)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
    }

    private mutating func endLine() {
        bytes.append(13)
        bytes.append(10)
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(number: Int) {
        if number > 9 { append(number: number / 10) }
        bytes.append(48 + UInt8(number % 10))
    }
}
