internal import CEventLoop

/// What a watcher of a descriptor waits for, and what it is told.
public struct Interest: OptionSet, Hashable, Sendable {
    /// The bits of the set.
    public let rawValue: UInt32

    /// Makes a set from its bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// There is something to read, or the other side has ended.
    public static let read = Interest(rawValue: UInt32(TRELLIS_EVENT_READ))
    /// There is room to write.
    public static let write = Interest(rawValue: UInt32(TRELLIS_EVENT_WRITE))
    /// The other side has closed its end, or the connection failed. Told whenever anything is watched; it cannot be asked for alone.
    public static let hangup = Interest(rawValue: UInt32(TRELLIS_EVENT_HANGUP))
}
