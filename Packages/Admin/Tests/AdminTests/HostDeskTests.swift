import Admin
import Core
import Graphs
import GraphsPostgres
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Hosts that the settings name: most as they must be, one with a server of old, and one that says nothing.
struct ListedHosts: HostChecking {
    func faults(of host: HostReference) async throws -> [HostFault] {
        switch host.name {
        case "old": [HostFault(.version, "the server is PostgreSQL 14.2", remedy: "pg_upgrade to PostgreSQL 15 or newer")]
        case "silent": [HostFault(.reachability, "no connection", remedy: "psql from this machine")]
        case "shut": [HostFault(.login, "no connection", remedy: "psql from this machine")]
        default: []
        }
    }
}

@Suite struct HostDeskTests {
    private let why = "a new machine for the standard tier"

    @Test func `GRA-097 ADM-028 a host that is as it must be takes graphs once it is registered, and any other is told what to run`()
        async throws
    {
        try await Office.with { office in
            let (engineer, viewer) = (try await office.token(.engineer).token, try await office.token(.viewer).token)
            let path = "/v1/admin/graph-hosts"
            func register(_ name: String, as token: String) async throws -> (status: Int, body: JSONValue) {
                try await office.call(.post, path, as: token, ["name": .string(name)], reason: why)
            }
            #expect(try await register("fit", as: viewer).status == 403)
            #expect(try await office.call(.post, path, as: engineer, ["name": "fit"]).status == 422)
            #expect(try await register("nowhere", as: engineer).status == 422)
            let old = try await register("old", as: engineer)
            #expect(old.status == 409 && old.body["code"] == "HOST_NOT_READY", "\(old)")
            #expect(old.body["detail"]?.stringValue?.contains("run: pg_upgrade to PostgreSQL 15 or newer") == true)
            #expect(try await office.packages.hosts().isEmpty)

            let fit = try await register("fit", as: engineer)
            #expect(fit.status == 201, "\(fit)")
            let again = try await register("fit", as: engineer)
            #expect(again.status == 409 && again.body["code"] == "HOST_REGISTERED")
            let listed = try await office.call(.get, path, as: viewer).body["items"]?.arrayValue ?? []
            #expect(listed.map { $0["id"] } == [fit.body["id"]] && listed.first?["free_slots"] == 3, "\(listed)")
            #expect(try await office.packages.capacity().map(\.freeSlots) == [3])
            #expect(try await office.entries("graph_host_registered").map { $0["name"] } == ["fit"])
            // The registry holds a name; address and secret stay in the settings.
            let columns = try await office.database.adminClient.query(
                """
                SELECT column_name::text AS name FROM information_schema.columns
                WHERE table_schema = 'graphs' AND table_name = 'graph_host' AND column_name ~ 'secret|password|url|address|credential'
                """)
            #expect(columns.isEmpty)
        }
    }

    @Test func `GRA-097 at a start hosts of the settings are taken in when they are as they must be, in a sandbox as they are`()
        async throws
    {
        try await Office.with { office in
            // As a worker does it, by the login of the background.
            let store = PostgresGraphPackagesStore(client: office.database.systemClient, dateSource: office.clock)
            let registry = HostRegistry(
                store: store, hosts: ListedHosts(),
                settings: ["fit", "old"].map { NewGraphHost(name: $0, tiers: [.standard], slots: 2) }, dateSource: office.clock)
            let found = try await registry.establish(isLenient: false)
            #expect(found.keys.sorted() == ["old"] && found["old"]?.map(\.check) == [.version])
            #expect(try await store.hosts().map(\.name) == ["fit"])
            let larger = HostRegistry(
                store: store, hosts: ListedHosts(),
                settings: ["fit", "old"].map { NewGraphHost(name: $0, tiers: [.standard], slots: 4) }, dateSource: office.clock)
            #expect(try await larger.establish(isLenient: true).count == 1)
            #expect(try await store.hosts().map { [$0.name, "\($0.slots)"] } == [["fit", "4"], ["old", "4"]])
            #expect(try await office.entries("graph_host_registered").count == 2)
        }
    }

    @Test func `GRA-102 ADM-028 a host that is silent is given up with the list of its graphs, and one that says anything is not`()
        async throws
    {
        try await Office.with { office in
            let (engineer, viewer) = (try await office.token(.engineer).token, try await office.token(.viewer).token)
            let (org, now) = (try await office.org("Alpha"), office.clock.now)
            let hosts = ["silent", "shut", "fit"].map { (name: $0, id: GraphHost.ID.make(at: now)) }
            for host in hosts {
                try await office.rows(
                    """
                    INSERT INTO graphs.graph_host (id, name, tiers, slots, state, created_at, updated_at)
                    VALUES (\(host.id), \(host.name), '{ladybug-standard}', 1, 'offline', \(now), \(now))
                    """)
            }
            let silent = hosts[0].id
            try await office.rows(
                """
                INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions,
                    tier, host_id, status, status_since, mode, access_epoch)
                VALUES ('kg0123456789abcdef', \(org), 'entity', \(org), \(now), \(org), 'Books', '', '{}', '{}', 'ladybug-standard',
                    \(silent), 'active', \(now), 'full', 1)
                """)
            func path(_ host: GraphHost.ID, _ word: String) -> String { "/v1/admin/graph-hosts/\(host)/\(word)" }
            for host in hosts.dropFirst() {
                let refused = try await office.call(.post, path(host.id, "recover"), as: engineer, reason: why)
                #expect(refused.status == 409 && refused.body["code"] == "HOST_ANSWERS", "\(host.name): \(refused)")
            }
            #expect(try await office.call(.post, path(silent, "recover"), as: viewer, reason: why).status == 403)
            #expect(try await office.call(.post, path(.make(at: now), "recover"), as: engineer, reason: why).status == 404)
            let before = try await office.call(.get, path(silent, "recovery"), as: viewer)
            let books = try #require(before.body["graphs"]?.arrayValue?.first)
            #expect(books["graph_id"] == "kg0123456789abcdef" && books["name"] == "Books" && books["backup_id"] == .null, "\(before)")
            #expect(before.body["without_backup"] == 1)

            let begun = try await office.call(.post, path(silent, "recover"), as: engineer, reason: why)
            #expect(begun.status == 202 && begun.body["without_backup"] == 1, "\(begun)")
            #expect(try await office.packages.host(silent)?.state == .draining)
            let lost = try #require(try await office.entries("graph_host_lost").first)
            #expect(lost["graphs"] == 1 && lost["without_backup"] == 1 && lost["state"] == "offline")
            let sagas = try await office.database.adminClient.query("SELECT kind FROM jobs.saga WHERE key = \(silent.description)")
            #expect(try sagas.map { try $0.decode("kind", as: String.self) } == ["graphs.recover_host"])

            // What was to be destroyed there ends without its final backup when two want it.
            let waiver = "/v1/admin/graphs/kg0123456789abcdef/waive-final-backup"
            let early = try await office.call(.post, waiver, as: engineer, reason: why)
            #expect(early.status == 409 && early.body["code"] == "NOT_BEING_DESTROYED", "\(early)")
            try await office.rows(
                "UPDATE graphs.graph SET status = 'deprovisioning', mode = 'none'",
                """
                INSERT INTO operations.operation (id, kind, org_id, graph_id, status, phase, percent, message, steps, result, created_at, updated_at)
                VALUES (\(org), 'graph-teardown', \(org), 'kg0123456789abcdef', 'running', 'forward', 0, '', '[]', '{}', \(now), \(now))
                """,
                "INSERT INTO graphs.teardown (graph_id, org_id, operation_id) VALUES ('kg0123456789abcdef', \(org), \(org))",
                "UPDATE graphs.graph_host SET is_given_up = false")
            let answering = try await office.call(.post, waiver, as: engineer, reason: why)
            #expect(answering.status == 409 && answering.body["code"] == "HOST_NOT_LOST", "\(answering)")
            try await office.rows("UPDATE graphs.graph_host SET is_given_up = true WHERE state = 'draining'")
            #expect(try await office.call(.post, waiver, as: viewer, reason: why).status == 403)
            try await office.byTwo(.post, waiver, ["reason": .string(why)], as: .engineer, and: .superadmin)
            #expect(try await office.entries("final_backup_waived").count == 1)
            #expect(try await office.entries("graph_admin_deprovisioned").count == 1)
            let waived = try await office.database.adminClient.query("SELECT FROM graphs.teardown WHERE waived_at IS NOT NULL")
            #expect(waived.count == 1)
        }
    }
}
