import Core
import Jobs
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct SagaFaultTests {
    @Test(.timeLimit(.minutes(15))) func `a place at which a process may die lies on either side of each step's record`() async throws {
        try await Queue.with { queue in
            let seen = Record()
            var registry = JobRegistry()
            registry.register(BuildHandler(record: Record()))
            _ = try await queue.store.withTransaction { try await $0.startSaga(Build.self, key: "k", context: .init(house: "h")) }
            let client = queue.database.systemClient
            try await queue.working(
                registry,
                {
                    $0.sagaFaults = { place in
                        let rows = try? await client.query("SELECT state FROM jobs.saga_step WHERE name = \(place.step)")
                        seen.add("\(place) \((try? rows?.first?.decode(String.self)) ?? "?")")
                    }
                }
            ) { _ in
                try await queue.until("EXISTS (SELECT FROM jobs.saga WHERE state = 'completed')")
                try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
            }
            let places = seen.all
            for step in Build.steps {
                let mine = places.filter { $0.hasPrefix("test.build/\(step.name)/") }
                #expect(mine == ["begun pending", "done pending", "recorded done"].map { "test.build/\(step.name)/\($0)" })
            }
            // The next step may begin before anybody has looked at the record of the one before.
            let sides = Build.steps.flatMap { step in ["begun", "done"].map { "test.build/\(step.name)/\($0) pending" } }
            #expect(places.filter { !$0.contains("/recorded ") } == sides)
        }
    }

    @Test(arguments: SagaFault.Side.allCases) func `a place is written and read in the same words`(_ side: SagaFault.Side) throws {
        let place = SagaFault(saga: "graphs.provision", step: "database", side: side)
        #expect(SagaFault(place.description) == place)
    }

    @Test(arguments: ["", "graphs.provision/database", "graphs.provision/database/sometime", "//begun", "a/b/begun/c"])
    func `what names no place is refused`(_ text: String) {
        #expect(SagaFault(text) == nil)
    }

    @Test(arguments: [Duration.milliseconds(800), .seconds(2), .seconds(20), .seconds(300)])
    func `OPS-057 whatever the lease, a worker stops itself before it ends, and has had two chances to renew it`(_ lease: Duration) {
        var configuration = WorkerConfiguration()
        configuration.takeOver(after: lease)
        #expect(configuration.lease == lease)
        #expect(configuration.heartbeat * 2 < configuration.selfFence)
        #expect(configuration.selfFence < lease)
        #expect(configuration.rescue < lease)
        #expect(configuration.leadership < lease)
    }
}
