public import Postgres

/// The proof of the log: canonical bytes of each entry, the list of those that wait for their link, the links, the heads of the chains, and the
/// signed checkpoints with their keys (AUD-034 to AUD-038, AUD-044, AUD-045).
public enum M0110ChainEntries: Migration {
    /// `0110-audit-chain-entries`
    public static var id: String { "0110-audit-chain-entries" }
    /// Tables, triggers and grants. What was written before this step has no canonical bytes and stays outside the chains.
    public static var sql: String {
        #"""
        ALTER TABLE audit.entry ADD COLUMN canonical bytea CHECK (octet_length(canonical) <= 32768);

        -- Whoever writes an entry does nothing with the chain but add a row here, which waits for nobody (AUD-037).
        CREATE TABLE audit.unsealed (
            ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            entry_id uuid NOT NULL,
            recorded_at timestamptz NOT NULL
        );
        CREATE FUNCTION audit.await_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            INSERT INTO audit.unsealed (entry_id, recorded_at) VALUES (NEW.id, NEW.recorded_at);
            RETURN NULL;
        END $$;
        CREATE TRIGGER await_link AFTER INSERT ON audit.entry FOR EACH ROW WHEN (NEW.canonical IS NOT NULL)
            EXECUTE FUNCTION audit.await_link();

        CREATE TABLE audit.link (
            chain text COLLATE "C" NOT NULL CHECK (chain ~ '^(system|org:[0-9a-f-]{36})$'),
            position bigint NOT NULL CHECK (position >= 1),
            seal bigint NOT NULL UNIQUE CHECK (seal >= 1),
            entry_id uuid NOT NULL UNIQUE,
            recorded_at timestamptz NOT NULL,
            entry_hash bytea NOT NULL CHECK (octet_length(entry_hash) = 32),
            link_hash bytea NOT NULL CHECK (octet_length(link_hash) = 32),
            PRIMARY KEY (chain, position)
        );
        -- How far each chain has got; it follows from the links and is compared with them whenever the log is verified.
        CREATE TABLE audit.chain_head (
            chain text COLLATE "C" PRIMARY KEY,
            length bigint NOT NULL CHECK (length >= 1),
            hash bytea NOT NULL CHECK (octet_length(hash) = 32)
        );
        CREATE TABLE audit.signing_key (
            id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{1,32}$'),
            public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
            endorsed_by text,
            endorsement bytea CHECK (octet_length(endorsement) = 64),
            sequence bigint GENERATED ALWAYS AS IDENTITY,
            CHECK ((endorsed_by IS NULL) = (endorsement IS NULL))
        );
        CREATE TABLE audit.checkpoint (
            number bigint PRIMARY KEY CHECK (number >= 1),
            signed_at timestamptz NOT NULL,
            links bigint NOT NULL CHECK (links >= 1),
            key_id text NOT NULL,
            body bytea NOT NULL,
            signature bytea NOT NULL CHECK (octet_length(signature) = 64)
        );
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.link FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.signing_key FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

        -- What serves requests neither reads nor writes any of this; what works in the background seals.
        GRANT SELECT, DELETE ON audit.unsealed TO trellis_system;
        GRANT SELECT, INSERT ON audit.link, audit.checkpoint, audit.signing_key TO trellis_system;
        GRANT SELECT, INSERT, UPDATE ON audit.chain_head TO trellis_system;
        GRANT SELECT ON audit.signing_key TO trellis_app;

        """#
    }
}
