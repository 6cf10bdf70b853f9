import Audit
import AuditPostgres
import Core
import PlatformTesting
import Postgres
import Testing

@Suite struct RecordingTests {
    private let system = AuditActor.system(component: "test")

    @Test func `AUD-001 AUD-021 an entry is written with its change, and read back whole`() async throws {
        try await Log.with { log in
            let person = Person.ID.make(at: log.clock.now)
            let other = Person.ID.make(at: log.clock.now)
            let id = try await log.write { transaction in
                try await transaction.postgres.execute("INSERT INTO audit.person VALUES (\(person)), (\(other))")
                return try await transaction.record(
                    CompanyFounded(log.company, further: [AuditReference(person), AuditReference(other)]), by: .user(AuditReference(person))
                )
            }
            let page = try await PostgresAuditReader(client: log.database.client).entries(ofOrg: log.company.uuid, AuditQuery())
            let entry = try #require(page.elements.first)
            #expect(entry.id == id && entry.type == "org_created" && entry.risk == .low && entry.at == log.clock.now)
            #expect(entry.references.all == [AuditReference(log.company), AuditReference(person), AuditReference(other)])
            #expect(entry.actor.kind == "user" && entry.actor.reference == AuditReference(person))
        }
    }

    private struct Failure: Error {}

    @Test func `AUD-025 work that is rolled back leaves no entry`() async throws {
        try await Log.with { log in
            await #expect(throws: (any Error).self) {
                try await log.write { transaction in
                    try await transaction.record(CompanyFounded(log.company), by: system)
                    throw Failure()
                }
            }
            let count = try await log.count()
            #expect(count == 0)
        }
    }

    @Test func `AUD-021 a change whose entry is refused does not happen`() async throws {
        try await Log.with { log in
            await #expect(throws: (any Error).self) {
                try await log.write { transaction in
                    try await transaction.postgres.execute("UPDATE audit.company SET name = 'b' WHERE id = \(log.company)")
                    try await transaction.record(Unregistered(company: log.company), by: system)
                }
            }
            let rows = try await log.database.adminClient.query("SELECT name FROM audit.company")
            #expect(try rows[0].decode(String.self) == "a")
        }
    }

    private func constraint(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return PostgresError.found(in: error)?.constraint ?? PostgresError.found(in: error)?.sqlState?.rawValue
        }
    }

    @Test func `AUD-005 a reference to nothing is refused`() async throws {
        try await Log.with { log in
            let invented = Company.ID.make(at: log.clock.now)
            let found = await constraint { try await log.write { _ = try await $0.record(CompanyFounded(invented), by: system) } }
            #expect(found == "entry_refers_to_existing")
            let actor = Person.ID.make(at: log.clock.now)
            let foundActor = await constraint {
                try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: .user(AuditReference(actor))) }
            }
            #expect(foundActor == "entry_refers_to_existing")
            let count = try await log.count()
            #expect(count == 0)
        }
    }

    @Test func `AUD-007 an entry without a required reference is refused, an unknown type too`() async throws {
        try await Log.with { log in
            let person = Person.ID.make(at: log.clock.now)
            let missing = await constraint {
                try await log.write { transaction in
                    try await transaction.postgres.execute("INSERT INTO audit.person VALUES (\(person))")
                    _ = try await transaction.record(CompanyFounded(person: person), by: system)
                }
            }
            #expect(missing == "entry_has_required_references")
            let unknown = await constraint {
                try await log.write { _ = try await $0.record(Unregistered(company: log.company), by: system) }
            }
            #expect(unknown == "entry_has_known_type")
        }
    }

    @Test func `AUD-003 the table refuses an entry without reference, from the API and from the owner`() async throws {
        try await Log.with { log in
            for client in [log.database.client, log.database.ownerClient] {
                let found = await constraint {
                    _ = try await client.execute(
                        """
                        INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_component, summary)
                        VALUES (gen_random_uuid(), 'process_started', 'low', now(), 'system', 'test', 'x')
                        """, scope: .system)
                }
                #expect(found == "entry_has_required_references" || found == "entry_refers_to_something")
            }
            // With no type that requires anything, the CHECK alone stands.
            try await log.database.adminClient.execute("INSERT INTO audit.event_type VALUES ('free_type', 'low', 'x', 'x', '{}')")
            let found = await constraint {
                _ = try await log.database.ownerClient.execute(
                    """
                    INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_component, summary)
                    VALUES (gen_random_uuid(), 'free_type', 'low', now(), 'system', 'test', 'x')
                    """, scope: .system)
            }
            #expect(found == "entry_refers_to_something")
        }
    }

    @Test func `AUD-003 AUD-004 every kind has a column and a place in the CHECK`() async throws {
        try await Log.with { log in
            let columns = try await log.database.adminClient.query(
                "SELECT substr(column_name, 5) FROM information_schema.columns WHERE table_schema = 'audit' AND table_name = 'entry' AND column_name LIKE 'ref\\_%'"
            ).map { try $0.decode(String.self) }
            #expect(Set(columns) == Set(AuditReferenceKind.allCases.map(\.rawValue)))
            let check = try await log.database.adminClient.query(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'entry_refers_to_something' AND conrelid = 'audit.entry'::regclass"
            )[0].decode(String.self)
            for kind in AuditReferenceKind.allCases { #expect(check.contains("ref_\(kind.rawValue)")) }
        }
    }

    @Test func `AUD-006 a thing that is removed later leaves its entries as they were`() async throws {
        try await Log.with { log in
            try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
            try await log.database.adminClient.execute("DELETE FROM audit.company")
            let count = try await log.count("org_created")
            #expect(count == 1)
            let keys = try await log.database.adminClient.query(
                "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text LIKE 'audit.%'")
            #expect(try keys[0].decode(Int.self) == 0)
        }
    }

    @Test func `AUD-009 a refusal refers to the network it came from, which is remembered once`() async throws {
        try await Log.with { log in
            let client = NetworkClient(address: "203.0.113.9")
            for _ in 0..<2 {
                try await log.write(scope: .none) { transaction in
                    _ = try await transaction.record(
                        AuthorizationDenied(
                            client: client, route: "/v1/webhooks/stripe", reason: "invalid_webhook_signature", size: 10, risk: .high),
                        by: .anonymous(AuditReference(client)))
                }
            }
            let count = try await log.count("authorization_denied")
            #expect(count == 2)
            let networks = try await log.database.adminClient.query("SELECT network FROM audit.network_client")
            #expect(try networks.map { try $0.decode(String.self) } == ["203.0.113.9/32"])
        }
    }

    @Test func `AUD-010 the start of a process refers to its node`() async throws {
        try await Log.with { log in
            let node = Node.ID.make(at: log.clock.now)
            try await log.write { transaction in
                try await transaction.postgres.execute("INSERT INTO audit.node VALUES (\(node), 'api', \(log.clock.now))")
                _ = try await transaction.record(ProcessStarted(node: node, process: "api"), by: .system(component: "api"))
            }
            let count = try await log.count("process_started")
            #expect(count == 1)
        }
    }

    @Test func `AUD-011 AUD-013 times follow the business clock, changes are kept`() async throws {
        try await Log.with { log in
            log.clock.advance(by: .days(365))
            try await log.write { _ = try await $0.record(CompanyRenamed(company: log.company), by: system) }
            let entry = try await PostgresAuditReader(client: log.database.client).entries(ofOrg: log.company.uuid, AuditQuery()).elements[
                0]
            #expect(entry.at == log.clock.now)
            #expect(entry.changes == [AuditChange("name", from: "a", to: "b")])
        }
    }

    @Test func `AUD-015 a fact with a key is recorded once, whoever comes second gets the first id`() async throws {
        try await Log.with { log in
            let ids = try await withThrowingTaskGroup(of: AuditEntryID.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await log.write { try await $0.record(CompanyFounded(log.company, key: "once"), by: system) } }
                }
                return try await group.reduce(into: Set<AuditEntryID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            let count = try await log.count()
            #expect(count == 1)
        }
    }

    @Test func `a month is made once, however many make it at once`() async throws {
        try await Log.with { log in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await log.database.systemClient.execute("SELECT audit.ensure_month('2031-06-15')") }
                }
                try await group.waitForAll()
            }
            let triggers = try await log.database.adminClient.query(
                "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'audit.entry_general_2031_06'::regclass AND tgname = 'append_only'")
            #expect(try triggers[0].decode(Int64.self) == 1)
        }
    }

    @Test func `AUD-029 nobody changes or removes an entry, the owner included, in old and new months`() async throws {
        try await Log.with { log in
            try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
            _ = try await log.database.systemClient.query("SELECT audit.ensure_month('2031-05-01')")
            let partition = try await log.database.adminClient.query("SELECT tableoid::regclass::text FROM audit.entry")[0].decode(
                String.self)
            for table in ["audit.entry", partition, "audit.entry_general_2031_05", "audit.entry_mixed", "audit.entry_billing_other"] {
                for command in ["UPDATE \(table) SET risk = 'low'", "DELETE FROM \(table)", "TRUNCATE \(table)"] {
                    for client in [log.database.client, log.database.systemClient, log.database.ownerClient, log.database.adminClient] {
                        await #expect(throws: (any Error).self, "\(command)") {
                            try await client.execute(Statement(command), scope: .system)
                        }
                    }
                }
            }
            let count = try await log.count()
            #expect(count == 1)
            for command in ["UPDATE audit.event_type SET risk = 'low'", "DELETE FROM audit.event_type", "TRUNCATE audit.event_type"] {
                await #expect(throws: (any Error).self) { try await log.database.adminClient.execute(Statement(command)) }
            }
        }
    }

    @Test func `SEC-034 another org sees nothing of the log`() async throws {
        try await Log.with { log in
            let other = Company.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(other), 'b')")
            try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
            for scope in [TransactionScope.org(other.uuid), .none, .user(other.uuid)] {
                let rows = try await log.database.client.query("SELECT * FROM audit.entry", scope: scope)
                #expect(rows.isEmpty)
            }
            await #expect(throws: (any Error).self) {
                try await log.write(scope: .org(other.uuid)) { _ = try await $0.record(CompanyFounded(log.company), by: system) }
            }
        }
    }

    @Test func `pages follow each other without gap or repetition`() async throws {
        try await Log.with { log in
            for number in 0..<7 {
                log.clock.advance(by: .seconds(number % 2))
                try await log.write { _ = try await $0.record(CompanyFounded(log.company, summary: "number \(number)"), by: system) }
            }
            let reader = PostgresAuditReader(client: log.database.client)
            var query = AuditQuery(limit: 3)
            var seen: [AuditEntryID] = []
            repeat {
                let page = try await reader.entries(ofOrg: log.company.uuid, query)
                seen += page.elements.map(\.id)
                query.cursor = page.next
            } while query.cursor != nil
            #expect(seen.count == 7 && Set(seen).count == 7)
            query.cursor = Cursor("nonsense")
            await #expect(throws: AuditCursorInvalid.self) { try await reader.entries(ofOrg: log.company.uuid, query) }
        }
    }
}
