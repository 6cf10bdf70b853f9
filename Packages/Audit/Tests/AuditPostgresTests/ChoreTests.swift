import Audit
import AuditProof
import Core
import Cryptography
import EventLoops
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import AuditPostgres

/// What the log has done by the clock, and what it tells of itself.
@Suite struct ChoreTests {
    @Test func `OPS-140 a chore is due once a day, at its time by UTC, and at once where it was never done`() throws {
        func at(_ text: String) throws -> Instant { try #require(Instant("2027-01-" + text + "Z")) }
        #expect(DailyTime.archiving.isDue(since: nil, at: try at("15T08:00:00")))
        let last = try at("15T08:00:00")
        for (time, before, due) in [
            (DailyTime.archiving, "16T02:29:59", "16T02:30:00"), (.erasure, "16T02:44:59", "16T02:45:00"),
            (.verification, "16T02:59:59", "16T03:00:00"),
        ] {
            #expect(try !time.isDue(since: last, at: at(before)))
            #expect(try time.isDue(since: last, at: at(due)))
            #expect(try !time.isDue(since: at(due), at: at("17T02:29:59")))
            #expect(try time.isDue(since: at(due), at: at("19T12:00:00")), "after a pause it is done once")
        }
    }

    @Test
    func `OPS-140 AUD-042 private parts go at a quarter to three and the log is verified at three, as the clock of the product has it`()
        async throws
    {
        try await Log.withActors { log, person in
            let node = try await log.node()
            // The clock stands at 08:00 of a day.
            try await log.write { _ = try await $0.record(PersonRefused(person: person), by: .user(AuditReference(person))) }
            let upkeep = AuditUpkeep(client: log.database.systemClient, dateSource: log.clock, node: node, retention: .hours(12))
            let check = AuditSelfCheck(client: log.database.systemClient, dateSource: log.clock, node: node, log: .silent)
            func parts() async throws -> Int { try await log.database.adminClient.query("SELECT FROM audit.private_part").count }
            _ = try await log.sealed()
            try await upkeep.runIfDue()
            #expect(try await check.runIfDue() == 0)
            #expect(try await parts() == 1)
            _ = try await log.sealed()
            log.clock.advance(by: .hours(18) + .minutes(44))
            try await upkeep.runIfDue()
            #expect(try await parts() == 1, "not before its time of the day")
            log.clock.advance(by: .minutes(1))
            try await upkeep.runIfDue()
            #expect(try await parts() == 0)
            #expect(try await check.runIfDue() == nil)
            log.clock.advance(by: .minutes(15))
            #expect(try await check.runIfDue() == 0)
            #expect(try await check.runIfDue() == nil)
        }
    }

    @Test func `AUD-135 the log tells of itself by these names, with labels of few words and without ids`() async throws {
        try await Log.with { log in
            let metrics = Metrics()
            AuditRefusals.register(on: metrics)
            let sealer = AuditSealer(
                client: log.database.systemClient, dateSource: log.clock, signer: try log.ring, metrics: metrics, log: .silent)
            try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: .system(component: "test")) }
            try await log.write { _ = try await $0.record(CompanyRenamed(company: log.company), by: .system(component: "test")) }
            await #expect(throws: PostgresError.self) {
                try await log.write { _ = try await $0.record(Unregistered(company: log.company), by: .system(component: "test")) }
            }
            #expect(try await sealer.seal() == 2)
            let sink = AuditSink(
                id: .make(at: log.clock.now), kind: .http, target: "https://siem.example.com/in", filter: .none, sealedSecret: nil,
                progress: .beginning, health: AuditSinkHealth(startingAt: log.clock.now))
            try await PostgresAuditSinks(client: log.database.systemClient, dateSource: log.clock).add(sink, by: .system(component: "test"))
            let loops = try EventLoopGroup(count: 1, name: "figures")
            defer { loops.shutdown() }
            await DatabaseFigures(
                client: log.database.systemClient, figures: AuditFigures.all, metrics: metrics, loop: loops.next(), log: .silent
            ).refresh()
            #expect(
                metrics.inventory == [
                    "trellis_audit_archive_age_seconds", "trellis_audit_checkpoint_age_seconds", "trellis_audit_checkpoint_links",
                    "trellis_audit_entries_total class risk", "trellis_audit_links", "trellis_audit_refused_total",
                    "trellis_audit_seal_batch_entries", "trellis_audit_seal_seconds", "trellis_audit_sink_lag_links sink",
                    "trellis_audit_sinks_failing", "trellis_audit_unfiled_bytes", "trellis_audit_unsealed",
                    "trellis_audit_unsealed_age_seconds", "trellis_audit_verified_age_seconds",
                ])
            let text = metrics.render()
            #expect(text.contains(#"trellis_audit_entries_total{class="org",risk="low"} 2"#), "\(text)")
            #expect(text.contains(#"trellis_audit_sink_lag_links{sink="http"} 2"#), "\(text)")
            #expect(text.contains("trellis_audit_seal_batch_entries_count 1"), "\(text)")
            #expect(metrics.counter("trellis_audit_refused_total", help: "").value >= 1)
        }
    }

    @Test
    func `AUD-128 a new key and the end of the one before are entries, written once by the process that signs, and the log proves on`()
        async throws
    {
        try await Log.with { log in
            let node = try await log.node()
            func sign(_ names: String...) async throws {
                let ring = try names.map { try KeyRing.Key(id: $0, secret: SecretBytes(SHA256.digest(of: $0))) }
                let sealer = AuditSealer(
                    client: log.database.systemClient, dateSource: log.clock,
                    signer: try AuditSigner(KeyRing(newest: ring[0], older: Array(ring.dropFirst()))), node: node, log: .silent)
                try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: .system(component: "test")) }
                while try await sealer.seal() > 0 {}
                #expect(try await sealer.checkpoint() != nil)
                log.clock.advance(by: .minutes(5))
            }
            try await sign("k1")
            try await sign("k1")
            try await sign("k2", "k1")
            try await sign("k2", "k1")
            let rows = try await log.database.adminClient.query(
                "SELECT type, data, ref_node FROM audit.entry WHERE type LIKE 'signing_key%' ORDER BY occurred_at, type")
            let told = try rows.map { row in
                "\(try row.decode("type", as: String.self)) \(try row.decode("data", as: JSONValue.self)["key_id"]?.stringValue ?? "")"
            }
            #expect(told == ["signing_key_published k1", "signing_key_published k2", "signing_key_retired k1"])
            let published = try rows[1].decode("data", as: JSONValue.self)
            #expect(published["endorsed_by"] == "k1" && published["use"] == "checkpoint")
            #expect(try await log.proved().exitCode == 0)
        }
    }
}
