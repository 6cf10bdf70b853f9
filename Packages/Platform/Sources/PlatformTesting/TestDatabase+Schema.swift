internal import EventLoops
internal import Foundation

extension TestDatabase {
    /// The whole schema as `pg_dump` writes it, without what changes from run to run: comments, settings, owners.
    ///
    /// - Parameters:
    ///   - schemas: the schemas to show; all of them when there are none.
    ///   - tables: patterns of tables to leave out, such as the months of a log, which differ with the date.
    /// - Throws: ``SchemaDumpFailure`` when `pg_dump` fails.
    public func schema(only schemas: [String] = [], leavingOut tables: [String] = []) async throws -> String {
        let arguments =
            ["pg_dump", "--schema-only", "--no-owner"] + schemas.map { "--schema=\($0)" } + tables.map { "--exclude-table=\($0)" } + [url]
        let text = try await offload { try Self.run(arguments) }
        return Self.normalised(text)
    }

    private static func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw SchemaDumpFailure(status: process.terminationStatus) }
        return String(decoding: data, as: UTF8.self)
    }

    private static func normalised(_ dump: String) -> String {
        let noise = ["--", "SET ", "\\restrict", "\\unrestrict", "SELECT pg_catalog.set_config("]
        var lines: [Substring] = []
        for line in dump.split(separator: "\n", omittingEmptySubsequences: false) {
            guard !noise.contains(where: { line.hasPrefix($0) }) else { continue }
            if line.isEmpty, lines.last?.isEmpty ?? true { continue }
            lines.append(line)
        }
        return lines.joined(separator: "\n") + (lines.last?.isEmpty == true ? "" : "\n")
    }
}

/// The schema could not be dumped.
public struct SchemaDumpFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What `pg_dump` ended with.
    public let status: Int32

    /// What failed.
    public var description: String { "pg_dump ended with status \(status)" }
}
