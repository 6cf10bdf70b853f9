internal import Audit
internal import AuditProof
public import AuditStorage
public import Core
internal import Cryptography

/// What every store of the log must do, whoever made it (AUD-136). A test runs it on a store that holds nothing and whose catalogue has the types and kinds of
/// ``AuditConformance``; the store's clock may stand still.
public struct AuditStoreConformance<Store: AuditStore> {
    private typealias Facts = AuditConformance
    private let store: Store
    private let things: any AuditConformanceThings
    private let now: Instant
    private var broken: [String] = []

    private let house: AuditConformance.House.ID
    private let other: AuditConformance.House.ID
    private let door: AuditConformance.Door.ID
    private let badge = AuditConformance.Badge(auditKey: "b-1")
    private let actor = AuditActor.system(component: "suite")

    /// Prepares the suite.
    ///
    /// - Parameters:
    ///   - things: makes what the entries refer to.
    ///   - dateSource: the store's clock.
    public init(_ store: Store, things: any AuditConformanceThings, dateSource: any DateSource) {
        self.store = store
        self.things = things
        now = dateSource.now
        house = .make(at: now)
        other = .make(at: now)
        door = .make(at: now)
    }

    /// Runs everything. The store keeps what was recorded: a log forgets nothing.
    ///
    /// - Returns: the rules that the store breaks, in words; none of one that conforms.
    /// - Throws: what the store throws where it must not.
    public mutating func run() async throws -> [String] {
        broken = []
        for thing in [AuditReference(house), AuditReference(other), AuditReference(door), AuditReference(badge)] {
            try await things.make(thing)
        }
        try await checkBeginning()
        try await checkRecording()
        try await checkRefusals()
        try await checkReading()
        try await checkSealing()
        try await checkProofs()
        return broken
    }

    private mutating func require(_ holds: Bool, _ rule: String) {
        if !holds { broken.append(rule) }
    }

    private func opened(of house: AuditConformance.House.ID? = nil) -> AuditConformance.DoorOpened {
        Facts.DoorOpened(references: AuditReferences(AuditReference(door)).adding(house.map { AuditReference($0) }))
    }

    @discardableResult
    private func record(_ entry: some AuditEvent) async throws -> AuditEntryID {
        try await store.withTransaction { [actor] in try await $0.record(entry, by: actor) }
    }

    private func refuses(_ entry: some AuditEvent) async -> Bool {
        do {
            try await record(entry)
            return false
        } catch {
            return true
        }
    }

    private func all(_ change: (inout AuditQuery) -> Void = { _ in }) async throws -> [AuditEntry] {
        var query = AuditQuery(limit: 200)
        change(&query)
        return try await store.entries(query).elements
    }

    private mutating func checkBeginning() async throws {
        require(try await all().isEmpty, "a new log has no entries")
        let (sealed, signed) = (try await store.seal(), try await store.checkpoint())
        require(sealed == 0 && signed == nil, "of a log without entries nothing is sealed or signed")
        let names = try await store.types().map(\.name)
        require(Set(names).isSuperset(of: Facts.types.map(\.name)), "the catalogue lists every type")
        require(names == names.sorted(), "the catalogue is in the order of the names")
        let forced = try await store.types().first { $0.name == Facts.DoorForced.type.name }
        require(forced == Facts.DoorForced.type, "a type of the catalogue is as it was declared, with the kinds that it requires")
    }

    private mutating func checkRecording() async throws {
        var entry = opened(of: house)
        entry.summary = "opened\nwith sk_live_0123456789abcdef by a@b.example"
        entry.data = ["count": 3, "key": "whsec_0123456789abcdef", "open": true]
        entry.personal = ["name": "Ada"]
        let id = try await record(entry)
        let found = try await all().first { $0.id == id }
        require(found != nil, "what was recorded is read")
        require(found?.summary == "opened with sk_live_*** by [address]", "a summary is one line, without secrets and addresses")
        require(found?.data == ["count": 3, "key": "whsec_01***", "open": true], "facts are kept, without secrets")
        require(found?.personal == ["name": "Ada"], "what is personal is kept beside the entry")
        require(found?.type == Facts.DoorOpened.type.name && found?.risk == .low, "an entry has its type and its risk")
        require(found?.actor.kind == "system" && found?.actor.component == "suite", "an entry has its actor")
        require(
            Set(found?.references.all ?? []) == Set(entry.references.all),
            "an entry refers to what was given, kinds of the program's own included")
        require(found?.seal == nil, "an entry has no seal before it is sealed")

        let forced = try await record(
            Facts.DoorForced(references: AuditReferences(AuditReference(door), AuditReference(badge), AuditReference(other))))
        let kept = try await all().first { $0.id == forced }
        require(kept?.changes == [AuditChange("locked", from: true, to: false)], "changes are kept")

        var once = opened()
        once.deduplicationKey = "suite/once"
        let first = try await record(once)
        require(try await record(once) == first, "a fact that was recorded before is recorded once, and its entry is named")
        let count = try await all().count
        require(count == 3, "what was recorded once is there once")

        do {
            try await store.withTransaction { [actor, entry = opened()] in
                try await $0.record(entry, by: actor)
                throw Undone()
            }
            require(false, "what a transaction throws is thrown")
        } catch is Undone {}
        require(try await all().count == count, "of a transaction that throws, nothing is kept")
        try await store.withTransaction { [actor, entry = opened(of: house)] in
            for _ in 1...2 { try await $0.record(entry, by: actor) }
        }
        require(try await all().count == count + 2, "a transaction records as many entries as it likes")
    }

    private mutating func checkRefusals() async throws {
        let count = try await all().count
        let thing = AuditReference(door)
        require(await refuses(Facts.DoorDreamt(references: AuditReferences(thing))), "a type that the catalogue does not have is refused")
        require(
            await refuses(Facts.DoorForced(references: AuditReferences(thing))),
            "an entry without a reference that its type requires is refused")
        require(
            await refuses(Facts.DoorOpened(references: AuditReferences(thing, AuditReference(Facts.Ghost())))),
            "a reference of a kind that the store does not know is refused")
        let missing = AuditReference(AuditConformance.Door.ID(high: door.high, low: door.low ^ 1))
        require(await refuses(Facts.DoorOpened(references: AuditReferences(missing))), "a reference to nothing is refused")
        require(
            await refuses(Facts.DoorOpened(references: AuditReferences(thing, missing))),
            "a further reference to nothing is refused as the first is")
        do {
            try await store.withTransaction { [actor, entry = opened()] in
                try await $0.record(entry, by: actor)
                try await $0.record(Facts.DoorDreamt(references: entry.references), by: actor)
            }
            require(false, "a transaction with an entry that is refused fails")
        } catch {}
        require(try await all().count == count, "of what is refused, and of its transaction, nothing is kept")
    }

    private mutating func checkReading() async throws {
        let list = try await all()
        require(list == list.sorted { ($0.at, $0.id) > ($1.at, $1.id) }, "entries are listed with the newest first")
        var (paged, query): ([AuditEntry], AuditQuery) = ([], AuditQuery(limit: 2))
        repeat {
            let page = try await store.entries(query)
            require(page.elements.count <= 2, "a page has no more entries than were asked for")
            paged += page.elements
            query.cursor = page.next
        } while query.cursor != nil && paged.count <= list.count
        require(paged == list, "the pages together are the list")
        if let cursor = try await store.entries(AuditQuery(limit: 1)).next {
            do {
                _ = try await store.entries(AuditQuery(types: [Facts.DoorForced.type.name], cursor: cursor, limit: 1))
                require(false, "a cursor of another list is refused")
            } catch is AuditCursorInvalid {}
        } else {
            require(false, "a page before the last has a cursor")
        }
        let own = try await store.entries(ofOrg: house.uuid, AuditQuery(limit: 200)).elements
        require(
            own == list.filter { $0.references.all.contains(AuditReference(house)) },
            "an org's list has what refers to it, and nothing else")
        try await checkFilters(list)
    }

    private mutating func checkFilters(_ list: [AuditEntry]) async throws {
        let forced = list.filter { $0.type == Facts.DoorForced.type.name }
        require(try await all { $0.types = [Facts.DoorForced.type.name] } == forced, "a list by type has that type alone")
        require(try await all { $0.classes = [.security] } == forced, "a list by class has that class alone")
        require(try await all { $0.minimumRisk = .high } == forced, "a list by risk has that risk and higher ones")
        require(
            try await all { [badge] in $0.references = [AuditReference(badge)] } == forced,
            "a list by things has what refers to all of them")
        require(
            try await all { [badge, door] in $0.references = [AuditReference(badge), AuditReference(door)] } == forced,
            "a list by things of two kinds has what refers to both")
        require(
            try await all { [house, other] in $0.anyOf = [AuditReference(house), AuditReference(other)] }
                == list.filter { $0.references.all.contains { $0.kind == .org } },
            "a list by any of some things has what refers to one of them")
        require(try await all { $0.component = "suite" } == list, "a list by component has what that component did")
        require(try await all { $0.component = "nobody" }.isEmpty, "a list by another component is empty")
        require(
            try await all { $0.facts = ["count": "3"] } == list.filter { $0.data["count"] == 3 }, "a list by a fact has what says it")
        guard let newest = list.first, let oldest = list.last else { return }
        require(
            try await all { $0.since = newest.at } == list.filter { $0.at >= newest.at }, "a list from an instant on has that instant")
        require(try await all { $0.until = oldest.at }.isEmpty, "a list before an instant does not have that instant")
    }

    private mutating func checkSealing() async throws {
        let list = try await all()
        require(try await store.seal() == list.count, "sealing links everything that waits")
        require(try await store.seal() == 0, "what is sealed is not sealed again")
        var chains: [String: [Int64]] = [:]
        for entry in try await all() {
            let org = entry.references.all.first { $0.kind == .org }
            chains[org.map { "\($0.key)" } ?? "system", default: []].append(entry.seal?.position ?? 0)
        }
        require(chains.count == 3, "each org has a chain, and so has what concerns none")
        require(
            chains.values.allSatisfy { $0.sorted() == (1...Int64($0.count)).map(\.self) },
            "the places of a chain count from 1 without a gap")
        require(try await store.lineCount() == list.count, "the log is handed over whole")
    }

    private mutating func checkProofs() async throws {
        guard let entry = try await store.entries(ofOrg: house.uuid, AuditQuery(limit: 1)).elements.first else { return }
        do {
            _ = try await store.proof(of: entry.id, ofOrg: house.uuid)
            require(false, "before a checkpoint covers an entry its proof is pending")
        } catch is AuditProofPending {}
        let count = try await all().count
        let checkpoint = try await store.checkpoint()
        require(checkpoint?.number == 1 && checkpoint?.links == Int64(count), "the first checkpoint covers every link")
        require(try await store.checkpoint() == nil, "a checkpoint is not due again at once")
        var keys: [String: Ed25519.PublicKey] = [:]
        for key in try await store.keys() { keys[key.id] = try? Ed25519.PublicKey(rawRepresentation: key.bytes) }
        require(checkpoint.map { keys[$0.keyID] != nil } ?? false, "the key that signs is published")
        let found = try await store.verify(AuditVerifier(keys: keys))
        require(
            found.exitCode == 0 && found.entries == Int64(count) && found.proved == found.entries, "the log proves itself: \(found.summary)"
        )
        for entry in try await store.entries(ofOrg: house.uuid, AuditQuery(limit: 200)).elements {
            let proof = try await store.proof(of: entry.id, ofOrg: house.uuid).flatMap { AuditInclusionProof(value: $0) }
            require(proof.map { $0.fault(keys: keys) == nil } ?? false, "each entry that a checkpoint covers has a proof that holds")
            require(try await store.proof(of: entry.id, ofOrg: other.uuid) == nil, "an org has no proof of another's entry")
        }
        try await record(opened(of: house))
        require(try await store.seal() == 1, "what is recorded later is linked later")
        let later = try await store.verify(AuditVerifier(keys: keys))
        require(later.exitCode == 0 && later.proved == Int64(count), "what no checkpoint covers yet is no fault, and is not proved")
    }
}

/// Why a transaction of the suite ends.
private struct Undone: Error {}

extension AuditStore {
    /// How many entries the log hands over.
    fileprivate func lineCount() async throws -> Int {
        var count = 0
        try await lines { if case .entry = $0 { count += 1 } }
        return count
    }
}
