internal import HTTPServer

/// Reads `application/x-www-form-urlencoded` text with names in bracket notation, as Stripe's clients write it.
enum FormDecoder {
    private static let maximumPairs = 2_000
    private static let maximumDepth = 8

    /// Each pair is read by itself: the reader of queries takes fewer at once than Stripe's forms may have.
    static func decode(_ bytes: [UInt8]) throws -> FormBranch {
        let pairs = bytes.split(separator: UInt8(ascii: "&"))
        guard pairs.count <= maximumPairs else {
            throw StripeError.invalid("Invalid request: more than \(maximumPairs) parameters.")
        }
        var branch = FormBranch()
        for pair in pairs {
            guard let items = QueryItems(pair) else {
                throw StripeError.invalid("Invalid request: the body is not well-formed form encoding in UTF-8.")
            }
            for item in items.items { try branch.insert(item.value, at: path(of: item.name)[...]) }
        }
        return branch
    }

    static func decode(_ items: QueryItems) throws -> FormBranch {
        var branch = FormBranch()
        for item in items.items { try branch.insert(item.value, at: path(of: item.name)[...]) }
        return branch
    }

    /// `a[b][0]` is the path a, b, 0; an empty bracket appends.
    private static func path(of name: String) throws -> [String] {
        guard let bracket = name.firstIndex(of: "[") else { return [name] }
        var path = [String(name[..<bracket])]
        var rest = name[bracket...]
        while !rest.isEmpty {
            guard rest.first == "[", let end = rest.firstIndex(of: "]") else {
                throw StripeError.invalid("Invalid request: the parameter name \(name) has unbalanced brackets.", param: name)
            }
            path.append(String(rest[rest.index(after: rest.startIndex)..<end]))
            rest = rest[rest.index(after: end)...]
        }
        guard path.count <= maximumDepth, !path[0].isEmpty else {
            throw StripeError.invalid("Invalid request: the parameter name \(name) is not allowed.", param: name)
        }
        return path
    }
}
