import Audit
import AuditProof
import Core
import PlatformTesting
import Postgres
import Testing

@testable import AuditPostgres

/// Where entries lie, and who may remove what.
@Suite struct RetentionTests {
    /// Where an entry lies, without its month, and whether that month is the one in which it was filed.
    private func places(_ log: Log) async throws -> [String] {
        try await log.database.adminClient.query(
            """
            SELECT e.type || ' ' || regexp_replace(e.tableoid::regclass::text, '_[0-9]{4}_[0-9]{2}$', CASE
                WHEN right(e.tableoid::regclass::text, 7) = to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY_MM') THEN ' its month' ELSE ' another' END)
            FROM audit.entry AS e ORDER BY e.recorded_at, 1
            """
        ).map { try $0.decode(String.self) }
    }

    @Test func `AUD-064 when the clock moves by 14 months in one step all entries are in months of their groups, and three more are there`()
        async throws
    {
        try await Log.with { log in
            let expected = [
                "invoice_paid audit.entry_billing its month", "org_inspected audit.entry_billing its month",
                "org_created audit.entry_general its month", "graph_mutation audit.entry_mutation its month",
            ]
            let upkeep = AuditUpkeep(client: log.database.systemClient, dateSource: log.clock, node: try await log.node())
            let months = try await log.database.adminClient.query(
                """
                SELECT count(*) FROM unnest(ARRAY['billing', 'general', 'mutation']) AS g, generate_series(0, 3) AS n
                WHERE to_regclass('audit.entry_' || g || to_char(clock_timestamp() AT TIME ZONE 'UTC' + n * interval '1 month', '_YYYY_MM')) IS NOT NULL
                """)
            #expect(try months[0].decode(Int.self) == 12, "they are there before their time")
            #expect(try await upkeep.keepMonths().isEmpty, "so that nothing is to be done")
            try await log.writeOfEachGroup()
            #expect(try await Set(places(log)) == Set(expected))

            // Both clocks: that of the product, and that of the database, by which entries are filed.
            log.clock.advance(by: .days(426))
            try await log.database.adminClient.execute(
                "ALTER TABLE audit.entry ALTER COLUMN recorded_at SET DEFAULT clock_timestamp() + interval '14 months'")
            try await log.writeOfEachGroup()
            #expect(try await places(log).filter { $0.hasSuffix("_other") }.count == 4, "nothing is lost meanwhile")
            #expect(try await AuditBacklog.unfiled(in: log.database.systemClient) > 0, "and somebody is told")
            try await upkeep.keepMonthsIfDue()
            #expect(try await Set(places(log)) == Set(expected))
            #expect(try await log.count() == 8)
            #expect(try await AuditBacklog.unfiled(in: log.database.systemClient) == 0)
            try await log.writeOfEachGroup()
            #expect(try await Set(places(log)) == Set(expected), "those that follow go there at once")
            #expect(try await upkeep.keepMonths().isEmpty)
            while try await log.sealed() != nil { log.clock.advance(by: .minutes(6)) }
            #expect(try await log.proved().exitCode == 0)

            // The table that became a month is guarded as all months are, and so is the new one for the rest.
            let tables = try await log.database.adminClient.query(
                "SELECT DISTINCT tableoid::regclass::text AS name FROM audit.entry UNION SELECT 'audit.entry_general_other'")
            for table in try tables.map({ try $0.decode(String.self) }) {
                for command in ["UPDATE \(table) SET risk = 'low'", "DELETE FROM \(table)", "TRUNCATE \(table)"] {
                    await #expect(throws: (any Error).self, "\(command)") { try await log.database.adminClient.execute(Statement(command)) }
                }
            }
        }
    }

    @Test func `an entry of which nobody says how long it is kept lies among those that are kept longest, and an unknown group is refused`()
        async throws
    {
        try await Log.with { log in
            func insert(_ group: String?) async throws {
                let (column, value) = group.map { (", retention_group", ", '\($0)'") } ?? ("", "")
                try await log.database.adminClient.execute(
                    Statement(
                        """
                        INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_component, summary, ref_org\(column))
                        VALUES (gen_random_uuid(), 'org_created', 'low', now(), 'system', 'test', 'x', '\(log.company.uuid)'\(value))
                        """, []))
            }
            try await insert(nil)
            #expect(try await places(log) == ["org_created audit.entry its month"])
            await #expect(throws: PostgresError.self) { try await insert("forever") }
        }
    }

    @Test func `AUD-031 two procedures alone remove anything, each of a role of its own, and each leaves an entry`() async throws {
        try await Log.withActors { log, person in
            let procedures = try await log.database.adminClient.query(
                """
                SELECT p.proname || ' of ' || pg_get_userbyid(p.proowner) FROM pg_proc AS p WHERE p.pronamespace = 'audit'::regnamespace
                AND p.prosrc ~* '\\m(delete\\s+from|truncate\\s+(?!on\\M)|drop\\s+(table|schema|owned))' ORDER BY 1
                """)
            #expect(
                try procedures.map { try $0.decode(String.self) } == ["drop_month of trellis_remover", "erase_private of trellis_eraser"])
            // Of the tables that are the log; what waits for its link is a list that empties itself.
            let rights = try await log.database.adminClient.query(
                """
                SELECT DISTINCT r.rolname || ' ' || c.relname FROM pg_class AS c, pg_roles AS r, unnest(ARRAY['DELETE', 'TRUNCATE']) AS p
                WHERE c.relnamespace = 'audit'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname NOT IN ('company', 'person', 'thing')
                    AND r.rolname IN ('trellis_app', 'trellis_system', 'trellis_eraser', 'trellis_remover')
                    AND has_table_privilege(r.oid, c.oid, p) ORDER BY 1
                """)
            #expect(
                try rights.map { try $0.decode(String.self) } == [
                    "trellis_eraser private_part", "trellis_remover private_part", "trellis_system unsealed",
                ])
            let people = try await log.database.adminClient.query(
                """
                SELECT m.rolname || ' as ' || r.rolname FROM pg_auth_members AS a JOIN pg_roles AS r ON r.oid = a.roleid
                JOIN pg_roles AS m ON m.oid = a.member
                WHERE r.rolname IN ('trellis_eraser', 'trellis_remover') AND m.rolname IN ('trellis_app', 'trellis_system') OR
                    r.rolcanlogin AND r.rolname IN ('trellis_eraser', 'trellis_remover')
                """)
            #expect(people.isEmpty, "nobody works as one of them")

            try await log.fileEntries(in: "2020-01")
            try await log.write { _ = try await $0.record(PersonActed(person: person), by: .user(AuditReference(person))) }
            try await log.write { _ = try await $0.record(PersonRefused(person: person), by: .user(AuditReference(person))) }
            try await log.fileEntries(in: nil)
            for client in [log.database.client, log.database.systemClient, log.database.ownerClient, log.database.adminClient] {
                await #expect(throws: PostgresError.self) { try await client.execute("DELETE FROM audit.private_part", scope: .system) }
            }
            func parts() async throws -> Int { try await log.database.adminClient.query("SELECT FROM audit.private_part").count }
            #expect(try await parts() == 2)

            log.clock.advance(by: .days(181))
            let node = try await log.node()
            #expect(try await AuditUpkeep(client: log.database.systemClient, dateSource: log.clock, node: node).erase() == 1)
            #expect(try await parts() == 1)
            #expect(try await log.count("audit_private_erased") == 1)

            while try await log.sealed() != nil { log.clock.advance(by: .minutes(6)) }
            let archiver = AuditArchiver(
                client: log.database.systemClient, dateSource: log.clock, node: node, signer: try log.ring, store: Drawer(),
                retention: AuditRetention())
            #expect(try await archiver.archiveDue() == [AuditMonth(.general, "2020-01")])
            let owner = try await log.database.adminClient.query(
                "SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE oid = 'audit.archived_general_2020_01'::regclass")
            #expect(try owner[0].decode(String.self) == "trellis_remover")
            try await archiver.drop(AuditMonth(.general, "2020-01"))
            #expect(try await parts() == 0)
            #expect(try await log.count("audit_month_dropped") == 1)
            let table = try await log.database.adminClient.query("SELECT to_regclass('audit.archived_general_2020_01') IS NULL")
            #expect(try table[0].decode(Bool.self))
            #expect(try await log.proved().exitCode == 0)
        }
    }

    /// Archives that nothing happens to.
    private actor Drawer: AuditArchiveStore {
        private var files: [String: [UInt8]] = [:]
        func keep(_ bytes: [UInt8], as name: String) { files[name] = bytes }
        func read(_ name: String) -> [UInt8] { files[name] ?? [] }
    }
}
