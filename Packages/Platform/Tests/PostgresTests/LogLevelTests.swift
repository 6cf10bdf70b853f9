import Core
import EventLoops
import Observability
import PlatformTesting
import Synchronization
import Testing

@testable import Postgres

@Suite struct LogLevelTests {
    private final class Lines: Sendable {
        private let count = Mutex(0)
        var written: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    @Test func `ADM-065 a level that is set in the database holds in a running process, for a while and with a reason`()
        async throws
    {
        try await TestDatabase.withDatabase { database in
            let (levels, lines) = (LogLevels(), Lines())
            let log = Log(label: "jobs", level: .warning, levels: levels, sink: { _ in lines.add() })
            let store = LogLevelStore(client: database.systemClient)
            let follower = LogLevelFollower(LogLevelStore(client: database.client), levels: levels, loop: database.loops.next())
            log.debug("before")
            try await store.set("jobs", to: .debug, for: LogLevels.maximumDuration, because: "looking at a job that hangs")
            try await follower.follow()
            log.debug("during")
            #expect(lines.written == 1)
            try await store.set("jobs", to: .error, for: .minutes(1), because: "the job was found, quiet")
            try await follower.follow()
            log.warning("quiet")
            #expect(lines.written == 1)
            await #expect(throws: PostgresError.self) {
                try await store.set("jobs", to: .debug, for: LogLevels.maximumDuration + .seconds(1), because: "longer than it may")
            }
            await #expect(throws: PostgresError.self) { try await store.set("jobs", to: .debug, for: .minutes(1), because: "") }
        }
    }
}
