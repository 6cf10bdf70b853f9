internal import Core

/// The bytes of a status line and header fields, put together in place.
struct ResponseHead {
    var bytes: [UInt8] = []

    init(_ response: Response, id: RequestID, date: [UInt8], reserving content: Int) {
        bytes.reserveCapacity(320 + content)
        bytes.append(contentsOf: "HTTP/1.1 ".utf8)
        append(number: response.status.rawValue)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: response.status.reason.utf8)
        endLine()
        bytes.append(contentsOf: date)
        bytes.append(contentsOf: "X-Request-ID: ".utf8)
        bytes.append(contentsOf: id.description.utf8)
        endLine()
        for field in response.headers.fields { add(field.name, field.value) }
    }

    /// Adds a field. A value with a line break would let what came from outside write fields of its own: it is left empty.
    mutating func add(_ name: String, _ value: String) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        if value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }) { bytes.append(contentsOf: value.utf8) }
        endLine()
    }

    mutating func add(_ name: String, number: Int) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        append(number: number)
        endLine()
    }

    /// Ends the head with its empty line.
    mutating func end() {
        endLine()
    }

    private mutating func endLine() {
        bytes.append(13)
        bytes.append(10)
    }

    private mutating func append(number: Int) {
        var rest = number
        let start = bytes.count
        repeat {
            bytes.append(48 + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}
