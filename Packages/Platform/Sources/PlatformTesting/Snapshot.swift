internal import Foundation

/// Compares a text with a file that a person has read: a mail, a document of the wire, the final schema.
///
/// The files lie in the folder `Snapshots` beside the test unless it names another. With `TRELLIS_RECORD_SNAPSHOTS=1` in the environment they are written anew, to be
/// read and committed.
public enum Snapshot {
    /// Compares a text with the file of this name.
    ///
    /// - Throws: ``SnapshotMismatch`` when there is no such file or it says something else.
    public static func verify(_ text: String, named name: String, in folder: String = "Snapshots", file: String = #filePath) throws {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent(folder).standardizedFileURL
        let url = folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["TRELLIS_RECORD_SNAPSHOTS"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            return
        }
        guard let data = try? Data(contentsOf: url) else {
            throw SnapshotMismatch(name: name, line: 0, expected: nil, found: nil)
        }
        let expected = String(decoding: data, as: UTF8.self)
        guard expected != text else { return }
        let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let new = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = zip(old, new).prefix { $0 == $1 }.count
        throw SnapshotMismatch(
            name: name, line: line + 1, expected: line < old.count ? String(old[line]) : nil,
            found: line < new.count ? String(new[line]) : nil)
    }
}

/// A text is not what its snapshot says.
public struct SnapshotMismatch: Error, Hashable, Sendable, CustomStringConvertible {
    /// The snapshot's name.
    public let name: String
    /// The first line that differs, from 1; 0 when there is no snapshot.
    public let line: Int
    /// The line of the snapshot; `nil` behind its end.
    public let expected: String?
    /// The line of the text; `nil` behind its end.
    public let found: String?

    /// The first difference, and how to accept it.
    public var description: String {
        guard line > 0 else { return "there is no snapshot \(name); run with TRELLIS_RECORD_SNAPSHOTS=1 and read what was written" }
        return """
            \(name), line \(line):
            - \(expected ?? "(end)")
            + \(found ?? "(end)")
            Run with TRELLIS_RECORD_SNAPSHOTS=1 to accept it.
            """
    }
}
