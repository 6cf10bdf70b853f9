/// A header value with parameters, such as `text/html; charset="utf-8"` (RFC 2045 §5.1).
struct HeaderParameters {
    let value: String
    private var parameters: [String: String] = [:]

    init(_ text: String) {
        let pieces = Self.split(text)
        value = Self.trimmed(pieces.first ?? "")
        for piece in pieces.dropFirst() {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            var content = Self.trimmed(String(piece[piece.index(after: equals)...]))
            if content.count >= 2, content.hasPrefix("\""), content.hasSuffix("\"") {
                content = String(content.dropFirst().dropLast()).replacing("\\\"", with: "\"")
            }
            parameters[Self.trimmed(String(piece[..<equals])).lowercased()] = content
        }
    }

    subscript(_ name: String) -> String? { parameters[name] }

    /// Splits at semicolons outside of quotes.
    private static func split(_ text: String) -> [String] {
        var pieces = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character == ";", !isQuoted { pieces.append("") } else { pieces[pieces.count - 1].append(character) }
        }
        return pieces
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
