internal import Core

/// A query of Stripe's search: clauses such as `email:"a@b.c"` or `created>1700000000`, joined by AND or by OR.
struct SearchQuery: Sendable {
    enum Comparison: String, Sendable {
        case equals = ":"
        case contains = "~"
        case greater = ">"
        case less = "<"
        case greaterOrEqual = ">="
        case lessOrEqual = "<="
    }

    struct Clause: Sendable {
        let path: [String]
        let comparison: Comparison
        /// `nil` asks whether there is nothing.
        let value: String?
        let isNegated: Bool
    }

    let clauses: [Clause]
    let isAny: Bool

    /// Reads a query.
    ///
    /// - Throws: 400 for what is no query, and for fields that the object cannot be searched by.
    init(_ text: String, fields: Set<String>) throws {
        var scanner = SearchScanner(text)
        var clauses: [Clause] = []
        var joints: Set<String> = []
        repeat {
            let clause = try scanner.clause()
            guard fields.contains(clause.path[0]) else {
                throw StripeError.invalid("Field `\(clause.path[0])` is an unsupported search field for this resource.", param: "query")
            }
            clauses.append(clause)
            if let joint = try scanner.joint() { joints.insert(joint) }
        } while !scanner.isAtEnd
        guard joints.count < 2 else {
            throw StripeError.invalid("You cannot combine AND and OR in one search query.", param: "query")
        }
        guard clauses.count <= 10 else { throw StripeError.invalid("A search query has at most 10 clauses.", param: "query") }
        (self.clauses, isAny) = (clauses, joints == ["OR"])
    }

    func matches(_ object: JSONValue) -> Bool {
        isAny ? clauses.contains { $0.matches(object) } : clauses.allSatisfy { $0.matches(object) }
    }
}

extension SearchQuery.Clause {
    func matches(_ object: JSONValue) -> Bool {
        var found = path.reduce(Optional(object)) { $0?[$1] }
        // The subscription of an invoice stands deeper in it than its field of search says.
        if path == ["subscription"] { found = object["parent"]?["subscription_details"]?["subscription"] }
        return holds(of: found ?? .null) != isNegated
    }

    private func holds(of found: JSONValue) -> Bool {
        guard let value else { return found == .null }
        switch comparison {
        case .equals: return Self.text(found)?.lowercased() == value.lowercased()
        case .contains: return Self.text(found)?.lowercased().contains(value.lowercased()) == true
        case .greater: return number(found) { $0 > $1 }
        case .less: return number(found) { $0 < $1 }
        case .greaterOrEqual: return number(found) { $0 >= $1 }
        case .lessOrEqual: return number(found) { $0 <= $1 }
        }
    }

    private func number(_ found: JSONValue, _ compare: (Int64, Int64) -> Bool) -> Bool {
        guard let left = found.integerValue, let right = value.flatMap({ Int64($0) }) else { return false }
        return compare(left, right)
    }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bool(let value): value ? "true" : "false"
        default: nil
        }
    }
}

/// Reads a search query from its beginning to its end.
private struct SearchScanner {
    private let characters: [Character]
    private var index = 0

    init(_ text: String) {
        characters = Array(text)
    }

    var isAtEnd: Bool { index >= characters.count }

    private static func fault(_ what: String) -> StripeError {
        .invalid("We were unable to parse your search query: \(what).", param: "query")
    }

    mutating func clause() throws -> SearchQuery.Clause {
        skipBlanks()
        let isNegated = take("-")
        let path = try path()
        skipBlanks()
        guard let sign = [">=", "<=", ">", "<", ":", "~"].first(where: { take($0) }),
            let comparison = SearchQuery.Comparison(rawValue: sign)
        else { throw Self.fault("there is no comparison after a field") }
        skipBlanks()
        return SearchQuery.Clause(path: path, comparison: comparison, value: try value(), isNegated: isNegated)
    }

    /// AND, OR, or nothing at the end; clauses that only stand beside one another are joined by AND.
    mutating func joint() throws -> String? {
        skipBlanks()
        guard !isAtEnd else { return nil }
        let start = index
        let word = word().uppercased()
        guard word == "AND" || word == "OR" else {
            index = start
            return "AND"
        }
        guard !isAtEnd else { throw Self.fault("there is nothing behind \(word)") }
        return word
    }

    /// `name`, `metadata["key"]`, or names with points between them.
    private mutating func path() throws -> [String] {
        var path = word().split(separator: ".").map(String.init)
        guard !path.isEmpty else { throw Self.fault("there is no field") }
        while take("[") {
            guard let key = try value(), take("]") else { throw Self.fault("a bracket is not closed") }
            path.append(key)
        }
        return path
    }

    private mutating func value() throws -> String? {
        guard let quote = ["\"", "'"].first(where: { take($0) }) else {
            let word = word()
            guard !word.isEmpty else { throw Self.fault("there is no value") }
            return word.lowercased() == "null" ? nil : word
        }
        var text = ""
        while !take(quote) {
            guard !isAtEnd else { throw Self.fault("a quotation is not closed") }
            if characters[index] == "\\", index + 1 < characters.count { index += 1 }
            text.append(characters[index])
            index += 1
        }
        return text
    }

    private mutating func word() -> String {
        let start = index
        while index < characters.count, characters[index].isLetter || characters[index].isNumber || "_.".contains(characters[index]) {
            index += 1
        }
        return String(characters[start..<index])
    }

    private mutating func skipBlanks() {
        while index < characters.count, characters[index].isWhitespace { index += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text)
        guard index + wanted.count <= characters.count, Array(characters[index..<index + wanted.count]) == wanted else { return false }
        index += wanted.count
        return true
    }
}
