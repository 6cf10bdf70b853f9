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
            "trellis_audit_checkpoint_age_seconds", "How long ago the last checkpoint was signed.",
            """
            SELECT greatest(coalesce((SELECT extract(epoch FROM now() - signed_at) FROM audit.checkpoint ORDER BY number DESC LIMIT 1), 0), 0)::bigint
                AS value
            """),
        DatabaseFigure(
            "trellis_audit_archive_age_seconds", "How long ago a month was archived last; 0 before the first.",
            "SELECT greatest(coalesce(extract(epoch FROM now() - max(verified_at)), 0), 0)::bigint AS value FROM audit.archive"),
        DatabaseFigure(
            "trellis_audit_verified_age_seconds", "How long ago the log was found to be what was sealed; 0 before the first time.",
            """
            SELECT greatest(coalesce(extract(epoch FROM now() - max(occurred_at)), 0), 0)::bigint AS value FROM audit.entry
            WHERE type = 'audit_verified'
            """),
        DatabaseFigure(
            "trellis_audit_unfiled_bytes", "Bytes of entries for which no month was ready (AUD-064).",
            "SELECT audit.unfiled_bytes() AS value"),
        DatabaseFigure(
            "trellis_audit_sink_lag_links", "How far the operators' sink of each kind that is furthest behind has to go.", by: "sink",
            """
            SELECT s.kind AS label, coalesce(max(CASE WHEN s.chain IS NULL THEN (SELECT max(seal) FROM audit.link) - s.seal
                ELSE (SELECT h.length FROM audit.chain_head AS h WHERE h.chain = s.chain) - s.position END), 0) AS value
            FROM audit.sink AS s WHERE s.paused_at IS NULL AND s.removed_at IS NULL AND s.org_id IS NULL GROUP BY s.kind
            """),
        DatabaseFigure(
            "trellis_audit_sinks_failing", "Sinks of operators that take nothing, or are paused because of that.",
            "SELECT count(*) AS value FROM audit.sink WHERE failing_since IS NOT NULL AND removed_at IS NULL AND org_id IS NULL"),
    ]
}
