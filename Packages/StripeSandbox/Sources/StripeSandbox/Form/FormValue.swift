/// A value of a form body: a text, or named values in the order they were first named.
indirect enum FormValue: Sendable, Hashable {
    case text(String)
    case branch(FormBranch)
}

/// Named values of one level of a form body; an array is a branch whose names are its indexes.
struct FormBranch: Sendable, Hashable {
    private(set) var names: [String] = []
    private var values: [String: FormValue] = [:]

    subscript(_ name: String) -> FormValue? { values[name] }

    /// The values of an array in the order of its indexes, or in their own order where a name is no index.
    var elements: [FormValue] {
        let indexes = names.compactMap { Int($0) }
        guard indexes.count == names.count else { return names.compactMap { values[$0] } }
        return indexes.sorted().compactMap { values[String($0)] }
    }

    mutating func insert(_ text: String, at path: ArraySlice<String>) throws {
        guard let first = path.first else { return }
        let name = first.isEmpty ? String(names.count) : first
        guard path.count > 1 else {
            // The last of equal names wins, as Stripe's decoder has it; a text beside a branch is a contradiction.
            if case .branch = values[name] { throw Self.contradiction(name) }
            return set(name, .text(text))
        }
        var branch = FormBranch()
        switch values[name] {
        case .branch(let existing): branch = existing
        case .text: throw Self.contradiction(name)
        case nil: break
        }
        try branch.insert(text, at: path.dropFirst())
        set(name, .branch(branch))
    }

    /// Puts a value in its place, whatever was there.
    mutating func put(_ value: FormValue, _ name: String) {
        set(name, value)
    }

    private mutating func set(_ name: String, _ value: FormValue) {
        if values[name] == nil { names.append(name) }
        values[name] = value
    }

    private static func contradiction(_ name: String) -> StripeError {
        .invalid("Invalid request: \(name) is given both as a value and as a hash or array.", param: name)
    }
}
