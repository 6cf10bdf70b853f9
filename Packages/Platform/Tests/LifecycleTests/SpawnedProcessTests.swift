import Foundation
import Lifecycle
import Testing

@Suite struct SpawnedProcessTests {
    private func sh(_ script: String, input: String? = nil) throws -> (process: SpawnedProcess, output: FileHandle, errors: FileHandle) {
        let process = try SpawnedProcess(
            executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin", "WORD": "a b=c"],
            wantsInput: input != nil)
        if let end = process.input, let input {
            let handle = FileHandle(fileDescriptor: end, closeOnDealloc: true)
            try handle.write(contentsOf: Data(input.utf8))
            try handle.close()
        }
        return (
            process, FileHandle(fileDescriptor: process.output, closeOnDealloc: true),
            FileHandle(fileDescriptor: process.errors, closeOnDealloc: true)
        )
    }

    private func text(_ handle: FileHandle) throws -> String {
        String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }

    @Test func `a child reads and writes, has the environment it is given, and says how it ended`() throws {
        let (process, output, errors) = try sh("cat; echo $WORD; env | wc -l; echo no >&2; exit 7", input: "words ")
        #expect(try text(output) == "words a b=c\n3\n")
        #expect(try text(errors) == "no\n")
        #expect(process.waitUntilExit() == 7)
    }

    @Test func `a child has its standard descriptors alone, blocks no signal, and leads a process group`() throws {
        let pipes = (0..<20).map { _ in Pipe() }
        let script =
            "ls /proc/self/fd | wc -l; sed -n 's/^Sig\\(Blk\\|Ign\\)://p' /proc/self/status; cut -d' ' -f5 /proc/$$/stat; echo $$; cat"
        let (process, output, _) = try sh(script)
        let lines = try text(output).split(separator: "\n").map { $0.filter { !$0.isWhitespace } }
        // The fourth is the folder that is listed.
        #expect(lines.first == "4")
        // Signals 32 and 33 are the C library's own.
        let sets = lines.dropFirst().prefix(2).map { (UInt64($0, radix: 16) ?? .max) & 0x7FFF_FFFF }
        #expect(sets == [0, 0])
        #expect(lines.suffix(2) == ["\(process.id)", "\(process.id)"])
        #expect(process.waitUntilExit() == 0)
        for pipe in pipes { try pipe.fileHandleForReading.close() }
    }

    @Test func `what cannot be started is refused`() throws {
        let error = #expect(throws: SpawnError.self) {
            try SpawnedProcess(executable: "/nowhere/tool", arguments: [], environment: [:], wantsInput: true)
        }
        #expect(error?.code == 2 && error?.executable == "/nowhere/tool")
    }

    @Test func `a child is ended with what it started, and what it leaves behind ends with it`() throws {
        let (endless, output, _) = try sh("cat /dev/zero & wait")
        endless.kill()
        #expect(endless.waitUntilExit() == -9)
        endless.kill()
        while let data = try output.read(upToCount: 65_536), !data.isEmpty {}
        let (brief, rest, _) = try sh("sleep 600 & exit 0")
        #expect(brief.waitUntilExit() == 0)
        #expect(try text(rest).isEmpty)
    }
}
