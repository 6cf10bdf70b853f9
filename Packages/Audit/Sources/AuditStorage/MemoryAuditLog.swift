@_spi(Stored) internal import Audit
internal import AuditProof
internal import Core
internal import Cryptography

/// What ``MemoryAuditStore`` holds: entries in the order in which they were kept, the first of them linked.
struct MemoryAuditLog {
    /// A link, whose place in the order of sealing is that of its entry, from 1.
    struct Link {
        let position: Int64
        let previous: [UInt8]
        let entryHash: [UInt8]
        let linkHash: [UInt8]
    }

    private var records: [AuditRecord] = []
    private var places: [AuditEntryID: Int] = [:]
    private var links: [Link] = []
    private var heads: [String: AuditHead] = [:]
    private(set) var keys: [String: AuditEntryID] = [:]
    private(set) var checkpoints: [(checkpoint: AuditCheckpoint, signature: [UInt8])] = []

    /// Keeps what a transaction recorded, all of it or nothing.
    mutating func commit(_ new: [AuditRecord], keys more: [String: AuditEntryID]) throws(AuditRefusal) {
        for key in more.keys.sorted() where keys[key] != nil { throw .conflict(key: key) }
        keys.merge(more) { first, _ in first }
        for record in new {
            places[record.id] = records.count
            records.append(record)
        }
    }

    /// Links what waits.
    mutating func seal() -> Int {
        let waiting = records[links.count...]
        for record in waiting {
            let head = heads[record.chain] ?? AuditHead(chain: record.chain, length: 0, hash: AuditChain.origin(of: record.chain))
            let (position, entry) = (head.length + 1, AuditChain.entryHash(record.canonical))
            let hash = AuditChain.linkHash(chain: record.chain, position: position, previous: head.hash, entry: entry)
            heads[record.chain] = AuditHead(chain: record.chain, length: position, hash: hash)
            links.append(Link(position: position, previous: head.hash, entryHash: entry, linkHash: hash))
        }
        return waiting.count
    }

    /// Signs how far the chains have got, when that is due.
    mutating func checkpoint(at now: Instant, by signer: AuditSigner) throws(CryptographyError) -> AuditCheckpoint? {
        let (last, count) = (checkpoints.last?.checkpoint, Int64(links.count))
        guard AuditCheckpoint.isDue(after: last, links: count, at: now) else { return nil }
        let checkpoint = AuditCheckpoint(
            number: (last?.number ?? 0) + 1, time: now, chains: Int64(heads.count), links: count, root: AuditTree.root(of: heads.values),
            previous: last?.hash ?? AuditCheckpoint.none, keyID: signer.keyID)
        checkpoints.append((checkpoint, try signer.signature(for: checkpoint)))
        return checkpoint
    }

    /// The entries that are asked for, newest first, from a place on: one more than a page has, when there are more.
    func entries(_ query: AuditQuery, from place: AuditPlace?) throws -> [AuditEntry] {
        let followed = query.follow.map { id in places[id].flatMap { records[$0].traceID } }
        let found = records.indices.filter { index in
            let record = records[index]
            if let place, (record.at, record.id) >= (place.at, place.id) { return false }
            if let followed, followed == nil || record.traceID != followed { return false }
            return query.asks(for: record)
        }
        return try found.sorted { (records[$0].at, records[$0].id) > (records[$1].at, records[$1].id) }.prefix(query.limit + 1).map {
            index in
            let seal = index < links.count ? AuditSeal(position: links[index].position, linkHash: links[index].linkHash) : nil
            return try records[index].entry(seal: seal)
        }
    }

    /// What proves an entry of a chain; `nil` when the chain has no such entry.
    func proof(of entry: AuditEntryID, in chain: String) throws(AuditProofPending) -> JSONValue? {
        guard let place = places[entry], records[place].chain == chain else { return nil }
        guard let signed = checkpoints.first(where: { $0.checkpoint.links > Int64(place) }) else { throw AuditProofPending() }
        var (heads, following): ([String: AuditHead], [[UInt8]]) = ([:], [])
        for index in 0..<Int(signed.checkpoint.links) {
            let (name, link) = (records[index].chain, links[index])
            heads[name] = AuditHead(chain: name, length: link.position, hash: link.linkHash)
            if index > place, name == chain { following.append(link.entryHash) }
        }
        let sorted = heads.values.sorted { $0.chain.utf8.lexicographicallyPrecedes($1.chain.utf8) }
        guard let index = sorted.firstIndex(where: { $0.chain == chain }) else { throw AuditProofPending() }
        let link = links[place]
        return AuditInclusionProof(
            canonical: records[place].canonical, chain: chain, position: link.position, previous: link.previous, following: following,
            leaves: sorted.map(AuditTree.leaf), index: index, checkpoint: signed.checkpoint.body, signature: signed.signature
        ).value
    }

    /// The log behind its keys, as lines.
    func lines(_ take: (AuditExportLine) throws -> Void) throws {
        var due = checkpoints[...]
        func sign(upTo links: Int64) throws {
            while let next = due.first, next.checkpoint.links <= links {
                try take(.checkpoint(body: next.checkpoint.body, signature: next.signature))
                due = due.dropFirst()
            }
        }
        for (index, link) in links.enumerated() {
            let record = records[index]
            try take(
                .entry(
                    .init(
                        seal: Int64(index) + 1, chain: record.chain, position: link.position, canonical: record.canonical,
                        entryHash: link.entryHash, linkHash: link.linkHash, privatePart: record.privatePart)))
            try sign(upTo: Int64(index) + 1)
        }
        try take(.end(entries: Int64(links.count), unsealed: Int64(records.count - links.count)))
    }
}

extension AuditQuery {
    /// Whether an entry is one of those that are asked for, whatever page it stands on.
    fileprivate func asks(for record: AuditRecord) -> Bool {
        func refers(to reference: AuditReference) -> Bool {
            record.references.first { $0.kind == reference.kind } == reference
        }
        if let org, !refers(to: AuditReference(stored: .org, id: org)) { return false }
        if !types.isEmpty, !types.contains(record.type.name) { return false }
        if !classes.isEmpty, !classes.contains(record.type.eventClass) { return false }
        if let minimumRisk, record.risk < minimumRisk { return false }
        if let actor {
            guard case .id(let id)? = record.actor.reference?.key, id == actor else { return false }
        }
        if let component, record.actor.component != component { return false }
        if let requestID, record.requestID != requestID { return false }
        guard references.allSatisfy(refers) else { return false }
        if let kind = anyOf.first?.kind, !anyOf.contains(where: { $0.kind == kind && refers(to: $0) }) { return false }
        for (name, value) in facts where record.data[name]?.shownText != value { return false }
        if let since, record.at < since { return false }
        if let until, record.at >= until { return false }
        return true
    }
}

extension JSONValue {
    /// The value as a text is compared with it: a text as it is, anything else as JSON; `nil` for null.
    fileprivate var shownText: String? {
        switch self {
        case .string(let text): text
        case .null: nil
        case .bool, .integer, .number, .array, .object: String(decoding: CanonicalJSON.bytes(of: self), as: UTF8.self)
        }
    }
}
