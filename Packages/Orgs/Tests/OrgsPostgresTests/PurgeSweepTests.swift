import Audit
import Core
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// The net under the jobs that wait for the end of an org.
@Suite struct PurgeSweepTests {
    @Test func `OPS-133 a deleted org whose job got lost is purged by the sweep, once, not before its time and not while it is held`()
        async throws
    {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let administration = StoredOrgAdministration(store: house.store, dateSource: house.clock)
            let actor = AuditActor.system(component: "orgs")
            let deletion = try await house.deletions().delete(
                house.request(), in: house.endingScope(ada.user, ada.org), validatingOnly: false)
            try await house.warn(ada.org)
            try await house.database.adminClient.execute("DELETE FROM jobs.job")
            let store = PostgresOrgStore(client: house.database.systemClient, dateSource: house.clock)
            var registry = JobRegistry()
            registry.register(SweepPurgesHandler(store: store))
            registry.register(house.purger())
            let worker = ManualWorker(client: house.database.systemClient, registry: registry, dateSource: house.clock)
            /// What the worker does when the sweep comes, beside the sweep.
            func sweep() async throws -> [String] {
                try await store.withTransaction(.system) { try await $0.enqueue(SweepPurges()) }
                return try await worker.drain().filter { $0.kind != SweepPurges.kind }.map(\.outcome)
            }
            house.clock.advance(to: deletion.purgeAt - .seconds(1))
            #expect(try await sweep() == [])
            try await administration.setLegalHold("case 1", on: ada.org, by: actor)
            house.clock.advance(by: .seconds(1))
            #expect(try await sweep() == [])
            try await administration.setLegalHold(nil, on: ada.org, by: actor)
            // Two that sweep at once find one and the same job.
            try await store.withTransaction(.system) { transaction in
                for org in try await transaction.duePurges(at: house.clock.now, limit: 10) {
                    let options = JobOptions(uniqueKey: org.description)
                    #expect(try await transaction.outcome(ofEnqueuing: PurgeOrg(org: org), options) != .alreadyQueued)
                    #expect(try await transaction.outcome(ofEnqueuing: PurgeOrg(org: org), options) == .alreadyQueued)
                }
            }
            #expect(try await sweep() == ["completed"])
            #expect(try await house.state(of: ada.org) == "purged")
            #expect(try await sweep() == [])
            #expect(try await house.entries("org_purged", of: ada.org) == 1)
        }
    }
}
