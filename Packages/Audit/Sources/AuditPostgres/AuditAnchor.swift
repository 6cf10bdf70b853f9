public import AuditProof
internal import Core
internal import EventLoops
internal import Foundation
internal import Postgres

/// Keeps checkpoints outside of the database, where whoever restores or replaces it cannot reach (AUD-046).
public protocol AuditAnchor: Sendable {
    /// Keeps one more.
    func keep(_ checkpoint: AuditCheckpoint, signature: [UInt8]) async throws
    /// All that were kept, in that order; what cannot be read is left out and counted.
    func checkpoints() async throws -> (kept: [AuditCheckpoint], unreadable: Int)
}

/// A file to which checkpoints are appended, on storage that the operator chooses: each is a line as an export has it.
public struct FileAuditAnchor: AuditAnchor {
    private let path: String

    /// Takes the file; it is made with the first checkpoint.
    public init(path: String) {
        self.path = path
    }

    /// Appends a line and waits until it is on the disk. Behind half a line, as a crash leaves it, it begins a line of its own.
    public func keep(_ checkpoint: AuditCheckpoint, signature: [UInt8]) async throws {
        let line = AuditExportLine.checkpoint(body: checkpoint.body, signature: signature).text + "\n"
        try await AppendedFile(path: path).append(Array(line.utf8))
    }

    /// Reads the lines; a file that is not there yet has none.
    public func checkpoints() async throws -> (kept: [AuditCheckpoint], unreadable: Int) {
        try await offload { [path] in
            guard FileManager.default.fileExists(atPath: path) else { return ([], 0) }
            let lines = try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n"))
            let kept = lines.compactMap { line -> AuditCheckpoint? in
                guard case .checkpoint(let body, _)? = try? AuditExportLine(text: String(decoding: line, as: UTF8.self)) else { return nil }
                return AuditCheckpoint(body: body)
            }
            return (kept, lines.count - kept.count)
        }
    }
}

/// Compares what was kept outside with the log.
enum AuditAnchoring {
    /// The checkpoints that the log does not have, or has with another content.
    static func missing(of kept: [AuditCheckpoint], in client: PostgresClient) async throws -> [AuditCheckpoint] {
        guard !kept.isEmpty else { return [] }
        var stored: [Int64: [UInt8]] = [:]
        for row in try await client.query("SELECT number, body FROM audit.checkpoint", scope: .system) {
            stored[try row.decode("number")] = try row.decode("body", as: [UInt8].self)
        }
        return kept.filter { stored[$0.number] != $0.body }
    }
}
