/// SHA-1 (FIPS 180-4), for nothing but to name ranges of breached passwords, which are published under it.
enum SHA1 {
    /// The digest in 40 hexadecimal digits, in upper case.
    static func hexadecimalDigest(of message: [UInt8]) -> String {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        var bytes = message + [0x80]
        bytes += Array(repeating: 0, count: (120 - bytes.count % 64) % 64)
        let bits = UInt64(message.count) * 8
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
        for start in stride(from: 0, to: bytes.count, by: 64) { add(bytes[start..<start + 64], to: &state) }
        return state.map { word in
            let text = String(word, radix: 16, uppercase: true)
            return String(repeating: "0", count: 8 - text.utf8.count) + text
        }.joined()
    }

    private static func add(_ block: ArraySlice<UInt8>, to state: inout [UInt32]) {
        var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
            block[index..<index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for n in 16..<80 { words.append(rotated(words[n - 3] ^ words[n - 8] ^ words[n - 14] ^ words[n - 16], by: 1)) }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for n in 0..<80 {
            let (mix, constant): (UInt32, UInt32) =
                switch n {
                case ..<20: (b & c | ~b & d, 0x5A82_7999)
                case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                case ..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = rotated(a, by: 5) &+ mix &+ e &+ constant &+ words[n]
            (a, b, c, d, e) = (next, a, rotated(b, by: 30), c, d)
        }
        for (n, word) in [a, b, c, d, e].enumerated() { state[n] &+= word }
    }

    private static func rotated(_ word: UInt32, by bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }
}
