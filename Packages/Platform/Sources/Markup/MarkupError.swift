/// What is wrong with a template and where, in words for the person who writes it.
public struct MarkupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or other name that the template was loaded under.
    public let source: String
    /// The line, counted from 1; 0 when the fault is in no single place.
    public let line: Int
    /// The column in bytes, counted from 1; 0 when the fault is in no single place.
    public let column: Int
    /// The rule that is broken.
    public let reason: String

    /// Makes an error.
    public init(source: String, line: Int = 0, column: Int = 0, reason: String) {
        self.source = source
        self.line = line
        self.column = column
        self.reason = reason
    }

    /// `file:line:column: reason`
    public var description: String {
        line == 0 ? "\(source): \(reason)" : "\(source):\(line):\(column): \(reason)"
    }
}
