internal import Core
public import Cryptography

/// Checks an export line by line, without a database and without a network (AUD-048). It keeps the heads of the chains and nothing of the entries.
public struct AuditVerifier: Sendable {
    private struct Chain {
        var length: Int64 = 0
        var hash: [UInt8]
        /// Places that were passed over and have not come since.
        var missing = MissingPlaces()
    }

    private var chains: [String: Chain] = [:]
    private var keys: [String: Ed25519.PublicKey] = [:]
    private let trustsFirstKey: Bool
    private let isStream: Bool
    private var lastSeal: Int64 = 0
    private var lastCheckpoint: AuditCheckpoint?
    private var hasHeader = false
    private var hasEnded = false
    /// What was found until now.
    public private(set) var result = AuditVerification()

    /// Begins a verification.
    ///
    /// - Parameter keys: the public keys that are known from elsewhere, by name. Without any the first key of the file is believed, which shows
    ///   that the file agrees with itself, and not who wrote it.
    /// - Parameter isStream: whether the lines are what a sink got: that has no end, and what was sent again after a failure is passed over.
    public init(keys: [String: Ed25519.PublicKey] = [:], isStream: Bool = false) {
        self.keys = keys
        self.isStream = isStream
        trustsFirstKey = keys.isEmpty
    }

    /// Looks at one line.
    ///
    /// - Throws: ``AuditExportMalformed`` when the line cannot stand where it does.
    public mutating func take(_ line: AuditExportLine) throws(AuditExportMalformed) {
        guard !hasEnded else { throw AuditExportMalformed(reason: "stands behind the end") }
        if case .header = line {
            hasHeader = true
            return
        }
        guard hasHeader else { throw AuditExportMalformed(reason: "stands before the header") }
        if isStream, isRepeated(line) { return }
        switch line {
        case .header: return
        case .key(let id, let publicKey, let endorser, let endorsement): take(key: id, publicKey, endorsedBy: endorser, endorsement)
        case .entry(let link): take(link)
        case .archived(let link, let month):
            result.archived += 1
            result.archivedMonths.insert(month)
            lastSeal = max(lastSeal, link.seal)
            place(link) { .init($0, chain: link.chain, position: link.position, reason: $1) }
        case .place(let link):
            lastSeal = max(lastSeal, link.seal)
            place(link) { .init($0, chain: link.chain, position: link.position, reason: $1) }
        case .head(let chain, let path, let body, let signature): try take(headOf: chain, path, body, signature)
        case .checkpoint(let body, let signature): try take(checkpoint: body, signature)
        case .end(let entries, let unsealed):
            hasEnded = true
            result.unsealed = unsealed
            if entries > result.entries { fail(.removed, reason: "the end counts \(entries) entries, the file has \(result.entries)") }
        }
    }

    /// Ends the verification.
    public mutating func finish() -> AuditVerification {
        for (name, chain) in chains.sorted(by: { $0.key < $1.key }) {
            for position in chain.missing.first(100) {
                result.add(.init(.removed, chain: name, position: position, reason: "there is no entry at this place"))
            }
        }
        result.chains = chains.count
        if !hasHeader || !(hasEnded || isStream) {
            result.missing = "the file has no \(hasHeader ? "end" : "header")"
        } else if result.checkpoints == 0, result.entries > 0 {
            result.missing = "there is no checkpoint yet, so that nothing is signed"
        }
        return result
    }

    private func isRepeated(_ line: AuditExportLine) -> Bool {
        switch line {
        case .entry(let link), .archived(let link, _), .place(let link): link.seal <= lastSeal
        case .checkpoint(let body, _): AuditCheckpoint(body: body).map { $0.number <= lastCheckpoint?.number ?? 0 } ?? false
        case .header, .key, .head, .end: false
        }
    }

    private mutating func fail(_ fault: AuditVerification.Fault, reason: String) { result.add(.init(fault, reason: reason)) }

    private mutating func take(key id: String, _ bytes: [UInt8], endorsedBy endorser: String?, _ endorsement: [UInt8]?) {
        guard let key = try? Ed25519.PublicKey(rawRepresentation: bytes) else {
            return fail(.unknownKey, reason: "\(id) is no public key")
        }
        if let known = keys[id] {
            if known != key { fail(.unknownKey, reason: "\(id) is another key than the one that is known") }
            return
        }
        let isFirst = keys.isEmpty && trustsFirstKey
        let isEndorsed =
            endorser.flatMap { keys[$0] }.map { $0.isValid(endorsement ?? [], for: AuditSigner.endorsed(id, bytes)) } ?? false
        if isFirst || isEndorsed { keys[id] = key }
    }

    private mutating func take(_ link: AuditExportLine.Link) {
        result.entries += 1
        lastSeal = max(lastSeal, link.seal)
        let facts = try? JSON.decode(JSONValue.self, from: link.canonical)
        let entry = facts?["id"]?.stringValue
        func finding(_ fault: AuditVerification.Fault, _ reason: String) -> AuditVerification.Finding {
            .init(fault, chain: link.chain, position: link.position, entry: entry, reason: reason)
        }
        let entryHash = AuditChain.entryHash(link.canonical)
        if entryHash != link.entryHash {
            result.add(finding(.changed, "its bytes are not those that were hashed"))
        } else if facts.map({ CanonicalJSON.bytes(of: $0) }) != link.canonical {
            result.add(finding(.notCanonical, "its bytes are not in the canonical form"))
        } else if facts?["chain"]?.stringValue != link.chain {
            result.add(finding(.wrongChain, "it belongs to the chain \(facts?["chain"]?.stringValue ?? "of nothing")"))
        }
        let digest = facts?["private"]?.stringValue
        switch link.privatePart {
        case let part? where digest != Hex.encode(part.digest):
            result.add(finding(.privatePart, "its private part is not what its digest says"))
        case nil where digest != nil: result.erased += 1
        default: break
        }
        place(link, finding)
    }

    /// Hangs a link on its chain.
    private mutating func place(
        _ link: AuditExportLine.Link, _ finding: (AuditVerification.Fault, String) -> AuditVerification.Finding
    ) {
        var chain = chains[link.chain] ?? Chain(hash: AuditChain.origin(of: link.chain))
        if link.position <= chain.length {
            let wasMissing = chain.missing.remove(link.position)
            result.add(
                wasMissing ? finding(.reordered, "it stands behind later entries") : finding(.duplicated, "its place is taken already"))
        } else {
            // Above it there is no overflow: a file may claim any place.
            if link.position - 1 == chain.length {
                let expected = AuditChain.linkHash(
                    chain: link.chain, position: link.position, previous: chain.hash, entry: link.entryHash)
                if expected != link.linkHash { result.add(finding(.brokenLink, "its link does not follow from the one before")) }
            } else {
                chain.missing.append((chain.length + 1)..<link.position)
            }
            chain.length = link.position
            chain.hash = link.linkHash
        }
        chains[link.chain] = chain
    }

    /// Reads a checkpoint and looks at who signed it.
    private mutating func signed(_ body: [UInt8], _ signature: [UInt8]) throws(AuditExportMalformed) -> AuditCheckpoint {
        guard let checkpoint = AuditCheckpoint(body: body) else { throw AuditExportMalformed(reason: "has a checkpoint of another format") }
        result.checkpoints += 1
        let name = "checkpoint \(checkpoint.number)"
        if let key = keys[checkpoint.keyID] {
            if !key.isValid(signature, for: AuditCheckpoint.signed(body)) {
                fail(.badSignature, reason: "\(name) is not signed by its key")
            }
        } else {
            fail(.unknownKey, reason: "\(name) is signed by \(checkpoint.keyID), which nobody vouches for")
        }
        return checkpoint
    }

    /// The file of one chain knows of the others no more than the way to the root.
    private mutating func take(
        headOf name: String, _ path: [AuditInclusionProof.Step], _ body: [UInt8], _ signature: [UInt8]
    ) throws(AuditExportMalformed) {
        let checkpoint = try signed(body, signature)
        guard let chain = chains[name] else { throw AuditExportMalformed(reason: "has the head of a chain before the chain") }
        guard AuditTree.root(from: AuditHead(chain: name, length: chain.length, hash: chain.hash), along: path) == checkpoint.root else {
            return fail(.checkpointMismatch, reason: "the chain is not as checkpoint \(checkpoint.number) states")
        }
        result.proved = result.entries
    }

    private mutating func take(checkpoint body: [UInt8], _ signature: [UInt8]) throws(AuditExportMalformed) {
        let checkpoint = try signed(body, signature)
        let name = "checkpoint \(checkpoint.number)"
        let before = lastCheckpoint
        if checkpoint.number != (before?.number ?? 0) + 1 || checkpoint.previous != before?.hash ?? AuditCheckpoint.none
            || checkpoint.links < before?.links ?? 0 || checkpoint.time < before?.time ?? checkpoint.time
        {
            fail(.checkpointRegression, reason: "\(name) does not follow \(before.map { "checkpoint \($0.number)" } ?? "the beginning")")
        }
        lastCheckpoint = checkpoint
        guard lastSeal <= checkpoint.links else { throw AuditExportMalformed(reason: "has \(name) behind links that it does not cover") }
        if result.entries + result.archived < checkpoint.links {
            let known = chains.values.reduce(Int64(0)) { sum, chain in
                let (more, isTooMuch) = sum.addingReportingOverflow(chain.missing.count)
                return isTooMuch ? .max : more
            }
            let gone = checkpoint.links - result.entries - result.archived - known
            if gone > 0 { fail(.removed, reason: "\(gone) entries that \(name) covers are gone") }
        }
        let heads = chains.map { AuditHead(chain: $0.key, length: $0.value.length, hash: $0.value.hash) }
        if heads.count != Int(clamping: checkpoint.chains) || AuditTree.root(of: heads) != checkpoint.root {
            fail(.checkpointMismatch, reason: "the chains are not as \(name) states")
        } else {
            result.proved = checkpoint.links
        }
    }
}
