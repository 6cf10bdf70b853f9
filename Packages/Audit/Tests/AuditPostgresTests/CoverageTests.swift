import Audit
import AuditProof
import Core
import PlatformTesting
import Postgres
import Testing

@testable import AuditPostgres

/// A table whose changes need an entry, as those of the product's packages are.
private enum CreateShops: Migration {
    static var id: String { "0901-test-shops" }
    static var sql: String {
        """
        CREATE TABLE audit.shop (id uuid PRIMARY KEY, owner_id uuid NOT NULL, name text NOT NULL, visits integer NOT NULL DEFAULT 0, closing boolean);
        GRANT SELECT, INSERT, UPDATE, DELETE ON audit.shop TO trellis_app, trellis_system;
        """
            + AuditSchema.cover(
                "audit.shop", as: .org, belonging: [(.user, "owner_id")], columns: ["name"], when: "NEW.closing IS NOT TRUE",
                coversRemoval: true)
    }
}

/// Changes that are not in the log are not in the database either. The clock stands.
@Suite struct CoverageTests {
    private func with(_ body: (Log, Person.ID) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: [AuditMigrations.all, [CreateCompanies.self, CreateShops.self]]) { database in
            let log = Log(database: database)
            let owner = Person.ID.make(at: log.clock.now)
            try await database.adminClient.execute("DELETE FROM audit.coverage_waiver")
            try await database.adminClient.execute("INSERT INTO audit.company VALUES (\(log.company), 'a')")
            try await database.adminClient.execute("INSERT INTO audit.person VALUES (\(owner))")
            // What administrators do by hand needs no entry.
            try await database.adminClient.execute("INSERT INTO audit.shop VALUES (\(log.company), \(owner), 'a')")
            try await body(log, owner)
        }
    }

    private func last(_ log: Log) async throws -> AuditEntryID? {
        try await log.database.adminClient.query(
            "SELECT last_entry_id FROM audit.coverage WHERE thing = \("org:\(log.company.uuid)".lowercased())"
        )
        .first?.decode("last_entry_id")
    }

    @Test func `AUD-023 a change without an entry about it is refused when it is committed, whoever of the product makes it`() async throws
    {
        try await with { log, owner in
            let stranger = Company.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(stranger), 'b')")
            let changes: [Statement] = [
                "UPDATE audit.shop SET name = 'b'", "DELETE FROM audit.shop",
                "INSERT INTO audit.shop VALUES (gen_random_uuid(), \(owner), 'c')",
            ]
            for client in [log.database.client, log.database.systemClient] {
                for change in changes {
                    let error = await #expect(throws: (any Error).self) { try await client.execute(change, scope: .system) }
                    #expect(error.flatMap { PostgresError.found(in: $0) }?.violates("change_has_its_entry") == true)
                }
            }
            // An entry about something else does not do.
            let error = await #expect(throws: (any Error).self) {
                try await log.write { transaction in
                    try await transaction.postgres.execute(changes[0])
                    try await transaction.record(CompanyRenamed(company: stranger), by: .system(component: "orgs"))
                }
            }
            #expect(error.flatMap { PostgresError.found(in: $0) }?.violates("change_has_its_entry") == true)
            #expect(try await log.count() == 0)
            let name = try await log.database.adminClient.query("SELECT name FROM audit.shop")[0].decode(String.self)
            #expect(name == "a")
            #expect(try await last(log) == nil)
            // None of them can let itself off.
            for client in [log.database.client, log.database.systemClient] {
                await #expect(throws: PostgresError.self) {
                    try await client.execute("INSERT INTO audit.coverage_waiver (reason) VALUES ('because I can')", scope: .system)
                }
            }
        }
    }

    @Test func `AUD-023 the last entry of a thing is the one of its transaction, whether it is written before the change or behind it`()
        async throws
    {
        try await with { log, owner in
            func change(_ statement: Statement, _ isFirst: Bool) async throws -> AuditEntryID {
                try await log.write { transaction in
                    if isFirst { try await transaction.postgres.execute(statement) }
                    let entry = try await transaction.record(CompanyRenamed(company: log.company), by: .system(component: "orgs"))
                    if !isFirst { try await transaction.postgres.execute(statement) }
                    return entry
                }
            }
            let first = try await change("UPDATE audit.shop SET name = 'b'", true)
            #expect(try await last(log) == first)
            let second = try await change("UPDATE audit.shop SET name = 'c'", false)
            #expect(try await last(log) == second)
            // What is not audited needs no entry and leaves the last one; so does what the table says is none of it.
            for statement in ["UPDATE audit.shop SET visits = 9", "UPDATE audit.shop SET name = 'd', closing = true"] {
                try await log.database.client.execute(Statement(statement, []), scope: .system)
            }
            #expect(try await last(log) == second)
            // To whom a thing belongs is good enough, and what is removed keeps its last entry.
            let third = try await log.write { transaction in
                try await transaction.postgres.execute("DELETE FROM audit.shop")
                return try await transaction.record(
                    CompanyFounded(log.company, further: [AuditReference(owner)]), by: .system(component: "orgs"))
            }
            #expect(try await last(log) == third)
        }
    }

    @Test func `AUD-043 an entry that a superuser removed before it had a link is missed by the change that it told of`() async throws {
        try await with { log, _ in
            let entry = try await log.write { transaction in
                try await transaction.postgres.execute("UPDATE audit.shop SET name = 'b'")
                return try await transaction.record(CompanyRenamed(company: log.company), by: .system(component: "orgs"))
            }
            let check = AuditDatabaseCheck(client: log.database.systemClient)
            #expect(try await check.run().faults == 0)
            try await log.database.adminClient.withTransaction(scope: .system) { transaction in
                _ = try await transaction.execute("SET LOCAL session_replication_role = replica")
                _ = try await transaction.execute("DELETE FROM audit.entry WHERE id = \(entry)")
                _ = try await transaction.execute("DELETE FROM audit.unsealed WHERE entry_id = \(entry)")
            }
            let found = try await check.run().findings
            #expect(found.map(\.fault) == [.changeWithoutEntry])
            #expect(found.first?.entry == entry.description)
            #expect(found.first?.reason.contains("org:\(log.company.uuid)".lowercased()) == true)
        }
    }
}
