import PlatformTesting
import Postgres

extension TestDatabase {
    /// All connections of the product break, wherever it is.
    func killConnections() async throws {
        _ = try await adminClient.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
        // Whoever had one of them notices now.
        for _ in 0..<8 { _ = try? await systemClient.query("SELECT 1") }
    }

    /// What a worker that is gone had taken can be taken again, as a living worker would see to after its lease (OPS-055).
    func rescueJobs() async throws {
        _ = try await adminClient.pipeline([
            "DELETE FROM jobs.worker",
            "UPDATE jobs.job SET lease_by = NULL, deadline = NULL, lease_token = lease_token + 1 WHERE lease_by IS NOT NULL",
        ])
    }
}
