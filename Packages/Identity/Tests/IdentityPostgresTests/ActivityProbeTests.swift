import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

/// The canary that shows whether uses are recorded.
@Suite struct ActivityProbeTests {
    private func breakRecorder(_ house: House) async throws {
        try await house.database.adminClient.execute(
            "CREATE FUNCTION public.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")
        try await house.database.adminClient.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON identity.api_key FOR EACH ROW EXECUTE FUNCTION public.broken()")
    }

    @Test func `OPS-151 the use of the canary is written and read back, again and again, and the outcome is kept`() async throws {
        try await House.with { house in
            #expect(try await house.store.latestActivityProbe() == nil)
            for wait in [Duration.zero, .seconds(10), .hours(1)] {
                house.clock.advance(by: wait)
                let probe = try await house.store.probeActivity(at: house.clock.now)
                #expect(probe.isGreen, "\(probe.finding ?? "")")
                #expect(try await house.store.latestActivityProbe() == probe)
            }
            #expect(try await house.count("identity.activity_canary") == 1)
            #expect(try await house.count("identity.account") == 1)
        }
    }

    @Test func `OPS-151 a recorder that loses uses makes the probe red, one that fails too, and a repaired one makes it green`()
        async throws
    {
        try await House.with { house in
            _ = try await house.store.probeActivity(at: house.clock.now)
            try await breakRecorder(house)
            for wait in [Duration.seconds(5), .hours(1)] {
                house.clock.advance(by: wait)
                let probe = try await house.store.probeActivity(at: house.clock.now)
                #expect(!probe.isGreen)
                #expect(try await house.store.latestActivityProbe() == probe)
            }
            try await house.database.adminClient.execute(
                """
                CREATE OR REPLACE FUNCTION public.broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$
                """)
            #expect(try await !house.store.probeActivity(at: house.clock.now).isGreen)
            try await house.database.adminClient.execute("DROP TRIGGER broken ON identity.api_key")
            try await house.enqueue(ProbeActivity())
            try await house.run(ProbeActivityHandler(house.workerEnvironment))
            #expect(try await house.store.latestActivityProbe()?.isGreen == true)
        }
    }

    @Test func `OPS-151 two first probes at once make one canary`() async throws {
        try await House.with { house in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { try await house.store.probeActivity(at: house.clock.now).isGreen } }
                for try await isGreen in group { #expect(isGreen) }
            }
            #expect(try await house.count("identity.account") == 1)
        }
    }
}
