import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@testable import Identity

/// Uses that could not be written before the answer.
@Suite struct DelayedUsesTests {
    private struct Broken: Error {}

    private func use(_ key: APIKey.ID, at seconds: Int64) -> PendingActivity {
        let at = Instant(secondsSinceEpoch: seconds)
        return PendingActivity(user: User.ID(high: 1, low: 1), session: nil, generation: nil, key: key, at: at)
    }

    /// Gives what is written, once all were added; the first attempt fails before.
    private func write(_ count: Int, of uses: DelayedUses, adding: [PendingActivity]) async -> [PendingActivity] {
        await withTaskGroup(of: Void.self) { group in
            let (written, writes) = AsyncStream<PendingActivity>.makeStream()
            let (added, add) = AsyncStream<Void>.makeStream()
            group.addTask {
                var hasFailed = false
                try? await uses.run(
                    writing: { use in
                        if !hasFailed {
                            hasFailed = true
                            throw Broken()
                        }
                        writes.yield(use)
                    },
                    pausing: {
                        for await _ in added { break }
                    })
            }
            // It serves from its first step on.
            while !uses.add(adding[0]) { await Task.yield() }
            for use in adding.dropFirst() { #expect(uses.add(use)) }
            add.yield()
            var all: [PendingActivity] = []
            for await use in written {
                all.append(use)
                if all.count == count { break }
            }
            group.cancelAll()
            return all
        }
    }

    @Test func `IDL-041 a use is tried again until it is written, the latest of each credential once`() async {
        let uses = DelayedUses()
        let (one, two) = (APIKey.ID(high: 2, low: 1), APIKey.ID(high: 2, low: 2))
        #expect(!uses.add(use(one, at: 1)))
        let written = await write(2, of: uses, adding: [use(one, at: 1), use(two, at: 2), use(one, at: 3)])
        #expect(Set(written) == [use(two, at: 2), use(one, at: 3)])
    }

    @Test func `IDL-008 and IDL-041 a use that cannot be written fails no request, even when no job can be written either`() async throws {
        try await House.with { house in
            let token = try await house.register().token
            let administrator = house.database.adminClient
            try await administrator.execute(
                "CREATE OR REPLACE VIEW identity.pending_idle_case AS SELECT id AS user_id FROM identity.account")
            try await administrator.execute("REVOKE INSERT ON jobs.job FROM trellis_app")
            try await administrator.execute(
                "CREATE FUNCTION public.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$")
            try await administrator.execute(
                "CREATE TRIGGER broken BEFORE UPDATE ON identity.session FOR EACH ROW EXECUTE FUNCTION public.broken()")
            house.clock.advance(by: .minutes(5))
            #expect(try await house.authenticate(token).email.description == "ada@example.com")
        }
    }
}
