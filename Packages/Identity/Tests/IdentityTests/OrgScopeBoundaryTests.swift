import Foundation
import Testing

/// Code that acts for an org needs an `OrgScope`, and only authentication makes one: the compiler says so, not a reviewer.
@Suite struct OrgScopeBoundaryTests {
    private static let handler = """
        import Identity

        func rename(_ scope: OrgScope) -> OrgReference { scope.org }
        func handle(_ principal: Principal) throws -> OrgReference { CALL }
        """

    /// What the compiler says of a program that imports Identity as any other package does.
    private func compile(_ call: String) throws -> (status: Int32, words: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sample-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = folder.appending(path: "Sample.swift")
        try Self.handler.replacing("CALL", with: call).write(to: source, atomically: true, encoding: .utf8)
        let products = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let modules = URL(filePath: products).deletingLastPathComponent().appending(path: "Modules").path
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["swiftc", "-typecheck", "-swift-version", "6", "-I", modules, source.path]
        let output = Pipe()
        compiler.standardError = output
        compiler.standardOutput = output
        try compiler.run()
        let words = try output.fileHandleForReading.readToEnd() ?? Data()
        compiler.waitUntilExit()
        return (compiler.terminationStatus, String(decoding: words, as: UTF8.self))
    }

    @Test func `ID-072 a handler with a membership compiles, one with a user alone does not`() throws {
        let good = try compile("rename(try principal.requireOrg())")
        #expect(good.status == 0, "\(good.words)")
        let user = try compile("rename(principal.userID)")
        #expect(user.status != 0)
        #expect(user.words.contains("cannot convert value of type"))
        let maybe = try compile("rename(principal.orgScope)")
        #expect(maybe.status != 0)
        #expect(maybe.words.contains("must be unwrapped"))
        let forged = try compile(
            "rename(OrgScope(org: principal.orgScope!.org, user: principal.userID, membership: principal.orgScope!.membership, "
                + "role: .owner, state: .active, name: \"\", type: .team))")
        #expect(forged.status != 0)
        #expect(forged.words.contains("'@_spi'"), "\(forged.words)")
    }
}
