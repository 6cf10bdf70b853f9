public import Audit
internal import AuditProof
public import Core
public import EventLoops
public import Lifecycle
public import Observability
public import Postgres

/// Sends sealed entries and checkpoints to the sinks as long as the process runs: at least once, in the order of sealing, each sink for itself (AUD-088).
///
/// Several processes may run it: a sink is served by one at a time. Whoever writes entries never waits for a sink (AUD-089).
public struct AuditSinkStreaming: Service {
    private let client: PostgresClient
    private let sinks: PostgresAuditSinks
    private let senders: [AuditSink.Kind: any AuditSinkSender]
    private let dateSource: any DateSource
    private let loops: EventLoopGroup
    private let log: Log
    /// The most entries that go together.
    var entriesTogether = AuditSinkReading.maximumEntries

    /// Makes the service.
    ///
    /// - Parameters:
    ///   - client: works in the background's role.
    ///   - senders: what brings lines to sinks, by kind; a sink of another kind fails.
    ///   - observer: hears of what people are told.
    public init(
        client: PostgresClient, senders: [AuditSink.Kind: any AuditSinkSender], observer: (any AuditSinkObserver)? = nil,
        dateSource: any DateSource, loops: EventLoopGroup, log: Log
    ) {
        self.client = client
        self.sinks = PostgresAuditSinks(client: client, dateSource: dateSource, observer: observer)
        self.senders = senders
        self.dateSource = dateSource
        self.loops = loops
        self.log = log
    }

    /// Runs until a shutdown is asked for; what is under way then is ended, and goes once more from where it was acknowledged.
    public func run() async throws {
        let shutdown = GracefulShutdown.current
        let loop = loops.next()
        await withDiscardingTaskGroup { group in
            repeat {
                do {
                    // What is being served is not due again: a slow sink has a task of its own for as long as it takes.
                    for sink in try await sinks.claim() { group.addTask { await serve(sink) } }
                } catch {
                    log.error("sinks of the audit log were not served", ["error": .string("\(error)")])
                }
            } while await shutdown.pause { try await loop.sleep(for: .seconds(1)) }
            group.cancelAll()
        }
    }

    /// Serves each sink that is due until it has everything, or fails, and waits for all of them.
    ///
    /// - Throws: ``PostgresError`` when the sinks cannot be read.
    public func deliverDue() async throws {
        let due = try await sinks.claim()
        await withTaskGroup { group in
            for sink in due { group.addTask { await serve(sink) } }
        }
    }

    private func serve(_ sink: AuditSink) async {
        do {
            // A minute's worth at a time, so that what is added meanwhile gets its turn.
            var sink = sink
            for _ in 0..<100 {
                guard let next = try await deliver(sink) else { return }
                sink = next
            }
            _ = try await sinks.save(sink, from: sink.progress, keepingLease: false)
        } catch is CancellationError {
            return
        } catch {
            log.error("a sink of the audit log was not served", ["sink": .string(sink.id.description), "error": .string("\(error)")])
        }
    }

    /// - Returns: the sink where more may be waiting for it; `nil` where it is done, fails, or was stopped meanwhile.
    private func deliver(_ sink: AuditSink) async throws -> AuditSink? {
        var next = sink
        guard let (batch, progress) = try await AuditSinkReading(client: client, entries: entriesTogether).next(for: sink) else {
            _ = try await sinks.save(sink, from: sink.progress, keepingLease: false)
            return nil
        }
        do {
            if !batch.lines.isEmpty {
                guard let sender = senders[sink.kind] else { throw AuditSinkRefused(reason: "this process serves no such sink") }
                try await sender.send(batch, to: sink, at: dateSource.now)
            }
            next.progress = progress
            next.health.succeed(at: dateSource.now)
            return try await sinks.save(next, from: sink.progress, keepingLease: true) ? next : nil
        } catch let error as AuditSinkRefused {
            let consequence = next.health.fail(because: error.reason, at: dateSource.now)
            if try await sinks.save(next, from: sink.progress, keepingLease: false, after: consequence) { tell(of: consequence, next) }
            return nil
        }
    }

    /// What becomes of an org's sink is that org's matter: no error of the product.
    private func tell(of consequence: AuditSinkHealth.Consequence, _ sink: AuditSink) {
        let facts: [String: JSONValue] = ["sink": .string(sink.id.description), "reason": .string(sink.health.lastError ?? "")]
        let text =
            switch consequence {
            case .waits: "a sink of the audit log took nothing; it is tried again"
            case .alerts: "a sink of the audit log has failed for an hour; nothing is lost"
            case .pauses: "a sink of the audit log has failed for seven days and is paused; nothing is lost"
            }
        if consequence == .waits || sink.owner != nil { log.warning(text, facts) } else { log.error(text, facts) }
    }
}

/// Appends the lines of sinks to files of one folder, where a program that collects logs reads them.
public struct FileAuditSinkSender: AuditSinkSender {
    private let folder: String

    /// Takes the folder, which is there.
    public init(folder: String) {
        self.folder = folder
    }

    /// What is wrong with the name of a file: it must be one of the folder itself.
    public static func refusal(of name: String) -> String? {
        let isName =
            (1...100).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "._-".utf8.contains(byte)
            }
        return isName ? nil : "a file is named by letters, digits, points, hyphens and underscores"
    }

    /// Appends, and waits until it is on the disk.
    public func send(_ batch: AuditSinkBatch, to sink: AuditSink, at now: Instant) async throws {
        if let reason = Self.refusal(of: sink.target) { throw AuditSinkRefused(reason: reason) }
        do {
            try await AppendedFile(path: folder + "/" + sink.target).append(batch.bytes)
        } catch {
            throw AuditSinkRefused(reason: "the file cannot be written")
        }
    }
}
