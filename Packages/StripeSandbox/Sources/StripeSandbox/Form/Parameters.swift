/// What a parameter that may be cleared wants.
enum Change<Value: Sendable>: Sendable {
    case unchanged
    case clear
    case set(Value)

    /// Puts the wanted value in place.
    func apply(to value: inout Value?) {
        switch self {
        case .unchanged: break
        case .clear: value = nil
        case .set(let new): value = new
        }
    }
}

/// Reads the parameters of a call by name and type, and refuses those that nobody asked for.
final class Parameters {
    private let branch: FormBranch
    private let path: String
    private var known: Set<String> = []
    private var children: [Parameters] = []

    init(_ branch: FormBranch = FormBranch(), path: String = "") {
        self.branch = branch
        self.path = path
    }

    /// The full name of a parameter, such as `recurring[interval]`.
    func fullName(_ name: String) -> String {
        path.isEmpty ? name : "\(path)[\(name)]"
    }

    func has(_ name: String) -> Bool {
        branch[name] != nil
    }

    /// A text; an empty one is refused.
    func string(_ name: String) throws -> String? {
        guard let text = try text(name) else { return nil }
        guard !text.isEmpty else { throw empty(name) }
        return text
    }

    func required(_ name: String) throws -> String {
        guard let text = try string(name) else { throw missing(name) }
        return text
    }

    /// A text that an empty value clears.
    func clearable(_ name: String) throws -> Change<String> {
        guard let text = try text(name) else { return .unchanged }
        return text.isEmpty ? .clear : .set(text)
    }

    func integer(_ name: String, in range: ClosedRange<Int64> = Int64.min...Int64.max) throws -> Int64? {
        guard let text = try string(name) else { return nil }
        guard let value = Int64(text) else {
            throw StripeError.invalid("Invalid integer: \(text)", code: "parameter_invalid_integer", param: fullName(name))
        }
        guard range.contains(value) else {
            throw StripeError.invalid(
                value < range.lowerBound
                    ? "This value must be greater than or equal to \(range.lowerBound)."
                    : "This value must be less than or equal to \(range.upperBound).",
                code: "parameter_invalid_integer", param: fullName(name))
        }
        return value
    }

    /// A whole number that an empty value clears.
    func clearableInteger(_ name: String) throws -> Change<Int64> {
        guard let text = try text(name) else { return .unchanged }
        if text.isEmpty { return .clear }
        return try integer(name).map { .set($0) } ?? .unchanged
    }

    func bool(_ name: String) throws -> Bool? {
        guard let text = try string(name) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default: throw StripeError.invalid("Invalid boolean: \(text)", param: fullName(name))
        }
    }

    /// One of a closed set of words.
    func choice<Word: RawRepresentable & CaseIterable>(_ name: String, of type: Word.Type = Word.self) throws -> Word?
    where Word.RawValue == String {
        guard let text = try string(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw StripeError.invalid("Invalid \(fullName(name)): must be one of \(words)", param: fullName(name))
        }
        return word
    }

    /// A hash of further parameters; an empty text counts as absent.
    func branch(_ name: String) throws -> Parameters? {
        known.insert(name)
        switch branch[name] {
        case nil: return nil
        case .text(let text) where text.isEmpty: return nil
        case .text: throw StripeError.invalid("Invalid object", param: fullName(name))
        case .branch(let inner): return child(inner, fullName(name))
        }
    }

    /// Whether a hash or list is given as an empty text, which clears it.
    func isCleared(_ name: String) -> Bool {
        branch[name] == .text("")
    }

    /// An array of hashes.
    func branches(_ name: String) throws -> [Parameters] {
        known.insert(name)
        switch branch[name] {
        case nil: return []
        case .text(let text) where text.isEmpty: return []
        case .text: throw StripeError.invalid("Invalid array", param: fullName(name))
        case .branch(let list):
            return try list.elements.enumerated().map { index, value in
                guard case .branch(let inner) = value else {
                    throw StripeError.invalid("Invalid object", param: "\(fullName(name))[\(index)]")
                }
                return child(inner, "\(fullName(name))[\(index)]")
            }
        }
    }

    /// An array of texts.
    func strings(_ name: String) throws -> [String]? {
        known.insert(name)
        switch branch[name] {
        case nil: return nil
        case .text(let text) where text.isEmpty: return []
        case .text: throw StripeError.invalid("Invalid array", param: fullName(name))
        case .branch(let list):
            return try list.elements.enumerated().map { index, value in
                guard case .text(let text) = value else {
                    throw StripeError.invalid("Invalid string", param: "\(fullName(name))[\(index)]")
                }
                return text
            }
        }
    }

    /// Every name with its text, for maps whose names are free.
    func allTexts() throws -> [(String, String)] {
        try branch.names.map { name in
            guard let text = try text(name) else { throw missing(name) }
            return (name, text)
        }
    }

    /// Refuses every parameter that was not asked for, by name.
    func finish() throws {
        if let unknown = branch.names.first(where: { !known.contains($0) }) {
            throw StripeError.invalid(
                "Received unknown parameter: \(fullName(unknown))", code: "parameter_unknown", param: fullName(unknown))
        }
        for child in children { try child.finish() }
    }

    func missing(_ name: String) -> StripeError {
        .invalid("Missing required param: \(fullName(name)).", code: "parameter_missing", param: fullName(name))
    }

    private func empty(_ name: String) -> StripeError {
        .invalid(
            "You passed an empty string for '\(fullName(name))'. We assume empty values are an attempt to unset a parameter; however "
                + "'\(fullName(name))' cannot be unset. You should remove '\(fullName(name))' from your request or supply a non-empty value.",
            code: "parameter_invalid_empty", param: fullName(name))
    }

    private func text(_ name: String) throws -> String? {
        known.insert(name)
        switch branch[name] {
        case nil: return nil
        case .text(let text): return text
        case .branch: throw StripeError.invalid("Invalid string", param: fullName(name))
        }
    }

    private func child(_ branch: FormBranch, _ path: String) -> Parameters {
        let child = Parameters(branch, path: path)
        children.append(child)
        return child
    }
}
