internal import AuditProof
internal import EventLoops
internal import Foundation
public import Postgres

/// Archives as files of a folder, each complete or not there.
public struct FolderAuditArchives: AuditArchiveStore {
    private let path: String

    /// Takes the folder, which is there.
    public init(path: String) {
        self.path = path
    }

    /// Written under another name, synchronised, and moved.
    public func keep(_ bytes: [UInt8], as name: String) async throws {
        try await offload { [path] in
            let (target, draft) = (URL(filePath: path).appending(path: name), URL(filePath: path).appending(path: name + ".part"))
            try Data().write(to: draft)
            let file = try FileHandle(forWritingTo: draft)
            try file.write(contentsOf: Data(bytes))
            try file.synchronize()
            try file.close()
            if FileManager.default.fileExists(atPath: target.path) { try FileManager.default.removeItem(at: target) }
            try FileManager.default.moveItem(at: draft, to: target)
        }
    }

    /// The whole file.
    public func read(_ name: String) async throws -> [UInt8] {
        try await offload { [path] in Array(try Data(contentsOf: URL(filePath: path).appending(path: name))) }
    }
}

/// Loads an archive into another database, where it can be asked by SQL (AUD-068).
public enum AuditArchiveScratch {
    /// Makes the table `audit_archive` in the scratch database when it is not there, and adds the entries that are not in it yet.
    ///
    /// - Parameters:
    ///   - file: the archive.
    ///   - client: of a database that is nobody's; never the product's own.
    /// - Returns: how many entries the archive has.
    /// - Throws: `Gzip.Malformed`, `AuditExportMalformed`, ``PostgresError``.
    public static func load(_ file: [UInt8], into client: PostgresClient) async throws -> Int {
        try await client.withTransaction(scope: .none) { transaction in
            try await transaction.execute(
                """
                CREATE TABLE IF NOT EXISTS audit_archive (
                    seal bigint PRIMARY KEY, chain text NOT NULL, position bigint NOT NULL, time timestamptz NOT NULL, type text NOT NULL,
                    entry jsonb NOT NULL)
                """)
            var (count, position) = (0, 0)
            while position < file.count {
                let (content, end) = try Gzip.read(file, at: position, limit: 64 << 20)
                position = end
                for line in content.split(separator: UInt8(ascii: "\n")) {
                    guard case .entry(let link) = try AuditExportLine(text: String(decoding: line, as: UTF8.self)) else { continue }
                    let text = String(decoding: link.canonical, as: UTF8.self)
                    count += 1
                    try await transaction.execute(
                        """
                        INSERT INTO audit_archive SELECT \(link.seal), \(link.chain), \(link.position), (e ->> 'time')::timestamptz, e ->> 'type', e
                        FROM (SELECT \(text)::text::jsonb AS e) AS one ON CONFLICT (seal) DO NOTHING
                        """)
                }
            }
            return count
        }
    }
}
