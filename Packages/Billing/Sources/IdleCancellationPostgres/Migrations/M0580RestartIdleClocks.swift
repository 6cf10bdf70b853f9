internal import Audit
internal import AuditPostgres
internal import IdleCancellation
internal import Postgres

/// Attention restarts the clock whoever writes it, also when it was given on the provider's pages; and every move has an entry (IDL-018, IDL-072).
enum M0580RestartIdleClocks: Migration {
    static let id = "0580-idle-restart-clocks"

    static var sql: String {
        clocks + AuditSchema.register(IdleAuditTypes.moves)
    }

    private static let clocks = #"""
        CREATE INDEX idle_case_by_decision ON billing.idle_case (decided_at, id) WHERE decided_at IS NOT NULL;

        -- Another plan is a new beginning.
        CREATE FUNCTION billing.restart_idle_clock() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            NEW.eligible_after := greatest(NEW.eligible_after, NEW.updated_at);
            RETURN NEW;
        END $$;
        CREATE TRIGGER restart_idle_clock BEFORE UPDATE ON billing.subscription FOR EACH ROW
            WHEN ((OLD.plan_key, OLD.plan_version, OLD.interval) IS DISTINCT FROM (NEW.plan_key, NEW.plan_version, NEW.interval))
            EXECUTE FUNCTION billing.restart_idle_clock();

        -- A card that was not there before was added by somebody; one that the bank renewed keeps its name at the provider and says nothing.
        CREATE FUNCTION billing.restart_idle_clocks_of_payer() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            UPDATE billing.subscription SET eligible_after = NEW.synced_at
            WHERE org_id = NEW.org_id AND backing_kind = 'provider_subscription' AND closed_at IS NULL AND eligible_after < NEW.synced_at;
            RETURN NULL;
        END $$;
        CREATE TRIGGER restart_idle_clocks AFTER INSERT ON billing.payment_method FOR EACH ROW
            EXECUTE FUNCTION billing.restart_idle_clocks_of_payer();
        CREATE TRIGGER restart_idle_clocks_again AFTER UPDATE ON billing.payment_method FOR EACH ROW
            WHEN (OLD.state = 'detached' AND NEW.state <> 'detached') EXECUTE FUNCTION billing.restart_idle_clocks_of_payer();

        """#
}
