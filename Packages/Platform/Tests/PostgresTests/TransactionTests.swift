import Core
import EventLoops
import HTTPClient
import PlatformTesting
import Postgres
import Synchronization
import Testing

private struct Refusal: Error, Equatable {
    let reason: String
}

struct TransactionTests {
    private func withTable(_ body: (PostgresClient, TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { database async throws in
            try await database.ownerClient.execute("CREATE SCHEMA shop")
            try await database.ownerClient.execute("CREATE TABLE shop.item (id int PRIMARY KEY, stock int NOT NULL DEFAULT 0)")
            var configuration = database.configuration(role: .owner)
            configuration.poolSizePerLoop = 4
            let client = PostgresClient(configuration: configuration, loops: database.loops)
            try await body(client, database)
            await client.close()
        }
    }

    private func ids(_ client: PostgresClient) async throws -> [Int] {
        try await client.query("SELECT id FROM shop.item ORDER BY id").map { try $0.decode(Int.self) }
    }

    @Test func `what a body did is undone when it throws, and its error comes out as it was`() async throws {
        try await withTable { client, _ async throws in
            let error = await #expect(throws: Refusal.self) {
                try await client.withTransaction(scope: .none) { transaction in
                    try await transaction.execute("INSERT INTO shop.item VALUES (1)")
                    throw Refusal(reason: "sold out")
                }
            }
            #expect(error == Refusal(reason: "sold out"))
            let duplicate = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(scope: .none) { transaction in
                    try await transaction.pipeline(["INSERT INTO shop.item VALUES (1)", "INSERT INTO shop.item VALUES (1)"])
                }
            }
            #expect(duplicate?.isUniqueViolation == true)
            #expect(try await ids(client) == [])
        }
    }

    @Test func `OPS-077 while a transaction is open nobody outside is called, by HTTP or by SMTP, and afterwards they are`() async throws {
        var configuration = CurlTransport.Configuration()
        configuration.allowsPlainLoopback = true
        let http = CurlTransport(configuration: configuration)
        let smtp = try SMTPTransport(url: SecretString("smtp://127.0.0.1:1"))
        let mail = SMTPMessage(sender: "a@example.com", recipients: ["b@example.com"], content: Array("Subject: a\r\n\r\nb".utf8))
        func call() async -> [any Error] {
            var errors: [any Error] = []
            do { _ = try await http.send(ClientRequest("GET", "http://127.0.0.1:1/")) } catch { errors.append(error) }
            do { _ = try await smtp.send(mail) } catch { errors.append(error) }
            return errors
        }
        try await withTable { client, _ async throws in
            let within = try await client.withTransaction(scope: .none) { transaction in
                try await transaction.execute("INSERT INTO shop.item VALUES (1)")
                return await call()
            }
            #expect(within.map { $0 is CallWithinTransaction } == [true, true], "\(within)")
            // Nobody listens there, which only who calls can find out.
            let after = await call()
            #expect(after.map { $0 is CallWithinTransaction } == [false, false], "\(after)")
            #expect(try await ids(client) == [1])
        }
        http.close()
        smtp.close()
    }

    @Test func `a body that swallows the error of a statement does not commit half of it`() async throws {
        try await withTable { client, _ async throws in
            let error = await #expect(throws: PostgresTransactionError.self) {
                try await client.withTransaction(scope: .none) { transaction in
                    try await transaction.execute("INSERT INTO shop.item VALUES (1)")
                    _ = try? await transaction.query("SELECT 1/0")
                    _ = try? await transaction.query("SELECT 1")
                }
            }
            guard case .abortedByStatement = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(try await ids(client) == [])
        }
    }

    @Test func `a savepoint is undone alone`() async throws {
        try await withTable { client, _ async throws in
            try await client.withTransaction(scope: .none) { transaction in
                try await transaction.execute("INSERT INTO shop.item VALUES (1)")
                await #expect(throws: PostgresError.self) {
                    try await transaction.savepoint {
                        try await transaction.execute("INSERT INTO shop.item VALUES (2)")
                        try await transaction.execute("INSERT INTO shop.item VALUES (1)")
                    }
                }
                try await transaction.savepoint {
                    try await transaction.execute("INSERT INTO shop.item VALUES (3)")
                    await #expect(throws: Refusal.self) {
                        try await transaction.savepoint {
                            try await transaction.execute("INSERT INTO shop.item VALUES (4)")
                            throw Refusal(reason: "inner")
                        }
                    }
                    try await transaction.execute("INSERT INTO shop.item VALUES (5)")
                }
            }
            #expect(try await ids(client) == [1, 3, 5])
        }
    }

    @Test func `a constraint that is checked at the end refuses the commit`() async throws {
        try await withTable { client, _ async throws in
            try await client.execute(
                "CREATE TABLE shop.part (item int REFERENCES shop.item DEFERRABLE INITIALLY DEFERRED)")
            let error = await #expect(throws: PostgresTransactionError.self) {
                try await client.withTransaction(scope: .none) { try await $0.execute("INSERT INTO shop.part VALUES (7)") }
            }
            guard case .commit(let refused) = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(refused.isForeignKeyViolation)
            #expect(error.flatMap { PostgresError.found(in: $0) } == refused)
            #expect(try await client.query("SELECT * FROM shop.part").isEmpty)
        }
    }

    @Test func `a connection lost while committing leaves the outcome unknown, and nothing is tried again`() async throws {
        try await withTable { client, database async throws in
            try await database.adminClient.withConnection { connection in
                try await connection.script(
                    """
                    CREATE FUNCTION shop.wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
                    GRANT EXECUTE ON FUNCTION shop.wait() TO PUBLIC;
                    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON shop.item DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION shop.wait();
                    """)
            }
            let runs = Counter()
            let committing = Task {
                try await client.withTransaction(TransactionOptions(retries: 3), scope: .none) { transaction in
                    runs.increment()
                    try await transaction.execute("INSERT INTO shop.item VALUES (1)")
                }
            }
            let pid = try await untilActive("COMMIT", seenBy: database.adminClient)
            try await database.adminClient.execute("SELECT pg_terminate_backend(\(pid))")
            let error = await #expect(throws: PostgresTransactionError.self) { try await committing.value }
            guard case .commitOutcomeUnknown = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(runs.value == 1)
        }
    }

    @Test func `a transaction that cannot begin says so`() async throws {
        try await withTable { client, _ async throws in
            // Time limits are set with BEGIN: the server refuses a negative one.
            let error = await #expect(throws: PostgresTransactionError.self) {
                try await client.withTransaction(TransactionOptions(lockTimeout: .seconds(-5)), scope: .none) { transaction in
                    try await transaction.query("SELECT 1")
                }
            }
            guard case .begin = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(try await client.query("SELECT 1").count == 1)
        }
    }

    @Test func `serializable transactions that collide are done again when that was asked for`() async throws {
        try await withTable { client, _ async throws in
            try await client.execute("INSERT INTO shop.item VALUES (1, 0)")
            let runs = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await client.withTransaction(TransactionOptions(isolation: .serializable, retries: 50), scope: .none) {
                            transaction in
                            runs.increment()
                            let stock = try await transaction.query("SELECT stock FROM shop.item WHERE id = 1").first?.decode(Int.self) ?? 0
                            try await transaction.execute("UPDATE shop.item SET stock = \(stock + 1) WHERE id = 1")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.query("SELECT stock FROM shop.item").first?.decode(Int.self) == 8)
            #expect(runs.value >= 8)
        }
    }

    @Test func `a collision comes out when no retry was asked for`() async throws {
        try await withTable { client, _ async throws in
            try await client.execute("INSERT INTO shop.item VALUES (1, 0)")
            let options = TransactionOptions(isolation: .repeatableRead)
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(options, scope: .none) { transaction in
                    _ = try await transaction.query("SELECT stock FROM shop.item")
                    try await client.execute("UPDATE shop.item SET stock = 5")
                    try await transaction.execute("UPDATE shop.item SET stock = 6")
                }
            }
            #expect(error?.isRetryableConflict == true)
            #expect(try await client.query("SELECT stock FROM shop.item").first?.decode(Int.self) == 5)
        }
    }

    @Test func `a read-only transaction cannot write`() async throws {
        try await withTable { client, _ async throws in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(TransactionOptions(isReadOnly: true), scope: .none) { transaction in
                    try await transaction.execute("INSERT INTO shop.item VALUES (1)")
                }
            }
            #expect(error?.sqlState == "25006")
        }
    }

    @Test func `a pipeline gives the rows of each statement, and is one transaction`() async throws {
        try await withTable { client, _ async throws in
            let results = try await client.pipeline([
                "INSERT INTO shop.item VALUES (1), (2) RETURNING id", "SELECT count(*) FROM shop.item", "UPDATE shop.item SET stock = 3",
            ])
            #expect(results.map(\.count) == [2, 1, 0])
            await #expect(throws: PostgresError.self) {
                try await client.pipeline(["INSERT INTO shop.item VALUES (3)", "SELECT 1/0", "INSERT INTO shop.item VALUES (4)"])
            }
            #expect(try await ids(client) == [1, 2])
            #expect(try await client.execute("UPDATE shop.item SET stock = 4") == 2)
            #expect(try await client.execute("DELETE FROM shop.item WHERE id > 100") == 0)
        }
    }

    @Test func `what is posted is done in its turn, with the next statement or the commit, and its rows are told`() async throws {
        try await withTable { client, _ async throws in
            let told = Mutex<[Int]>([])
            try await client.withTransaction(scope: .none) { transaction in
                try await transaction.post("INSERT INTO shop.item VALUES (1)")
                try await transaction.post("INSERT INTO shop.item VALUES (2) RETURNING id") { result in
                    told.withLock { $0 += ((try? result.get()) ?? []).compactMap { try? $0.decode(Int.self) } }
                }
                #expect(told.withLock(\.self) == [])
                #expect(try await transaction.query("SELECT id FROM shop.item").count == 2)
                #expect(told.withLock(\.self) == [2])
                try await transaction.post("UPDATE shop.item SET stock = 7 WHERE id = 2")
            }
            try await client.withTransaction(scope: .none) { try await $0.post("INSERT INTO shop.item VALUES (3)") }
            try await client.withTransaction(scope: .none) { transaction in
                for id in 100..<300 { try await transaction.post("INSERT INTO shop.item VALUES (\(id))") }
            }
            #expect(try await ids(client) == [1, 2, 3] + (100..<300))
            #expect(try await client.query("SELECT stock FROM shop.item WHERE id = 2").first?.decode(Int.self) == 7)
        }
    }

    @Test func `what is posted and refused undoes everything, whether a statement comes behind it, a savepoint or the commit`()
        async throws
    {
        try await withTable { client, _ async throws in
            try await client.execute("INSERT INTO shop.item VALUES (1)")
            let refused = Mutex(0)
            let ways: [@Sendable (PostgresTransaction) async throws -> Void] = [
                { _ in }, { try await $0.execute("INSERT INTO shop.item VALUES (9)") }, { try await $0.savepoint {} },
                { try await $0.post("INSERT INTO shop.item VALUES (9)") },
            ]
            for way in ways {
                for hasBegun in [false, true] {
                    let error = await #expect(throws: PostgresError.self) {
                        try await client.withTransaction(scope: .none) { transaction in
                            if hasBegun { try await transaction.execute("INSERT INTO shop.item VALUES (8)") }
                            try await transaction.post("INSERT INTO shop.item VALUES (1)") {
                                if case .failure(let error) = $0, error.isUniqueViolation { refused.withLock { $0 += 1 } }
                            }
                            try await way(transaction)
                        }
                    }
                    #expect(error?.isUniqueViolation == true)
                    #expect(try await ids(client) == [1])
                }
            }
            #expect(refused.withLock(\.self) == 8)
            // The connections are as good as before.
            try await client.withTransaction(scope: .none) { try await $0.post("INSERT INTO shop.item VALUES (2)") }
            #expect(try await ids(client) == [1, 2])
        }
    }

    @Test func `what is posted within a savepoint goes and stays with it`() async throws {
        try await withTable { client, _ async throws in
            try await client.withTransaction(scope: .none) { transaction in
                try await transaction.post("INSERT INTO shop.item VALUES (1)")
                await #expect(throws: Refusal.self) {
                    try await transaction.savepoint {
                        try await transaction.post("INSERT INTO shop.item VALUES (2)")
                        throw Refusal(reason: "sold out")
                    }
                }
                let error = await #expect(throws: PostgresError.self) {
                    try await transaction.savepoint { try await transaction.post("INSERT INTO shop.item VALUES (1)") }
                }
                #expect(error?.isUniqueViolation == true)
                try await transaction.savepoint { try await transaction.post("INSERT INTO shop.item VALUES (3)") }
            }
            #expect(try await ids(client) == [1, 3])
        }
    }

    @Test func `a transaction that does nothing sends nothing, and ends`() async throws {
        try await withTable { client, database async throws in
            try await client.withTransaction(scope: .system) { _ in }
            await #expect(throws: Refusal.self) {
                try await client.withTransaction(scope: .system) { _ in throw Refusal(reason: "x") }
            }
            #expect(await client.statistics().busy == 0)
        }
    }

    @Test func `a transaction kept beyond its end refuses`() async throws {
        try await withTable { client, database async throws in
            let loop = database.loops.loops[0]
            try await Task(executorPreference: loop) {
                var kept: PostgresTransaction?
                try await client.withTransaction(scope: .none) { transaction in
                    _ = try await transaction.query("SELECT 1")
                    kept = transaction
                }
                let error = await #expect(throws: PostgresError.self) { try await kept?.query("SELECT 1") }
                #expect(error?.kind == .invalidStatement)
            }.value
        }
    }
}
