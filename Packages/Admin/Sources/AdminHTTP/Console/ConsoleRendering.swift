internal import Core
internal import HTTPServer
internal import Pages

/// What the API says as HTML: figures and facts as lists, rows as tables. Every value is text, whatever is in it (ADM-083).
struct ConsoleRendering {
    let page: ConsoleRead
    let request: Request

    /// The parts of an answer, the plain ones first.
    func content(of answer: JSONValue) -> HTMLFragment {
        guard case .object(let members) = answer else { return "<p>\(ConsoleText.of(answer, named: ""))</p>" }
        let names = members.keys.sorted()
        let plain = names.filter { $0 != "next_cursor" && members[$0].map(Self.isPlain) == true }
        var parts: [HTMLFragment] = plain.isEmpty ? [] : [list(plain.map { ($0, members[$0] ?? .null) })]
        for name in names where !plain.contains(name) {
            switch members[name] {
            case .array(let rows): parts.append(table(rows, named: name))
            case .object(let inner):
                parts.append("<h2>\(ConsoleText.words(name))</h2>\(list(inner.keys.sorted().map { ($0, inner[$0] ?? .null) }))")
            default: break
            }
        }
        if let cursor = members["next_cursor"]?.stringValue {
            let query = ConsoleText.query(request.query.items.filter { $0.name != "cursor" && $0.name != "done" } + [("cursor", cursor)])
            parts.append("<p class=\"acts\"><a rel=\"next\" href=\"\(request.path)?\(query)\">The next page</a></p>")
        }
        return "\(parts)"
    }

    private static func isPlain(_ value: JSONValue) -> Bool {
        switch value {
        case .array, .object: false
        default: true
        }
    }

    private func list(_ facts: [(name: String, value: JSONValue)]) -> HTMLFragment {
        let rows: [HTMLFragment] = facts.map { "<dt>\(ConsoleText.words($0.name))</dt><dd>\(cell($0.value, named: $0.name))</dd>" }
        return rows.isEmpty ? "<p>None.</p>" : "<dl>\(rows)</dl>"
    }

    private func table(_ rows: [JSONValue], named name: String) -> HTMLFragment {
        let title = ConsoleText.words(name)
        guard !rows.isEmpty else { return "<h2>\(title)</h2><p>None. \(page.whenEmpty)</p>" }
        guard let columns = rows.first?.objectValue?.keys.sorted(by: ConsoleText.comesFirst) else {
            let items: [HTMLFragment] = rows.map { "<li>\(ConsoleText.of($0, named: name))</li>" }
            return "<h2>\(title)</h2><ul>\(items)</ul>"
        }
        let heads: [HTMLFragment] = columns.map { "<th scope=\"col\">\(ConsoleText.words($0))</th>" }
        let body: [HTMLFragment] = rows.map { row in
            let cells: [HTMLFragment] = columns.enumerated().map { index, column in
                let value = cell(row[column] ?? .null, named: column)
                return index == 0 ? "<th scope=\"row\">\(value)</th>" : "<td>\(value)</td>"
            }
            return "<tr>\(cells)\(acts(on: row))</tr>"
        }
        let last: HTMLFragment = page.rowActs.isEmpty ? "" : "<th scope=\"col\">What can be done</th>"
        return """
            <h2>\(title)</h2>
            <div class="scroll" role="region" aria-label="\(title)" tabindex="0"><table><caption>\(rows.count) shown</caption>
            <thead><tr>\(heads)\(last)</tr></thead><tbody>\(body)</tbody></table></div>
            """
    }

    private func acts(on row: JSONValue) -> HTMLFragment {
        guard !page.rowActs.isEmpty, let id = (row["id"] ?? row["name"] ?? row["lane"])?.stringValue else { return "" }
        let links: [HTMLFragment] = page.rowActs.map { act in
            "<a href=\"\(act.path(ConsoleText.encoded(id)))\">\(act.title)</a> "
        }
        return "<td class=\"acts\">\(links)</td>"
    }

    private func cell(_ value: JSONValue, named name: String) -> HTMLFragment {
        if case .string(let text) = value {
            if text.hasPrefix("org_"), !text.contains(where: \.isWhitespace) { return "<a href=\"/console/orgs/\(text)\">\(text)</a>" }
            if Instant(text) != nil { return "<time datetime=\"\(text)\">\(text)</time>" }
        }
        return "\(ConsoleText.of(value, named: name))"
    }
}

/// Names and values in words.
enum ConsoleText {
    /// A name of the API as a heading: `next_cursor` is `Next cursor`.
    static func words(_ name: String) -> String {
        let words = name.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    static func of(_ value: JSONValue, named name: String) -> String {
        switch value {
        case .null: name.hasPrefix("max_") ? "unlimited" : "–"
        case .bool(let bool): bool ? "yes" : "no"
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .string(let text): text.isEmpty ? "–" : text
        case .array(let elements): elements.isEmpty ? "–" : elements.map { of($0, named: name) }.joined(separator: ", ")
        case .object(let members):
            members.isEmpty ? "–" : members.keys.sorted().map { "\($0): \(of(members[$0] ?? .null, named: $0))" }.joined(separator: ", ")
        }
    }

    /// Ids and names stand before everything else.
    static func comesFirst(_ left: String, _ right: String) -> Bool {
        func rank(_ name: String) -> Int { ["id", "network", "component", "category", "name"].firstIndex(of: name) ?? 9 }
        return (rank(left), left) < (rank(right), right)
    }

    /// A query of names and values; what is empty is left out.
    static func query(_ items: [(name: String, value: String)]) -> String {
        items.filter { !$0.value.isEmpty }.map { encoded($0.name) + "=" + encoded($0.value) }.joined(separator: "&")
    }

    /// A text as a part of an address (RFC 3986, section 2.3).
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.append(Character(Unicode.Scalar(byte)))
            default:
                result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
