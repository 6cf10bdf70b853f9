import Audit
import AuditProof
import Core
import Cryptography
import FoundationEssentials
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import AuditPostgres
@testable import AuditStorage

@Suite struct EntryTests {
    @Test func `AUD-016 each of the six actors is stored with its typed id, and there is no seventh`() async throws {
        try await Log.withActors { log, person in
            let (clerk, event, click) = (
                Clerk.ID.make(at: log.clock.now), Tiding.ID.make(at: log.clock.now), Click.ID.make(at: log.clock.now)
            )
            let network = NetworkClient(address: "198.51.100.7")
            try await log.database.adminClient.execute("INSERT INTO audit.thing VALUES (\(clerk)), (\(event)), (\(click))")
            let actors: [AuditActor] = [
                .user(AuditReference(person)), .operator(AuditReference(clerk)), .system(component: "jobs"),
                .provider(AuditReference(event)), .link(AuditReference(click)), .anonymous(AuditReference(network)),
            ]
            try await log.write { transaction in
                for actor in actors { _ = try await transaction.record(CompanyFounded(log.company), by: actor) }
            }
            let rows = try await log.database.adminClient.query("SELECT canonical FROM audit.entry ORDER BY recorded_at")
            let found = try rows.map { try JSON.decode(JSONValue.self, from: $0.decode("canonical", as: [UInt8].self))["actor"] }
            func typed(_ kind: String, _ reference: String, _ id: String) -> JSONValue {
                ["kind": .string(kind), "reference": ["id": .string(id), "kind": .string(reference)]]
            }
            #expect(
                found == [
                    typed("user", "user", person.uuid.uuidString.lowercased()),
                    typed("operator", "operator", clerk.uuid.uuidString.lowercased()), ["component": "jobs", "kind": "system"],
                    typed("provider", "provider_event", event.uuid.uuidString.lowercased()),
                    typed("link", "link_use", click.uuid.uuidString.lowercased()),
                    typed("anonymous", "network_client", "198.51.100.7/32"),
                ])
            let error = await #expect(throws: PostgresError.self) {
                try await log.database.systemClient.execute(
                    """
                    INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_component, summary, ref_org)
                    VALUES (gen_random_uuid(), 'org_created', 'low', now(), 'unknown', 'x', 'x', \(log.company))
                    """, scope: .system)
            }
            #expect(error?.sqlState == .checkViolation)
        }
    }

    private func stored(_ log: Log, _ entry: PersonActed) async throws -> (data: JSONValue, changes: JSONValue, further: Int, size: Int) {
        let id = try await log.write { try await $0.record(entry, by: .system(component: "test")) }
        let row = try await log.database.adminClient.query(
            """
            SELECT data, changes, jsonb_array_length(further_references)::bigint AS further, octet_length(canonical)::bigint AS size
            FROM audit.entry WHERE id = \(id)
            """)[0]
        return (try row.decode("data"), try row.decode("changes"), try row.decode("further"), try row.decode("size"))
    }

    @Test func `AUD-014 what is as large as it may be stays, one more is replaced by its SHA-256 and marked`() async throws {
        try await Log.withActors { log, person in
            func data(_ size: Int) -> [String: JSONValue] { ["text": .string(String(repeating: "x", count: size - 11)), "n": 1] }
            // {"n":1,"text":"…"} has 17 bytes around the text.
            let most = AuditSizes.data - 6
            let fits = try await stored(log, PersonActed(company: log.company, data: data(most)))
            #expect(fits.data["text"]?.stringValue?.count == most - 11 && fits.data["truncated"] == nil)
            let long = data(most + 1)
            let tooMuch = try await stored(log, PersonActed(company: log.company, data: long))
            let digest = SHA256.hex(of: CanonicalJSON.bytes(of: try #require(long["text"])))
            #expect(tooMuch.data == ["n": 1, "text": ["sha256": .string(digest), "truncated": true], "truncated": true])

            func changes(_ count: Int) -> [AuditChange] { (0..<count).map { AuditChange("field_\($0)", from: 1, to: 2) } }
            #expect(try await stored(log, PersonActed(company: log.company, changes: changes(64))).changes.arrayValue?.count == 64)
            let all = try JSON.decode(JSONValue.self, from: JSON.encode(changes(65)))
            let replaced = try await stored(log, PersonActed(company: log.company, changes: changes(65))).changes
            let hash = JSONValue.string(SHA256.hex(of: CanonicalJSON.bytes(of: all)))
            #expect(replaced == [["field": "*", "new": ["sha256": hash, "truncated": true]]])

            let people = (0..<22).map { _ in Person.ID.make(at: log.clock.now) }
            for id in people { try await log.database.adminClient.execute("INSERT INTO audit.person VALUES (\(id))") }
            func acted(_ count: Int) -> PersonActed {
                PersonActed(company: log.company, further: people.prefix(count).map { AuditReference($0) })
            }
            let whole = try await stored(log, acted(21))
            #expect(whole.further == 20 && whole.data["references_left"] == nil)
            let cut = try await stored(log, acted(22))
            #expect(cut.further == 20 && cut.data["references_left"]?["truncated"] == true)

            let wide = (0..<40).map { AuditChange("field_\($0)", from: .string(String(repeating: "a", count: 600)), to: 2) }
            let bounded = try await stored(log, PersonActed(company: log.company, changes: wide))
            #expect(bounded.size <= AuditSizes.canonical)
            #expect(bounded.changes.arrayValue?.first?["old"]?["truncated"] == true && bounded.changes.arrayValue?.count == 40)
            _ = try await log.sealed()
            #expect(try await log.proved().exitCode == 0)
        }
    }

    @Test func `AUD-134 a reserved name is in the catalogue, says that nobody writes it, and is refused`() async throws {
        try await Log.with { log in
            let types = try await PostgresAuditCatalogue(client: log.database.client).types()
            let reserved = types.filter { !$0.isEmitted }
            #expect(Set(reserved.map(\.name)) == Set(ReservedAuditEvents.types.map(\.name)) && reserved.count >= 10)
            for type in reserved {
                let error = await #expect(throws: PostgresError.self) {
                    try await log.database.systemClient.execute(
                        """
                        INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_component, summary, ref_org)
                        VALUES (gen_random_uuid(), \(type.name), 'low', now(), 'system', 'x', 'x', \(log.company))
                        """, scope: .system)
                }
                #expect(error?.constraint == "entry_has_emitted_type")
            }
        }
    }
}

extension Log {
    var ring: AuditSigner {
        get throws { try AuditSigner(KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes(SHA256.digest(of: "k1"))))) }
    }

    /// Seals everything and signs it.
    func sealed(anchor: (any AuditAnchor)? = nil) async throws -> AuditCheckpoint? {
        let sealer = AuditSealer(client: database.systemClient, dateSource: clock, signer: try ring, anchor: anchor, log: .silent)
        while try await sealer.seal() > 0 {}
        return try await sealer.checkpoint()
    }

    func proved(anchor: [AuditCheckpoint] = []) async throws -> AuditVerification {
        try await AuditDatabaseCheck(client: database.systemClient).run(anchor: anchor)
    }

    /// The record of a process, to which entries about the log refer.
    func node() async throws -> Node.ID {
        let node = Node.ID.make(at: clock.now)
        try await database.adminClient.execute("INSERT INTO audit.node VALUES (\(node), 'worker', \(clock.now))")
        return node
    }

    /// Does what only somebody can who holds the server.
    func breakIn(_ statements: [Statement]) async throws {
        try await database.adminClient.withTransaction(scope: .system) { transaction in
            try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
            for statement in statements { try await transaction.execute(statement) }
        }
    }
}
