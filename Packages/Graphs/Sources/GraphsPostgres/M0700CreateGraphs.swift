internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// Graphs, who may open them, where they live, their logins, their backups and their destruction.
enum M0700CreateGraphs: Migration {
    static let id = "0700-graphs-create"

    static let sql =
        tables + rules + access + AuditSchema.register(GraphAuditTypes.all)
        + AuditSchema.locate(.graph, in: "graphs.graph", column: "id")
        + AuditSchema.locate(.graphHost, in: "graphs.graph_host", column: "id")
        + AuditSchema.locate(.graphCredential, in: "graphs.graph_credential", column: "id")
        + AuditSchema.locate(.backup, in: "graphs.graph_backup", column: "id")

    private static let tables = #"""
        CREATE SCHEMA graphs;
        GRANT USAGE ON SCHEMA graphs TO trellis_app, trellis_system;

        CREATE TABLE graphs.graph_host (
            id uuid PRIMARY KEY,
            name text NOT NULL UNIQUE CHECK (name <> ''),
            tiers text[] NOT NULL CHECK (cardinality(tiers) > 0),
            slots integer NOT NULL CHECK (slots > 0),
            state text NOT NULL CHECK (state IN ('ready', 'draining', 'offline', 'retired')),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        );

        CREATE TABLE graphs.graph (
            id text PRIMARY KEY CHECK (id ~ '^kg[0-9a-f]{16,40}$'),
            org_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('entity', 'generic')),
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL,
            provisioning_id uuid NOT NULL,
            name text NOT NULL CHECK (name ~ '\S' AND char_length(name) <= 255),
            description text NOT NULL CHECK (char_length(description) <= 1000),
            tags text[] NOT NULL CHECK (cardinality(tags) <= 20),
            extensions text[] NOT NULL,
            custom_schema jsonb,
            initial_entity jsonb,
            tier text NOT NULL,
            subscription_id uuid UNIQUE,
            host_id uuid REFERENCES graphs.graph_host,
            status text NOT NULL CHECK (status IN ('provisioning', 'active', 'suspended', 'deprovisioning', 'deprovisioned', 'failed')),
            status_since timestamptz NOT NULL,
            status_reason text,
            mode text NOT NULL CHECK (mode IN ('none', 'read', 'shrink', 'full')),
            access_epoch bigint NOT NULL CHECK (access_epoch >= 0),
            purge_at timestamptz,
            delete_protected boolean NOT NULL DEFAULT false,
            CHECK (status <> 'active' OR host_id IS NOT NULL),
            CHECK (purge_at IS NULL OR status = 'suspended'),
            CHECK (status = 'active' OR mode = 'none')
        );
        CREATE INDEX graph_by_org ON graphs.graph (org_id, id);
        CREATE INDEX graph_purge_due ON graphs.graph (purge_at) WHERE purge_at IS NOT NULL;

        CREATE TABLE graphs.host_slot (
            host_id uuid NOT NULL REFERENCES graphs.graph_host,
            number integer NOT NULL CHECK (number > 0),
            state text NOT NULL DEFAULT 'free' CHECK (state IN ('free', 'reserved', 'occupied', 'releasing')),
            org_id uuid,
            subscription_id uuid UNIQUE,
            graph_id text UNIQUE REFERENCES graphs.graph,
            reserved_until timestamptz,
            PRIMARY KEY (host_id, number),
            CHECK ((state = 'free') = (org_id IS NULL)),
            CHECK (state <> 'free' OR (subscription_id IS NULL AND graph_id IS NULL AND reserved_until IS NULL)),
            CHECK (state <> 'occupied' OR graph_id IS NOT NULL),
            CHECK (state <> 'reserved' OR graph_id IS NOT NULL OR reserved_until IS NOT NULL)
        );
        CREATE INDEX host_slot_by_org ON graphs.host_slot (org_id) WHERE org_id IS NOT NULL;

        CREATE TABLE graphs.graph_grant (
            graph_id text NOT NULL REFERENCES graphs.graph,
            user_id uuid NOT NULL,
            org_id uuid NOT NULL,
            role text NOT NULL CHECK (role IN ('viewer', 'member', 'admin')),
            granted_by uuid NOT NULL,
            granted_at timestamptz NOT NULL,
            PRIMARY KEY (graph_id, user_id)
        );
        CREATE INDEX graph_grant_by_user ON graphs.graph_grant (user_id);

        CREATE TABLE graphs.selected_graph (
            user_id uuid PRIMARY KEY,
            graph_id text NOT NULL REFERENCES graphs.graph
        );
        CREATE INDEX selected_graph_by_graph ON graphs.selected_graph (graph_id);

        CREATE TABLE graphs.graph_credential (
            id uuid PRIMARY KEY,
            graph_id text NOT NULL REFERENCES graphs.graph,
            org_id uuid NOT NULL,
            role text NOT NULL UNIQUE,
            access text NOT NULL CHECK (access IN ('rw', 'ro')),
            label text NOT NULL CHECK (char_length(label) <= 100),
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz,
            revoked_at timestamptz
        );
        CREATE INDEX graph_credential_by_graph ON graphs.graph_credential (graph_id);

        CREATE TABLE graphs.graph_backup (
            id uuid PRIMARY KEY,
            graph_id text NOT NULL REFERENCES graphs.graph,
            org_id uuid NOT NULL,
            initiator text NOT NULL CHECK (initiator IN ('user', 'scheduled', 'system', 'final')),
            status text NOT NULL CHECK (status IN ('pending', 'in_progress', 'completed', 'failed', 'expired')),
            archive jsonb,
            created_at timestamptz NOT NULL,
            completed_at timestamptz,
            verified_at timestamptz,
            expires_at timestamptz,
            CHECK (status <> 'completed' OR (archive IS NOT NULL AND completed_at IS NOT NULL)),
            CHECK (verified_at IS NULL OR archive IS NOT NULL)
        );
        CREATE INDEX graph_backup_by_graph ON graphs.graph_backup (graph_id, id DESC);
        CREATE UNIQUE INDEX graph_backup_one_running ON graphs.graph_backup (graph_id) WHERE status = 'in_progress';

        CREATE TABLE graphs.teardown (
            graph_id text PRIMARY KEY REFERENCES graphs.graph,
            org_id uuid NOT NULL,
            operation_id uuid NOT NULL,
            closed_at timestamptz,
            backup_id uuid REFERENCES graphs.graph_backup,
            verified_at timestamptz,
            drop_allowed_at timestamptz,
            absent_at timestamptz,
            CONSTRAINT teardown_verified_backup CHECK (verified_at IS NULL OR (backup_id IS NOT NULL AND closed_at IS NOT NULL)),
            CONSTRAINT teardown_no_drop_without_verified_backup CHECK (drop_allowed_at IS NULL OR verified_at IS NOT NULL),
            CONSTRAINT teardown_absent_after_drop CHECK (absent_at IS NULL OR drop_allowed_at IS NOT NULL)
        );

        """#

    private static let rules = #"""
        CREATE FUNCTION graphs.check_graph_move() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF NEW.id <> OLD.id OR NEW.org_id <> OLD.org_id OR NEW.subscription_id IS DISTINCT FROM OLD.subscription_id
                OR NEW.access_epoch < OLD.access_epoch THEN
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
        CREATE TRIGGER check_graph_move BEFORE UPDATE ON graphs.graph FOR EACH ROW EXECUTE FUNCTION graphs.check_graph_move();

        CREATE FUNCTION graphs.keep_graph() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            RAISE EXCEPTION 'graphs are kept for ever, so that no id is given out twice'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_kept';
        END
        $body$;
        CREATE TRIGGER keep_graph BEFORE DELETE ON graphs.graph FOR EACH ROW EXECUTE FUNCTION graphs.keep_graph();

        CREATE FUNCTION graphs.check_teardown() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF NEW.verified_at IS NOT NULL AND NOT EXISTS (
                SELECT FROM graphs.graph_backup b
                WHERE b.id = NEW.backup_id AND b.graph_id = NEW.graph_id AND b.initiator = 'final' AND b.status = 'completed'
                  AND b.verified_at IS NOT NULL AND b.created_at >= NEW.closed_at) THEN
                RAISE EXCEPTION 'graph % has no verified final backup', NEW.graph_id
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'teardown_verified_backup';
            END IF;
            RETURN NEW;
        END
        $body$;
        CREATE TRIGGER check_teardown BEFORE INSERT OR UPDATE ON graphs.teardown FOR EACH ROW EXECUTE FUNCTION graphs.check_teardown();

        """#

    private static let access = #"""
        DO $body$
        DECLARE
            name text;
        BEGIN
            FOREACH name IN ARRAY ARRAY['graph', 'graph_grant', 'graph_credential', 'graph_backup', 'teardown'] LOOP
                EXECUTE format('ALTER TABLE graphs.%I ENABLE ROW LEVEL SECURITY', name);
                EXECUTE format('ALTER TABLE graphs.%I FORCE ROW LEVEL SECURITY', name);
                EXECUTE format('CREATE POLICY tenant ON graphs.%I USING (trellis_is_system() OR org_id = trellis_org_id())', name);
                EXECUTE format('GRANT SELECT, INSERT, UPDATE ON graphs.%I TO trellis_app, trellis_system', name);
            END LOOP;
        END
        $body$;
        GRANT DELETE ON graphs.graph_grant TO trellis_app, trellis_system;

        ALTER TABLE graphs.selected_graph ENABLE ROW LEVEL SECURITY;
        ALTER TABLE graphs.selected_graph FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON graphs.selected_graph USING (
            trellis_is_system() OR user_id = trellis_user_id()
            OR EXISTS (SELECT FROM graphs.graph g WHERE g.id = graph_id AND g.org_id = trellis_org_id()));
        GRANT SELECT, INSERT, UPDATE, DELETE ON graphs.selected_graph TO trellis_app, trellis_system;

        -- Hosts and free slots belong to no tenant; a taken slot is its org's.
        GRANT SELECT ON graphs.graph_host TO trellis_app;
        GRANT SELECT, INSERT, UPDATE ON graphs.graph_host TO trellis_system;
        ALTER TABLE graphs.host_slot ENABLE ROW LEVEL SECURITY;
        ALTER TABLE graphs.host_slot FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON graphs.host_slot
            USING (trellis_is_system() OR org_id IS NULL OR org_id = trellis_org_id() OR (state = 'reserved' AND graph_id IS NULL));
        GRANT SELECT, UPDATE ON graphs.host_slot TO trellis_app;
        GRANT SELECT, INSERT, UPDATE ON graphs.host_slot TO trellis_system;
        """#
}
