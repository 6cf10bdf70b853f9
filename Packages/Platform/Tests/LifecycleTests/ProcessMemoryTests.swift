import Foundation
import Testing

@testable import Lifecycle

@Suite struct ProcessMemoryTests {
    @Test func `STR-025 a crash leaves no image of memory, neither in a file nor for a program that takes it`() throws {
        try ProcessMemory.forbidDumps()
        try ProcessMemory.forbidDumps()
        let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").filter { $0 == "0" }.count == 2)
        let filter = try String(contentsOfFile: "/proc/self/coredump_filter", encoding: .utf8)
        #expect(filter.contains { $0.isNumber } && filter.allSatisfy { $0 == "0" || $0.isWhitespace })
    }

    @Test func `code that only the start needed is given back, and the program goes on as before`() {
        let given = ProcessMemory.releaseStartUpPages()
        #expect(given > 0)
        #expect(ProcessMemory.releaseStartUpPages() == given)
        #expect(String(describing: ProcessMemory.DumpError()) == "images of memory after a crash could not be forbidden")
    }
}
