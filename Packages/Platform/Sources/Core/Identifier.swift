public import FoundationEssentials

/// A kind of thing that has ids of its own.
public protocol IdentifiedEntity {
    /// What ids of this kind begin with, without the underscore: `user` for `user_01J…` (OPS-147).
    static var idPrefix: String { get }
}

/// The id of one kind of thing: 128 bits, ordered by the time it was made (ULID), shown as `prefix_` and 26 characters.
///
/// Ids of two kinds are two types, so that one cannot be passed for the other. In PostgreSQL it is a `uuid`.
public struct Identifier<Entity: IdentifiedEntity>: Hashable, Comparable, Sendable {
    /// The upper 64 bits: 48 bits of milliseconds since 1970, then 16 random bits.
    public let high: UInt64
    /// The lower 64 bits, all random.
    public let low: UInt64

    /// Makes an id from its bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes an id from the value that PostgreSQL keeps.
    public init(uuid: UUID) {
        let bytes = uuid.uuid
        high = Self.join(bytes.0, bytes.1, bytes.2, bytes.3, bytes.4, bytes.5, bytes.6, bytes.7)
        low = Self.join(bytes.8, bytes.9, bytes.10, bytes.11, bytes.12, bytes.13, bytes.14, bytes.15)
    }

    /// Makes a new id for something that comes into being at `instant`.
    public static func make(at instant: Instant, using generator: inout some RandomNumberGenerator) -> Self {
        let milliseconds = UInt64(clamping: instant.microsecondsSinceEpoch / 1_000) & 0xFFFF_FFFF_FFFF
        return Self(
            high: milliseconds << 16 | UInt64(UInt16.random(in: .min ... .max, using: &generator)),
            low: generator.next())
    }

    /// Makes a new id for something that comes into being at `instant`, from the system's random numbers.
    public static func make(at instant: Instant) -> Self {
        var generator = SystemRandomNumberGenerator()
        return make(at: instant, using: &generator)
    }

    /// The value that PostgreSQL keeps.
    public var uuid: UUID {
        UUID(
            uuid: (
                Self.byte(high, 7), Self.byte(high, 6), Self.byte(high, 5), Self.byte(high, 4),
                Self.byte(high, 3), Self.byte(high, 2), Self.byte(high, 1), Self.byte(high, 0),
                Self.byte(low, 7), Self.byte(low, 6), Self.byte(low, 5), Self.byte(low, 4),
                Self.byte(low, 3), Self.byte(low, 2), Self.byte(low, 1), Self.byte(low, 0)
            ))
    }

    /// When the id was made, to the millisecond.
    public var createdAt: Instant {
        Instant(microsecondsSinceEpoch: Int64(high >> 16) * 1_000)
    }

    /// Orders ids by the time they were made.
    public static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    private static func byte(_ value: UInt64, _ index: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: value >> (index * 8))
    }

    private static func join(
        _ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ e: UInt8, _ f: UInt8, _ g: UInt8, _ h: UInt8
    ) -> UInt64 {
        [a, b, c, d, e, f, g, h].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
