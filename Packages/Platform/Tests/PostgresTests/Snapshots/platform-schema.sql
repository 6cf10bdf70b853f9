CREATE SCHEMA trellis;

CREATE FUNCTION public.trellis_is_system() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('trellis.scope', true) = 'system', false) $$;

COMMENT ON FUNCTION public.trellis_is_system() IS 'Whether the transaction works for the product itself.';

CREATE FUNCTION public.trellis_org_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('trellis.org_id', true), '')::uuid $$;

COMMENT ON FUNCTION public.trellis_org_id() IS 'The org on whose behalf the transaction works, or NULL.';

CREATE FUNCTION public.trellis_user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('trellis.user_id', true), '')::uuid $$;

COMMENT ON FUNCTION public.trellis_user_id() IS 'The user on whose behalf the transaction works, or NULL.';

CREATE TABLE trellis.schema_migration (
    id text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY trellis.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (id);

GRANT USAGE ON SCHEMA trellis TO trellis_owner;
GRANT USAGE ON SCHEMA trellis TO trellis_app;
GRANT USAGE ON SCHEMA trellis TO trellis_system;

GRANT SELECT ON TABLE trellis.schema_migration TO trellis_owner;
GRANT SELECT ON TABLE trellis.schema_migration TO trellis_app;
GRANT SELECT ON TABLE trellis.schema_migration TO trellis_system;
