internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// A graph whose host is lost can end without a final backup, when operators say so (GRA-050). The database lets that be said only of a host that was
/// given up and has not answered since, and only with its entry; nothing is dropped on that way.
enum M0748WaiveBackups: Migration {
    static let id = "0748-graphs-waive-backups"
    static var sql: String { waiver + AuditSchema.register(GraphAuditTypes.waivers) }

    private static let waiver = """
        ALTER TABLE graphs.graph_host ADD COLUMN is_given_up boolean NOT NULL DEFAULT false;
        COMMENT ON COLUMN graphs.graph_host.is_given_up IS 'Operators gave it up, and it has not answered since.';
        ALTER TABLE graphs.graph_host ADD CONSTRAINT graph_host_given_up_takes_none CHECK (NOT is_given_up OR state <> 'ready');
        GRANT UPDATE (is_given_up) ON graphs.graph_host TO trellis_app;
        ALTER TABLE graphs.teardown ADD COLUMN waived_at timestamptz;
        COMMENT ON COLUMN graphs.teardown.waived_at IS 'When operators took it that the host is lost: nothing more is asked of it, nothing is dropped.';

        CREATE OR REPLACE FUNCTION graphs.check_teardown() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.verified_at IS NOT NULL AND NOT EXISTS (
                SELECT FROM graphs.graph_backup b
                WHERE b.id = NEW.backup_id AND b.graph_id = NEW.graph_id AND b.initiator = 'final' AND b.status = 'completed'
                  AND b.verified_at IS NOT NULL AND b.created_at >= NEW.closed_at) THEN
                RAISE EXCEPTION 'graph % has no verified final backup', NEW.graph_id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'teardown_verified_backup';
            END IF;
            IF TG_OP = 'UPDATE' AND OLD.waived_at IS NOT NULL THEN
                IF (NEW.waived_at, NEW.verified_at, NEW.drop_allowed_at, NEW.absent_at)
                    IS DISTINCT FROM (OLD.waived_at, OLD.verified_at, OLD.drop_allowed_at, OLD.absent_at) THEN
                    RAISE EXCEPTION 'nothing more is done for graph % on its host', NEW.graph_id
                        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'teardown_waiver_is_final';
                END IF;
            ELSIF NEW.waived_at IS NOT NULL AND NOT EXISTS (
                SELECT FROM graphs.graph g JOIN graphs.graph_host h ON h.id = g.host_id
                WHERE g.id = NEW.graph_id AND g.status = 'deprovisioning' AND h.is_given_up) THEN
                RAISE EXCEPTION 'the host of graph % is not lost', NEW.graph_id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'teardown_waiver_of_lost_host';
            END IF;
            RETURN NEW;
        END
        $$;

        CREATE OR REPLACE FUNCTION graphs.check_graph_move() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id OR NEW.access_epoch < OLD.access_epoch
                OR NEW.source_backup_id IS DISTINCT FROM OLD.source_backup_id
                OR (NEW.subscription_id IS DISTINCT FROM OLD.subscription_id
                    AND NOT (OLD.status = 'suspended' AND NEW.status = 'active' AND NEW.subscription_id IS NOT NULL)) THEN
                RAISE EXCEPTION 'what graph % is cannot change', OLD.id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_identity';
            END IF;
            IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
                ('provisioning', 'active'), ('provisioning', 'failed'), ('active', 'suspended'), ('suspended', 'active'),
                ('active', 'deprovisioning'), ('suspended', 'deprovisioning'), ('deprovisioning', 'deprovisioned')) THEN
                RAISE EXCEPTION 'graph % cannot go from % to %', OLD.id, OLD.status, NEW.status
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_move';
            END IF;
            IF NEW.status = 'deprovisioned' AND OLD.status <> 'deprovisioned'
                AND NOT EXISTS (
                    SELECT FROM graphs.teardown t WHERE t.graph_id = NEW.id AND (t.absent_at IS NOT NULL OR t.waived_at IS NOT NULL)) THEN
                RAISE EXCEPTION 'the absence of graph % is not confirmed', OLD.id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_absence';
            END IF;
            RETURN NEW;
        END
        $$;

        CREATE CONSTRAINT TRIGGER covered_update AFTER UPDATE ON graphs.teardown DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (OLD.waived_at IS DISTINCT FROM NEW.waived_at) EXECUTE FUNCTION audit.require_entry('graph', 'graph_id');

        """
}
