internal import Core

/// The org has more than a zip file without extensions can hold.
struct ExportTooLarge: Error, CustomStringConvertible {
    var description: String { "an export ends at 4 GiB" }
}

/// Writes the sections of an export into the entries of a zip file, each piece of a few megabytes as soon as it is full, so that memory stays bounded
/// (ORG-105).
final class ExportFileWriter<Transaction: OrgTransaction>: ExportSink {
    private struct Written {
        let name: String
        let rows: Int
        let fingerprint: String
    }

    private static var pieceSize: Int { 4 << 20 }
    private let export: OrgExport
    private let transaction: Transaction
    private var zip = ZipFile()
    private var piece = 0
    private var section: String?
    private var part = 1
    private var buffer: [UInt8] = []
    private var rows = 0
    private var written: [Written] = []

    init(_ export: OrgExport, in transaction: Transaction) {
        self.export = export
        self.transaction = transaction
    }

    func write(_ row: JSONValue, to section: String) async throws {
        if section != self.section {
            try await closeFile()
            self.section = section
            part = 1
        } else if buffer.count >= Self.pieceSize {
            try await closeFile()
            part += 1
        }
        buffer += try JSON.encode(row) + [0x0A]
        rows += 1
    }

    /// Ends the file with its manifest and its index.
    ///
    /// - Returns: its size.
    func finish(takenAt: Instant) async throws -> Int64 {
        try await closeFile()
        let files = written.map { file -> JSONValue in
            ["name": .string(file.name), "rows": .integer(Int64(file.rows)), "sha256": .string(file.fingerprint)]
        }
        let manifest: JSONValue = [
            "schema_version": .integer(Int64(OrgExport.schemaVersion)), "org_id": .string(export.org.description),
            "taken_at": .string(takenAt.description), "files": .array(files),
        ]
        try await append("manifest.json", JSON.encode(manifest))
        let list = written.map { "\($0.name): \($0.rows) rows\n" }.joined()
        let index =
            "Export of \(export.org), taken at \(takenAt).\nEach file has one JSON object a line; manifest.json has their SHA-256.\n\n\(list)"
        try await append("index.txt", Array(index.utf8))
        try await transaction.append(zip.directory(), number: piece, to: export.id)
        return zip.size
    }

    private func closeFile() async throws {
        guard let section, rows > 0 else { return }
        let name = part == 1 && buffer.count < Self.pieceSize ? "\(section).jsonl" : "\(section)-\(part).jsonl"
        written.append(Written(name: name, rows: rows, fingerprint: try await transaction.fingerprint(of: buffer)))
        try await append(name, buffer)
        buffer = []
        rows = 0
    }

    /// - Throws: ``ExportTooLarge`` before a place in the file no longer fits into the directory's 32 bits (APPNOTE 4.4.16).
    private func append(_ name: String, _ content: [UInt8]) async throws {
        guard zip.hasRoom(for: content.count) else { throw ExportTooLarge() }
        try await transaction.append(zip.entry(name, content), number: piece, to: export.id)
        piece += 1
    }
}
