internal import CProcess
internal import FoundationEssentials

#if canImport(Glibc)
internal import Glibc
#endif

/// What a process does with its own memory as a whole.
public enum ProcessMemory {
    /// Sees to it that a crash leaves no image of memory, in which keys and customers' data would stand: no core file is written, and where the system hands
    /// the image to a program (`core_pattern` with a pipe, which no limit stops) it finds no segment in it (core(5)).
    ///
    /// Twice is the same as once. Processes that are started later inherit it.
    /// - Throws: ``DumpError`` when the kernel refuses.
    public static func forbidDumps() throws(DumpError) {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        guard unsafe setrlimit(__rlimit_resource_t(4), &limit) == 0 else { throw DumpError() }
        do {
            try Data("0".utf8).write(to: URL(filePath: "/proc/self/coredump_filter"))
        } catch {
            throw DumpError()
        }
    }

    /// The kernel did not take the order.
    public struct DumpError: Error, CustomStringConvertible {
        /// Words for an operator.
        public var description: String { "images of memory after a crash could not be forbidden" }
    }

    /// Gives back what only the start needed: the pages of the heap that are free again, and the program's code and constants, such as the loader's table,
    /// start checks and the making of the composition. Those stay in the kernel's cache of the file, and what is needed after all is mapped again when it is
    /// touched. To be called once, when a process is ready.
    ///
    /// - Returns: the bytes that the pages of code and constants span; 0 where there is nothing to give.
    @discardableResult public static func releaseStartUpPages() -> Int {
        trellis_release_free_heap()
        return Int(trellis_release_read_only_pages())
    }
}
