import AuditPostgres
import AuditProof
import Foundation
import Postgres

/// The offline verification of an export, one core, as `trellis audit verify` does it (AUD-051).
enum VerifyBench {
    /// Writes an export to a file.
    static func export(_ client: PostgresClient, to path: String) async throws {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        guard let file = FileHandle(forWritingAtPath: path) else { throw CocoaError(.fileWriteUnknown) }
        var text = ""
        try await AuditExport(client: client).lines { line in
            text += line.text + "\n"
            guard text.utf8.count > 1 << 20 else { return }
            try file.write(contentsOf: Data(text.utf8))
            text = ""
        }
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
        await client.close()
    }

    /// Verifies a file in this process, which does nothing else, so that its peak of memory is the verification's.
    static func verify(_ path: String) throws {
        let start = ContinuousClock.now
        let result = try AuditExportFile(path: path).verify(by: AuditVerifier())
        let time = Double(microseconds([start.duration(to: .now)], 0)) / 1_000_000
        let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0) / 1_048_576
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }.flatMap { line in
            Int(line.filter(\.isNumber))
        }
        print(
            "verify entries \(result.entries) exit \(result.exitCode) file_mib \(size) seconds \(time) entries_per_second \(Int(Double(result.entries) / time)) peak_mib \((peak ?? .max) / 1_024)"
        )
        print("verify_million_seconds \(Int((1_000_000 * time / Double(result.entries)).rounded())) goal 60")
    }
}
