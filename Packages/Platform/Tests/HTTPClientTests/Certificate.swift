import Foundation
import Testing

/// A self-signed certificate with its key, made for one test in a folder that is removed after it.
struct Certificate {
    /// The file with the certificate alone, which a client trusts.
    let certificatePath: String
    /// The file with the key and the certificate, which a server shows.
    let serverPath: String

    /// - Parameter isExpired: makes one that was valid on the first day of 2020 only.
    static func with<Result>(name: String = "IP:127.0.0.1", isExpired: Bool = false, _ body: (Certificate) async throws -> Result)
        async throws -> Result
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "trellis-certificate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = (folder.appending(path: "cert.pem"), folder.appending(path: "key.pem"))
        let keys = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=test", "-keyout", key.path()]
        if isExpired {
            // Only `openssl ca` takes days that are over.
            let (request, settings) = (folder.appending(path: "request.pem").path(), folder.appending(path: "settings").path())
            try Self.expiring(name, folder.path()).write(toFile: settings, atomically: true, encoding: .utf8)
            try Data().write(to: folder.appending(path: "index"))
            try Data("01\n".utf8).write(to: folder.appending(path: "serial"))
            try Self.openssl(["req", "-new", "-out", request] + keys)
            try Self.openssl([
                "ca", "-batch", "-selfsign", "-notext", "-config", settings, "-in", request, "-keyfile", key.path(), "-out",
                certificate.path(),
                "-startdate", "20200101000000Z", "-enddate", "20200102000000Z",
            ])
        } else {
            try Self.openssl(
                ["req", "-x509", "-days", "1", "-addext", "subjectAltName=\(name)", "-out", certificate.path()] + keys)
        }
        let server = folder.appending(path: "server.pem")
        try (Data(contentsOf: key) + Data(contentsOf: certificate)).write(to: server)
        return try await body(Certificate(certificatePath: certificate.path(), serverPath: server.path()))
    }
    private static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private static func expiring(_ name: String, _ folder: String) -> String {
        """
        [ca]
        default_ca = test
        [test]
        database = \(folder)/index
        serial = \(folder)/serial
        new_certs_dir = \(folder)
        default_md = sha256
        policy = names
        x509_extensions = extensions
        [names]
        commonName = supplied
        [extensions]
        subjectAltName = \(name)
        basicConstraints = CA:TRUE

        """
    }
}
