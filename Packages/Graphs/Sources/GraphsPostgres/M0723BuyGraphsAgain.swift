internal import Postgres

/// What pays for a graph changes in one move only: when it is opened again (GRA-059). What it was made from never does.
enum M0723BuyGraphsAgain: Migration {
    static let id = "0723-graphs-buy-again"

    static let sql = #"""
        CREATE OR REPLACE FUNCTION graphs.check_graph_move() RETURNS trigger LANGUAGE plpgsql AS $body$
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
                AND NOT EXISTS (SELECT FROM graphs.teardown t WHERE t.graph_id = NEW.id AND t.absent_at IS NOT NULL) THEN
                RAISE EXCEPTION 'the absence of graph % is not confirmed', OLD.id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_absence';
            END IF;
            RETURN NEW;
        END
        $body$;
        """#
}
