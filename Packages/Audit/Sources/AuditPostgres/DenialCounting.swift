internal import Core
public import EventLoops
public import Lifecycle
public import Observability

/// Writes the counts of denials as long as the process runs: each within a second or so of the end of its minute, and what is left when the process ends (AUD-028).
public struct DenialCounting: Service {
    private let denials: PostgresDenialLog
    private let loops: EventLoopGroup
    private let log: Log

    /// Makes the service.
    public init(_ denials: PostgresDenialLog, loops: EventLoopGroup, log: Log) {
        self.denials = denials
        self.loops = loops
        self.log = log
    }

    /// Runs until a shutdown is asked for.
    public func run() async throws {
        let shutdown = GracefulShutdown.current
        let loop = loops.next()
        repeat { await write(ending: false) } while await shutdown.pause { try await loop.sleep(for: .seconds(1)) }
        await write(ending: true)
    }

    private func write(ending: Bool) async {
        do {
            try await denials.writeDue(ending: ending)
        } catch {
            log.error("counts of denials were not written", ["error": .string("\(error)")])
        }
    }
}
