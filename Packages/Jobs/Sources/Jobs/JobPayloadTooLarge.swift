/// The parameters of a job, or the contents of an event, are larger than the queue takes (OPS-051).
public struct JobPayloadTooLarge: Error, Hashable, Sendable, CustomStringConvertible {
    /// The most bytes of JSON: 64 KiB.
    public static let limit = 65_536
    /// The kind of job, or the topic of the event.
    public let kind: String
    /// How many bytes there were.
    public let bytes: Int

    /// Names what was too large.
    public init(kind: String, bytes: Int) {
        self.kind = kind
        self.bytes = bytes
    }

    /// One sentence with the limit.
    public var description: String { "the payload of \(kind) has \(bytes) bytes; at most \(Self.limit) are allowed" }
}
