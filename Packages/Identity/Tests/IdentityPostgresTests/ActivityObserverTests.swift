import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import Identity

/// Who is told of uses, and of which.
@Suite struct ActivityObserverTests {
    private struct Broken: Error {}

    /// Refuses the first notice, and hands on all others.
    private final class Listener: ActivityObserver {
        let heard: AsyncStream<ObservedUse>
        private let hearing: AsyncStream<ObservedUse>.Continuation
        private let told = Mutex(0)

        init() { (heard, hearing) = AsyncStream.makeStream() }

        func used(_ use: ObservedUse) throws {
            let number = told.withLock { count in
                count += 1
                return count
            }
            if number == 1 { throw Broken() }
            hearing.yield(use)
        }
    }

    private func environment(_ house: House, _ notices: ActivityNotices) -> IdentityEnvironment<PostgresIdentityStore> {
        IdentityEnvironment(
            store: house.store, passwords: house.environment.passwords, tokens: house.environment.tokens,
            secrets: house.environment.secrets, captcha: nil, dateSource: house.clock, settings: house.environment.settings,
            activity: notices)
    }

    @Test func `ID-081 each touch that wrote tells user, org scope and time, one that did not tells nothing, and a failure stops nobody`()
        async throws
    {
        try await House.with(withOrgs: true) { house in
            let notices = ActivityNotices()
            let environment = environment(house, notices)
            let ada = try await house.register()
            let org = try await house.database.makeOrg("Team", at: house.clock.now)
            try await house.database.join(org, ada.user.id, at: house.clock.now)
            func use() async throws -> Principal {
                try await CredentialAuthenticator(environment).principal(for: .bearer(ada.token.value), actingFor: org, from: house.client)
            }
            var written: [Instant] = []
            var scope: OrgScope?
            for step in [61, 5, 61, 10, 70] {
                house.clock.advance(by: .seconds(step))
                scope = try await use().orgScope
                if step > 60 { written.append(house.clock.now) }
            }
            let listener = Listener()
            let heard = await withTaskGroup(of: Void.self) { group in
                group.addTask { await notices.run(telling: listener) }
                var all: [ObservedUse] = []
                for await use in listener.heard {
                    all.append(use)
                    if all.count == 2 { break }
                }
                group.cancelAll()
                return all
            }
            // The first one was refused: it is left to the sweep, and the others came.
            #expect(heard.map(\.at) == Array(written.dropFirst()))
            #expect(heard.allSatisfy { $0.user == ada.user.id && $0.org == scope && $0.org?.org == org })
        }
    }

    @Test func `ID-081 a case that was decided while the use was written is found when the observer is told`() async throws {
        try await House.with { house in
            let notices = ActivityNotices()
            let ada = try await house.register()
            house.clock.advance(by: .seconds(61))
            _ = try await CredentialAuthenticator(environment(house, notices)).principal(
                for: .bearer(ada.token.value), actingFor: nil, from: house.client)
            // It commits now, having read the time before.
            try await house.database.adminClient.execute("CREATE TABLE public.reversal (user_id uuid, at timestamptz)")
            try await house.database.adminClient.execute("GRANT INSERT ON public.reversal TO trellis_owner")
            try await house.database.adminClient.execute(
                """
                CREATE OR REPLACE FUNCTION identity.reverse_idle_case(p_user uuid, p_now timestamptz) RETURNS void LANGUAGE sql
                AS $$ INSERT INTO public.reversal VALUES (p_user, p_now) $$
                """)
            let observer = PendingCaseObserver(house.store)
            let use = ObservedUse(user: ada.user.id, org: nil, at: house.clock.now)
            try await observer.used(use)
            #expect(try await house.count("public.reversal") == 0)
            try await house.database.adminClient.execute(
                "CREATE OR REPLACE VIEW identity.pending_idle_case AS SELECT id AS user_id FROM identity.account")
            try await observer.used(use)
            let row = try #require(try await house.database.adminClient.query("SELECT user_id, at FROM public.reversal").first)
            #expect(try row.decode("user_id", as: User.ID.self) == ada.user.id)
            #expect(try row.decode("at", as: Instant.self) == use.at)
        }
    }
}
