/// Where unpredictable bytes come from; handed in, so that a test can repeat itself.
public protocol RandomSource: Sendable {
    /// Makes `count` new bytes.
    func bytes(count: Int) -> [UInt8]
}

/// The operating system's random source (`getrandom`), the only one the product uses (SEC-076).
public struct SystemRandomSource: RandomSource, Sendable {
    /// Makes a source.
    public init() {}

    /// Makes `count` bytes that nobody can predict.
    public func bytes(count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return RandomBytes.make(count: count, using: &generator)
    }
}

/// Random bytes and texts made of them.
public enum RandomBytes {
    /// Makes `count` bytes from the operating system's random source.
    public static func make(count: Int) -> [UInt8] {
        SystemRandomSource().bytes(count: count)
    }

    /// Makes `count` bytes from a generator.
    public static func make(count: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count {
            let word = generator.next()
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Makes a text of `count` random bytes in the URL-safe alphabet; 32 bytes give 43 characters and 256 bits.
    public static func token(byteCount count: Int = 32, from source: some RandomSource = SystemRandomSource()) -> String {
        Base64URL.encode(source.bytes(count: count))
    }
}
