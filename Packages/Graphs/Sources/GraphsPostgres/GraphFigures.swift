public import Graphs
public import Postgres

/// What graphs, their hosts and their backups look like from outside, counted in the database (GRA-129).
public enum GraphFigures {
    /// The business time as every process has it: the machine's, or where the sandbox's clock stands (OPS-089).
    private static let businessTime = """
        coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
            clock_timestamp())
        """
    private static let works = "(VALUES ('create-graph'), ('graph-teardown'), ('change-tier'), ('restore-backup')) AS w (name)"

    /// All of them, by the tiers, caps and retention of a catalogue. Words of a closed set label them, never ids.
    public static func all(of catalogue: GraphCatalogue) -> [DatabaseFigure] {
        graphs(catalogue) + work + hosts(catalogue) + backups + storage(catalogue)
    }

    private static func figure(_ name: String, _ help: String, by label: String? = nil, _ sql: String) -> DatabaseFigure {
        DatabaseFigure(name, help, by: label, Statement(sql, []))
    }

    private static func words(_ words: [String]) -> String { words.map { "('\($0)')" }.joined(separator: ", ") }

    private static func graphs(_ catalogue: GraphCatalogue) -> [DatabaseFigure] {
        let retention = catalogue.retention.components.seconds
        return [
            figure(
                "trellis_graphs", "Graphs, by status.", by: "status",
                """
                SELECT s.name AS label, count(g.id) AS value FROM (VALUES \(words(Graph.Status.allCases.map(\.rawValue)))) AS s (name)
                LEFT JOIN graphs.graph AS g ON g.status = s.name AND g.parent_id IS NULL GROUP BY s.name
                """),
            figure(
                "trellis_graphs_kept", "Graphs that are neither gone nor failed, by tier.", by: "tier",
                """
                SELECT t.name AS label, count(g.id) AS value FROM (VALUES \(words(catalogue.tiers.map(\.name.rawValue)))) AS t (name)
                LEFT JOIN graphs.graph AS g
                    ON g.tier = t.name AND g.parent_id IS NULL AND g.status NOT IN ('deprovisioned', 'failed') GROUP BY t.name
                """),
            figure(
                "trellis_graph_purges", "Suspended graphs, by what their destruction waits for.", by: "state",
                """
                SELECT s.name AS label, count(g.id) AS value FROM (VALUES ('waiting'), ('put_off'), ('held'), ('protected')) AS s (name)
                LEFT JOIN graphs.graph AS g ON g.status = 'suspended' AND g.parent_id IS NULL AND s.name = CASE WHEN g.purge_hold IS NOT NULL THEN 'held'
                    WHEN g.delete_protected THEN 'protected'
                    WHEN g.purge_at > g.status_since + interval '\(retention) seconds' THEN 'put_off' ELSE 'waiting' END
                GROUP BY s.name
                """),
        ]
    }

    private static let work = [
        figure(
            "trellis_graph_work_seconds", "The longest work on graphs of those that ended in the last 24 hours.", by: "work",
            """
            SELECT w.name AS label, coalesce(extract(epoch FROM max(o.ended_at - o.created_at)), 0)::bigint AS value FROM \(works)
            LEFT JOIN operations.operation AS o
                ON o.kind = w.name AND o.status = 'completed' AND o.ended_at > (SELECT \(businessTime)) - interval '24 hours'
            GROUP BY w.name
            """),
        figure(
            "trellis_graph_work_retries", "Further attempts at steps of work on graphs that moved in the last 24 hours.", by: "work",
            """
            SELECT w.name AS label, coalesce(sum(greatest((s.step ->> 'attempt')::integer - 1, 0)), 0)::bigint AS value FROM \(works)
            LEFT JOIN operations.operation AS o
                ON o.kind = w.name AND o.updated_at > (SELECT \(businessTime)) - interval '24 hours'
            LEFT JOIN LATERAL jsonb_array_elements(o.steps) AS s (step) ON true
            GROUP BY w.name
            """),
    ]

    private static func hosts(_ catalogue: GraphCatalogue) -> [DatabaseFigure] {
        [
            figure(
                "trellis_graph_hosts", "Hosts of graphs, by state.", by: "state",
                """
                SELECT s.name AS label, count(h.id) AS value FROM (VALUES ('ready'), ('draining'), ('offline'), ('retired')) AS s (name)
                LEFT JOIN graphs.graph_host AS h ON h.state = s.name GROUP BY s.name
                """),
            figure(
                "trellis_graph_slots_free", "Free slots of ready hosts, by tier; one that serves several tiers counts for each.",
                by: "tier",
                """
                SELECT t.name AS label, count(s.number) AS value FROM (VALUES \(words(catalogue.tiers.map(\.name.rawValue)))) AS t (name)
                LEFT JOIN graphs.graph_host AS h ON h.state = 'ready' AND t.name = ANY(h.tiers)
                LEFT JOIN graphs.host_slot AS s ON s.host_id = h.id AND s.state = 'free' GROUP BY t.name
                """),
            figure(
                "trellis_graph_host_sample_age_seconds", "Age of the newest sample of the ready host whose newest sample is the oldest.",
                """
                SELECT coalesce(max(extract(epoch FROM (SELECT \(businessTime)) - coalesce(n.slot, h.created_at))), 0)::bigint AS value
                FROM graphs.graph_host AS h LEFT JOIN LATERAL (SELECT max(s.slot) AS slot FROM graphs.host_sample AS s
                    WHERE s.host_id = h.id) AS n ON true
                WHERE h.state = 'ready'
                """),
            figure(
                "trellis_graph_orphans", "Open findings of the sweeps, by kind.", by: "kind",
                """
                SELECT k.name AS label, count(f.id) AS value FROM (VALUES \(words(OrphanFinding.Kind.allCases.map(\.rawValue)))) AS k (name)
                LEFT JOIN graphs.orphan_finding AS f ON f.kind = k.name AND f.state = 'open' GROUP BY k.name
                """),
        ]
    }

    private static let backups = [
        figure(
            "trellis_graph_backup_age_seconds", "Age of the newest backup of the graph in use whose newest backup is the oldest.",
            """
            SELECT coalesce(max(extract(epoch FROM (SELECT \(businessTime)) - coalesce(n.completed_at, g.status_since))), 0)::bigint AS value
            FROM graphs.graph AS g LEFT JOIN LATERAL (SELECT max(b.completed_at) AS completed_at FROM graphs.graph_backup AS b
                WHERE b.graph_id = g.id AND b.status = 'completed') AS n ON true
            WHERE g.status = 'active'
            """),
        figure(
            "trellis_graph_backup_seconds", "How long the longest backup of the last 24 hours took, by who asked for it.", by: "initiator",
            """
            SELECT i.name AS label, coalesce(extract(epoch FROM max(b.completed_at - coalesce(b.started_at, b.created_at))), 0)::bigint AS value
            FROM (VALUES ('user'), ('scheduled'), ('system'), ('final')) AS i (name)
            LEFT JOIN graphs.graph_backup AS b
                ON b.initiator = i.name AND b.completed_at > (SELECT \(businessTime)) - interval '24 hours'
            GROUP BY i.name
            """),
        figure(
            "trellis_graph_backup_gaps", "Graphs in use for two days without a nightly backup of the last two.",
            """
            SELECT count(*) AS value FROM graphs.graph AS g
            WHERE g.status = 'active' AND g.status_since <= (SELECT \(businessTime)) - interval '2 days' AND NOT EXISTS (
                SELECT FROM graphs.graph_backup AS b WHERE b.graph_id = g.id AND b.initiator = 'scheduled'
                  AND b.status IN ('completed', 'expired') AND b.completed_at > (SELECT \(businessTime)) - interval '2 days')
            """),
    ]

    private static func storage(_ catalogue: GraphCatalogue) -> [DatabaseFigure] {
        let caps = catalogue.tiers.map { "('\($0.name)', \(Int64($0.storageCapGB) << 30)::bigint)" }.joined(separator: ", ")
        return [
            figure(
                "trellis_graph_storage", "Graphs in use, by how much of their tier's storage they hold.", by: "share",
                """
                SELECT r.name AS label, count(g.id) AS value
                FROM (VALUES ('below_50', 0.0, 0.5), ('below_80', 0.5, 0.8), ('below_100', 0.8, 1.0), ('over', 1.0, 'Infinity'))
                    AS r (name, low, high)
                LEFT JOIN (graphs.graph AS g JOIN (VALUES \(caps)) AS t (name, cap) ON t.name = g.tier
                    JOIN graphs.storage_sample AS s ON s.graph_id = g.id)
                    ON g.status = 'active' AND s.bytes::float8 / t.cap > r.low - CASE r.low WHEN 0 THEN 1 ELSE 0 END
                    AND s.bytes::float8 / t.cap <= r.high
                GROUP BY r.name
                """)
        ]
    }
}
