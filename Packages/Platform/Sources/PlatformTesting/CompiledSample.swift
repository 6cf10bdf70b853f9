internal import Foundation

/// What the compiler says of a program that imports the modules of the tests as any other package does: for what must not compile.
public struct CompiledSample: Sendable, Hashable {
    /// Whether it compiles.
    public let compiles: Bool
    /// What the compiler wrote.
    public let words: String

    /// Type-checks a program. It takes about a second: ask for few.
    ///
    /// - Throws: when no compiler can be started.
    public init(_ program: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sample-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = folder.appendingPathComponent("Sample.swift")
        try Data(program.utf8).write(to: source)
        let products = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let modules = URL(fileURLWithPath: products).deletingLastPathComponent().appendingPathComponent("Modules").path
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["swiftc", "-typecheck", "-swift-version", "6", "-I", modules, source.path]
        let output = Pipe()
        compiler.standardError = output
        compiler.standardOutput = output
        try compiler.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        compiler.waitUntilExit()
        compiles = compiler.terminationStatus == 0
        words = String(decoding: bytes, as: UTF8.self)
    }
}
