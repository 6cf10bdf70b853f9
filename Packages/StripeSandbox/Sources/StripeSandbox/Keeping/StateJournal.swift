internal import Core
internal import Foundation
internal import Synchronization

/// One line of the journal: what a moment changed, all of it or nothing.
struct JournalEntry: Codable, Sendable {
    /// The simulator's time.
    var now: Instant
    /// Where the sequence of request ids stands.
    var requestPosition: Int64
    /// Accounts that were emptied before the changes, by their keys.
    var emptied: [String] = []
    var accounts: [String: AccountState] = [:]
    var deliveries: [Delivery] = []
    var forgottenDeliveries: [Int] = []
}

/// Why the simulator's state could not be kept or read.
enum JournalError: Error, CustomStringConvertible {
    case unusable(path: String, reason: String)
    case damaged(path: String, line: Int)

    var description: String {
        switch self {
        case .unusable(let path, let reason): "the journal \(path) cannot be used: \(reason)"
        case .damaged(let path, let line): "the journal \(path) cannot be read at line \(line); move it away to begin anew"
        }
    }
}

/// The file that lets a restart go on where the last process ended (STR-171).
///
/// A line is in the file before its change is answered, so that the end of a process loses nothing that was answered; a line that was not
/// written to its end is left out. It is not forced to the disk: what the whole machine loses with its power, the journal loses too. The file
/// holds keys and secrets and is its owner's alone.
final class StateJournal: Sendable {
    private let path: String
    private let file: Mutex<FileHandle>

    /// Opens the file, and makes it when it is not there.
    ///
    /// - Throws: ``JournalError`` when it cannot be opened, or another process has it.
    init(path: String) throws(JournalError) {
        self.path = path
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        file = Mutex(try Self.open(path))
    }

    private static func open(_ path: String) throws(JournalError) -> FileHandle {
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw .unusable(path: path, reason: "it cannot be opened for reading and writing")
        }
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { throw .unusable(path: path, reason: "another process has it") }
        return handle
    }

    /// The entries of the file, in their order; the rest of a line that was not ended is cut off.
    ///
    /// - Throws: ``JournalError`` when a whole line is no entry.
    func read() throws -> [JournalEntry] {
        let bytes = try file.withLock { file in
            try file.seek(toOffset: 0)
            return try file.readToEnd() ?? Data()
        }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let torn = lines.popLast()?.count ?? 0
        if torn > 0 { try file.withLock { try $0.truncate(atOffset: UInt64(bytes.count - torn)) } }
        return try lines.enumerated().map { number, line in
            do {
                return try JSON.decode(JournalEntry.self, from: line)
            } catch { throw JournalError.damaged(path: path, line: number + 1) }
        }
    }

    /// Adds an entry at the end.
    ///
    /// - Throws: what the file system says when it could not be written whole; what was written of it is cut off again.
    func append(_ entry: JournalEntry) throws {
        let line = try Self.line(entry)
        try file.withLock { file in
            let end = try file.seekToEnd()
            do {
                try file.write(contentsOf: line)
            } catch {
                try? file.truncate(atOffset: end)
                throw error
            }
        }
    }

    /// Puts some entries in the place of all.
    ///
    /// - Throws: what the file system says when that could not be done; the file is then as it was.
    func replace(by entries: [JournalEntry]) throws {
        var lines = Data()
        for entry in entries { lines += try Self.line(entry) }
        // What is new is a file of its own until it is whole.
        try lines.write(to: URL(filePath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let fresh = try Self.open(path)
        file.withLock { $0 = fresh }
    }

    private static func line(_ entry: JournalEntry) throws -> Data {
        Data(try JSON.encode(entry) + [UInt8(ascii: "\n")])
    }
}
