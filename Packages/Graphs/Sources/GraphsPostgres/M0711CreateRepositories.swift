internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// Shared repositories and the seats that open them (GRA-088, GRA-089). They are rows of their own and no graphs, so that nothing that
/// counts, closes or destroys an org's graphs can ever meet one.
enum M0711CreateRepositories: Migration {
    static let id = "0711-graphs-create-repositories"

    static let sql =
        #"""
        CREATE TABLE graphs.repository (
            id text PRIMARY KEY CHECK (id ~ '^[a-z0-9._-]{1,64}$'),
            name text NOT NULL CHECK (name ~ '\S' AND char_length(name) <= 255),
            description text NOT NULL CHECK (char_length(description) <= 1000),
            created_at timestamptz NOT NULL
        );
        GRANT SELECT ON graphs.repository TO trellis_app;
        GRANT SELECT, INSERT, UPDATE ON graphs.repository TO trellis_system;

        CREATE TABLE graphs.repository_grant (
            id uuid PRIMARY KEY,
            repository_id text NOT NULL REFERENCES graphs.repository,
            user_id uuid NOT NULL,
            org_id uuid NOT NULL,
            subscription_id uuid NOT NULL,
            plan text NOT NULL,
            access text NOT NULL CHECK (access IN ('read', 'write', 'admin')),
            expires_at timestamptz,
            state text NOT NULL CHECK (state IN ('active', 'suspended', 'revoked')),
            cause text NOT NULL CHECK (cause IN ('reconciler', 'administrator', 'off_boarding')),
            created_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX repository_grant_one ON graphs.repository_grant (repository_id, user_id) WHERE state <> 'revoked';
        CREATE INDEX repository_grant_by_user ON graphs.repository_grant (user_id, repository_id);
        CREATE INDEX repository_grant_by_org ON graphs.repository_grant (org_id, user_id);
        ALTER TABLE graphs.repository_grant ENABLE ROW LEVEL SECURITY;
        ALTER TABLE graphs.repository_grant FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON graphs.repository_grant USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT, INSERT, UPDATE ON graphs.repository_grant TO trellis_app, trellis_system;

        """# + AuditSchema.register(RepositoryAccessEntry.types)
        + AuditSchema.locate(.repositoryGrant, in: "graphs.repository_grant", column: "id")
}
