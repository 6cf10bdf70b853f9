internal import Postgres

/// What marks this installation's objects on hosts that others use as well (graphs.md, section 2). It is made once and moves with the
/// control database, so that a restored one still knows what is its own.
struct M0702CreateDeployment: Migration {
    static let id = "0702-graphs-create-deployment"
    static let sql = """
        CREATE TABLE graphs.deployment (
            is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            id text NOT NULL CHECK (id ~ '^[a-z0-9-]{1,40}$')
        );
        INSERT INTO graphs.deployment (id) VALUES (replace(gen_random_uuid()::text, '-', ''));
        GRANT SELECT ON graphs.deployment TO trellis_app, trellis_system;
        """
}
