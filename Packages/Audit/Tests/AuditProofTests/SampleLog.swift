import AuditProof
import Core
import Cryptography

/// A log as a deployment would export it, made of fixed values, so that its bytes are always the same.
struct SampleLog {
    static let org = "org:01890000-0000-7000-8000-000000000001"
    var lines: [AuditExportLine] = [.header]
    private var heads: [String: AuditHead] = [:]
    private var seal: Int64 = 0
    private var checkpoints: [AuditCheckpoint] = []
    private var published: String?
    private let start = Instant(secondsSinceEpoch: 1_768_467_600)

    static func ring(_ names: String...) throws -> AuditSigner {
        let keys = try names.map { try KeyRing.Key(id: $0, secret: SecretBytes(SHA256.digest(of: $0))) }
        return try AuditSigner(KeyRing(newest: keys[0], older: Array(keys.dropFirst())))
    }

    /// Three entries of an org and two of no org, a checkpoint after the third and one at the end.
    static func standard() throws -> SampleLog {
        var log = SampleLog()
        let signer = try ring("k1")
        log.append(org, "org_created", ["name": "caf\u{E9} \"a\\b\""])
        log.append(AuditChain.system, "process_started", ["process": "api"])
        log.append(org, "org_updated", ["money": 9_007_199_254_740_991, "none": .null, "flags": [true, false]])
        try log.sign(signer)
        log.append(org, "org_updated", [:])
        log.append(AuditChain.system, "process_started", ["process": "worker"])
        try log.sign(signer)
        log.end()
        return log
    }

    mutating func append(_ chain: String, _ type: String, _ data: JSONValue) {
        seal += 1
        let canonical = CanonicalJSON.bytes(
            of: ["id": .string("baud_\(seal)"), "chain": .string(chain), "type": .string(type), "format": 1, "data": data])
        let entry = AuditChain.entryHash(canonical)
        let position = (heads[chain]?.length ?? 0) + 1
        let link = AuditChain.linkHash(
            chain: chain, position: position, previous: heads[chain]?.hash ?? AuditChain.origin(of: chain), entry: entry)
        heads[chain] = AuditHead(chain: chain, length: position, hash: link)
        lines.append(
            .entry(.init(seal: seal, chain: chain, position: position, canonical: canonical, entryHash: entry, linkHash: link)))
    }

    mutating func sign(_ signer: AuditSigner, at time: Instant? = nil) throws {
        if published != signer.keyID {
            let endorsement = try published.flatMap { try signer.endorsement(by: $0) }
            lines.insert(
                .key(
                    id: signer.keyID, publicKey: signer.publicKey.rawRepresentation, endorsedBy: endorsement == nil ? nil : published,
                    endorsement: endorsement), at: lines.filter { if case .key = $0 { true } else { false } }.count + 1)
            published = signer.keyID
        }
        let checkpoint = AuditCheckpoint(
            number: Int64(checkpoints.count + 1), time: time ?? start + .minutes(5 * checkpoints.count), chains: Int64(heads.count),
            links: seal, root: AuditTree.root(of: heads.values), previous: checkpoints.last?.hash ?? AuditCheckpoint.none,
            keyID: signer.keyID)
        checkpoints.append(checkpoint)
        lines.append(.checkpoint(body: checkpoint.body, signature: try signer.signature(for: checkpoint)))
    }

    mutating func end() { lines.append(.end(entries: seal, unsealed: 0)) }

    var text: String { lines.map { $0.text + "\n" }.joined() }
}

/// What a verification of lines says.
func verify(_ lines: [AuditExportLine], keys: [String: Ed25519.PublicKey] = [:]) throws -> AuditVerification {
    var verifier = AuditVerifier(keys: keys)
    for line in lines { try verifier.take(try AuditExportLine(text: line.text)) }
    return verifier.finish()
}
