import Composition
import Core
import Foundation
import PlatformTesting
import Postgres
import Testing

/// Transactions that do not say for whom they work, connections that served somebody else before, and the functions that look beyond a scope.
@Suite struct ScopeTests {
    private struct Crash: Error {}

    @Test func `SEC-037 without a scope, or with an empty one, no table shows a row or takes one`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let bare = try await BareTables(database)
            let owner = UUID()
            #expect(bare.tables.count > 40)
            for table in bare.tables {
                guard let column = table.orgColumn ?? table.userColumn else { continue }
                try await bare.plant(table, column, owner: owner)
                for client in [database.client, database.systemClient] {
                    for setting in [nil, "", " ", "system "] as [String?] {
                        let seen = try await rows(of: table, by: client, scope: setting)
                        #expect(seen == 0, "\(table) shows \(seen) rows under \(setting ?? "no scope")")
                        let isTaken = await takes(table, column, owner, by: client, scope: setting)
                        #expect(!isTaken, "\(table) takes a row under \(setting ?? "no scope")")
                    }
                }
            }
        }
    }

    /// How many rows a role sees; none where it may not even ask.
    private func rows(of table: GuardedTable, by client: PostgresClient, scope: String?) async throws -> Int {
        do {
            return try await client.withTransaction(scope: .none) { transaction in
                if let scope { try await set(scope, in: transaction) }
                return try await transaction.query(Statement("SELECT count(*) FROM \(table)", [])).first?.decode(Int.self) ?? 0
            }
        } catch let error where PostgresError.found(in: error)?.sqlState == .insufficientPrivilege {
            return 0
        } catch let error where PostgresError.found(in: error)?.sqlState == "22P02" {
            // What is no id is refused as none.
            return 0
        }
    }

    private func takes(_ table: GuardedTable, _ column: String, _ owner: UUID, by client: PostgresClient, scope: String?) async -> Bool {
        let outcome = try? await client.withTransaction(scope: .none) { transaction in
            if let scope { try await set(scope, in: transaction) }
            return try await transaction.execute(table.insertion(column, owner: owner))
        }
        return outcome != nil
    }

    private func set(_ scope: String, in transaction: PostgresTransaction) async throws {
        for name in ["trellis.scope", "trellis.org_id", "trellis.user_id"] {
            // What is no id must show nothing either; that it is an error is as good.
            _ = try await transaction.query("SELECT set_config(\(name), \(scope), true)")
        }
    }

    @Test func `SEC-037 a connection keeps no scope: after a commit, an error, a statement that failed and a lost server it shows nothing`()
        async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let bare = try await BareTables(database)
            let table = try #require(
                bare.tables.first { $0.orgColumn != nil && $0.description == "orgs.org_user" || $0.orgColumn == "org_id" })
            let column = try #require(table.orgColumn)
            let owner = UUID()
            try await bare.plant(table, column, owner: owner)
            var configuration = database.configuration(role: .app)
            configuration.poolSizePerLoop = 1
            let client = PostgresClient(configuration: configuration, loops: database.loops)
            let all = Statement("SELECT count(*) FROM \(table)", [])
            func count(_ transaction: PostgresTransaction) async throws -> Int {
                try await transaction.query(all).first?.decode(Int.self) ?? 0
            }
            func leave() async throws -> Int {
                // Without a transaction, and in one without a scope.
                let bare = try await client.query(all).first?.decode(Int.self) ?? 0
                return try await client.withTransaction(scope: .none) { try await count($0) } + bare
            }
            #expect(try await client.withTransaction(scope: .org(owner)) { try await count($0) } == 1)
            #expect(try await leave() == 0)
            await #expect(throws: Crash.self) {
                try await client.withTransaction(scope: .org(owner)) { transaction in
                    _ = try await count(transaction)
                    throw Crash()
                }
            }
            #expect(try await leave() == 0)
            _ = try? await client.withTransaction(scope: .org(owner)) { try await $0.query("SELECT 1 / 0") }
            #expect(try await leave() == 0)
            _ = try? await client.withTransaction(scope: .org(owner)) { transaction in
                let backend = try await transaction.query("SELECT pg_backend_pid()").first?.decode(Int32.self) ?? 0
                _ = try await database.adminClient.query("SELECT pg_terminate_backend(\(backend))")
                return try await count(transaction)
            }
            #expect(try await leave() == 0)
            await client.close()
        }
    }

    /// The only functions that do more than their caller may, each with what it gives back. A new one is a decision.
    private static let definers: [String] = [
        "audit.await_link", "audit.backlog", "audit.check_class", "audit.check_entry", "audit.detach_month", "audit.drop_month",
        "audit.ensure_month", "audit.erase_private", "audit.is_held", "audit.keep_holds", "audit.missing_months", "audit.month_is_free",
        "audit.own_place", "audit.proof_checkpoint",
        "audit.proof_following",
        "audit.proof_leaves", "audit.proof_link", "audit.require_entry",
        "audit.seal_of",
        "billing.close_hold", "billing.hold_credits",
        "billing.post_credits", "billing.take_invoice_number", "identity.authenticate", "identity.clean_up", "identity.clean_up_ceremonies",
        "identity.erase_traces", "identity.purge_account",
        "identity.record_pending_activity", "jobs.forget_history", "jobs.keep_history", "jobs.kind_id", "notifications.withdraw_mails",
        "orgs.account_changed",
        "orgs.count_owners", "orgs.count_slots", "orgs.require_owner",
    ]

    /// What removes something belongs to a role of its own (AUD-031).
    private static let removers = ["audit.erase_private": "trellis_eraser", "audit.drop_month": "trellis_remover"]

    @Test func `SEC-039 the functions that see more than their caller are these, each with a search path of its own and not for everybody`()
        async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let rows = try await database.adminClient.query(
                """
                SELECT n.nspname || '.' || p.proname AS name, coalesce(array_to_string(p.proconfig, ','), '') AS settings,
                    pg_get_function_result(p.oid) AS result, pg_get_userbyid(p.proowner) AS owner
                FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE p.prosecdef AND n.nspname !~ '^pg_|^information_schema$' ORDER BY 1
                """)
            let names = try rows.map { try $0.decode("name", as: String.self) }
            #expect(Set(names) == Set(Self.definers), "\(Set(names).symmetricDifference(Self.definers).sorted())")
            for row in rows {
                let (name, settings, result, owner) = try row.decode((String, String, String, String).self)
                #expect(settings.contains("search_path="), "\(name) has no search path of its own")
                #expect(!settings.contains("public"), "\(name) looks where others may put things")
                #expect(!result.hasPrefix("SETOF") || !result.contains("record"), "\(name) gives rows that nobody declared")
                #expect(owner == Self.removers[name] ?? "trellis_owner", "\(name) belongs to \(owner)")
            }
        }
    }

    @Test func `SEC-039 whatever they are given, functions that see more give nothing away and change nothing of others`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let functions = try await database.adminClient.query(
                """
                SELECT n.nspname || '.' || p.proname AS name,
                    ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, n) ORDER BY n) AS arguments
                FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype AND n.nspname !~ '^pg_|^information_schema$'
                """)
            var tried = 0
            for row in functions {
                let (name, types) = try row.decode((String, [String]).self)
                for value in [
                    "NULL", "''", "'%'", "''' OR true --'", "'x''; DROP TABLE orgs.org; --'", "repeat('a', 100000)", "-1",
                    "9223372036854775807",
                ] {
                    let arguments = types.map { Self.argument(value, as: $0) }.joined(separator: ", ")
                    for client in [database.client, database.systemClient] {
                        // Refused or empty; what counts is that it is an answer, and what stands afterwards.
                        _ = try? await client.withTransaction(scope: .none) {
                            try await $0.query(Statement("SELECT \(name)(\(arguments))", []))
                        }
                        tried += 1
                    }
                }
            }
            #expect(tried >= 100)
            let tables = try await database.adminClient.query(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'orgs' AND tablename = 'org'")
            #expect(try tables.first?.decode(Int.self) == 1)
            let changed = try await database.adminClient.query(
                "SELECT (SELECT count(*) FROM orgs.org) + (SELECT count(*) FROM identity.account) + (SELECT count(*) FROM audit.entry)")
            #expect(try changed.first?.decode(Int.self) == 0)
        }
    }

    private static func argument(_ value: String, as type: String) -> String {
        switch type {
        case "text", "character varying": "(\(value))::text"
        case "bigint", "integer", "smallint", "numeric":
            value.hasPrefix("'") || value.hasPrefix("repeat") ? "0" : "least(\(value), 30000)::\(type)"
        case "boolean": "NULL::boolean"
        default: "NULL::\(type)"
        }
    }
}
