import Core
import Foundation
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// What the packages above Orgs add to an export.
@Suite struct OrgExportSectionsTests {
    /// Tables with rows of orgs that are no part of an export, and why.
    private static let kept: [String: String] = [
        "billing.checkout": "a sale that came to something is a subscription",
        "billing.compensation": "what is still owed to the provider's books",
        "billing.intent": "calls to the provider", "billing.credit_hold": "what a call that runs has set aside, for minutes",
        "billing.collected_payment": "where the provider keeps a payment; the payment is in the invoice",
        "billing.credit_day": "the days of use are the section `usage`",
        "billing.dunning_case": "how far reminders have gone; what is owed is in the invoice",
        "billing.notice": "what a reminder was sent for; the mails are in the notices",
        "billing.decision": "why the product acted; what it did is in the subscriptions and invoices",
        "billing.drift_item": "what the operators still have to look at",
        "graphs.host_slot": "where a graph runs",
        "graphs.teardown": "how a graph ends",
        "graphs.selected_graph": "what somebody looked at last",
        "graphs.backup_download": "which links were handed out; who downloaded what is in the log",
        "graphs.storage_sample": "what a graph took at a moment; its days are exported",
        "graphs.storage_measure": "what a graph took in an hour; its days are exported",
        "notifications.notice": "what one person was shown; what it was about is in the subscriptions",
        "notifications.notice_round": "how often notices were taken away, a number",
        "notifications.org_brand": "which brand of the deployment the mails have",
        "notifications.org_default": "which mails go to whoever has chosen nothing, as their owners set it",
        "notifications.mail_feedback": "what mail systems reported; the mails and their states are exported",
        "notifications.webhook_endpoint": "where the org's own systems are called, as their owners set it",
        "notifications.webhook_secret": "what messages are signed with",
        "notifications.webhook_sequence": "the last number that was given",
        "notifications.webhook_attempt": "how a message was handed over",
        "notifications.webhook_message": "what the org's own systems were told; what it was about is exported",
        "notifications.webhook_delivery": "which of the org's own systems were told",
        "billing.keep_token_use": "which keep links were used; that they were is in the case",
        "operations.operation_event": "how an operation went on; its end is in the operation",
        "operations.idempotency_record": "answers that are given again for a day",
    ]

    @Test func `ORG-102 every table of the packages above with rows of an org is a section of its export, or says why not`()
        async throws
    {
        try await ComposedAPI.withAPI { api in
            let statements = OrgExportSections.statements(of: "org_00000000000000000000000001").map(
                \.statement.sql)
            let rows = try await api.database.adminClient.query(
                """
                SELECT table_schema || '.' || table_name AS name FROM information_schema.columns
                WHERE column_name = 'org_id' AND table_schema IN ('billing', 'graphs', 'operations', 'notifications')
                    AND table_name IN (SELECT relname FROM pg_class WHERE relkind IN ('r', 'p'))
                """)
            let tables = try rows.map { try $0.decode("name", as: String.self) }
            #expect(tables.count > 10)
            for table in tables where Self.kept[table] == nil {
                #expect(
                    statements.contains { $0.contains("FROM \(table) ") },
                    "\(table) is neither exported nor kept")
            }
            for table in Self.kept.keys {
                #expect(!statements.contains { $0.contains("FROM \(table) ") }, "\(table)")
            }
        }
    }

    @Test func `ORG-102 ORG-104 the sections have the rows of their org, of no other, and nothing that opens anything`()
        async throws
    {
        try await MatrixHouse.with { house in
            let admin = house.api.database.adminClient
            _ = try await admin.pipeline([
                "UPDATE graphs.graph_credential SET role = 'planted_secret'",
                """
                INSERT INTO billing.invoice (id, org_id, kind, provider_invoice_id, currency, subtotal, total, amount_due, amount_paid, status,
                    hosted_url, created_at)
                SELECT gen_random_uuid(), g.org_id, 'provider', 'in_' || g.id, 'usd', 700, 700, 700, 0, 'open', 'https://pay.example/planted_secret', now()
                FROM graphs.graph g
                """,
                """
                INSERT INTO billing.invoice_line (invoice_id, position, org_id, description, quantity, amount)
                SELECT i.id, n, i.org_id, 'Line ' || n, 1, 350 FROM billing.invoice i, generate_series(1, 2) AS n
                """,
                "UPDATE operations.operation SET result = '{\"password\": \"planted_secret\"}' WHERE ended_at IS NULL",
            ])
            let own = try await sections(of: house.own.org, admin)
            #expect(
                own["subscriptions"]?.count == 1 && own["operations"]?.count == 1
                    && own["graph_schemas"]?.count == 1)
            let graph = try #require(own["graph_schemas"]?.first)
            #expect(
                graph["graph_id"] == .string(house.own.graph) && graph["grants"]?.arrayValue?.count == 2)
            #expect(graph["logins"]?.arrayValue?.count == 1)
            let invoice = try #require(own["invoices"]?.first)
            #expect(
                own["invoices"]?.count == 1 && invoice["total"] == 700
                    && invoice["lines"]?.arrayValue?.count == 2)
            let text = try own.values.joined().map {
                String(decoding: try JSON.encode($0), as: UTF8.self)
            }.joined()
            #expect(!text.contains("planted_secret") && !text.contains(house.foreign.graph))
            let foreign = try await sections(of: house.foreign.org, admin)
            #expect(foreign["graph_schemas"]?.map { $0["graph_id"] } == [.string(house.foreign.graph)])
            let absent = try await sections(of: house.absent.org, admin)
            #expect(absent.count == own.count && !absent.values.contains { !$0.isEmpty })
        }
    }

    @Test func `ORG-106 an import knows every column of every section, and no other`() throws {
        let exported = OrgExportSections.statements(of: "org_00000000000000000000000001")
        let imported = OrgImportSections().sections
        try #require(exported.map(\.section) == imported.map(\.name))
        for ((section, statement), expected) in zip(exported, imported) {
            #expect(Self.columns(of: statement.sql) == Set(expected.columns.keys), "\(section)")
        }
    }

    /// The names in the first `jsonb_build_object` of a statement, those of inner ones left out.
    private static func columns(of sql: String) -> Set<String> {
        guard let start = sql.range(of: "jsonb_build_object(") else { return [] }
        var (depth, argument, names) = (1, "", [String]())
        for character in sql[start.upperBound...] where depth > 0 {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if depth == 0 || (depth == 1 && character == ",") {
                names.append(argument.trimmingCharacters(in: .whitespacesAndNewlines))
                argument = ""
            } else {
                argument.append(character)
            }
        }
        return Set(names.enumerated().filter { $0.offset.isMultiple(of: 2) }.map { $0.element.trimmingCharacters(in: ["'"]) })
    }

    private func sections(of org: String, _ client: PostgresClient) async throws -> [String:
        [JSONValue]]
    {
        var found: [String: [JSONValue]] = [:]
        for (section, statement) in OrgExportSections.statements(of: org) {
            found[section] = try await client.query(statement).map { try $0.decode("body") }
        }
        return found
    }
}
