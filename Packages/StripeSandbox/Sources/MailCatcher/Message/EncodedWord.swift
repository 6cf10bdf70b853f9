/// Decodes words such as `=?utf-8?Q?Gr=C3=BC=C3=9Fe?=` in header fields (RFC 2047); only UTF-8, ASCII and Latin-1 are known.
enum EncodedWord {
    static func decode(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        var wasEncoded = false
        while let start = rest.firstRange(of: "=?") {
            let before = rest[..<start.lowerBound]
            let parts = rest[start.upperBound...].split(separator: "?", maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count == 4, parts[3].first == "=", let word = word(parts[0], parts[1], parts[2]) else {
                result += rest[..<start.upperBound]
                rest = rest[start.upperBound...]
                wasEncoded = false
                continue
            }
            // Blanks between two encoded words belong to neither (RFC 2047 §6.2).
            if !(wasEncoded && before.allSatisfy(\.isWhitespace)) { result += before }
            result += word
            rest = parts[3].dropFirst()
            wasEncoded = true
        }
        return result + rest
    }

    private static func word(_ charset: Substring, _ encoding: Substring, _ content: Substring) -> String? {
        let bytes: [UInt8]
        switch encoding.lowercased() {
        case "b": bytes = TransferEncoding.base64(content.utf8)
        case "q": bytes = TransferEncoding.quotedPrintable(Array(content.utf8)[...], underscoreIsBlank: true)
        default: return nil
        }
        switch charset.lowercased() {
        case "utf-8", "us-ascii": return String(decoding: bytes, as: UTF8.self)
        case "iso-8859-1": return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        default: return nil
        }
    }
}
