CREATE SCHEMA trellis;

CREATE FUNCTION public.trellis_is_system() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('trellis.scope', true) = 'system', false) $$;

COMMENT ON FUNCTION public.trellis_is_system() IS 'Whether the transaction works for the product itself.';

CREATE FUNCTION public.trellis_org_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('trellis.org_id', true), '')::uuid $$;

COMMENT ON FUNCTION public.trellis_org_id() IS 'The org on whose behalf the transaction works, or NULL.';

CREATE FUNCTION public.trellis_scope_policies() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    item record;
    shown text;
    checked text;
    changed integer := 0;
    bare constant text := '(?<!SELECT )\mtrellis_(is_system|org_id|user_id)\(\)';
    once constant text := '(SELECT public.trellis_\1())';
BEGIN
    FOR item IN
        SELECT p.polname, p.polrelid::regclass AS relation, pg_get_expr(p.polqual, p.polrelid) AS shown,
            pg_get_expr(p.polwithcheck, p.polrelid) AS checked
        FROM pg_policy AS p
        WHERE coalesce(pg_get_expr(p.polqual, p.polrelid), '') ~ bare OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') ~ bare
        ORDER BY p.polrelid, p.polname
    LOOP
        shown := regexp_replace(item.shown, bare, once, 'g');
        checked := regexp_replace(item.checked, bare, once, 'g');
        EXECUTE format('ALTER POLICY %I ON %s', item.polname, item.relation)
            || coalesce(' USING (' || shown || ')', '') || coalesce(' WITH CHECK (' || checked || ')', '');
        changed := changed + 1;
    END LOOP;
    RETURN changed;
END $$;

COMMENT ON FUNCTION public.trellis_scope_policies() IS 'Writes every policy so that it asks once for each statement who works.';

CREATE FUNCTION public.trellis_user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('trellis.user_id', true), '')::uuid $$;

COMMENT ON FUNCTION public.trellis_user_id() IS 'The user on whose behalf the transaction works, or NULL.';

CREATE TABLE trellis.log_level (
    component text NOT NULL,
    level text NOT NULL,
    until timestamp with time zone NOT NULL,
    reason text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT log_level_check CHECK ((until <= (changed_at + '00:15:00'::interval))),
    CONSTRAINT log_level_component_check CHECK ((component ~ '^[a-z][a-z0-9-]{0,31}$'::text)),
    CONSTRAINT log_level_level_check CHECK ((level = ANY (ARRAY['debug'::text, 'info'::text, 'warning'::text, 'error'::text]))),
    CONSTRAINT log_level_reason_check CHECK (((length(reason) >= 10) AND (length(reason) <= 500)))
);

CREATE TABLE trellis.schema_migration (
    id text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY trellis.log_level
    ADD CONSTRAINT log_level_pkey PRIMARY KEY (component);

ALTER TABLE ONLY trellis.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (id);

GRANT USAGE ON SCHEMA trellis TO trellis_owner;
GRANT USAGE ON SCHEMA trellis TO trellis_app;
GRANT USAGE ON SCHEMA trellis TO trellis_system;

REVOKE ALL ON FUNCTION public.trellis_scope_policies() FROM PUBLIC;
GRANT ALL ON FUNCTION public.trellis_scope_policies() TO trellis_owner;

GRANT SELECT,INSERT,UPDATE ON TABLE trellis.log_level TO trellis_app;
GRANT SELECT,INSERT,UPDATE ON TABLE trellis.log_level TO trellis_system;

GRANT SELECT ON TABLE trellis.schema_migration TO trellis_owner;
GRANT SELECT ON TABLE trellis.schema_migration TO trellis_app;
GRANT SELECT ON TABLE trellis.schema_migration TO trellis_system;
