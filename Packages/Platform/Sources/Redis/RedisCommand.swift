/// A command and its arguments, as the server takes them: an array of strings, each with its length before it.
public struct RedisCommand: Sendable {
    let bytes: [UInt8]

    /// Writes a command.
    ///
    /// - Parameter words: its name and its arguments; any text, for none of it is parsed.
    public init(_ words: [String]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.reduce(16) { $0 + $1.utf8.count + 8 })
        bytes.append(UInt8(ascii: "*"))
        Self.append(words.count, to: &bytes)
        for word in words {
            bytes.append(UInt8(ascii: "$"))
            Self.append(word.utf8.count, to: &bytes)
            bytes.append(contentsOf: word.utf8)
            bytes.append(contentsOf: [13, 10])
        }
        self.bytes = bytes
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: String(number).utf8)
        bytes.append(contentsOf: [13, 10])
    }
}

/// What a server answers.
public enum RedisReply: Hashable, Sendable {
    /// A short word of success, such as `OK`.
    case status(String)
    /// A whole number.
    case integer(Int64)
    /// A text.
    case text(String)
    /// Nothing is there.
    case nothing
    /// Several answers.
    case list([RedisReply])
    /// A refusal: its code, such as `NOSCRIPT`, and the server's sentence.
    case refusal(code: String, String)

    /// The number, when it is one.
    public var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
}

/// Why a command has no answer.
public enum RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No connection could be made, with the reason; it is not tried again at once.
    case unreachable(String)
    /// The answer did not come in time.
    case tooSlow
    /// The connection broke off; whether the command was done is not known.
    case lost
    /// What came is no answer of a Redis server, or not one to this command.
    case garbled
    /// The server refused the command, with a sentence that begins with a code such as `READONLY` and may repeat the command.
    case refused(String)
    /// The client was closed.
    case closed

    /// What happened.
    public var description: String {
        switch self {
        case .unreachable(let reason): "Redis cannot be reached: \(reason)"
        case .tooSlow: "Redis did not answer in time"
        case .lost: "the connection to Redis broke off"
        case .garbled: "what answers is no Redis server"
        case .refused(let sentence): "Redis refused: \(sentence.prefix { $0 != " " }.prefix(40))"
        case .closed: "the client of Redis was closed"
        }
    }
}
