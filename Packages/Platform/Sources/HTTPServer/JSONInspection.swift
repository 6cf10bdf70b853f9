/// What a JSON document in a request may hold at most (SEC-051).
public struct JSONLimits: Sendable {
    /// The most levels of arrays and objects.
    public var depth: Int
    /// The most elements of one array.
    public var elements: Int
    /// The most members of one object.
    public var members: Int
    /// The most bytes of one string, as it stands in the document.
    public var stringBytes: Int

    /// Makes limits.
    public init(depth: Int = 32, elements: Int = 10_000, members: Int = 1_000, stringBytes: Int = 65_536) {
        self.depth = depth
        self.elements = elements
        self.members = members
        self.stringBytes = stringBytes
    }

    /// What holds where a route says nothing else.
    public static let standard = JSONLimits()
}

/// Looks through a document for what a decoder forgives and we do not: duplicate members, a NUL in a string, too much of anything.
///
/// Two readers that resolve a duplicate member differently can be played against each other, and PostgreSQL's text has no NUL. What is no JSON at all is left
/// to the decoder, which says so.
struct JSONInspection {
    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var position = 0
    private var path: [String] = []
    private var collectsNumbers = false
    private var numbers: [(range: Range<Int>, path: [String])] = []

    /// Inspects a document.
    ///
    /// - Throws: ``Problem``: 400 for a byte-order mark or too deep a nesting, 422 with the place of anything else.
    static func check(_ bytes: [UInt8], _ limits: JSONLimits) throws(Problem) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.contains(0) {
            throw Problem(status: .badRequest, code: "INVALID_FORMAT", detail: "The body is not valid JSON.")
        }
        var inspection = JSONInspection(bytes: bytes, limits: limits)
        _ = try inspection.value(depth: 0)
    }

    /// Where the number stands that made a decoder refuse a document as if it were no JSON: Foundation's forgets the place of a number that its field cannot
    /// take, such as `1.5` for a whole one. It is found by putting zeros, which fit everywhere, in the place of the first half of the numbers, and so on.
    ///
    /// - Returns: `nil` when no number is to blame, or when the document is too large for the search.
    static func misfit(in bytes: [UInt8], _ limits: JSONLimits, isRefused: ([UInt8]) -> Bool) -> [String]? {
        var inspection = JSONInspection(bytes: bytes, limits: limits)
        inspection.collectsNumbers = true
        guard bytes.count <= 65_536, (try? inspection.value(depth: 0)) == true else { return nil }
        let numbers = inspection.numbers
        func withZeros(_ count: Int) -> [UInt8] {
            var result = bytes
            for number in numbers.prefix(count).reversed() { result.replaceSubrange(number.range, with: [UInt8(ascii: "0")]) }
            return result
        }
        guard !numbers.isEmpty, !isRefused(withZeros(numbers.count)) else { return nil }
        var (refused, accepted) = (0, numbers.count)
        while accepted - refused > 1 {
            let middle = (refused + accepted) / 2
            if isRefused(withZeros(middle)) { refused = middle } else { accepted = middle }
        }
        return numbers[accepted - 1].path
    }

    private init(bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Walks one value; `false` when it is no JSON, and nothing further is looked at.
    private mutating func value(depth: Int) throws(Problem) -> Bool {
        skipBlanks()
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return try string() != nil
        default:
            let start = position
            while position < bytes.count, !Self.endsScalar(bytes[position]) { position += 1 }
            guard position - start <= 64 else { throw refusal("has too many digits") }
            if try isNumber(bytes[start..<position]), collectsNumbers { numbers.append((start..<position, path)) }
            return position > start
        }
    }

    private mutating func object(depth: Int) throws(Problem) -> Bool {
        try checkDepth(depth)
        position += 1
        var names: Set<String> = []
        while true {
            skipBlanks()
            guard let byte = current else { return false }
            if byte == UInt8(ascii: "}"), names.isEmpty { break }
            guard byte == UInt8(ascii: "\""), let range = try string() else { return false }
            let name = Self.text(bytes[range])
            path.append(name)
            guard names.insert(name).inserted else { throw refusal("stands more than once") }
            guard names.count <= limits.members else {
                path.removeLast()
                throw refusal("may have at most \(limits.members) members")
            }
            skipBlanks()
            guard take(UInt8(ascii: ":")), try value(depth: depth) else { return false }
            path.removeLast()
            skipBlanks()
            if take(UInt8(ascii: ",")) { continue }
            if current == UInt8(ascii: "}") { break }
            return false
        }
        position += 1
        return true
    }

    private mutating func array(depth: Int) throws(Problem) -> Bool {
        try checkDepth(depth)
        position += 1
        var count = 0
        while true {
            skipBlanks()
            if current == UInt8(ascii: "]"), count == 0 { break }
            guard count < limits.elements else { throw refusal("may have at most \(limits.elements) elements") }
            path.append(String(count))
            guard try value(depth: depth) else { return false }
            path.removeLast()
            count += 1
            skipBlanks()
            if take(UInt8(ascii: ",")) { continue }
            if current == UInt8(ascii: "]") { break }
            return false
        }
        position += 1
        return true
    }

    /// Walks a string and returns where its text stands; `nil` when it has no end.
    private mutating func string() throws(Problem) -> Range<Int>? {
        let start = position + 1
        position = start
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") {
                if bytes[(position + 1)...].starts(with: "u0000".utf8) { throw refusal("must not contain a NUL character") }
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else { return nil }
        guard position - start <= limits.stringBytes else { throw refusal("may have at most \(limits.stringBytes) bytes") }
        position += 1
        return start..<(position - 1)
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
    }

    private func checkDepth(_ depth: Int) throws(Problem) {
        guard depth > limits.depth else { return }
        throw Problem(
            status: .badRequest, code: "INVALID_FORMAT", detail: "The body is nested deeper than \(limits.depth) levels.",
            fields: [.init(location: ["body"] + path, message: "is nested deeper than \(limits.depth) levels", type: "value_error")])
    }

    /// A decoder that meets a number no type can hold forgets to say where it stood.
    private func isNumber(_ text: ArraySlice<UInt8>) throws(Problem) -> Bool {
        guard let first = text.first, first == UInt8(ascii: "-") || (48...57).contains(first) else { return false }
        let text = String(decoding: text, as: UTF8.self)
        if text.utf8.dropFirst().allSatisfy({ (48...57).contains($0) }) {
            guard text == "-" || Int64(text) != nil else { throw refusal("must be within 64 bits") }
        } else if let number = Double(text), !number.isFinite {
            throw refusal("is too large a number")
        }
        return true
    }

    private func refusal(_ message: String) -> Problem {
        .invalidFields([.init(location: ["body"] + path, message: message, type: "value_error")])
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case 9, 10, 13, 32, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"), UInt8(ascii: "\""): true
        default: false
        }
    }

    /// The text of a string with its escapes resolved, so that `"a"` and `"\u0061"` are the same name.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var units: [UInt16] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                let plain = [byte] + rest.prefix { $0 != UInt8(ascii: "\\") }
                rest = rest.dropFirst(plain.count - 1)
                units.append(contentsOf: String(decoding: plain, as: UTF8.self).utf16)
                continue
            }
            switch escape {
            case UInt8(ascii: "u"):
                units.append(UInt16(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16) ?? 0xFFFD)
                rest = rest.dropFirst(4)
            case UInt8(ascii: "b"): units.append(8)
            case UInt8(ascii: "f"): units.append(12)
            case UInt8(ascii: "n"): units.append(10)
            case UInt8(ascii: "r"): units.append(13)
            case UInt8(ascii: "t"): units.append(9)
            default: units.append(UInt16(escape))
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
