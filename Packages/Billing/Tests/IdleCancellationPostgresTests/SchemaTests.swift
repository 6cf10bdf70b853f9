import AuditPostgres
import BillingPostgres
import Core
import IdentityPostgres
import IdleCancellation
import IdleCancellationPostgres
import JobsPostgres
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct IdleSchemaTests {
    static let migrations = [
        AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, BillingMigrations.all,
        IdleCancellationMigrations.all,
    ]

    @Test func `IDL-013 IDL-T06 the database moves a case exactly as the type does`() async throws {
        try await TestDatabase.withDatabase(migrations: Self.migrations) { database in
            // The trigger alone: a table with the same columns, so that no case has to be brought into each state by the product.
            try await database.adminClient.execute("CREATE TABLE public.moves (LIKE billing.idle_case)")
            try await database.adminClient.execute("ALTER TABLE public.moves DISABLE ROW LEVEL SECURITY")
            try await database.adminClient.execute(
                """
                INSERT INTO public.moves (id, org_id, subscription_id, period_start, period_end, interval_unit, interval_count, threshold,
                    evaluation_id, provider_subscription_id, state, ends_at, created_at)
                SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now(), now(), 'month', 1, now(), gen_random_uuid(), 'sub',
                    state, now(), now() FROM unnest(\(IdleCaseState.allCases.map(\.rawValue))) AS state
                """)
            try await database.adminClient.execute(
                "CREATE TRIGGER t BEFORE UPDATE ON public.moves FOR EACH ROW EXECUTE FUNCTION billing.refuse_idle_move()")
            for from in IdleCaseState.allCases {
                for to in IdleCaseState.allCases where to != from {
                    let isAllowed = await allows(from, to, database)
                    #expect(isAllowed == from.mayBecome(to), "\(from) to \(to)")
                }
            }
        }
    }

    private func allows(_ from: IdleCaseState, _ to: IdleCaseState, _ database: TestDatabase) async -> Bool {
        struct Undone: Error {}
        do {
            try await database.adminClient.withTransaction(scope: .system) { transaction in
                try await transaction.execute("UPDATE public.moves SET state = \(to.rawValue) WHERE state = \(from.rawValue)")
                throw Undone()
            }
            return false
        } catch is Undone {
            return true
        } catch {
            return false
        }
    }

    @Test func `IDL-017 the rows that exist get one instant, new ones their creation`() async throws {
        try await TestDatabase.withDatabase(migrations: Self.migrations) { database in
            let rows = try await database.adminClient.query(
                """
                SELECT atthasmissing FROM pg_attribute WHERE attrelid = 'billing.subscription'::regclass AND attname = 'eligible_after'
                """)
            // One stored value for all rows that were there: the table was not rewritten.
            #expect(try #require(rows.first).decode(Bool.self))
        }
    }
}
