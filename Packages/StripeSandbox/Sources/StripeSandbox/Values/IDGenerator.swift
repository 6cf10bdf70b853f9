/// Makes ids that look like Stripe's and follow from a seed (STR-170).
struct IDGenerator: Sendable {
    private var state: UInt64
    private static let characters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    init(seed: UInt64) {
        state = seed
    }

    /// Where the sequence stands; a generator with this as its seed goes on from here.
    var position: UInt64 { state }

    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Leaves out so many numbers.
    mutating func skip(_ count: UInt64) {
        state &+= Self.step &* count
    }

    /// The next number of the SplitMix64 sequence.
    mutating func next() -> UInt64 {
        state &+= Self.step
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func text(_ count: Int) -> String {
        var bytes: [UInt8] = []
        for _ in 0..<count { bytes.append(Self.characters[Int(next() % 62)]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    mutating func id(_ prefix: String, length: Int = 24) -> String {
        "\(prefix)_\(text(length))"
    }
}
