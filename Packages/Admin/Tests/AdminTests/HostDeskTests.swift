import Admin
import Core
import Graphs
import GraphsPostgres
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Two hosts that the settings name: one as it must be, one with a server of old.
struct ListedHosts: HostChecking {
    func faults(of host: HostReference) async throws -> [HostFault] {
        guard host.name == "old" else { return [] }
        return [HostFault(.version, "the server is PostgreSQL 14.2", remedy: "pg_upgrade to PostgreSQL 15 or newer")]
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
}
