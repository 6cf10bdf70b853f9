internal import EventLoops
internal import Foundation
internal import Postgres

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

    /// Puts what a dump holds in place of everything that is in the database.
    ///
    /// - Parameter dump: the path of a script of `pg_dump`, compressed by gzip.
    /// - Throws: ``SchemaDumpFailure`` when `psql` finds an error in it; then the database is of no use.
    public func replace(withDump dump: String) async throws {
        let made = try await adminClient.query(
            """
            SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
            """)
        for row in made { try await adminClient.execute("DROP SCHEMA \(identifier: try row.decode("nspname", as: String.self)) CASCADE") }
        // As `CREATE DATABASE` makes it.
        try await adminClient.execute("CREATE SCHEMA public")
        try await adminClient.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        try await adminClient.execute("COMMENT ON SCHEMA public IS 'standard public schema'")
        let url = url
        _ = try await offload {
            try Self.run(["sh", "-c", #"gunzip -c "$0" | psql -qX -v ON_ERROR_STOP=1 -o /dev/null "$1""#, dump, url])
        }
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

/// The schema could not be dumped, or a dump could not be read.
public struct SchemaDumpFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What `pg_dump` or `psql` ended with.
    public let status: Int32

    /// What failed.
    public var description: String { "the program that reads or writes the schema ended with status \(status)" }
}
