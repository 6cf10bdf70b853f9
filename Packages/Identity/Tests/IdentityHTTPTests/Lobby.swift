import Core
import HTTPServer
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// A hasher that is fast: these tests are about routes and rows, not about Argon2id.
struct QuickHasher: Identity.PasswordHasher {
    func hash(_ password: Password) -> StoredPassword { StoredPassword(phc: "plain:" + password.secret.withValue { $0 }) }
    func verify(_ password: Password, against hash: StoredPassword) -> PasswordVerdict {
        self.hash(password) == hash ? .matches(isOutdated: false) : .differs
    }
    func verifyAgainstNothing(_ password: Password) {}
}

/// The routes on a real database, with what lies behind them.
struct Lobby {
    let front: Front
    var database: TestDatabase { front.database }
    var environment: IdentityEnvironment<PostgresIdentityStore> { front.environment }
    var clock: SteppedDateSource { front.clock }

    static func with(_ settings: IdentitySettings = IdentitySettings(), _ body: (Lobby) async throws -> Void) async throws {
        try await Front.with(settings, withOrgs: true, hasher: QuickHasher()) { try await body(Lobby(front: $0)) }
    }

    /// The secret of the newest link of a kind.
    func secret(of kind: LinkToken.Kind) async throws -> String {
        let rows = try await database.adminClient.query(
            "SELECT id FROM identity.link_token WHERE kind = \(kind.rawValue) ORDER BY created_at DESC, id DESC LIMIT 1")
        let id = try #require(rows.first).decode("id", as: LinkToken.ID.self)
        return environment.secrets.linkSecret(of: kind.rawValue, id.description).withValue { $0 }
    }

    func count(_ sql: String) async throws -> Int {
        Int(try await database.adminClient.query(Statement("SELECT count(*) FROM " + sql))[0].decode(Int64.self))
    }

    /// Where in the whole database a text stands: `schema.table` for each table with a row that has it.
    func places(of text: String) async throws -> [String] {
        let tables = try await database.adminClient.query(
            """
            SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema' ORDER BY 1
            """
        ).map { try $0.decode("name", as: String.self) }
        var found: [String] = []
        for table in tables {
            let rows = try await database.adminClient.query(
                Statement("SELECT count(*) FROM \(table) AS r WHERE strpos(r::text, $1) > 0", [text]))
            if try rows[0].decode(Int64.self) > 0 { found.append(table) }
        }
        return found
    }
}
