import Cryptography
import Testing

/// Reads hexadecimal digits of a published vector; blanks are ignored.
func hex(_ text: String) throws -> [UInt8] {
    try #require(Hex.decode(text.filter { !$0.isWhitespace }))
}

/// Gives the same bytes on every run.
struct FixedRandomSource: RandomSource {
    let byte: UInt8

    func bytes(count: Int) -> [UInt8] {
        [UInt8](repeating: byte, count: count)
    }
}
