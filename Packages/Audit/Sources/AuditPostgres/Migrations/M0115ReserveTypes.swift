internal import Audit
public import Postgres

/// Names of types that no part of the product writes, kept free and refused (AUD-134).
public enum M0115ReserveTypes: Migration {
    /// `0115-audit-reserve-types`
    public static var id: String { "0115-audit-reserve-types" }
    /// A mark in the catalogue, its rows, a trigger.
    public static var sql: String {
        let types = ReservedAuditEvents.types
        let rows = types.map { "('\($0.name)', '\($0.risk.rawValue)', '\($0.eventClass.rawValue)', '\($0.component)', '{}', false)" }
        return """
            ALTER TABLE audit.event_type ADD COLUMN emitted boolean NOT NULL DEFAULT true;
            INSERT INTO audit.event_type (name, risk, class, component, requires, emitted) VALUES
                \(rows.joined(separator: ",\n    "));
            CREATE FUNCTION audit.refuse_reserved() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
            BEGIN
                RAISE EXCEPTION 'the type % is reserved', NEW.type USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_emitted_type';
            END $$;
            CREATE TRIGGER refuse_reserved BEFORE INSERT ON audit.entry FOR EACH ROW
                WHEN (NEW.type = ANY ('{\(types.map(\.name).joined(separator: ","))}'::text[])) EXECUTE FUNCTION audit.refuse_reserved();

            """
    }
}
