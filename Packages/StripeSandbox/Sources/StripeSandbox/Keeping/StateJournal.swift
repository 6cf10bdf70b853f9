internal import Core
internal import Glibc

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
    private let descriptor: Int32

    /// Opens the file, and makes it when it is not there.
    ///
    /// - Throws: ``JournalError`` when it cannot be opened, or another process has it.
    init(path: String) throws(JournalError) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: Self.reason()) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .unusable(path: path, reason: "another process has it")
        }
    }

    deinit {
        close(descriptor)
    }

    /// The entries of the file, in their order; the rest of a line that was not ended is cut off.
    ///
    /// - Throws: ``JournalError`` when a whole line is no entry.
    func read() throws -> [JournalEntry] {
        let bytes = try contents()
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let torn = lines.popLast()?.count ?? 0
        if torn > 0, ftruncate(descriptor, bytes.count - torn) != 0 { throw JournalError.unusable(path: path, reason: Self.reason()) }
        return try lines.enumerated().map { number, line in
            do {
                return try JSON.decode(JournalEntry.self, from: line)
            } catch { throw JournalError.damaged(path: path, line: number + 1) }
        }
    }

    private func contents() throws(JournalError) -> [UInt8] {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .unusable(path: path, reason: Self.reason()) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw .unusable(path: path, reason: Self.reason()) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Adds an entry at the end.
    ///
    /// - Throws: ``JournalError`` when it could not be written whole; what was written of it is cut off again.
    func append(_ entry: JournalEntry) throws {
        let line = try JSON.encode(entry) + [UInt8(ascii: "\n")]
        let before = lseek(descriptor, 0, SEEK_END)
        var written = 0
        while written < line.count {
            let count = unsafe line.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = Self.reason()
                _ = ftruncate(descriptor, before)
                throw JournalError.unusable(path: path, reason: reason)
            }
            written += count
        }
    }

    /// Puts some entries in the place of all.
    ///
    /// - Throws: ``JournalError`` when that could not be done; the file is then as it was.
    func replace(by entries: [JournalEntry]) throws {
        // What is new is a file of its own until it is whole.
        let copy = path + ".new"
        _ = unsafe unlink(copy)
        let fresh = try StateJournal(path: copy)
        for entry in entries { try fresh.append(entry) }
        guard unsafe rename(copy, path) == 0, dup2(fresh.descriptor, descriptor) >= 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else {
            throw JournalError.unusable(path: path, reason: Self.reason())
        }
    }

    private static func reason() -> String {
        unsafe String(cString: strerror(errno))
    }
}
