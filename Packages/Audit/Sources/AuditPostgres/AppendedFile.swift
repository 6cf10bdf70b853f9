internal import EventLoops
internal import Foundation

/// A file of lines that grows at its end.
struct AppendedFile {
    let path: String

    /// Appends whole lines and waits until they are on the disk; the file is made with the first. Behind half a line, as a crash leaves it, they begin a line
    /// of their own.
    func append(_ lines: [UInt8]) async throws {
        try await offload { [path] in
            if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(filePath: path)) }
            let file = try FileHandle(forUpdating: URL(filePath: path))
            defer { try? file.close() }
            let end = try file.seekToEnd()
            var bytes = Data(lines)
            if end > 0 {
                try file.seek(toOffset: end - 1)
                if try file.read(upToCount: 1) != Data([UInt8(ascii: "\n")]) { bytes = Data([UInt8(ascii: "\n")]) + bytes }
                try file.seekToEnd()
            }
            try file.write(contentsOf: bytes)
            try file.synchronize()
        }
    }
}
