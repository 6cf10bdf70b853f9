public import Postgres

/// What each entry is checked for, written out: one comparison for each kind of reference instead of statements made and planned for every entry (AUD-040).
///
/// The checks are those before. They are written anew whenever a kind of reference finds its table, or a type its writer.
public enum M0137CheckFaster: Migration {
    /// `0137-audit-check-faster`
    public static var id: String { "0137-audit-check-faster" }
    /// The function that writes the checks, and when it does.
    public static var sql: String {
        #"""
        CREATE FUNCTION audit.write_checks() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $write$
        DECLARE
            item record;
            key_type text;
            found text;
            cases text := '';
            checks text := '';
        BEGIN
            FOR item IN SELECT kind, relation, key_column FROM audit.reference_kind ORDER BY kind LOOP
                BEGIN
                    EXECUTE format('SELECT pg_typeof((SELECT %I FROM %s LIMIT 0))::text', item.key_column, item.relation) INTO key_type;
                    cases := cases || format(E'WHEN %L THEN RETURN EXISTS (SELECT FROM %s WHERE %I = value::%s);\n',
                        item.kind, item.relation, item.key_column, key_type);
                EXCEPTION WHEN undefined_table THEN
                    -- The table is made later in the same migration.
                    cases := cases || format(E'WHEN %L THEN EXECUTE format(%L, value) INTO is_there; RETURN is_there;\n', item.kind,
                        format('SELECT EXISTS (SELECT FROM %s WHERE %I = %%L)', item.relation, item.key_column));
                END;
            END LOOP;
            EXECUTE format($function$
                CREATE OR REPLACE FUNCTION audit.is_there(kind text, value text) RETURNS boolean LANGUAGE plpgsql
                    SET search_path = pg_catalog, pg_temp AS $body$
                DECLARE
                    is_there boolean;
                BEGIN
                    CASE kind
                    %s
                    WHEN '' THEN RETURN false;
                    ELSE
                        RAISE EXCEPTION 'nothing of the kind %% can be referred to yet', kind
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_refers_to_known_kind';
                    END CASE;
                END $body$
                $function$, cases);

            FOR item IN
                SELECT a.attname AS name, substr(a.attname, 5) AS kind, a.atttypid::regtype::text AS type, k.relation, k.key_column
                FROM pg_attribute AS a LEFT JOIN audit.reference_kind AS k ON k.kind = substr(a.attname, 5)
                WHERE a.attrelid = 'audit.entry'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname LIKE 'ref\_%'
                ORDER BY a.attnum
            LOOP
                found := format('audit.is_there(%L, NEW.%I::text)', item.kind, item.name);
                IF item.relation IS NOT NULL THEN
                    BEGIN
                        EXECUTE format('SELECT pg_typeof((SELECT %I FROM %s LIMIT 0))::text', item.key_column, item.relation) INTO key_type;
                        IF key_type = item.type THEN
                            found := format('EXISTS (SELECT FROM %s WHERE %I = NEW.%I)', item.relation, item.key_column, item.name);
                        END IF;
                    EXCEPTION WHEN undefined_table THEN
                        NULL;
                    END;
                END IF;
                checks := checks || format(E'IF NEW.%1$I IS NOT NULL THEN given := given || %2$L::text; IF NOT %3$s THEN PERFORM audit.refuse_reference(%2$L, NEW.%1$I::text); END IF; END IF;\n',
                    item.name, item.kind, found);
            END LOOP;
            EXECUTE format($function$
                CREATE OR REPLACE FUNCTION audit.check_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                    SET search_path = pg_catalog, pg_temp AS $body$
                DECLARE
                    required text[];
                    given text[] := '{}';
                    item record;
                    scope text := coalesce(current_setting('trellis.scope', true), '');
                BEGIN
                    -- A thing may exist that the caller does not see; an exception takes this setting back with everything else.
                    PERFORM set_config('trellis.scope', 'system', true);
                    SELECT requires INTO required FROM audit.event_type WHERE name = NEW.type;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'the audit catalogue has no type %%', NEW.type
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_known_type';
                    END IF;
                    %s
                    IF NEW.further_references <> '[]' THEN
                        FOR item IN SELECT f ->> 'kind' AS kind, coalesce(f ->> 'id', f ->> 'text') AS value
                            FROM jsonb_array_elements(NEW.further_references) AS f
                        LOOP
                            IF NOT audit.is_there(item.kind, item.value) THEN PERFORM audit.refuse_reference(item.kind, item.value); END IF;
                        END LOOP;
                    END IF;
                    IF NEW.actor_reference_kind IS NOT NULL
                        AND NOT audit.is_there(NEW.actor_reference_kind, coalesce(NEW.actor_id::text, NEW.actor_text))
                    THEN
                        PERFORM audit.refuse_reference(NEW.actor_reference_kind, coalesce(NEW.actor_id::text, NEW.actor_text));
                    END IF;
                    IF NOT required <@ given THEN
                        RAISE EXCEPTION 'an entry of type %% needs a reference of kind %%', NEW.type,
                            (SELECT r FROM unnest(required) WITH ORDINALITY AS u (r, n) WHERE r <> ALL (given) ORDER BY n LIMIT 1)
                            USING ERRCODE = 'not_null_violation', CONSTRAINT = 'entry_has_required_references';
                    END IF;
                    PERFORM set_config('trellis.scope', scope, true);
                    RETURN NEW;
                END $body$
                $function$, checks);

            EXECUTE format($function$
                CREATE OR REPLACE FUNCTION audit.check_writer() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
                BEGIN
                    IF (current_user = 'trellis_app' AND NEW.type = ANY (%L::text[]))
                        OR (current_user = 'trellis_system' AND NEW.type = ANY (%L::text[]))
                    THEN
                        RAISE EXCEPTION 'an entry of type %% is not written by %%', NEW.type, current_user
                            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'entry_is_of_its_writer';
                    END IF;
                    RETURN NEW;
                END $body$
                $function$,
                ARRAY(SELECT type FROM audit.type_writer WHERE role = 'trellis_system' ORDER BY type),
                ARRAY(SELECT type FROM audit.type_writer WHERE role = 'trellis_app' ORDER BY type));
        END $write$;
        REVOKE ALL ON FUNCTION audit.write_checks() FROM PUBLIC;

        CREATE FUNCTION audit.refuse_reference(kind text, value text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            RAISE EXCEPTION 'there is no % %', kind, value USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_refers_to_existing';
        END $$;

        CREATE FUNCTION audit.checks_changed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            PERFORM audit.write_checks();
            RETURN NULL;
        END $$;
        CREATE TRIGGER checks_changed AFTER INSERT OR UPDATE OR DELETE ON audit.reference_kind
            FOR EACH STATEMENT EXECUTE FUNCTION audit.checks_changed();
        CREATE TRIGGER checks_changed AFTER INSERT ON audit.type_writer FOR EACH STATEMENT EXECUTE FUNCTION audit.checks_changed();
        SELECT audit.write_checks();

        -- The function is called only for what it refuses.
        DROP TRIGGER check_class ON audit.entry;
        CREATE TRIGGER check_class BEFORE INSERT ON audit.entry FOR EACH ROW
            WHEN (NEW.type LIKE ANY (ARRAY['auth\_%', 'mfa\_%', 'captcha\_%'])
                AND num_nonnulls(NEW.ref_operation, NEW.ref_job, NEW.ref_saga, NEW.ref_intent, NEW.ref_provider_event, NEW.ref_graph,
                    NEW.ref_subscription) > 0)
            EXECUTE FUNCTION audit.check_class();

        """#
    }
}
