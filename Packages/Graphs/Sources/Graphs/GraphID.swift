/// The id of a graph database: `kg` and hexadecimal digits, the pattern clients know (GRA-009).
///
/// It is also the name of the graph's database and of its owner role, so nothing else can ever be in it.
public struct GraphID: Hashable, Comparable, Sendable, Codable, LosslessStringConvertible {
    /// The id as text.
    public let description: String

    /// Reads an id: `kg` and 16 to 40 lower-case hexadecimal digits, and of a subgraph an underscore and its name; anything else is `nil`.
    public init?(_ description: String) {
        let parts = description.utf8.split(separator: UInt8(ascii: "_"), maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts[0].dropFirst(2)
        guard description.utf8.starts(with: "kg".utf8), (16...40).contains(digits.count),
            digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
            parts.count == 1 || Self.isSubgraphName(parts[1]) && description.utf8.count <= Self.longest
        else { return nil }
        self.description = description
    }

    /// The id of a subgraph; `nil` for a name of another form than 1 to 20 lower-case letters and digits, and under a subgraph (GRA-070).
    public init?(parent: GraphID, name: String) {
        guard !parent.isSubgraph else { return nil }
        self.init("\(parent)_\(name)")
    }

    /// So that the longest name of a role that is made of it has room in PostgreSQL, which cuts names after 63 bytes.
    private static var longest: Int { 63 - "__u1a2b3c4d".utf8.count }

    private static func isSubgraphName(_ name: some Collection<UInt8>) -> Bool {
        (1...20).contains(name.count) && name.allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
    }

    /// Makes a new id: `kg` and 20 random digits.
    public static func make(using generator: inout some RandomNumberGenerator) -> GraphID {
        var digits = ""
        while digits.utf8.count < 20 {
            let part = String(generator.next() as UInt64, radix: 16)
            digits += String(repeating: "0", count: 16 - part.utf8.count) + part
        }
        return GraphID(known: "kg" + digits.prefix(20))
    }

    /// Makes a new id from the system's random source.
    public static func make() -> GraphID {
        var generator = SystemRandomNumberGenerator()
        return make(using: &generator)
    }

    private init(known description: String) {
        self.description = description
    }

    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = GraphID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be a graph id")
        }
        self = value
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Orders ids by their text.
    public static func < (left: GraphID, right: GraphID) -> Bool {
        left.description < right.description
    }
}

extension GraphID {
    /// Whether it is of a subgraph.
    public var isSubgraph: Bool { description.utf8.contains(UInt8(ascii: "_")) }
    /// The graph a subgraph is under.
    public var parent: GraphID? { isSubgraph ? topLevel : nil }
    /// The graph that is paid for, has members and a place: itself, or the parent of a subgraph (GRA-074).
    public var topLevel: GraphID { GraphID(known: String(description.prefix { $0 != "_" })) }
    /// What a subgraph is called within its parent.
    public var subgraphName: String? { isSubgraph ? String(description.dropFirst(topLevel.description.count + 1)) : nil }

    /// The database and its owner role (GRA-103).
    public var databaseName: String { description }
    /// The role whose members read and write.
    public var writersRole: String { description + "__rw" }
    /// The role whose members only read.
    public var readersRole: String { description + "__ro" }

    /// A login of the graph: the doubled underscore cannot come from a subgraph's name, so names never clash.
    public func loginRole(_ suffix: UInt32) -> String {
        let digits = String(suffix, radix: 16)
        return description + "__u" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
