import Audit
import AuditProof
import Core
import EventLoops
import HTTPClient
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import AuditPostgres
@testable import AuditStreaming

/// Messages as a monitoring system gets them. What brings them is tested where it is made.
@Suite struct SyslogSinkTests {
    /// Keeps what was brought, or does not take it.
    private final class Wire: Sendable {
        let sent = Mutex<[(bytes: [UInt8], receiver: StreamDelivery.Receiver, onlyPublic: Bool)]>([])
        let error = Mutex<TransportError?>(nil)

        func sender(allowsPlain: Bool = false) -> SyslogAuditSinkSender {
            SyslogAuditSinkSender(host: "trellis.example", allowsPlain: allowsPlain) { [self] bytes, receiver, onlyPublic in
                if let error = error.withLock(\.self) { throw error }
                sent.withLock { $0.append((bytes, receiver, onlyPublic)) }
            }
        }

        /// What a receiver reads that counts bytes (RFC 5425, section 4.3).
        func messages() throws -> [String] {
            var rest = sent.withLock { $0.flatMap(\.bytes) }[...]
            var messages: [String] = []
            while let space = rest.firstIndex(of: UInt8(ascii: " ")) {
                let count = try #require(Int(String(decoding: rest[..<space], as: UTF8.self)))
                let message = rest[(space + 1)...].prefix(count)
                try #require(message.count == count)
                messages.append(String(decoding: message, as: UTF8.self))
                rest = rest[message.endIndex...]
            }
            try #require(rest.isEmpty)
            return messages
        }
    }

    private let now = Instant(secondsSinceEpoch: 1_800_000_000)

    private func sink(_ target: String, of owner: AuditSink.Owner? = nil) -> AuditSink {
        AuditSink(
            id: AuditSink.ID(high: 1, low: 2), kind: .syslog, target: target, filter: .none, sealedSecret: nil, owner: owner,
            progress: .beginning, health: AuditSinkHealth(startingAt: now))
    }

    private func line(_ entry: String, chain: String = "system") -> String {
        AuditExportLine.entry(
            .init(
                seal: 9, chain: chain, position: 7, canonical: Array(entry.utf8), entryHash: [1], linkHash: [2])
        ).text
    }

    @Test func `AUD-087 an entry is a message with its data structured, the severity of its risk and the line as it is`() async throws {
        let wire = Wire()
        let entry = line(
            #"{"id":"baud_1","risk":"high","summary":"Grüße","time":"2027-01-15T08:00:00.000001Z","type":"org_created"}"#,
            chain: "org:0192f0c4-0000-7000-8000-000000000001")
        let header = AuditExportLine.header.text
        let batch = AuditSinkBatch(id: "b", lines: [header, entry])
        try await wire.sender().send(batch, to: sink("syslog+tls://logs.example.com"), at: now)
        #expect(wire.sent.withLock { $0.map(\.receiver) } == [.init(host: "logs.example.com", port: 6_514, isSecure: true)])
        #expect(
            try wire.messages() == [
                "<110>1 2027-01-15T08:00:00Z trellis.example trellis - header [trellis@32473] \(header)",
                "<108>1 2027-01-15T08:00:00.000001Z trellis.example trellis - org_created [trellis@32473 id=\"baud_1\" type=\"org_created\" "
                    + "risk=\"high\" org=\"0192f0c4-0000-7000-8000-000000000001\" chain=\"org:0192f0c4-0000-7000-8000-000000000001\" "
                    + "position=\"7\" seal=\"9\"] \(entry)",
            ])
        #expect([AuditRisk.low, .medium, .high, .critical].map(SyslogMessage.severity) == [6, 5, 4, 1])
        // What is not known is told of loudly, and no value ends the data or the head.
        let strange = SyslogMessage(line(#"{"id":"a\"b\\c]d","risk":"?","time":"t","type":"a b"}"#), from: "", at: now).text
        #expect(strange.hasPrefix(#"<105>1 t - trellis - ab [trellis@32473 id="a\"b\\c\]d" type="a b" risk="?" chain="system" "#))
    }

    @Test func `AUD-087 plain connections are taken where a setting says so alone, UDP never, and what refuses is told in its word`()
        async throws
    {
        let wire = Wire()
        let batch = AuditSinkBatch(id: "b", lines: [AuditExportLine.header.text])
        for target in ["syslog+tcp://logs.example.com", "syslog://a", "syslog+udp://a:514", "udp://a:514", "https://a", "syslog+tls://a/b"]
        {
            #expect(wire.sender().refusal(of: target) != nil, "\(target)")
            await #expect(throws: AuditSinkRefused.self) { try await wire.sender().send(batch, to: sink(target), at: now) }
        }
        for target in ["syslog://a", "syslog+udp://a:514"] { #expect(wire.sender(allowsPlain: true).refusal(of: target) != nil) }
        #expect(wire.sent.withLock { $0.isEmpty })
        try await wire.sender(allowsPlain: true).send(batch, to: sink("syslog+tcp://10.0.0.7"), at: now)
        #expect(wire.sent.withLock { $0.map(\.receiver) } == [.init(host: "10.0.0.7", port: 601, isSecure: false)])
        wire.error.withLock { $0 = TransportError(.certificate, .nothingSent, reason: "the receiver's certificate is not valid") }
        await #expect(throws: AuditSinkRefused(reason: "the receiver's certificate is not valid")) {
            try await wire.sender().send(batch, to: sink("syslog+tls://a"), at: now)
        }
        #expect(SyslogAuditSinkSender.isMeant(by: "Syslog+TLS://a") && SyslogAuditSinkSender.isMeant(by: "syslog://a"))
        #expect(!SyslogAuditSinkSender.isMeant(by: "https://a") && !SyslogAuditSinkSender.isMeant(by: "syslog.jsonl"))
    }

    @Test func `AUD-087 SEC-083 a receiver that an org names is spoken to by TLS alone, and at a public address alone`() async throws {
        let wire = Wire()
        let batch = AuditSinkBatch(id: "b", lines: [AuditExportLine.header.text])
        let owner = AuditSink.Owner(org: AuditSink.ID(high: 3, low: 3).uuid, creator: AuditSink.ID(high: 4, low: 4).uuid)
        let sender = wire.sender(allowsPlain: true)
        #expect(sender.refusal(of: "syslog+tcp://a") == nil && sender.refusal(of: "syslog+tcp://a", isOwned: true) != nil)
        await #expect(throws: AuditSinkRefused.self) { try await sender.send(batch, to: sink("syslog+tcp://a", of: owner), at: now) }
        try await sender.send(batch, to: sink("syslog+tls://a", of: owner), at: now)
        try await sender.send(batch, to: sink("syslog+tls://a"), at: now)
        #expect(wire.sent.withLock { $0.map(\.onlyPublic) } == [true, false])
    }

    @Test func `AUD-087 AUD-088 a receiver that failed gets everything in order from the log, and what it has proves itself`() async throws
    {
        let loops = try EventLoopGroup(count: 1, name: "syslog")
        defer { loops.shutdown() }
        try await Log.with { log in
            let wire = Wire()
            try await PostgresAuditSinks(client: log.database.systemClient, dateSource: log.clock).add(
                sink("syslog+tls://logs.example.com"), by: .system(component: "test"))
            try await log.write { transaction in
                for _ in 0..<3 { _ = try await transaction.record(CompanyFounded(log.company), by: .system(component: "test")) }
            }
            _ = try await log.sealed()
            let streaming = AuditSinkStreaming(
                client: log.database.systemClient, senders: [.syslog: wire.sender()], dateSource: log.clock, loops: loops, log: .silent)
            wire.error.withLock { $0 = TransportError(.interrupted, .maybeSent, reason: "the connection broke") }
            try await streaming.deliverDue()
            let failing = try await PostgresAuditSinks(client: log.database.systemClient, dateSource: log.clock).all()
            #expect(failing.map(\.kind) == [.syslog] && failing[0].health.lastError == "the connection broke")
            #expect(failing[0].progress == .beginning)
            wire.error.withLock { $0 = nil }
            log.clock.advance(by: .minutes(1))
            try await streaming.deliverDue()
            var verifier = AuditVerifier(isStream: true)
            for message in try wire.messages() {
                let text = try #require(message.split(separator: "] ", maxSplits: 1).last)
                try verifier.take(AuditExportLine(text: text))
            }
            let report = verifier.finish()
            // The entry of the sink itself, and three more.
            #expect(report.exitCode == 0 && report.proved == 4, "\(report.findings)")
        }
    }
}
