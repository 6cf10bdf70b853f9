/// The compressed form of archives (RFC 1951 and 1952), so that any `gunzip` reads them too.
public enum Gzip {
    /// What is not in that form, or is more than was asked for.
    public struct Malformed: Error, Hashable, Sendable {
        /// Makes the error.
        public init() {}
    }

    /// One member: a header, one block with fixed codes, the checksum and the length. Members that follow each other are one file.
    public static func member(_ bytes: [UInt8]) -> [UInt8] {
        var writer = BitWriter(bytes: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
        writer.write(0b011, 3)
        compress(bytes, into: &writer)
        writer.writeCode(0, 7)
        writer.flush()
        for number in [checksum(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
            for shift in stride(from: 0, to: 32, by: 8) { writer.bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(shift))) }
        }
        return writer.bytes
    }

    /// Reads one member from an index on.
    ///
    /// - Returns: what is in it, and where the next one begins.
    /// - Throws: ``Malformed``, also for a wrong checksum and for more than a limit of bytes.
    public static func read(_ bytes: [UInt8], at start: Int, limit: Int) throws(Malformed) -> (content: [UInt8], end: Int) {
        guard start + 18 <= bytes.count, bytes[start] == 0x1F, bytes[start + 1] == 0x8B, bytes[start + 2] == 8 else { throw Malformed() }
        let flags = bytes[start + 3]
        var position = start + 10
        if flags & 4 != 0 {
            guard position + 2 <= bytes.count else { throw Malformed() }
            position += 2 + Int(bytes[position]) + Int(bytes[position + 1]) << 8
        }
        for flag in [UInt8(8), 16] where flags & flag != 0 {
            while position < bytes.count, bytes[position] != 0 { position += 1 }
            position += 1
        }
        if flags & 2 != 0 { position += 2 }
        var reader = Inflater(bytes: bytes, position: position, limit: limit)
        let content = try reader.inflate()
        let end = reader.position
        guard end + 8 <= bytes.count else { throw Malformed() }
        func number(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) } }
        guard number(end) == checksum(content), number(end + 4) == UInt32(truncatingIfNeeded: content.count) else { throw Malformed() }
        return (content, end + 8)
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }

    static let lengthBase = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
    ]
    static let lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
    static let distanceBase = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1_025, 1_537, 2_049, 3_073, 4_097, 6_145, 8_193,
        12_289, 16_385, 24_577,
    ]
    static let distanceExtra = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]

    /// Finds what was there before by the last place of each three bytes.
    private static func compress(_ bytes: [UInt8], into writer: inout BitWriter) {
        var places = [Int32](repeating: -1, count: 1 << 15)
        var index = 0
        func key(_ at: Int) -> Int {
            (Int(bytes[at]) << 10 ^ Int(bytes[at + 1]) << 5 ^ Int(bytes[at + 2])) & 0x7FFF
        }
        while index < bytes.count {
            var (length, distance) = (0, 0)
            if index + 3 <= bytes.count {
                let slot = key(index)
                let place = Int(places[slot])
                places[slot] = Int32(index)
                if place >= 0, index - place <= 32_768 {
                    while length < 258, index + length < bytes.count, bytes[place + length] == bytes[index + length] { length += 1 }
                    distance = index - place
                }
            }
            guard length >= 3 else {
                writer.writeLiteral(Int(bytes[index]))
                index += 1
                continue
            }
            let code = lengthBase.lastIndex { $0 <= length } ?? 0
            writer.writeLiteral(257 + code)
            writer.write(UInt32(length - lengthBase[code]), lengthExtra[code])
            let step = distanceBase.lastIndex { $0 <= distance } ?? 0
            writer.writeCode(UInt32(step), 5)
            writer.write(UInt32(distance - distanceBase[step]), distanceExtra[step])
            for at in index + 1..<index + length where at + 3 <= bytes.count { places[key(at)] = Int32(at) }
            index += length
        }
    }
}

private struct BitWriter {
    var bytes: [UInt8]
    private var bits: UInt64 = 0
    private var count = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func write(_ value: UInt32, _ width: Int) {
        bits |= UInt64(value) << UInt64(count)
        count += width
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            count -= 8
        }
    }

    /// A Huffman code stands with its highest bit first.
    mutating func writeCode(_ code: UInt32, _ width: Int) {
        write((0..<width).reduce(0) { $0 | (code >> UInt32($1) & 1) << UInt32(width - 1 - $1) }, width)
    }

    /// A literal or a length by the fixed code (RFC 1951, section 3.2.6).
    mutating func writeLiteral(_ symbol: Int) {
        switch symbol {
        case ..<144: writeCode(UInt32(0x30 + symbol), 8)
        case ..<256: writeCode(UInt32(0x190 + symbol - 144), 9)
        case ..<280: writeCode(UInt32(symbol - 256), 7)
        default: writeCode(UInt32(0xC0 + symbol - 280), 8)
        }
    }

    mutating func flush() {
        if count > 0 { write(0, 8 - count) }
    }
}

private struct Inflater {
    let bytes: [UInt8]
    var position: Int
    let limit: Int
    private var bits: UInt32 = 0
    private var count = 0
    private var output: [UInt8] = []

    init(bytes: [UInt8], position: Int, limit: Int) {
        self.bytes = bytes
        self.position = position
        self.limit = limit
    }

    /// Codes by length: how many there are of each, and their symbols in order.
    private struct Codes {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        init(_ lengths: [Int]) {
            for length in lengths { counts[length] += 1 }
            counts[0] = 0
            for length in 1..<16 { symbols += lengths.indices.filter { lengths[$0] == length } }
        }
    }

    private mutating func take(_ width: Int) throws(Gzip.Malformed) -> Int {
        while count < width {
            guard position < bytes.count else { throw Gzip.Malformed() }
            bits |= UInt32(bytes[position]) << UInt32(count)
            position += 1
            count += 8
        }
        let value = bits & (1 << UInt32(width) - 1)
        bits >>= UInt32(width)
        count -= width
        return Int(value)
    }

    private mutating func symbol(_ codes: Codes) throws(Gzip.Malformed) -> Int {
        var (code, first, index) = (0, 0, 0)
        for length in 1..<16 {
            code |= try take(1)
            let here = codes.counts[length]
            if code - first < here { return codes.symbols[index + code - first] }
            index += here
            first = (first + here) << 1
            code <<= 1
        }
        throw Gzip.Malformed()
    }

    private mutating func put(_ byte: UInt8) throws(Gzip.Malformed) {
        guard output.count < limit else { throw Gzip.Malformed() }
        output.append(byte)
    }

    mutating func inflate() throws(Gzip.Malformed) -> [UInt8] {
        var isLast = false
        while !isLast {
            isLast = try take(1) == 1
            switch try take(2) {
            case 0: try stored()
            case 1:
                let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
                try block(Codes(lengths), Codes(Array(repeating: 5, count: 30)))
            case 2:
                let (literals, distances) = try dynamicCodes()
                try block(literals, distances)
            default: throw Gzip.Malformed()
            }
        }
        return output
    }

    private mutating func stored() throws(Gzip.Malformed) {
        (bits, count) = (0, 0)
        guard position + 4 <= bytes.count else { throw Gzip.Malformed() }
        let length = Int(bytes[position]) | Int(bytes[position + 1]) << 8
        position += 4
        guard position + length <= bytes.count else { throw Gzip.Malformed() }
        for byte in bytes[position..<position + length] { try put(byte) }
        position += length
    }

    private mutating func dynamicCodes() throws(Gzip.Malformed) -> (Codes, Codes) {
        let (literals, distances, steps) = (try take(5) + 257, try take(5) + 1, try take(4) + 4)
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        var lengths = [Int](repeating: 0, count: 19)
        for index in 0..<steps { lengths[order[index]] = try take(3) }
        let codes = Codes(lengths)
        var all: [Int] = []
        while all.count < literals + distances {
            let symbol = try symbol(codes)
            switch symbol {
            case ..<16: all.append(symbol)
            case 16:
                guard let last = all.last else { throw Gzip.Malformed() }
                all += Array(repeating: last, count: try take(2) + 3)
            case 17: all += Array(repeating: 0, count: try take(3) + 3)
            default: all += Array(repeating: 0, count: try take(7) + 11)
            }
        }
        guard all.count == literals + distances else { throw Gzip.Malformed() }
        return (Codes(Array(all[..<literals])), Codes(Array(all[literals...])))
    }

    private mutating func block(_ literals: Codes, _ distances: Codes) throws(Gzip.Malformed) {
        while true {
            let symbol = try symbol(literals)
            guard symbol != 256 else { return }
            guard symbol > 256 else {
                try put(UInt8(symbol))
                continue
            }
            guard symbol - 257 < Gzip.lengthBase.count else { throw Gzip.Malformed() }
            let length = Gzip.lengthBase[symbol - 257] + (try take(Gzip.lengthExtra[symbol - 257]))
            let step = try self.symbol(distances)
            guard step < Gzip.distanceBase.count else { throw Gzip.Malformed() }
            let distance = Gzip.distanceBase[step] + (try take(Gzip.distanceExtra[step]))
            guard distance <= output.count else { throw Gzip.Malformed() }
            for _ in 0..<length { try put(output[output.count - distance]) }
        }
    }
}
