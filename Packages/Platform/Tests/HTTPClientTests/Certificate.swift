import Foundation
import Testing

/// A self-signed certificate with its key, made for one test in a folder that is removed after it.
struct Certificate {
    /// The file with the certificate alone, which a client trusts.
    let certificatePath: String
    /// The file with the key and the certificate, which a server shows.
    let serverPath: String

    static func with<Result>(name: String = "IP:127.0.0.1", _ body: (Certificate) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "trellis-certificate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = (folder.appending(path: "cert.pem"), folder.appending(path: "key.pem"))
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
            "/CN=test", "-addext", "subjectAltName=\(name)", "-out", certificate.path(), "-keyout", key.path(),
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        let server = folder.appending(path: "server.pem")
        try (Data(contentsOf: key) + Data(contentsOf: certificate)).write(to: server)
        return try await body(Certificate(certificatePath: certificate.path(), serverPath: server.path()))
    }
}
