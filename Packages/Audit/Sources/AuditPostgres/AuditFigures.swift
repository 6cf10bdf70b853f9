public import Postgres

/// What the log says of itself (AUD-135).
public enum AuditFigures {
    /// All of them.
    public static let all = [
        DatabaseFigure("trellis_audit_unsealed", "Entries that wait for their link.", "SELECT count(*) AS value FROM audit.unsealed"),
        DatabaseFigure(
            "trellis_audit_unsealed_age_seconds", "How long the oldest entry has waited for its link.",
            "SELECT coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::bigint AS value FROM audit.unsealed"),
        DatabaseFigure("trellis_audit_links", "Links of all chains.", "SELECT coalesce(max(seal), 0) AS value FROM audit.link"),
        DatabaseFigure(
            "trellis_audit_checkpoint_links", "Links that the last checkpoint covers.",
            "SELECT coalesce((SELECT links FROM audit.checkpoint ORDER BY number DESC LIMIT 1), 0) AS value"),
        DatabaseFigure(
            "trellis_audit_unfiled_bytes", "Bytes of entries for which no month was ready (AUD-064).",
            "SELECT pg_relation_size('audit.entry_other') AS value"),
        DatabaseFigure(
            "trellis_audit_sink_lag_links", "How far the sink that is furthest behind has to go.",
            """
            SELECT coalesce((SELECT max(seal) FROM audit.link) - (SELECT min(seal) FROM audit.sink WHERE paused_at IS NULL), 0) AS value
            """),
        DatabaseFigure(
            "trellis_audit_sinks_failing", "Sinks that take nothing, or are paused because of that.",
            "SELECT count(*) AS value FROM audit.sink WHERE failing_since IS NOT NULL"),
    ]
}
