import Composition
import Core
import JobsPostgres
import Lifecycle
import Testing

@Suite struct SandboxSettingsTests {
    private func configuration(_ more: [String: String]) throws(SettingsError) -> TrellisConfiguration {
        let least = [
            "TRELLIS_DATABASE_URL": "postgres://localhost/trellis", "TRELLIS_BACKUP_DIR": "/backups",
            "TRELLIS_SMTP_URL": "smtp://localhost",
        ]
        return try TrellisConfiguration(environment: least.merging(more) { $1 })
    }

    @Test func `a worker dies where it is told to, and nowhere without being told`() throws {
        #expect(try configuration([:]).sandboxCrash == nil)
        let told = try configuration(["TRELLIS_SANDBOX_CRASH_AT": "graphs.teardown/drop/done"])
        #expect(told.sandboxCrash == SagaFault(saga: "graphs.teardown", step: "drop", side: .done))
    }

    @Test(arguments: ["graphs.teardown", "graphs.teardown/drop/never"]) func `what names no place is refused`(_ text: String) {
        #expect(throws: SettingsError.self) { try configuration(["TRELLIS_SANDBOX_CRASH_AT": text]) }
    }

    @Test func `production has no worker that kills itself`() throws {
        let error = try #require(throws: SettingsError.self) {
            try configuration(["TRELLIS_ENVIRONMENT": "production", "TRELLIS_SANDBOX_CRASH_AT": "graphs.teardown/drop/done"])
        }
        #expect(error.problems.contains { $0.contains("TRELLIS_SANDBOX_CRASH_AT") })
    }

    @Test(arguments: ["1", "301", "soon"]) func `a lease too short to renew, or longer than anybody waits, is refused`(_ text: String) {
        #expect(throws: SettingsError.self) { try configuration(["TRELLIS_WORKER_LEASE_SECONDS": text]) }
    }
}
