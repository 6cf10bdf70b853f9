internal import Core

/// Takes one-time secrets out of what is kept of a sent mail (NOT-035).
struct SecretScrub {
    static let placeholder = "removed-after-sending"
    private let secrets: [String]

    init(_ secrets: [String]) {
        self.secrets = secrets.filter { !$0.isEmpty }
    }

    func text(_ text: String) -> String {
        secrets.reduce(text) { $0.replacing($1, with: Self.placeholder) }
    }

    func value(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(self.text(text))
        case .array(let elements): .array(elements.map { self.value($0) })
        case .object(let members): .object(members.mapValues { self.value($0) })
        case .null, .bool, .integer, .number: value
        }
    }
}
