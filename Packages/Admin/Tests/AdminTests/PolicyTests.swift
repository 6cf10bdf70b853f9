import Core
import PlatformTesting
import Postgres
import Testing

/// Row-level security over the schema of all packages.
@Suite struct PolicyTests {
    @Test func `SEC-049 no policy of any package asks for each row who works`() async throws {
        try await Office.with { office in
            let bare = try await office.database.adminClient.query(
                #"""
                SELECT p.polrelid::regclass::text || '.' || p.polname AS name FROM pg_policy AS p
                WHERE coalesce(pg_get_expr(p.polqual, p.polrelid), '') ~ '(?<!SELECT )\mtrellis_(is_system|org_id|user_id)\(\)'
                    OR coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') ~ '(?<!SELECT )\mtrellis_(is_system|org_id|user_id)\(\)' ORDER BY 1
                """#)
            #expect(try bare.map { try $0.decode(String.self) } == [])
            let count = try await office.database.adminClient.query("SELECT count(*) FROM pg_policy")[0].decode(Int.self)
            #expect(count > 30)
        }
    }

    @Test func `SEC-049 every column by which a policy knows whose a row is stands first in an index`() async throws {
        try await Office.with { office in
            let open = try await office.database.adminClient.query(
                #"""
                SELECT DISTINCT c.oid::regclass::text || '.' || a.attname AS name
                FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
                JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE pg_get_expr(p.polqual, p.polrelid) ~ ('\m' || a.attname || ' = \( ?SELECT (public\.)?trellis_(org|user)_id')
                    AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum)
                ORDER BY 1
                """#)
            #expect(try open.map { try $0.decode(String.self) } == [])
        }
    }
}
