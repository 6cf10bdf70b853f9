internal import Audit
public import Postgres

/// The denials and the failures of work (AUD-123, AUD-126), where jobs, sagas and schedules are found (AUD-005), and the wall between
/// failures of work and authentication (AUD-092).
public enum M0101ExtendCatalogue: Migration {
    /// `0101-audit-extend-catalogue`
    public static var id: String { "0101-audit-extend-catalogue" }
    /// Rows of the catalogue, indexes of the filters, a trigger.
    public static var sql: String {
        AuditSchema.register(WorkAuditEvents.types)
            // The queue does not know the log. These rows name its tables as text only: they are looked up when an entry refers to one.
            + AuditSchema.locate(
                .job,
                in: "(SELECT id FROM jobs.job UNION ALL SELECT id FROM jobs.job_history UNION ALL SELECT id FROM jobs.job_dead) AS job",
                column: "id")
            + AuditSchema.locate(.saga, in: "jobs.saga", column: "id")
            + AuditSchema.locate(.schedule, in: "jobs.cron", column: "name")
            + rules
    }

    private static let rules = #"""
        CREATE FUNCTION audit.check_class() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF NEW.type LIKE ANY (ARRAY['auth\_%', 'mfa\_%', 'captcha\_%'])
                AND num_nonnulls(NEW.ref_operation, NEW.ref_job, NEW.ref_saga, NEW.ref_intent, NEW.ref_provider_event, NEW.ref_graph,
                    NEW.ref_subscription) > 0
            THEN
                RAISE EXCEPTION 'the failure of work is never an authentication event: % is refused', NEW.type
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_of_work_is_not_authentication';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER check_class BEFORE INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.check_class();

        CREATE INDEX entry_of_org_by_type ON audit.entry (ref_org, type, occurred_at DESC, id DESC) WHERE ref_org IS NOT NULL;
        CREATE INDEX entry_of_org_by_actor ON audit.entry (ref_org, actor_id, occurred_at DESC, id DESC)
            WHERE ref_org IS NOT NULL AND actor_id IS NOT NULL;
        CREATE INDEX entry_by_subscription ON audit.entry (ref_subscription, occurred_at DESC, id DESC) WHERE ref_subscription IS NOT NULL;
        CREATE INDEX entry_by_invoice ON audit.entry (ref_invoice, occurred_at DESC, id DESC) WHERE ref_invoice IS NOT NULL;
        CREATE INDEX entry_by_operation ON audit.entry (ref_operation, occurred_at DESC, id DESC) WHERE ref_operation IS NOT NULL;
        CREATE INDEX entry_by_provider_event ON audit.entry (ref_provider_event, occurred_at DESC, id DESC)
            WHERE ref_provider_event IS NOT NULL;
        CREATE INDEX entry_by_network_client ON audit.entry (ref_network_client, occurred_at DESC, id DESC)
            WHERE ref_network_client IS NOT NULL;
        CREATE INDEX entry_by_risk ON audit.entry (occurred_at DESC, id DESC) WHERE risk IN ('high', 'critical');

        """#
}
