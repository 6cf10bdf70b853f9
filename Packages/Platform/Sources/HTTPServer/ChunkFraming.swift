/// Checks the framing of chunked content byte by byte (RFC 9112 §7.1).
///
/// http-parser, as distributions build it, forgives a chunk that does not end with CR LF. A proxy before us might not, and where two readers differ a request can be
/// smuggled; so the framing is checked here before the parser sees it.
struct ChunkFraming {
    private enum State {
        case size(digits: Int, value: UInt64)
        case sizeExtension(UInt64)
        case sizeEnd(UInt64)
        case data(UInt64)
        case dataReturn, dataEnd
        case trailerStart, trailer, trailerEnd, lastEnd
        case complete, malformed
    }

    private var state = State.size(digits: 0, value: 0)
    private var extensionBytes = 0
    private static let extensionLimit = 4_096

    /// Whether everything so far is well framed.
    var isSound: Bool {
        if case .malformed = state { false } else { true }
    }

    /// Checks bytes up to the end of the message; what lies behind it is not looked at.
    mutating func check(_ bytes: ArraySlice<UInt8>) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch state {
            case .complete, .malformed: return
            case .data(let rest):
                let step = min(rest, UInt64(bytes.endIndex - index))
                index += Int(step)
                state = step == rest ? .dataReturn : .data(rest - step)
            default:
                state = next(bytes[index])
                index += 1
            }
        }
    }

    private mutating func next(_ byte: UInt8) -> State {
        switch (state, byte) {
        case (.size(let digits, let value), _) where Self.hexadecimal(byte) != nil:
            // Seven digits are 256 MiB, far above every limit.
            return digits < 7 ? .size(digits: digits + 1, value: value << 4 | UInt64(Self.hexadecimal(byte) ?? 0)) : .malformed
        case (.size(let digits, let value), 13) where digits > 0: return .sizeEnd(value)
        case (.size(let digits, let value), UInt8(ascii: ";")) where digits > 0: return .sizeExtension(value)
        case (.sizeExtension(let value), 13): return .sizeEnd(value)
        case (.sizeExtension(let value), _): return counted(byte, .sizeExtension(value))
        case (.sizeEnd(let value), 10): return value == 0 ? .trailerStart : .data(value)
        case (.dataReturn, 13): return .dataEnd
        case (.dataEnd, 10): return .size(digits: 0, value: 0)
        case (.trailerStart, 13): return .lastEnd
        case (.trailerStart, 32), (.trailerStart, 9): return .malformed
        case (.trailer, 13): return .trailerEnd
        case (.trailerStart, _), (.trailer, _): return counted(byte, .trailer)
        case (.trailerEnd, 10): return .trailerStart
        case (.lastEnd, 10): return .complete
        default: return .malformed
        }
    }

    /// Extensions and trailers are legal, of no use to us, and limited together.
    private mutating func counted(_ byte: UInt8, _ state: State) -> State {
        extensionBytes += 1
        return extensionBytes <= Self.extensionLimit && (byte >= 32 && byte != 127 || byte == 9) ? state : .malformed
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
