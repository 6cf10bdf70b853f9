internal import Audit
internal import AuditPostgres
internal import AuditProof
internal import Composition
internal import Core
internal import Cryptography
internal import EventLoops
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

    static let usage = """
        usage: trellis audit verify FILE [--key ID:HEX …] | audit verify --database [--anchor FILE] [--key ID:HEX …] | audit export [--csv]
            | audit prove FILE --key ID:HEX | audit why ENTRY
            | audit verify FILE --stream [--key ID:HEX …] | audit sink list | audit sink add … | audit sink pause … | audit sink resume …
            | audit archive verify FILE MANIFEST --key ID:HEX | audit archive open FILE SCRATCH_DATABASE_URL | audit archive drop MONTH
        """

    /// Runs one of them and ends the process.
    static func run(_ arguments: [String]) -> Never {
        switch arguments.first {
        case "export" where arguments.count == 1:
            runProcess("trellis") { configuration, log in
                try await Command.connected(configuration, log) { client in
                    try await AuditExport(client: client).lines { print($0.text) }
                }
            }
        case "export" where arguments.count == 2 && arguments[1] == "--csv": table()
        case "why" where arguments.count == 2:
            guard let id = AuditEntryID(arguments[1]) else { refuse(usage) }
            why(id)
        case "sink": SinkCommand.run(Array(arguments.dropFirst()))
        case "archive" where arguments.count > 2: archive(Array(arguments.dropFirst()))
        case "prove" where arguments.count > 2:
            guard let keys = keys(Array(arguments.dropFirst(2))) else { refuse(usage) }
            prove(arguments[1], keys)
        case "verify" where arguments.count > 1:
            var options = Array(arguments.dropFirst(2))
            var anchor: FileAuditAnchor?
            if arguments[1] == "--database", options.count >= 2, options[0] == "--anchor" {
                anchor = FileAuditAnchor(path: options[1])
                options.removeFirst(2)
            }
            let isStream = arguments[1] != "--database" && options.first == "--stream"
            if isStream { options.removeFirst() }
            guard let keys = keys(options) else { refuse(usage) }
            if arguments[1] == "--database" {
                let anchor = anchor
                runProcess("trellis") { configuration, log in
                    try await Command.connected(configuration, log) { client in
                        let outside = try await anchor?.checkpoints() ?? (kept: [], unreadable: 0)
                        if outside.unreadable > 0 {
                            log.error("lines of the anchor cannot be read", ["lines": .integer(Int64(outside.unreadable))])
                        }
                        finish(try await AuditDatabaseCheck(client: client).run(AuditVerifier(keys: keys), anchor: outside.kept))
                    }
                }
            }
            verify(arguments[1], keys, isStream: isStream)
        default: refuse(usage)
        }
    }

    /// Without a database and without a network.
    private static func verify(_ path: String, _ keys: [String: Ed25519.PublicKey], isStream: Bool) -> Never {
        do throws(AuditExportUnreadable) {
            finish(try AuditExportFile(path: path).verify(by: AuditVerifier(keys: keys, isStream: isStream)))
        } catch {
            refuse(error.description)
        }
    }

    /// All entries as a table, the newest first.
    private static func table() -> Never {
        runProcess("trellis") { configuration, log in
            try await Command.connected(configuration, log) { client in
                Command.complain("A table is for reading and carries no proof; `trellis audit export` does.")
                let reader = PostgresAuditReader(client: client)
                print(AuditCSV.header, terminator: "")
                var query = AuditQuery(limit: 200)
                repeat {
                    let page = try await reader.entries(query)
                    for entry in page.elements { print(try AuditCSV.row(entry) { _ in nil }, terminator: "") }
                    query.cursor = page.next
                } while query.cursor != nil
            }
        }
    }

    /// Archived months: proved without a database, loaded into a scratch one, or dropped from the product's own for good.
    private static func archive(_ arguments: [String]) -> Never {
        switch arguments[0] {
        case "verify" where arguments.count == 5:
            guard let keys = keys(Array(arguments[3...])), let file = try? Data(contentsOf: URL(filePath: arguments[1])),
                let text = try? Data(contentsOf: URL(filePath: arguments[2]))
            else { refuse(usage) }
            let lines = text.split(separator: UInt8(ascii: "\n")).map { Array($0) }
            guard lines.count == 2, let manifest = AuditArchiveManifest(body: lines[0]), let key = keys[manifest.keyID],
                let signature = Hex.decode(String(decoding: lines[1], as: UTF8.self))
            else { refuse("\(arguments[2]) is no manifest of a key that was given") }
            guard let fault = manifest.fault(of: Array(file), signature: signature, key: key) else {
                print("proved: \(manifest.entries) entries of \(manifest.month)\(manifest.group.map { ", \($0)" } ?? "")")
                exit(0)
            }
            Command.complain("not proved: \(fault)")
            exit(1)
        case "open" where arguments.count == 3:
            runProcess("trellis") { _, log in
                let file = Array(try Data(contentsOf: URL(filePath: arguments[1])))
                let loops = try EventLoopGroup(count: 1, name: "scratch")
                let client = PostgresClient(configuration: PostgresConfiguration(url: SecretString(arguments[2])), loops: loops, log: log)
                print("\(try await AuditArchiveScratch.load(file, into: client)) entries in the table audit_archive")
                await client.close()
                loops.shutdown()
            }
        case "drop" where arguments.count == 2:
            guard let month = AuditMonth(arguments[1]) else { refuse("\(arguments[1]) is no month, such as general-2026-01") }
            runProcess("trellis") { configuration, log in
                guard let folder = configuration.auditArchiveFolder else { refuse("TRELLIS_AUDIT_ARCHIVE_DIR is not set") }
                try await Command.connected(configuration, log) { client in
                    let clock = try await BusinessTime.present(in: client)
                    let node = Node.ID.make(at: clock.now)
                    try await client.withTransaction(scope: .system) { transaction in
                        _ = try await transaction.execute(
                            "INSERT INTO audit.node (id, process, started_at) VALUES (\(node), 'trellis', \(clock.now))")
                    }
                    try await AuditArchiver(
                        client: client, dateSource: clock, node: node,
                        signer: try configuration.auditSigner(), store: FolderAuditArchives(path: folder),
                        retention: configuration.auditRetention
                    ).drop(month)
                }
            }
        default: refuse(usage)
        }
    }

    /// The way to an entry, step by step, and then everything of its trace, the oldest first: what led to it and what it led to.
    private static func why(_ id: AuditEntryID) -> Never {
        runProcess("trellis") { configuration, log in
            try await Command.connected(configuration, log) { client in
                for step in try await AuditCauses(client: client).path(to: id) {
                    switch step {
                    case .thing(let thing): print("\(thing.kind) \(thing.id)")
                    case .job(let job): print("-> job \(job.id), attempt \(job.attempt)")
                    case .entry(let entry): print("-> \(entry.at)  \(entry.id)  \(entry.type)  \(entry.summary)")
                    }
                }
                print("")
                var query = AuditQuery(limit: 200)
                query.follow = id
                let entries = try await PostgresAuditReader(client: client).entries(query).elements
                for entry in entries.reversed() {
                    let who = entry.actor.component ?? entry.actor.kind
                    print("\(entry.id == id ? "*" : " ") \(entry.at)  \(entry.id)  \(entry.type)  \(who)  \(entry.summary)")
                }
            }
        }
    }

    /// A proof of one entry, as the API hands it out, with nothing but the public keys (AUD-047).
    private static func prove(_ path: String, _ keys: [String: Ed25519.PublicKey]) -> Never {
        guard let data = try? Data(contentsOf: URL(filePath: path)), let value = try? JSON.decode(JSONValue.self, from: Array(data)),
            let proof = AuditInclusionProof(value: value)
        else { refuse("\(path) is no proof") }
        guard let fault = proof.fault(keys: keys) else {
            print("proved: position \(proof.position) of \(proof.chain)")
            exit(0)
        }
        Command.complain("not proved: \(fault)")
        exit(1)
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
