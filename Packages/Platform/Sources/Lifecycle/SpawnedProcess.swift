internal import CProcess
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// A program that runs as a child: a process group of its own, no descriptors but its standard ones, no signal blocked or ignored.
///
/// Foundation's `Process` is not used: its start reads past the end of a buffer once the process has some 1,350 descriptors open, which ends the process
/// now and then, and its pipes are inherited by whatever is started at the same moment.
public final class SpawnedProcess: Sendable {
    /// Its number.
    public let id: Int32
    /// Our end of its standard input, to be closed by who takes it; `nil` when that is empty.
    public let input: Int32?
    /// Our end of its standard output, to be closed by who takes it.
    public let output: Int32
    /// Our end of its standard errors, to be closed by who takes it.
    public let errors: Int32
    private let isReaped = Mutex(false)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: the path of the program.
    ///   - arguments: what it is told, without its name.
    ///   - environment: all variables that it has.
    ///   - wantsInput: whether something will be written to its standard input.
    /// - Throws: ``SpawnError`` when the system does not start it; then nothing is left open.
    public init(executable: String, arguments: [String], environment: [String: String], wantsInput: Bool) throws(SpawnError) {
        var ends: [Int32] = [-1, -1, -1]
        let argumentTexts = unsafe Self.texts([executable] + arguments)
        let environmentTexts = unsafe Self.texts(environment.map { "\($0)=\($1)" })
        defer { unsafe (argumentTexts + environmentTexts).forEach { unsafe free($0) } }
        let result = unsafe ends.withUnsafeMutableBufferPointer { ends in
            unsafe trellis_spawn(executable, argumentTexts, environmentTexts, wantsInput ? 1 : 0, ends.baseAddress)
        }
        guard result > 0 else { throw SpawnError(executable: executable, code: -result) }
        id = result
        input = ends[0] < 0 ? nil : ends[0]
        output = ends[1]
        errors = ends[2]
    }

    /// Waits, blocking the thread, until it has ended, and ends what it started and left behind. To be called once.
    ///
    /// - Returns: its exit status, or below zero the number of the signal that ended it.
    public func waitUntilExit() -> Int32 {
        trellis_await_end(id)
        trellis_kill_group(id)
        return isReaped.withLock { isReaped in
            isReaped = true
            return trellis_reap(id)
        }
    }

    /// Ends it at once, with what it started. Once it has ended this changes nothing.
    public func kill() {
        // Until it is reaped its number cannot be another's.
        isReaped.withLock { isReaped in if !isReaped { trellis_kill_group(id) } }
    }

    /// The texts as C has them, with a null at the end; each is to be freed.
    private static func texts(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        unsafe texts.map { unsafe strdup($0) } + [nil]
    }
}

/// The system did not start a program.
public struct SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the program.
    public let executable: String
    /// The error number of the system.
    public let code: Int32

    /// The program and the error number.
    public var description: String { "\(executable) cannot be started: error \(code)" }
}
