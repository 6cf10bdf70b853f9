import EventLoops
import Foundation
import PlatformTesting
import Postgres
import Testing

/// What a login may do that is no superuser, as in production.
struct LoginTests {
    private let name = "trellis_test_login_\(UInt32.random(in: .min ... .max))"
    private let password = "p\(UInt64.random(in: .min ... .max))"

    /// The URL of a database for this login.
    private func url(_ database: TestDatabase, name databaseName: String? = nil) throws -> String {
        var components = try #require(URLComponents(string: database.url))
        components.user = name
        components.password = password
        if let databaseName { components.path = "/\(databaseName)" }
        return try #require(components.string)
    }

    private func withLogin(_ attributes: String, _ body: (TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { database async throws in
            // A role's password is no parameter for the server; these are random letters and digits.
            let sql: String = "CREATE ROLE \(name) LOGIN PASSWORD '\(password)' \(attributes)"
            try await database.adminClient.execute(Statement(sql))
            let result: Result<Void, any Error>
            do { result = .success(try await body(database)) } catch { result = .failure(error) }
            try await database.adminClient.execute("DROP ROLE \(identifier: name)")
            try result.get()
        }
    }

    @Test func `a login that is a member of the app's role alone cannot become anything else`() async throws {
        try await withLogin("IN ROLE trellis_app") { database async throws in
            for (role, isAllowed) in [(PostgresConfiguration.Role.app, true), (.system, false), (.owner, false)] {
                let client = PostgresClient(configuration: PostgresConfiguration(url: try url(database), role: role), loops: database.loops)
                if isAllowed {
                    let row = try await client.query("SELECT current_user::text, session_user::text").first
                    let (current, session) = try #require(try row?.decode((String, String).self))
                    #expect(current == "trellis_app" && session == name)
                    let error = await #expect(throws: PostgresError.self) { try await client.execute("SET ROLE trellis_owner") }
                    #expect(error?.sqlState == .insufficientPrivilege)
                } else {
                    let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
                    #expect(error?.kind == .connectionFailed && error?.sqlState != nil)
                }
                await client.close()
            }
        }
    }

    @Test func `a database is migrated by its owner, who is no superuser`() async throws {
        try await withLogin("CREATEROLE") { database async throws in
            let other = "\(database.name)_own"
            try await database.adminClient.execute("CREATE DATABASE \(identifier: other) OWNER \(identifier: name)")
            var result = Result<[String], any Error>.success([])
            do {
                let configuration = PostgresConfiguration(url: try url(database, name: other))
                let migrator = Migrator(configuration: configuration, migrations: [CreateShop.self], loops: database.loops)
                result = .success(try await migrator.migrate())
                let client = PostgresClient(
                    configuration: PostgresConfiguration(url: try url(database, name: other), role: .app), loops: database.loops)
                #expect(try await client.query("SELECT id FROM trellis.schema_migration").count == 4)
                #expect(try await client.query("SELECT * FROM shop.item").isEmpty)
                await client.close()
            } catch {
                result = .failure(error)
            }
            try await database.adminClient.execute("DROP DATABASE \(identifier: other) WITH (FORCE)")
            #expect(try result.get() == [M0001CreateRolesAndScope.id, M0011KeepLogLevels.id, M0012ScopePoliciesOnce.id, CreateShop.id])
        }
    }

    private enum CreateShop: Migration {
        static let id = "0001-shop-create-item"
        static let sql = """
            CREATE SCHEMA shop;
            CREATE TABLE shop.item (id bigint PRIMARY KEY);
            GRANT USAGE ON SCHEMA shop TO trellis_app;
            GRANT SELECT ON shop.item TO trellis_app;
            """
    }
}
