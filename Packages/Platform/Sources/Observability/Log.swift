public import Core

#if canImport(Glibc)
internal import Glibc
#endif

/// Writes log lines: one JSON object a line, with time, level, label, message, the ids of the request and trace, and fields.
///
/// Values of fields whose names speak of a secret are replaced by `<redacted>`; a line is written with one `write(2)`, so that lines of
/// several threads do not mix. A sink that is gone loses the line and nothing else.
public struct Log: Sendable {
    /// The part of the product that writes: `http`, `jobs`, `billing`.
    public let label: String
    /// Lines below this level are not written.
    public let level: LogLevel
    private let dateSource: any DateSource
    private let levels: LogLevels
    private let sink: @Sendable ([UInt8]) -> Void

    /// Makes a log.
    ///
    /// - Parameter label: the part of the product that writes.
    /// - Parameter level: lines below it are not written.
    /// - Parameter dateSource: where the time of a line comes from.
    /// - Parameter levels: the levels of parts that differ from `level` for a while.
    /// - Parameter sink: takes each finished line, its newline included; by default it goes to standard error.
    public init(
        label: String, level: LogLevel = .info, dateSource: any DateSource = SystemDateSource(),
        levels: LogLevels = .process, sink: @escaping @Sendable ([UInt8]) -> Void = Log.standardError
    ) {
        self.label = label
        self.level = level
        self.dateSource = dateSource
        self.levels = levels
        self.sink = sink
    }

    /// A log that writes nothing.
    public static let silent = Log(label: "silent", level: .error, levels: LogLevels(), sink: { _ in })

    /// The same log for another part of the product.
    public func labelled(_ label: String) -> Log {
        Log(label: label, level: level, dateSource: dateSource, levels: levels, sink: sink)
    }

    /// Writes a line for a developer.
    public func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [String: JSONValue] = [:]) {
        write(.debug, message, fields)
    }

    /// Writes a line about the normal course of events.
    public func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [String: JSONValue] = [:]) {
        write(.info, message, fields)
    }

    /// Writes a line about something unexpected that was dealt with.
    public func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [String: JSONValue] = [:]) {
        write(.warning, message, fields)
    }

    /// Writes a line that somebody has to look at.
    public func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> [String: JSONValue] = [:]) {
        write(.error, message, fields)
    }

    private func write(_ level: LogLevel, _ message: () -> String, _ fields: () -> [String: JSONValue]) {
        guard level >= levels.level(of: label, otherwise: self.level, at: dateSource) else { return }
        var members = Redaction.redacted(fields())
        members["time"] = .string(dateSource.now.description)
        members["level"] = .string(level.rawValue)
        members["label"] = .string(label)
        members["message"] = .string(message())
        let context = LogContext.current
        for (name, value) in context.members { members[name] = .string(value) }
        guard var line = try? JSON.encode(JSONValue.object(members)) else { return }
        line.append(UInt8(ascii: "\n"))
        sink(line)
    }

    /// Writes bytes to standard error.
    public static let standardError: @Sendable ([UInt8]) -> Void = { line in
        unsafe line.withUnsafeBytes { bytes in
            var rest = unsafe bytes[...]
            while unsafe !rest.isEmpty {
                let count = unsafe Glibc.write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                unsafe rest = rest.dropFirst(count)
            }
        }
    }
}
