/// What a graph's database takes on its host's disk, and how much of that holds nothing any more.
public struct DatabaseSpace: Sendable, Hashable {
    /// All of it.
    public let bytes: Int64
    /// What rows left that were deleted or changed, by the server's own statistics.
    public let freeBytes: Int64

    /// Makes a report.
    public init(bytes: Int64, freeBytes: Int64) {
        self.bytes = bytes
        self.freeBytes = freeBytes
    }

    /// Below that nothing is given back of itself, in bytes.
    public static let smallest: Int64 = 100 << 20

    /// Whether it is given back of itself: more than 100 MB, and more than a fifth of the whole (OPS-128).
    public var isWorthCompacting: Bool { freeBytes > Self.smallest && freeBytes > bytes / 5 }
}
