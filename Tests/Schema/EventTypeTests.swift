import Composition
import Foundation
import PlatformTesting
import Postgres
import Testing

/// The types of entries are a closed list: of the sources, of the migrations, and of a file that a person has read.
@Suite struct EventTypeTests {
    /// The names that the sources declare, each with its risk.
    private func declared() throws -> Set<String> {
        let packages = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Packages")
        var names: Set<String> = []
        guard let walk = FileManager.default.enumerator(at: packages, includingPropertiesForKeys: nil) else { return [] }
        for case let file as URL in walk
        where file.pathExtension == "swift" && file.path.contains("/Sources/") && !file.path.contains("/.build/") {
            // The suite for stores has types of its own, which no product writes.
            guard !file.path.contains("/Sources/AuditTesting/") else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: #/\(\s*"(?<name>[a-z][a-z0-9_]{2,63})",\s*(?:risk: )?\.(?:low|medium|high|critical)\b/#) {
                names.insert(String(match.output.name))
            }
            // Families of one risk.
            for match in text.matches(of: #/(?:\.notice|people|credential|RepositoryAccessEntry\.type)\(\s*"(?<name>[a-z_]+)"\s*\)/#) {
                names.insert(String(match.output.name))
            }
        }
        return names
    }

    @Test func `AUD-094 a type is declared, migrated and in the file, or the build fails; no other can be written`() async throws {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let rows = try await database.adminClient.query(
                """
                SELECT name, emitted, concat_ws(' ', name, class, risk, component, CASE WHEN emitted THEN 'needs' ELSE 'reserved' END,
                    nullif(array_to_string(requires, ','), '')) AS line
                FROM audit.event_type ORDER BY name COLLATE "C"
                """)
            let lines = try rows.map { try $0.decode("line", as: String.self) + "\n" }
            try Snapshot.verify(lines.joined(), named: "event-types.txt", in: ".")
            let stored = Set(try rows.filter { try $0.decode("emitted") }.map { try $0.decode("name", as: String.self) })
            let declared = try declared()
            #expect(declared.subtracting(stored).sorted() == [], "declared, but no migration registers them")
            #expect(stored.subtracting(declared).sorted() == [], "registered, but nothing declares them")

            // Whoever writes SQL by hand gets no further.
            try await database.adminClient.execute("INSERT INTO audit.network_client VALUES ('192.0.2.1/32', '2027-01-01T00:00:00Z')")
            for (type, constraint) in [("door_opened", "entry_has_known_type"), ("query_slow", "entry_has_emitted_type")] {
                let error = await #expect(throws: PostgresError.self) { try await write(type, as: database.systemClient) }
                #expect(error?.constraint == constraint)
            }
        }
    }

    @Test
    func
        `AUD-093 what works in the background cannot write that a credential was checked, nor what answers requests that the log was verified`()
        async throws
    {
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            try await database.adminClient.execute("INSERT INTO audit.network_client VALUES ('192.0.2.1/32', '2027-01-01T00:00:00Z')")
            try await database.adminClient.execute("INSERT INTO audit.node VALUES (\(Self.node), 'worker', '2027-01-01T00:00:00Z')")
            for (type, client) in [
                ("auth_token_invalid", database.systemClient), ("auth_failure", database.systemClient), ("audit_verified", database.client),
            ] {
                let error = await #expect(throws: PostgresError.self, "\(type)") { try await write(type, as: client) }
                #expect(error?.constraint == "entry_is_of_its_writer", "\(type)")
            }
            try await write("auth_token_invalid", as: database.client)
            try await write("audit_verified", as: database.systemClient)
            // What no row keeps for one of them, both may write.
            for client in [database.client, database.systemClient] { try await write("authorization_denied", as: client) }
            // The list itself is changed by migrations alone.
            for client in [database.client, database.systemClient, database.ownerClient] {
                await #expect(throws: PostgresError.self) {
                    try await client.execute("UPDATE audit.type_writer SET role = 'trellis_system'", scope: .system)
                }
            }
        }
    }

    private static let node = UUID()

    private func write(_ type: String, as client: PostgresClient) async throws {
        let node = type == "audit_verified" ? Self.node : nil
        try await client.execute(
            """
            INSERT INTO audit.entry (id, type, risk, occurred_at, actor_kind, actor_component, summary, ref_network_client, ref_node,
                canonical)
            VALUES (gen_random_uuid(), \(type), 'low', '2027-01-01T00:00:00Z', 'system', 'sample', 'x', '192.0.2.1/32', \(node),
                '\\x7b7d')
            """, scope: .system)
    }
}
