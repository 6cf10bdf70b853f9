internal import Postgres

/// Ended operations lose their steps and events long before they go themselves (OPS-031).
enum M0503ThinEndedOperations: Migration {
    static let id = "0503-operations-thin-ended-operations"

    // An end is still final: all that may follow it is that the steps are forgotten, once, by the product itself.
    static let sql = #"""
        ALTER TABLE operations.operation ADD COLUMN thinned_at timestamptz,
            ADD CONSTRAINT operation_thinned_after_end CHECK (thinned_at IS NULL OR (ended_at IS NOT NULL AND steps = '[]'));
        CREATE INDEX operation_to_thin ON operations.operation (ended_at) WHERE ended_at IS NOT NULL AND thinned_at IS NULL;
        CREATE INDEX operation_thinned ON operations.operation (ended_at) WHERE thinned_at IS NOT NULL;

        CREATE OR REPLACE FUNCTION operations.keep_the_first_end() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF OLD.ended_at IS NOT NULL AND NOT (
                OLD.thinned_at IS NULL AND NEW.thinned_at IS NOT NULL AND NEW.steps = '[]' AND trellis_is_system()
                AND to_jsonb(NEW) - 'steps' - 'thinned_at' = to_jsonb(OLD) - 'steps' - 'thinned_at') THEN
                RAISE EXCEPTION 'operation % has ended', OLD.id USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'operation_ended';
            END IF;
            RETURN NEW;
        END
        $body$;
        """#
}
