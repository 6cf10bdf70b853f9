internal import Core
public import EventLoops
public import Lifecycle
public import Observability

/// Seals as long as the process runs: a second after an entry was committed it has its link, and checkpoints are signed when they are due.
///
/// Several processes may run it; one at a time does the work. A failure is told and tried again: writing goes on meanwhile (AUD-041).
public struct AuditSealing: Service {
    private let sealer: AuditSealer
    private let check: AuditSelfCheck?
    private let loops: EventLoopGroup
    private let log: Log

    /// Makes the service.
    ///
    /// - Parameter check: verifies the log once a day; `nil` where somebody else does.
    public init(_ sealer: AuditSealer, verifying check: AuditSelfCheck?, loops: EventLoopGroup, log: Log) {
        self.sealer = sealer
        self.check = check
        self.loops = loops
        self.log = log
    }

    /// Runs until a shutdown is asked for, and seals what is left then.
    public func run() async throws {
        let shutdown = GracefulShutdown.current
        let loop = loops.next()
        repeat { await sealAll() } while await shutdown.pause { try await loop.sleep(for: .seconds(1)) }
        await sealAll()
    }

    private func sealAll() async {
        do {
            while try await sealer.seal() == AuditSealer.batchSize {}
            _ = try await sealer.checkpoint()
            _ = try await check?.runIfDue()
        } catch {
            log.error("entries were not sealed", ["error": .string("\(error)")])
        }
    }
}
