internal import Audit
internal import AuditPostgres
internal import Postgres

/// Operations, their events, idempotency records and stream leases.
enum M0500CreateOperations: Migration {
    static let id = "0500-operations-create"

    static let sql = tables + AuditSchema.locate(.operation, in: "operations.operation", column: "id")

    private static let tables = #"""
        CREATE SCHEMA operations;
        GRANT USAGE ON SCHEMA operations TO trellis_app, trellis_system;

        CREATE TABLE operations.operation (
            id uuid PRIMARY KEY,
            kind text NOT NULL CHECK (kind <> ''),
            org_id uuid NOT NULL,
            graph_id text,
            started_by uuid,
            parent_id uuid REFERENCES operations.operation,
            status text NOT NULL CHECK (status IN ('pending', 'running', 'awaiting_input', 'completed', 'failed', 'cancelled')),
            phase text NOT NULL CHECK (phase IN ('forward', 'compensating', 'stuck')),
            percent smallint NOT NULL CHECK (percent BETWEEN 0 AND 100),
            message text NOT NULL,
            steps jsonb NOT NULL CHECK (jsonb_typeof(steps) = 'array'),
            result jsonb NOT NULL,
            failure jsonb,
            input_request jsonb,
            exclusive_scope text,
            created_at timestamptz NOT NULL,
            started_at timestamptz,
            ended_at timestamptz,
            updated_at timestamptz NOT NULL,
            last_sequence bigint NOT NULL DEFAULT 0,
            CHECK ((ended_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))),
            CHECK (status <> 'awaiting_input' OR input_request IS NOT NULL),
            CHECK (status <> 'failed' OR failure IS NOT NULL)
        );
        CREATE UNIQUE INDEX operation_one_exclusive ON operations.operation (exclusive_scope)
            WHERE exclusive_scope IS NOT NULL AND ended_at IS NULL;
        CREATE INDEX operation_by_org ON operations.operation (org_id, id DESC);
        CREATE INDEX operation_by_starter ON operations.operation (started_by, id DESC);
        CREATE INDEX operation_by_graph ON operations.operation (graph_id, id DESC);
        CREATE INDEX operation_waiting ON operations.operation (id) WHERE status = 'pending';

        CREATE FUNCTION operations.keep_the_first_end() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF OLD.ended_at IS NOT NULL THEN
                RAISE EXCEPTION 'operation % has ended', OLD.id USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'operation_ended';
            END IF;
            RETURN NEW;
        END
        $body$;
        CREATE TRIGGER keep_the_first_end BEFORE UPDATE ON operations.operation
            FOR EACH ROW EXECUTE FUNCTION operations.keep_the_first_end();

        CREATE TABLE operations.operation_event (
            operation_id uuid NOT NULL REFERENCES operations.operation,
            sequence bigint NOT NULL CHECK (sequence >= 1),
            org_id uuid NOT NULL,
            name text NOT NULL,
            data jsonb NOT NULL CHECK (octet_length(data::text) <= 16384),
            at timestamptz NOT NULL,
            PRIMARY KEY (operation_id, sequence)
        );

        CREATE FUNCTION operations.check_event() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
            last record;
        BEGIN
            SELECT sequence, name INTO last FROM operations.operation_event
            WHERE operation_id = NEW.operation_id ORDER BY sequence DESC LIMIT 1;
            IF NEW.sequence <> coalesce(last.sequence, 0) + 1 THEN
                RAISE EXCEPTION 'event % of operation % leaves a gap', NEW.sequence, NEW.operation_id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'operation_event_gap';
            END IF;
            IF last.name IN ('operation_completed', 'operation_error', 'operation_cancelled') THEN
                RAISE EXCEPTION 'operation % has told its end', NEW.operation_id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'operation_event_after_end';
            END IF;
            RETURN NEW;
        END
        $body$;
        CREATE TRIGGER check_event BEFORE INSERT ON operations.operation_event
            FOR EACH ROW EXECUTE FUNCTION operations.check_event();

        CREATE FUNCTION operations.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            RAISE EXCEPTION 'events are only added' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'operation_event_insert_only';
        END
        $body$;
        CREATE TRIGGER insert_only BEFORE UPDATE ON operations.operation_event
            FOR EACH ROW EXECUTE FUNCTION operations.refuse_change();

        CREATE TABLE operations.idempotency_record (
            scope_hash bytea PRIMARY KEY CHECK (octet_length(scope_hash) = 32),
            fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
            org_id uuid NOT NULL,
            state text NOT NULL CHECK (state IN ('open', 'settled')),
            operation_id uuid,
            status smallint,
            body jsonb,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            CHECK (state <> 'settled' OR operation_id IS NOT NULL OR (status IS NOT NULL AND body IS NOT NULL))
        );
        CREATE INDEX idempotency_record_due ON operations.idempotency_record (expires_at) WHERE state = 'settled';

        CREATE TABLE operations.stream_lease (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            user_id uuid NOT NULL,
            renewed_until timestamptz NOT NULL
        );
        CREATE INDEX stream_lease_by_user ON operations.stream_lease (user_id);

        ALTER TABLE operations.operation ENABLE ROW LEVEL SECURITY;
        ALTER TABLE operations.operation FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON operations.operation
            USING (trellis_is_system() OR org_id = trellis_org_id() OR started_by = trellis_user_id());
        ALTER TABLE operations.operation_event ENABLE ROW LEVEL SECURITY;
        ALTER TABLE operations.operation_event FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON operations.operation_event USING (trellis_is_system() OR org_id = trellis_org_id());
        ALTER TABLE operations.idempotency_record ENABLE ROW LEVEL SECURITY;
        ALTER TABLE operations.idempotency_record FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON operations.idempotency_record USING (trellis_is_system() OR org_id = trellis_org_id());
        ALTER TABLE operations.stream_lease ENABLE ROW LEVEL SECURITY;
        ALTER TABLE operations.stream_lease FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON operations.stream_lease USING (trellis_is_system() OR user_id = trellis_user_id());

        GRANT SELECT, INSERT, UPDATE ON operations.operation TO trellis_app, trellis_system;
        GRANT SELECT, INSERT ON operations.operation_event TO trellis_app, trellis_system;
        GRANT SELECT, INSERT, UPDATE ON operations.idempotency_record TO trellis_app, trellis_system;
        GRANT SELECT, INSERT, UPDATE, DELETE ON operations.stream_lease TO trellis_app, trellis_system;
        GRANT DELETE ON operations.operation, operations.operation_event, operations.idempotency_record TO trellis_system;
        """#
}
