internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// Backups by people and by night: who asked, for which day, what became of it; links to them; and what sweeps find without its counterpart.
enum M0714KeepBackups: Migration {
    static let id = "0714-graphs-keep-backups"

    static var sql: String { tables + AuditSchema.register(GraphAuditTypes.backups) }

    private static let tables = #"""
        ALTER TABLE graphs.graph_backup
            ADD COLUMN requested_by uuid,
            ADD COLUMN operation_id uuid,
            ADD COLUMN night date,
            ADD COLUMN kept_days integer CHECK (kept_days > 0),
            ADD COLUMN started_at timestamptz,
            ADD COLUMN failure text,
            ADD CONSTRAINT graph_backup_night CHECK (night IS NULL OR initiator = 'scheduled'),
            ADD CONSTRAINT graph_backup_asker CHECK (initiator <> 'user' OR requested_by IS NOT NULL) NOT VALID;
        CREATE UNIQUE INDEX graph_backup_once_a_night ON graphs.graph_backup (graph_id, night)
            WHERE night IS NOT NULL AND status <> 'failed';
        CREATE UNIQUE INDEX graph_backup_by_operation ON graphs.graph_backup (operation_id) WHERE operation_id IS NOT NULL;
        CREATE INDEX graph_backup_unfinished ON graphs.graph_backup (id) WHERE status IN ('pending', 'in_progress');
        CREATE INDEX graph_backup_by_end ON graphs.graph_backup (expires_at) WHERE status = 'completed';
        CREATE INDEX graph_backup_by_object ON graphs.graph_backup ((archive ->> 'objectKey')) WHERE status = 'completed';

        CREATE FUNCTION graphs.check_backup_move() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
                ('pending', 'in_progress'), ('pending', 'failed'), ('in_progress', 'completed'), ('in_progress', 'failed'),
                ('completed', 'expired')) THEN
                RAISE EXCEPTION 'backup % cannot go from % to %', OLD.id, OLD.status, NEW.status
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_backup_move';
            END IF;
            RETURN NEW;
        END
        $body$;
        CREATE TRIGGER check_backup_move BEFORE UPDATE ON graphs.graph_backup
            FOR EACH ROW EXECUTE FUNCTION graphs.check_backup_move();

        CREATE TABLE graphs.backup_download (
            backup_id uuid NOT NULL,
            user_id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            org_id uuid NOT NULL,
            graph_id text NOT NULL,
            expires_at timestamptz NOT NULL,
            is_counted boolean NOT NULL,
            first_byte_at timestamptz,
            PRIMARY KEY (backup_id, user_id, created_at),
            CONSTRAINT backup_download_of_same_org FOREIGN KEY (org_id, backup_id) REFERENCES graphs.graph_backup (org_id, id),
            CONSTRAINT backup_download_of_graph FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph (org_id, id)
        );
        CREATE INDEX backup_download_by_org ON graphs.backup_download (org_id, graph_id, created_at);
        ALTER TABLE graphs.backup_download ENABLE ROW LEVEL SECURITY;
        ALTER TABLE graphs.backup_download FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON graphs.backup_download
            USING ((select trellis_is_system()) OR org_id = (select trellis_org_id()));
        GRANT SELECT, INSERT, UPDATE ON graphs.backup_download TO trellis_app, trellis_system;

        CREATE TABLE graphs.orphan_finding (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text NOT NULL,
            place text NOT NULL,
            object text NOT NULL,
            bytes bigint,
            graph_id text,
            state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'repaired', 'dismissed', 'gone')),
            first_seen_at timestamptz NOT NULL,
            last_seen_at timestamptz NOT NULL,
            sightings integer NOT NULL DEFAULT 1 CHECK (sightings > 0),
            ended_at timestamptz,
            CHECK ((state = 'open') = (ended_at IS NULL))
        );
        CREATE UNIQUE INDEX orphan_finding_open ON graphs.orphan_finding (kind, place, object) WHERE state = 'open';
        ALTER TABLE graphs.orphan_finding ENABLE ROW LEVEL SECURITY;
        ALTER TABLE graphs.orphan_finding FORCE ROW LEVEL SECURITY;
        CREATE POLICY operators ON graphs.orphan_finding USING ((select trellis_is_system()));
        GRANT SELECT, INSERT, UPDATE ON graphs.orphan_finding TO trellis_system;

        """#
}
