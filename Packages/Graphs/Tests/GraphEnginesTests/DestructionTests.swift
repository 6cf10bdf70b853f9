import Core
import Foundation
import Graphs
import Postgres
import Testing

@testable import GraphEngines

@Suite struct DestructionTests {
    private func finalBackup(_ fixture: EngineFixture, _ graph: EngineGraph, _ archive: EncryptedBackupArchive) async throws -> GraphBackup
    {
        let now = SystemDateSource().now
        let record = try await archive.write(graph, timeout: .seconds(60), fixture.warrant)
        return GraphBackup(
            id: .make(at: now), graph: graph.graph, initiator: .final, createdAt: now, status: .completed, archive: record,
            completedAt: now, verifiedAt: nil, expiresAt: nil)
    }

    @Test func `GRA-050 a graph is dropped after its final backup was read back, and is gone without a trace`() async throws {
        try await withTemporaryDirectory { directory in
            try await EngineFixture.with { fixture, graph in
                try await fixture.provision(graph)
                let login = try await fixture.login(graph)
                _ = try await fixture.connected(as: login) {
                    try await $0.execute("INSERT INTO node (label, key) VALUES ('Secret', 'plaintext-needle')")
                }
                try await fixture.engine.setMode(.none, epoch: 1, of: graph)
                let archive = try fixture.archive(in: directory)
                let backup = try await finalBackup(fixture, graph, archive)
                #expect(backup.archive?.nodes == 1)
                let proof = try await FinalBackupVerification(archives: archive).verify(
                    backup, of: graph.graph, closedAt: backup.createdAt)
                try await fixture.engine.drop(graph, proof: proof, fixture.warrant)
                try await fixture.engine.drop(graph, proof: proof, fixture.warrant)
                try await fixture.engine.dropPrincipals(graph, fixture.warrant)
                try await fixture.engine.dropPrincipals(graph, fixture.warrant)
                #expect(try await fixture.engine.objects(of: graph).isEmpty)
                let files = try FileManager.default.contentsOfDirectory(atPath: directory)
                #expect(files.count == 1)
                let bytes = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + (files.first ?? "")))
                #expect(bytes.range(of: Data("plaintext-needle".utf8)) == nil)
                #expect(bytes.range(of: Data("PGDMP".utf8)) == nil)
            }
        }
    }

    @Test func `GRA-118 a hundred open sessions do not hold the drop up`() async throws {
        try await withTemporaryDirectory { directory in
            try await EngineFixture.with { fixture, graph in
                try await fixture.provision(graph)
                let logins = [try await fixture.login(graph, suffix: 1), try await fixture.login(graph, suffix: 2)]
                let archive = try fixture.archive(in: directory)
                let backup = try await finalBackup(fixture, graph, archive)
                let proof = try await FinalBackupVerification(archives: archive).verify(backup, of: graph.graph, closedAt: backup.createdAt)
                try await fixture.connected(as: logins[0]) { first in
                    _ = try await first.query("SELECT 1")
                    try await fixture.connected(as: logins[1]) { second in
                        _ = try await second.query("SELECT 1")
                        try await fixture.engine.drop(graph, proof: proof, fixture.warrant)
                    }
                }
                #expect(try await fixture.engine.objects(of: graph).allSatisfy { $0.kind == .role })
            }
        }
    }

    @Test func `GRA-050 a damaged, foreign, unfinished or early backup proves nothing`() async throws {
        try await withTemporaryDirectory { directory in
            try await EngineFixture.with { fixture, graph in
                try await fixture.provision(graph)
                let archive = try fixture.archive(in: directory)
                let verification = FinalBackupVerification(archives: archive)
                let good = try await finalBackup(fixture, graph, archive)
                await #expect(throws: FinalBackupFault.notTheFinalBackup) {
                    try await verification.verify(good, of: .make(), closedAt: good.createdAt)
                }
                await #expect(throws: FinalBackupFault.tooOld) {
                    try await verification.verify(good, of: graph.graph, closedAt: good.createdAt + .seconds(1))
                }
                var unfinished = good
                unfinished.status = .inProgress
                await #expect(throws: FinalBackupFault.notCompleted) {
                    try await verification.verify(unfinished, of: graph.graph, closedAt: good.createdAt)
                }
                let path = directory + "/" + (good.archive?.objectKey ?? "") + ".backup"
                var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(fileURLWithPath: path))
                await #expect(throws: (any Error).self) {
                    try await verification.verify(good, of: graph.graph, closedAt: good.createdAt)
                }
            }
        }
    }

    @Test func `GRA-114 a tool that runs out of time, or whose task is cancelled, dies`() async throws {
        let slow = ChildProcess(executable: "/bin/sh", arguments: ["-c", "exec cat"], environment: [:], timeout: .milliseconds(50))
        let never = NeverEnding()
        await #expect(throws: EngineError.self) { try await slow.run(input: never, output: never) }
        let failing = ChildProcess(
            executable: "/bin/sh", arguments: ["-c", "echo broken >&2; exit 3"], environment: [:], timeout: .seconds(5))
        await #expect(throws: EngineError.self) { try await failing.run(output: never) }
        let endless = ChildProcess(executable: "/bin/sh", arguments: ["-c", "exec cat"], environment: [:], timeout: .seconds(600))
        let task = Task { try await endless.run(input: never, output: never) }
        task.cancel()
        await #expect(throws: EngineError.self) { try await task.value }
    }
}

/// Gives zeros for ever and forgets what it is given.
private final class NeverEnding: ByteSource, ByteSink {
    func read(upTo limit: Int) throws -> [UInt8] { [UInt8](repeating: 0, count: limit) }
    func write(_ bytes: [UInt8]) throws {}
}
