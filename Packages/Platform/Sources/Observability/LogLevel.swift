/// How much a log line matters.
public enum LogLevel: String, Sendable, Comparable, CaseIterable {
    /// For a developer who follows one thing through the code.
    case debug
    /// What happened in the normal course of events.
    case info
    /// What was not expected and was dealt with.
    case warning
    /// What somebody has to look at.
    case error

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    /// Orders levels by weight.
    public static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }
}
