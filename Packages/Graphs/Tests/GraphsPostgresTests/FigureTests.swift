import Core
import EventLoops
import Graphs
import GraphsPostgres
import Observability
import Operations
import Orgs
import PlatformTesting
import Postgres
import Testing

/// The figures that are scraped. The clock is the business clock of the database, set by the test.
@Suite struct FigureTests {
    @Test func `GRA-129 graphs, their work, hosts, backups, storage, orphans and purges are counted under words, never under ids`()
        async throws
    {
        try await Deployment.with { deployment in
            let (id, admin) = (try await deployment.activeGraph(), deployment.database.adminClient)
            let metrics = Metrics()
            let figures = DatabaseFigures(
                client: deployment.database.systemClient, figures: GraphFigures.all(of: .standard), metrics: metrics,
                loop: deployment.database.loops.next(), log: .silent)
            func scrape() async -> [String] {
                await figures.refresh()
                return metrics.render().split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") && !$0.hasSuffix(" 0") }
                    .sorted()
            }
            func stand(at now: Instant) async throws {
                _ = try await admin.pipeline([
                    "DELETE FROM jobs.clock_state", "INSERT INTO jobs.clock_state (generation, frozen_at) VALUES (1, \(now))",
                ])
            }
            try await stand(at: start + .hours(1))
            _ = try await admin.pipeline([
                withoutRules, "DELETE FROM graphs.storage_sample", "DELETE FROM operations.operation",
                """
                INSERT INTO graphs.storage_sample (graph_id, org_id, bytes, sampled_at)
                VALUES (\(id.description), \(deployment.org), \(Int64(9) << 30), \(start))
                """,
                """
                INSERT INTO operations.operation (id, kind, org_id, status, phase, percent, message, steps, result, created_at, ended_at, updated_at)
                VALUES (\(Operations.Operation.ID.make(at: start)), 'create-graph', \(deployment.org), 'completed', 'forward', 100, '',
                    '[{"attempt": 1}, {"attempt": 4}, {"attempt": 0}]', '{}', \(start), \(start + .seconds(7)), \(start + .seconds(7)))
                """,
                """
                INSERT INTO graphs.graph_backup (id, graph_id, org_id, initiator, status, archive, created_at, started_at, completed_at)
                VALUES (\(GraphBackup.ID.make(at: start)), \(id.description), \(deployment.org), 'scheduled', 'completed', '{}', \(start),
                    \(start + .seconds(60)), \(start + .seconds(75)))
                """,
                """
                INSERT INTO graphs.orphan_finding (kind, place, object, first_seen_at, last_seen_at)
                VALUES ('scratch', 'local', 'x', \(start), \(start)), ('role', 'local', 'y', \(start), \(start))
                """,
            ])
            let first = await scrape()
            #expect(
                first == [
                    "trellis_graph_backup_age_seconds 3525",
                    #"trellis_graph_backup_seconds{initiator="scheduled"} 15"#,
                    "trellis_graph_host_sample_age_seconds 3600", #"trellis_graph_hosts{state="ready"} 1"#,
                    #"trellis_graph_orphans{kind="role"} 1"#, #"trellis_graph_orphans{kind="scratch"} 1"#,
                    #"trellis_graph_slots_free{tier="ladybug-large"} 4"#, #"trellis_graph_slots_free{tier="ladybug-standard"} 4"#,
                    #"trellis_graph_slots_free{tier="ladybug-xlarge"} 4"#,
                    #"trellis_graph_storage{share="below_100"} 1"#,
                    #"trellis_graph_work_retries{work="create-graph"} 3"#, #"trellis_graph_work_seconds{work="create-graph"} 7"#,
                    #"trellis_graphs_kept{tier="ladybug-standard"} 1"#, #"trellis_graphs{status="active"} 1"#,
                ])
            let names = metrics.inventory
            // Two days on there is a gap; then the graph is suspended, and its purge is put off.
            try await stand(at: start + .days(3))
            _ = try await admin.pipeline([
                "UPDATE graphs.storage_sample SET bytes = \(Int64(11) << 30)", "UPDATE graphs.graph_host SET state = 'offline'",
            ])
            let second = await scrape()
            for line in [
                "trellis_graph_backup_gaps 1", #"trellis_graph_storage{share="over"} 1"#, #"trellis_graph_hosts{state="offline"} 1"#,
            ] { #expect(second.contains(line), "\(line)") }
            #expect(!second.contains { $0.hasPrefix("trellis_graph_slots_free") || $0.hasPrefix("trellis_graph_work") })
            try await admin.execute(
                """
                UPDATE graphs.graph SET status = 'suspended', mode = 'none', status_since = \(start), purge_at = \(start + .days(8))
                """)
            let third = await scrape()
            #expect(third.contains(#"trellis_graph_purges{state="put_off"} 1"#))
            #expect(!third.contains { $0.hasPrefix("trellis_graph_storage") || $0.hasPrefix("trellis_graph_backup_gaps") })
            #expect(metrics.inventory == names)
            #expect(!metrics.render().contains(id.description))
        }
    }
}
