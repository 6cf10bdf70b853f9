import Composition
import Core
import Foundation
import PlatformTesting
import Postgres
import Testing

/// Isolation at the level of the database: generated from its catalogue, so that a new table is covered without writing anything.
@Suite struct RowSecurityTests {
    private static let mine = UUID()
    private static let others = UUID()

    /// Tables without an owner, each with the reason why nobody's rows are in it.
    private static let ownerless: [String: String] = [
        "audit.deduplication": "digests of entries for a moment", "audit.event_type": "the catalogue of types",
        "audit.type_writer": "which process writes which type",
        "audit.network_client": "networks, shared by all who come from them", "audit.node": "the product's own processes",
        "audit.reference_kind": "the catalogue of kinds", "billing.catalogue_version": "the offering, for everybody",
        "billing.control": "the switches of the installation", "billing.call_bucket": "counts of calls to the provider",
        "billing.invoice_counter": "the issuer's numbers", "billing.provider_cursor": "how far the provider's lists were read",
        "billing.reconciliation_run": "counts of comparisons with the provider",
        "admin.operator": "the people who run the product", "admin.operator_token": "how they prove who they are, as hashes",
        "admin.operator_passkey": "their passkeys", "admin.operator_enrolment": "links by which they enrol one, as hashes",
        "admin.operator_challenge": "what a passkey signs once, as hashes", "admin.operator_session": "who of them is signed in, as hashes",
        "admin.operator_request": "keys of their requests and what was answered",
        "admin.approval": "what takes two of them, with what it is about",
        "admin.operator_allowance": "sums of what they gave away on a day",
        "audit.archive": "months that are in archives", "audit.legal_hold": "what is kept for a court, by operators",
        "audit.coverage": "the last entry of each thing, by id", "audit.coverage_waiver": "that a database is one of tests",
        "audit.unsealed": "entries that wait to be linked, by id", "audit.link": "hashes of entries",
        "audit.checkpoint": "signed hashes of the whole log", "audit.chain_head": "the newest hash of each chain",
        "audit.signing_key": "public keys of the log", "graphs.repository": "what is offered to everybody",
        "trellis.log_level": "how much the processes log", "billing.plan_price": "the offering, for everybody",
        "graphs.deployment": "the product's own settings",
        "graphs.engine_mark": "what the product made on its own servers",
        "graphs.graph_host": "the product's own servers", "graphs.host_sample": "what the product's own servers hold",
        "limits.strict_bucket": "counts of callers, without names",
        "limits.override": "other figures for single callers, without names",
        "notifications.mail_move": "states of mails by id, without content", "trellis.schema_migration": "steps of the schema",
    ]
    /// The queue is worked by the product for everybody; no route reads it for a caller.
    private static let queue = "jobs."

    @Test func `SEC-034 every table is guarded, or stands on a list with the reason`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let rows = try await database.adminClient.query(
                """
                SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS is_guarded,
                    (SELECT array_agg(DISTINCT polcmd::text) FROM pg_policy WHERE polrelid = c.oid) AS commands,
                    c.relispartition AS is_partition,
                    EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('org_id', 'user_id')) AS has_owner
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_|^information_schema$'
                """)
            #expect(rows.count > 40)
            var seen: Set<String> = []
            for row in rows {
                let name: String = try row.decode("name")
                seen.insert(name)
                guard try row.decode("is_guarded", as: Bool.self) else {
                    #expect(Self.ownerless[name] != nil || name.hasPrefix(Self.queue), "\(name) is not guarded")
                    #expect(try !row.decode("has_owner", as: Bool.self), "\(name) has an owner")
                    continue
                }
                #expect(Self.ownerless[name] == nil, "\(name) is guarded and on the list")
                guard try !row.decode("is_partition", as: Bool.self) else { continue }
                let commands = try row.decode("commands", as: [String]?.self) ?? []
                #expect(commands.contains("*") || Set(commands).isSuperset(of: ["r", "a"]), "\(name): \(commands)")
            }
            #expect(Set(Self.ownerless.keys).subtracting(seen).isEmpty)
        }
    }

    @Test func `SEC-044 SEC-038 no statement of any role reaches a row of another org, and none moves a row there`() async throws {
        try await check(TransactionScope.org) { $0.orgColumn }
    }

    @Test func `SEC-040 no statement of any role reaches what belongs to another person`() async throws {
        try await check(TransactionScope.user) { $0.userColumn }
    }

    private func check(_ scope: (UUID) -> TransactionScope, _ column: (GuardedTable) -> String?) async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let bare = try await BareTables(database)
            let guarded = bare.tables.compactMap { table in column(table).map { (table, $0) } }
            #expect(guarded.count >= 5)
            for (table, column) in guarded {
                try await bare.plant(table, column, owner: Self.mine)
                let before = try await content(of: table, database)
                for client in [database.client, database.systemClient] {
                    try await reach(table, column, scope(Self.mine), by: client, isOwner: true)
                    try await reach(table, column, scope(Self.others), by: client, isOwner: false)
                    try await reach(table, column, .none, by: client, isOwner: false)
                    try await move(table, column, scope(Self.mine), by: client)
                }
                #expect(try await content(of: table, database) == before, "\(table) was changed")
            }
        }
    }

    private func content(of table: GuardedTable, _ database: TestDatabase) async throws -> String? {
        try await database.adminClient.query(sql("SELECT string_agg(t::text, '|' ORDER BY t::text) AS content FROM \(table) t"))[0]
            .decode("content")
    }

    /// The four statements; the row is the owner's, and the owner may at least be allowed to see it, which shows that there is something to find.
    private func reach(
        _ table: GuardedTable, _ column: String, _ scope: TransactionScope, by client: PostgresClient, isOwner: Bool
    ) async throws {
        let which = "\(column) = '\(Self.mine.uuidString)'"
        let seen = try await count(sql("SELECT count(*) FROM \(table) WHERE \(which)"), scope, client)
        if isOwner {
            #expect(seen == 1 || seen == nil, "\(table): the owner sees \(String(describing: seen))")
            return
        }
        #expect(seen == 0 || seen == nil, "\(table) shows a foreign row to \(scope)")
        for statement in [
            "UPDATE \(table) SET \(column) = \(column) WHERE \(which)", "DELETE FROM \(table) WHERE \(which)",
        ] {
            let changed = try? await client.execute(sql(statement), scope: scope)
            #expect(changed == nil || changed == 0, "\(statement) as \(scope)")
        }
        // Whoever acts writes into the log whom it was about; nobody reads it for that.
        guard table.description != "audit.entry" || column == table.orgColumn else { return }
        await refused(table.insertion(column, owner: Self.mine), scope, client)
    }

    /// The owner's own row cannot become another's.
    private func move(_ table: GuardedTable, _ column: String, _ scope: TransactionScope, by client: PostgresClient) async throws {
        let statement = sql(
            "UPDATE \(table) SET \(column) = '\(Self.others.uuidString)' WHERE \(column) = '\(Self.mine.uuidString)'")
        do {
            let changed = try await client.execute(statement, scope: scope)
            #expect(changed == 0, "\(table): a row was moved")
        } catch let error as PostgresError {
            #expect(error.sqlState == .init(rawValue: "42501"), "\(table): \(error)")
        }
    }

    /// A text with names in it as a statement without parameters.
    private func sql(_ text: String) -> Statement { Statement(text) }

    /// Nil where the role may not ask at all.
    private func count(_ statement: Statement, _ scope: TransactionScope, _ client: PostgresClient) async throws -> Int64? {
        do {
            return try await client.query(statement, scope: scope)[0].decode(Int64.self)
        } catch let error as PostgresError {
            #expect(error.sqlState == .init(rawValue: "42501"), "\(error)")
            return nil
        }
    }

    private func refused(_ statement: Statement, _ scope: TransactionScope, _ client: PostgresClient) async {
        let error = await #expect(throws: PostgresError.self, "\(statement)") { try await client.execute(statement, scope: scope) }
        // Not allowed, or against the policy: both have this code.
        #expect(error?.sqlState == .init(rawValue: "42501"), "\(statement): \(String(describing: error))")
    }
}
