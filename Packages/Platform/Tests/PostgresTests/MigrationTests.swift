import EventLoops
import PlatformTesting
import Postgres
import Testing

private enum First: Migration {
    static let id = "0001-shop-create-item"
    static let sql = "CREATE SCHEMA shop; CREATE TABLE shop.item (id bigint PRIMARY KEY)"
}

private enum FirstEdited: Migration {
    static let id = First.id
    static let sql = "CREATE SCHEMA shop; CREATE TABLE shop.item (id bigint PRIMARY KEY, name text)"
}

private enum Second: Migration {
    static let id = "0002-shop-add-name"
    static let sql = "ALTER TABLE shop.item ADD COLUMN name text; SELECT pg_sleep(0.05)"
}

private enum Broken: Migration {
    static let id = "0003-shop-broken"
    static let sql = "CREATE TABLE shop.half (id int); SELECT 1/0"
}

private enum Ending: Migration {
    static let id = "0004-shop-ending"
    static let sql = "CREATE TABLE shop.ended (id int); COMMIT; BEGIN"
}

struct MigrationTests {
    private func migrator(_ database: TestDatabase, _ migrations: [any Migration.Type]) -> Migrator {
        Migrator(configuration: database.configuration(role: nil), migrations: migrations, loops: database.loops)
    }

    private func landed(_ database: TestDatabase) async throws -> [String] {
        try await database.client.query("SELECT id FROM trellis.schema_migration ORDER BY applied_at, id").map {
            try $0.decode(String.self)
        }
    }

    @Test func `migrations are done once, in order, and what they make belongs to the owner`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            #expect(try await migrator(database, [First.self]).migrate() == [First.id])
            #expect(try await migrator(database, [First.self, Second.self]).migrate() == [Second.id])
            #expect(try await migrator(database, [First.self, Second.self]).migrate() == [])
            #expect(
                try await landed(database) == [
                    M0001CreateRolesAndScope.id, M0011KeepLogLevels.id, M0012ScopePoliciesOnce.id, First.id, Second.id,
                ])
            let owner = try await database.client.query("SELECT tableowner::text FROM pg_tables WHERE schemaname = 'shop'").first
            #expect(try owner?.decode(String.self) == "trellis_owner")
        }
    }

    @Test func `of several that migrate at once one does it`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let all = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 { group.addTask { try await migrator(database, [First.self, Second.self]).migrate() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(all.flatMap(\.self) == [First.id, Second.id])
            #expect(all.count { $0.isEmpty } == 3)
        }
    }

    @Test func `an edited migration is refused before anything is done`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await migrator(database, [First.self]).migrate()
            await #expect(throws: MigrationError.edited(First.id)) {
                try await migrator(database, [FirstEdited.self, Second.self]).migrate()
            }
            #expect(try await landed(database).contains(Second.id) == false)
        }
    }

    @Test func `a database that is newer than the program is refused, and so are two migrations of one name`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await migrator(database, [First.self, Second.self]).migrate()
            await #expect(throws: MigrationError.unknown([Second.id])) { try await migrator(database, [First.self]).migrate() }
            await #expect(throws: MigrationError.duplicate(First.id)) {
                try await migrator(database, [First.self, FirstEdited.self]).migrate()
            }
        }
    }

    @Test func `a migration that fails is undone whole, and those before it stay`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let error = await #expect(throws: MigrationError.self) {
                try await migrator(database, [First.self, Broken.self]).migrate()
            }
            guard case .failed(Broken.id, let reason) = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(reason.sqlState == "22012")
            #expect(try await landed(database).last == First.id)
            #expect(try await database.adminClient.query("SELECT to_regclass('shop.half')::text").first?.decode(String?.self) == nil)
        }
    }

    @Test func `a migration that ends its own transaction is refused`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            await #expect(throws: MigrationError.endedTransaction(Ending.id)) {
                try await migrator(database, [First.self, Ending.self]).migrate()
            }
            #expect(try await landed(database).contains(Ending.id) == false)
        }
    }

    @Test func `a migration does not wait long for a lock`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await migrator(database, [First.self]).migrate()
            try await database.ownerClient.withTransaction(scope: .none) { transaction in
                try await transaction.execute("LOCK TABLE shop.item")
                var migrator = migrator(database, [First.self, Second.self])
                migrator.lockTimeout = .milliseconds(50)
                let error = await #expect(throws: MigrationError.self) { try await migrator.migrate() }
                guard case .failed(Second.id, let reason) = error else { return #expect(Bool(false), "\(String(describing: error))") }
                #expect(reason.isLockTimeout)
            }
        }
    }

    @Test func `the platform's schema is the one that was read`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            try Snapshot.verify(try await database.schema(), named: "platform-schema.sql")
        }
    }
}
