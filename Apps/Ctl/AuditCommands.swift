internal import AuditPostgres
internal import AuditProof
internal import Composition
internal import Core
internal import Cryptography
internal import FoundationEssentials
internal import Observability
internal import Postgres

#if canImport(Glibc)
internal import Glibc
#endif

/// `trellis audit …`: the log leaves the deployment and proves itself.
enum AuditCommand {
    /// What the commands end with when they were called wrongly, or the file is no export (AUD-050).
    static let wrongUse: Int32 = 3

    static let usage = "usage: trellis audit verify FILE [--key ID:HEX …] | audit verify --database [--key ID:HEX …] | audit export"

    /// Runs one of them and ends the process.
    static func run(_ arguments: [String]) -> Never {
        switch arguments.first {
        case "export" where arguments.count == 1:
            runProcess("trellis") { configuration, log in
                try await Command.connected(configuration, log) { client in
                    try await AuditExport(client: client).lines { print($0.text) }
                }
            }
        case "verify" where arguments.count > 1:
            guard let keys = keys(Array(arguments.dropFirst(2))) else { refuse(usage) }
            if arguments[1] == "--database" {
                runProcess("trellis") { configuration, log in
                    try await Command.connected(configuration, log) { client in
                        finish(try await AuditDatabaseCheck(client: client).run(AuditVerifier(keys: keys)))
                    }
                }
            }
            verify(arguments[1], keys)
        default: refuse(usage)
        }
    }

    /// Without a database and without a network.
    private static func verify(_ path: String, _ keys: [String: Ed25519.PublicKey]) -> Never {
        // Mapped: the file may be larger than the memory.
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else { refuse("cannot read \(path)") }
        var verifier = AuditVerifier(keys: keys)
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                try verifier.take(AuditExportLine(text: String(decoding: line, as: UTF8.self)))
            } catch {
                refuse("line \(index + 1): \(error)")
            }
        }
        finish(verifier.finish())
    }

    private static func finish(_ result: AuditVerification) -> Never {
        print(result.report)
        Command.complain(result.summary)
        exit(result.exitCode)
    }

    /// Public keys as `--key k1:HEX`.
    private static func keys(_ arguments: [String]) -> [String: Ed25519.PublicKey]? {
        var keys: [String: Ed25519.PublicKey] = [:]
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard flag == "--key", let text = rest.popFirst(), let colon = text.firstIndex(of: ":"),
                let bytes = Hex.decode(String(text[text.index(after: colon)...])),
                let key = try? Ed25519.PublicKey(rawRepresentation: bytes)
            else { return nil }
            keys[String(text[..<colon])] = key
        }
        return keys
    }

    private static func refuse(_ text: String) -> Never {
        Command.complain(text)
        exit(wrongUse)
    }
}
