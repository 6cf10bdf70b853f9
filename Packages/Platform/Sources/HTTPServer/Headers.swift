/// Header fields in their order; names do not depend on case (RFC 9110 §5.1).
public struct Headers: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One field.
    public struct Field: Sendable, Hashable {
        /// The name as it was given.
        public let name: String
        /// The value without blanks around it.
        public let value: String
    }

    /// All fields in their order.
    public private(set) var fields: [Field]

    /// Makes an empty set.
    public init() {
        fields = []
    }

    /// Makes an empty set with room.
    init(reserving count: Int) {
        fields = []
        fields.reserveCapacity(count)
    }

    /// Makes a set from names and values.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The value of the first field of a name; setting replaces all of them, `nil` removes them.
    public subscript(_ name: String) -> String? {
        get { fields.first { Self.equal($0.name, name) }?.value }
        set {
            fields.removeAll { Self.equal($0.name, name) }
            if let newValue { add(name, newValue) }
        }
    }

    /// The values of every field of a name.
    public func all(_ name: String) -> [String] {
        fields.filter { Self.equal($0.name, name) }.map(\.value)
    }

    /// Adds a field behind the others.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    mutating func add(_ field: Field) {
        fields.append(field)
    }

    /// Whether one of the comma-separated tokens of the fields of a name is `token`, in any case.
    public func contains(_ name: String, token: String) -> Bool {
        for field in fields where Self.equal(field.name, name) {
            if Self.equal(field.value, token) { return true }
            if field.value.split(separator: ",").contains(where: { Self.equal(Self.trimmed($0), token) }) { return true }
        }
        return false
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        var slice = Substring(text)
        while let first = slice.utf8.first, first == 32 || first == 9 { slice.removeFirst() }
        while let last = slice.utf8.last, last == 32 || last == 9 { slice.removeLast() }
        return String(slice)
    }

    static func equal(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        // Most names come as they are usually written: comparing whole strings costs next to nothing.
        if left == right { return true }
        var others = right.utf8.makeIterator()
        for byte in left.utf8 {
            guard let other = others.next(), lowered(byte) == lowered(other) else { return false }
        }
        return true
    }

    static func lowered(_ byte: UInt8) -> UInt8 {
        (65...90).contains(byte) ? byte | 0x20 : byte
    }
}
