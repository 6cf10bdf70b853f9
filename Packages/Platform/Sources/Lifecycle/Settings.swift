public import Core

/// Reads a process's settings from its environment, and says everything that is wrong with them at once.
///
/// A setting `X` may also be given as `X_FILE`, the path of a file that holds the value; so secrets need not stand in the environment.
/// Names that begin with the prefix and that nobody knows are refused: a typing error must not silently give a default.
public struct Settings {
    /// One setting as it is in force.
    public struct Effective: Hashable, Sendable {
        /// The name of the setting.
        public let name: String
        /// The value in force; `<redacted>` for a secret, empty for one that is not set.
        public let value: String
        /// Whether the value was given, not the default.
        public let isGiven: Bool
    }

    private let environment: [String: String]
    private let readFile: (String) throws -> String
    private var problems: [String] = []

    /// The settings read so far, in the order they were asked for.
    public private(set) var effective: [Effective] = []

    /// Takes an environment.
    ///
    /// - Parameters:
    ///   - environment: names and values, such as the process's environment.
    ///   - prefix: the beginning of the names that belong to the product.
    ///   - known: every name with the prefix that some process of the product reads; others are refused.
    ///   - readFile: gives the text of the file at a path.
    public init(
        environment: [String: String], prefix: String, known: Set<String>, readFile: @escaping (String) throws -> String
    ) {
        self.environment = environment.filter { $0.key.hasPrefix(prefix) }
        self.readFile = readFile
        for name in self.environment.keys.sorted() where !known.contains(name) {
            let base = name.hasSuffix("_FILE") ? String(name.dropLast(5)) : name
            guard !known.contains(base) else { continue }
            problems.append("\(name) is not a setting; see docs/operations/settings.md for the list")
        }
    }

    /// A text, or the default when it is not given.
    public mutating func text(_ name: String, default fallback: String) -> String {
        let given = raw(name)
        note(name, given ?? fallback, given != nil)
        return given ?? fallback
    }

    /// A text that may be absent.
    public mutating func optionalText(_ name: String) -> String? {
        let given = raw(name)
        note(name, given ?? "", given != nil)
        return given
    }

    /// A text that must be given; a missing one is a problem and gives an empty text for the time being.
    public mutating func requiredText(_ name: String, because purpose: String) -> String {
        guard let given = optionalText(name) else {
            problems.append("\(name) is required: \(purpose)")
            return ""
        }
        return given
    }

    /// A secret that may be absent.
    public mutating func optionalSecret(_ name: String) -> SecretString? {
        let given = raw(name)
        note(name, given == nil ? "" : "<redacted>", given != nil)
        return given.map { SecretString($0) }
    }

    /// A secret that must be given.
    public mutating func requiredSecret(_ name: String, because purpose: String) -> SecretString {
        guard let given = optionalSecret(name) else {
            problems.append("\(name) is required: \(purpose)")
            return SecretString("")
        }
        return given
    }

    /// A whole number within a range.
    public mutating func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        let given = raw(name)
        note(name, given ?? String(fallback), given != nil)
        guard let given else { return fallback }
        guard let value = Int(given), range.contains(value) else {
            problems.append("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return fallback
        }
        return value
    }

    /// `true` or `false`.
    public mutating func flag(_ name: String, default fallback: Bool) -> Bool {
        choice(name, default: fallback ? "true" : "false", of: ["true", "false"]) == "true"
    }

    /// One of a few words.
    public mutating func choice(_ name: String, default fallback: String, of words: [String]) -> String {
        let given = raw(name)
        note(name, given ?? fallback, given != nil)
        guard let given else { return fallback }
        guard words.contains(given) else {
            problems.append("\(name) must be one of \(words.joined(separator: ", "))")
            return fallback
        }
        return given
    }

    /// A list separated by commas; blanks around the parts do not count.
    public mutating func list(_ name: String, default fallback: [String]) -> [String] {
        let given = raw(name)
        note(name, given ?? fallback.joined(separator: ","), given != nil)
        return given.map { $0.split(separator: ",").map { Self.trimmed($0) }.filter { !$0.isEmpty } } ?? fallback
    }

    /// A list of secrets separated by commas.
    public mutating func secrets(_ name: String) -> [SecretString] {
        let given = raw(name)
        note(name, given == nil ? "" : "<redacted>", given != nil)
        return (given ?? "").split(separator: ",").map { Self.trimmed($0) }.filter { !$0.isEmpty }.map { SecretString($0) }
    }

    /// Adds a problem that only the reader of the settings can see, such as two that contradict each other.
    public mutating func refuse(_ problem: String) {
        problems.append(problem)
    }

    /// Ends the reading.
    ///
    /// - Throws: ``SettingsError`` with every problem that was found.
    public func check() throws(SettingsError) {
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    private mutating func raw(_ name: String) -> String? {
        let path = environment[name + "_FILE"]
        if let value = environment[name] {
            if path != nil { problems.append("\(name) and \(name)_FILE are both given; give one") }
            return value.isEmpty ? nil : value
        }
        guard let path, !path.isEmpty else { return nil }
        do {
            let text = Self.trimmed(try readFile(path)[...])
            return text.isEmpty ? nil : text
        } catch {
            problems.append("\(name)_FILE names a file that cannot be read")
            return nil
        }
    }

    private mutating func note(_ name: String, _ value: String, _ isGiven: Bool) {
        effective.append(Effective(name: name, value: value, isGiven: isGiven))
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

/// Everything that is wrong with the settings of a process; none of the texts holds a value.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence for each problem.
    public let problems: [String]

    /// Tells what is wrong, one sentence for each problem, none of which shows a secret.
    public init(problems: [String]) {
        self.problems = problems
    }

    /// All problems, one a line.
    public var description: String {
        problems.joined(separator: "\n")
    }
}
