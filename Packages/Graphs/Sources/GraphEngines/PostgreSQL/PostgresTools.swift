internal import Core
internal import Cryptography
internal import Foundation
internal import Graphs
internal import Synchronization

/// `pg_dump` and `pg_restore`, found on this machine.
public struct PostgresTools: Sendable {
    private let directory: String

    /// Uses the tools of a directory.
    public init(directory: String) {
        self.directory = directory
    }

    /// The newest tools installed where Debian puts them, else those on the usual path; `nil` when there are none.
    ///
    /// The binaries are called directly: the wrapper in `/usr/bin` would pick a version by configuration files.
    public static func installed() -> PostgresTools? {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { Int($0) }.sorted(by: >)
        let candidates = versions.map { "\(root)/\($0)/bin" } + ["/usr/local/bin", "/usr/bin"]
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0 + "/pg_dump") }.map { PostgresTools(directory: $0) }
    }

    /// The first number of the tools' version: they read servers of that version and older ones.
    func majorVersion() async throws -> Int {
        let said = TextSink()
        let process = ChildProcess(
            executable: directory + "/pg_dump", arguments: ["--version"], environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"],
            timeout: .seconds(60))
        try await process.run(output: said)
        // `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`
        let number = said.text.split(separator: " ").lazy.compactMap { Int($0.prefix { $0.isNumber }) }.first
        guard let number else { throw EngineError.refused("pg_dump does not say its version") }
        return number
    }

    func dump(
        database: String, on host: PostgresGraphHost, snapshot: String, into sink: any ByteSink, timeout: Duration
    ) async throws {
        let file = try PasswordFile(host: host, database: database)
        defer { file.remove() }
        let process = ChildProcess(
            executable: directory + "/pg_dump",
            arguments: [
                "--format=custom", "--compress=6", "--schema=graph", "--snapshot=\(snapshot)", "--no-password",
                "--host=\(host.maintenanceAddress)",
                "--port=\(host.maintenancePort)", "--username=\(host.user)", "--dbname=\(database)",
            ],
            environment: environment(host).merging(file.environment) { _, new in new }, timeout: timeout)
        try await process.run(output: sink)
    }

    /// Fills a database from an archive, every object owned by one role; privileges are ours to give.
    func restore(
        _ source: any ByteSource, into database: String, on host: PostgresGraphHost, as role: String, timeout: Duration
    ) async throws {
        let file = try PasswordFile(host: host, database: database)
        defer { file.remove() }
        let process = ChildProcess(
            executable: directory + "/pg_restore",
            arguments: [
                "--format=custom", "--schema=graph", "--no-owner", "--no-privileges", "--role=\(role)", "--exit-on-error",
                "--no-password", "--host=\(host.maintenanceAddress)", "--port=\(host.maintenancePort)", "--username=\(host.user)",
                "--dbname=\(database)",
            ],
            environment: environment(host).merging(file.environment) { _, new in new }, timeout: timeout)
        try await process.run(input: source, output: TextSink())
    }

    func tables(inArchive source: any ByteSource) async throws -> Set<String> {
        let list = TextSink()
        // pg_restore stops reading after the table of contents; the rest is for whoever gave the archive.
        let process = ChildProcess(
            executable: directory + "/pg_restore", arguments: ["--list"], environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"],
            timeout: .seconds(3_600))
        try await process.run(input: source, output: list)
        return Set(
            list.text.split(separator: "\n").compactMap { line -> String? in
                let words = line.split(separator: " ")
                guard !line.hasPrefix(";"), let data = words.firstIndex(of: "DATA"), data > 0, words[data - 1] == "TABLE",
                    words.count > data + 2
                else { return nil }
                return words[data + 1] + "." + words[data + 2]
            })
    }

    private func environment(_ host: PostgresGraphHost) -> [String: String] {
        var values = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGAPPNAME": "trellis backup", "PGCONNECT_TIMEOUT": "10"]
        if let mode = host.maintenanceTLS { values["PGSSLMODE"] = mode }
        return values
    }
}

/// A file with one password, readable by us alone, for the time of one call.
private struct PasswordFile {
    private let path: String?

    init(host: PostgresGraphHost, database: String) throws {
        guard let password = host.password else {
            path = nil
            return
        }
        let path = FileManager.default.temporaryDirectory.path + "/trellis-" + Hex.encode(RandomBytes.make(count: 16))
        let line = password.withValue { text in
            let parts = [host.maintenanceAddress, String(host.maintenancePort), database, host.user, text]
            return parts.map { part in part.map { $0 == ":" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() }.joined(separator: ":")
        }
        guard FileManager.default.createFile(atPath: path, contents: Data(line.utf8), attributes: [.posixPermissions: 0o600]) else {
            throw EngineError.unavailable("no password file can be written")
        }
        self.path = path
    }

    var environment: [String: String] {
        path.map { ["PGPASSFILE": $0] } ?? [:]
    }

    func remove() {
        guard let path else { return }
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// Collects text.
private final class TextSink: ByteSink {
    private let bytes = Mutex<[UInt8]>([])

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    func write(_ more: [UInt8]) throws {
        bytes.withLock { $0 += more }
    }
}
