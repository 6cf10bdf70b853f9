import Core
import PlatformTesting
import Postgres
import Testing

struct ErrorTests {
    private func withTables(_ body: (PostgresClient, TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await database.ownerClient.execute("CREATE SCHEMA shop")
            try await database.ownerClient.execute(
                "CREATE TABLE shop.person (id int PRIMARY KEY, email text NOT NULL CONSTRAINT person_email_key UNIQUE, age int CHECK (age > 0))"
            )
            try await database.ownerClient.execute("CREATE TABLE shop.pet (owner int REFERENCES shop.person)")
            try await body(database.ownerClient, database)
        }
    }

    @Test func `broken constraints are told apart and name the constraint, not the data`() async throws {
        try await withTables { client, _ async throws in
            try await client.execute("INSERT INTO shop.person VALUES (1, 'ada@example.com', 36)")
            let unique = await #expect(throws: PostgresError.self) {
                try await client.execute("INSERT INTO shop.person VALUES (2, \("ada@example.com"), 1)")
            }
            #expect(unique?.isUniqueViolation == true)
            #expect(unique?.violates("person_email_key") == true)
            #expect(unique?.table == "person" && unique?.schema == "shop")
            #expect(unique?.detail?.contains("ada@example.com") == true)
            for text in unique.map({ ["\($0)", String(reflecting: $0), errorChain($0)] }) ?? [] {
                #expect(text.contains("person_email_key"))
                #expect(!text.contains("ada@"))
            }
            var dumped = ""
            dump(unique, to: &dumped)
            #expect(!dumped.contains("ada@"))

            let foreign = await #expect(throws: PostgresError.self) { try await client.execute("INSERT INTO shop.pet VALUES (99)") }
            #expect(foreign?.isForeignKeyViolation == true)
            let check = await #expect(throws: PostgresError.self) {
                try await client.execute("INSERT INTO shop.person VALUES (3, 'x', \(-1))")
            }
            #expect(check?.isCheckViolation == true)
            let null = await #expect(throws: PostgresError.self) { try await client.execute("INSERT INTO shop.person VALUES (4, NULL)") }
            #expect(null?.sqlState == .notNullViolation && null?.column == "email")
            #expect(try await client.query("SELECT * FROM shop.person").count == 1)
        }
    }

    @Test func `faults of the program have their SQLSTATE, and the connection lives on`() async throws {
        try await withTables { client, _ async throws in
            for (statement, state) in [
                ("SELEC 1", "42601"), ("SELECT * FROM nowhere", "42P01"), ("SELECT 1/0", "22012"), ("SELECT 'x'::int", "22P02"),
                ("SELECT 1; SELECT 2", "42601"), ("", nil),
            ] as [(Statement, SQLState?)] {
                if let state {
                    let error = await #expect(throws: PostgresError.self) { try await client.query(statement) }
                    #expect(error?.sqlState == state && error?.kind == .statement)
                } else {
                    #expect(try await client.query(statement).isEmpty)
                }
            }
            let text = await #expect(throws: PostgresError.self) { try await client.query("SELECT \("a\0b")") }
            #expect(text?.sqlState == "22021")
            let name = await #expect(throws: PostgresError.self) { try await client.query("SELECT * FROM \(identifier: "")") }
            #expect(name?.kind == .invalidStatement)
            #expect(try await client.query("SELECT 1").count == 1)
        }
    }

    @Test func `a statement that takes too long is stopped by the server`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            var configuration = database.configuration()
            configuration.statementTimeout = .milliseconds(50)
            let client = PostgresClient(configuration: configuration, loops: database.loops)
            let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT pg_sleep(60)") }
            #expect(error?.isStatementTimeout == true)
            #expect(try await client.query("SELECT 1").count == 1)
            let options = TransactionOptions(statementTimeout: .seconds(20), lockTimeout: .seconds(3))
            let row = try await client.withTransaction(options, scope: .none) { transaction in
                try await transaction.query("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')").first
            }
            let (statement, lock) = try #require(try row?.decode((String, String).self))
            #expect(statement == "20s" && lock == "3s")
            await client.close()
        }
    }

    @Test func `a lock that is not had in time is an error of its own`() async throws {
        try await withTables { client, database async throws in
            var configuration = database.configuration(role: .owner)
            configuration.lockTimeout = .milliseconds(50)
            let impatient = PostgresClient(configuration: configuration, loops: database.loops)
            try await client.withTransaction(scope: .none) { transaction in
                try await transaction.execute("LOCK TABLE shop.person")
                let error = await #expect(throws: PostgresError.self) { try await impatient.query("SELECT * FROM shop.person") }
                #expect(error?.isLockTimeout == true)
            }
            #expect(try await impatient.query("SELECT * FROM shop.person").isEmpty)
            await impatient.close()
        }
    }

    @Test func `a database that does not exist, and one that cannot be reached, are told apart`() async throws {
        try await TestDatabase.withDatabase { database async throws in
            let wrong = PostgresClient(
                configuration: PostgresConfiguration(url: database.url + "_gone"), loops: database.loops)
            let unknown = await #expect(throws: PostgresError.self) { try await wrong.query("SELECT 1") }
            #expect(unknown?.kind == .connectionFailed && unknown?.sqlState == .invalidCatalogName)
            await wrong.close()

            // Port 1 of the loopback refuses.
            var configuration = PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none")
            configuration.acquireTimeout = .milliseconds(300)
            let unreachable = PostgresClient(configuration: configuration, loops: database.loops)
            let refused = await #expect(throws: PostgresError.self) { try await unreachable.query("SELECT 1") }
            #expect(refused?.kind == .connectionFailed && refused?.sqlState == nil)
            await unreachable.close()
        }
    }

    @Test func `a copy sent as an ordinary statement costs its connection and nothing else`() async throws {
        try await withTables { client, _ async throws in
            for statement in ["COPY shop.pet FROM STDIN", "COPY shop.person TO STDOUT"] as [Statement] {
                await #expect(throws: PostgresError.self) { try await client.query(statement) }
                #expect(try await client.query("SELECT 1").count == 1)
            }
        }
    }
}
