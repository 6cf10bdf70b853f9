import AuditPostgres
import AuditProof
import Postgres

/// The offline verification of an export, one core, line by line (AUD-051).
struct VerifyBench: Sendable {
    let client: PostgresClient

    func run() async throws {
        var lines: [String] = []
        try await AuditExport(client: client).lines { lines.append($0.text) }
        let start = ContinuousClock.now
        var verifier = AuditVerifier()
        for line in lines { try verifier.take(AuditExportLine(text: line)) }
        let result = verifier.finish()
        let time = Double(microseconds([start.duration(to: .now)], 0)) / 1_000_000
        let rate = Double(result.entries) / time
        print("verify entries \(result.entries) exit \(result.exitCode) seconds \(time) entries_per_second \(Int(rate))")
        print("verify_million_seconds \(Int((1_000_000 / rate).rounded())) goal 60")
        await client.close()
    }
}
