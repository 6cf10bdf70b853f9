internal import Foundation

/// A file that cannot be verified, because it cannot be read or is no export.
public struct AuditExportUnreadable: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line, from 1; `nil` where it is the file itself.
    public let line: Int?
    /// What is wrong with it.
    public let reason: String

    /// One line.
    public var description: String { line.map { "line \($0): \(reason)" } ?? reason }
}

/// A file of lines of an export, read piece by piece: what is in the memory at once is one piece and one line, however long the file is (AUD-051).
public struct AuditExportFile: Sendable {
    /// How long a line may be, in bytes. The longest that Trellis writes, an entry with its private part, has a quarter of that.
    public static let longestLine = 1 << 20
    /// How much is read at once, in bytes.
    static let piece = 256 << 10

    private let path: String

    /// Takes a file, which is opened when it is read.
    public init(path: String) {
        self.path = path
    }

    /// Shows a verifier every line.
    ///
    /// - Returns: what it found.
    /// - Throws: ``AuditExportUnreadable`` when the file cannot be read, or a line is too long, is no line of an export or cannot stand where it does.
    public func verify(by verifier: AuditVerifier) throws(AuditExportUnreadable) -> AuditVerification {
        guard let file = FileHandle(forReadingAtPath: path) else { throw AuditExportUnreadable(line: nil, reason: "cannot read \(path)") }
        defer { try? file.close() }
        var verifier = verifier
        var splitter = LineSplitter(limit: Self.longestLine)
        while true {
            let read = Result { try file.read(upToCount: Self.piece) }
            guard case .success(let piece) = read else { throw AuditExportUnreadable(line: nil, reason: "cannot read \(path) to its end") }
            guard let piece, !piece.isEmpty else { break }
            try splitter.take(piece) { line throws(AuditExportMalformed) in try verifier.take(AuditExportLine(text: line)) }
        }
        try splitter.finish { line throws(AuditExportMalformed) in try verifier.take(AuditExportLine(text: line)) }
        return verifier.finish()
    }
}

/// Puts lines together from pieces that end anywhere. Empty lines are passed over; the last line need not end.
struct LineSplitter {
    private let limit: Int
    private var rest: [UInt8] = []
    private var number = 1

    /// - Parameter limit: how long a line may be, in bytes.
    init(limit: Int) {
        self.limit = limit
    }

    mutating func take(
        _ piece: some Collection<UInt8>, _ body: (String) throws(AuditExportMalformed) -> Void
    ) throws(AuditExportUnreadable) {
        var start = piece.startIndex
        while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
            try hold(piece[start..<end])
            try close(body)
            start = piece.index(after: end)
        }
        try hold(piece[start...])
    }

    /// The end of the file, which ends a line too.
    mutating func finish(_ body: (String) throws(AuditExportMalformed) -> Void) throws(AuditExportUnreadable) { try close(body) }

    private mutating func hold(_ bytes: some Collection<UInt8>) throws(AuditExportUnreadable) {
        guard rest.count + bytes.count <= limit else {
            throw AuditExportUnreadable(line: number, reason: "is longer than \(limit) bytes, which no line of an export is")
        }
        rest.append(contentsOf: bytes)
    }

    private mutating func close(_ body: (String) throws(AuditExportMalformed) -> Void) throws(AuditExportUnreadable) {
        defer {
            number += 1
            rest.removeAll(keepingCapacity: true)
        }
        guard !rest.isEmpty else { return }
        do throws(AuditExportMalformed) {
            try body(String(decoding: rest, as: UTF8.self))
        } catch {
            throw AuditExportUnreadable(line: number, reason: "\(error)")
        }
    }
}
