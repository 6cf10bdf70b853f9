extension JSONValue {
    /// Reads a text as ``JSON/decode(_:from:)`` does for any other type, without a decoder's containers.
    ///
    /// A decoder tells what it holds only by throwing, and each throw costs more than the value.
    /// - Parameter bytes: UTF-8.
    /// - Returns: `nil` for what has to be looked at by the decoder: anything that is wrong, and numbers at the edge of what there is.
    init?(reading bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard let value = reader.document() else { return nil }
        self = value
    }

    /// A place in a text (RFC 8259). A value is never left out with `nil` in one expression with another: that is JSON's `null` there.
    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

        mutating func document() -> JSONValue? {
            guard let value = value(depth: 0) else { return nil }
            skipSpace()
            guard place == bytes.count else { return nil }
            return value
        }

        private mutating func skipSpace() {
            while place < bytes.count {
                switch bytes[place] {
                case 0x20, 0x09, 0x0A, 0x0D: place += 1
                default: return
                }
            }
        }

        private mutating func value(depth: Int) -> JSONValue? {
            skipSpace()
            guard let byte = current else { return nil }
            switch byte {
            case UInt8(ascii: "\""): return string().map { .string($0) }
            case UInt8(ascii: "{"): return object(depth: depth + 1)
            case UInt8(ascii: "["): return array(depth: depth + 1)
            case UInt8(ascii: "t"): return word("true", .bool(true))
            case UInt8(ascii: "f"): return word("false", .bool(false))
            case UInt8(ascii: "n"): return word("null", .null)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
            default: return nil
            }
        }

        private mutating func word(_ word: String, _ value: JSONValue) -> JSONValue? {
            let end = place + word.utf8.count
            guard end <= bytes.count, word.utf8.elementsEqual(bytes[place..<end]) else { return nil }
            place = end
            return value
        }

        private mutating func takes(_ byte: UInt8) -> Bool {
            skipSpace()
            guard current == byte else { return false }
            place += 1
            return true
        }

        private mutating func object(depth: Int) -> JSONValue? {
            guard depth <= JSON.maximumDepth else { return nil }
            place += 1
            var members: [String: JSONValue] = [:]
            if takes(UInt8(ascii: "}")) { return .object(members) }
            while true {
                skipSpace()
                guard current == UInt8(ascii: "\""), let name = string(), takes(UInt8(ascii: ":")), let value = value(depth: depth),
                    // Which of two equal names counts is the decoder's to say.
                    members.updateValue(value, forKey: name) == nil
                else { return nil }
                if takes(UInt8(ascii: ",")) { continue }
                guard takes(UInt8(ascii: "}")) else { return nil }
                return .object(members)
            }
        }

        private mutating func array(depth: Int) -> JSONValue? {
            guard depth <= JSON.maximumDepth else { return nil }
            place += 1
            var elements: [JSONValue] = []
            if takes(UInt8(ascii: "]")) { return .array(elements) }
            while true {
                guard let value = value(depth: depth) else { return nil }
                elements.append(value)
                if takes(UInt8(ascii: ",")) { continue }
                guard takes(UInt8(ascii: "]")) else { return nil }
                return .array(elements)
            }
        }

        /// Whole numbers of at most 18 digits, which fit whatever they are, and those with a fraction or an exponent as the library reads them.
        private mutating func number() -> JSONValue? {
            let start = place
            if current == UInt8(ascii: "-") { place += 1 }
            let first = place
            var whole: Int64 = 0
            while let digit = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
                guard place - first < 18 else { return nil }
                whole = whole * 10 + Int64(digit - UInt8(ascii: "0"))
                place += 1
            }
            let count = place - first
            guard count == 1 || count > 1 && bytes[first] != UInt8(ascii: "0") else { return nil }
            switch current {
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): return nil
            default: return .integer(first == start ? whole : -whole)
            }
        }

        private mutating func string() -> String? {
            place += 1
            let start = place
            var isASCII = true
            while place < bytes.count {
                let byte = bytes[place]
                switch byte {
                case UInt8(ascii: "\""):
                    let text = bytes[start..<place]
                    place += 1
                    return isASCII ? String(decoding: text, as: UTF8.self) : String(validating: text, as: UTF8.self)
                case UInt8(ascii: "\\"): return escaped(from: start)
                case 0..<0x20: return nil
                case 0x80...: isASCII = false
                default: break
                }
                place += 1
            }
            return nil
        }

        /// The rest of a string in which something is escaped.
        private mutating func escaped(from start: Int) -> String? {
            var text = Array(bytes[start..<place])
            while place < bytes.count {
                let byte = bytes[place]
                place += 1
                switch byte {
                case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
                case 0..<0x20: return nil
                case UInt8(ascii: "\\"):
                    guard let letter = current else { return nil }
                    place += 1
                    switch letter {
                    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
                    case UInt8(ascii: "b"): text.append(0x08)
                    case UInt8(ascii: "f"): text.append(0x0C)
                    case UInt8(ascii: "n"): text.append(0x0A)
                    case UInt8(ascii: "r"): text.append(0x0D)
                    case UInt8(ascii: "t"): text.append(0x09)
                    case UInt8(ascii: "u"):
                        guard let scalar = scalar() else { return nil }
                        text += Character(scalar).utf8
                    default: return nil
                    }
                default: text.append(byte)
                }
            }
            return nil
        }

        /// What stands behind `\u`, with the second half of a pair (section 7).
        private mutating func scalar() -> Unicode.Scalar? {
            guard let unit = codeUnit() else { return nil }
            guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) }
            guard current == UInt8(ascii: "\\"), place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "u") else { return nil }
            place += 2
            guard let other = codeUnit(), UTF16.isTrailSurrogate(other) else { return nil }
            return Unicode.Scalar(0x10000 + ((UInt32(unit) & 0x3FF) << 10 | UInt32(other) & 0x3FF))
        }

        private mutating func codeUnit() -> UInt16? {
            guard place + 4 <= bytes.count else { return nil }
            var unit: UInt16 = 0
            for byte in bytes[place..<place + 4] {
                guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
                unit = unit << 4 | UInt16(digit)
            }
            place += 4
            return unit
        }
    }
}
