internal import Dispatch

#if canImport(Glibc)
internal import Glibc
#endif

/// A signal that asks a process to end.
public enum ShutdownSignal: Sendable, CaseIterable {
    /// `SIGTERM`, what an init system or orchestrator sends.
    case terminate
    /// `SIGINT`, Ctrl-C.
    case interrupt

    var number: Int32 {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        }
    }
}

/// The services of a process: runs them together, ends them together.
///
/// When a signal arrives, or one service ends or throws, a graceful shutdown is asked for; the services still running after the
/// grace period are cancelled.
public struct ServiceGroup: Sendable {
    private let services: [any Service]
    private let gracePeriod: Duration
    private let signals: [ShutdownSignal]
    private let shutdown: GracefulShutdown

    /// Makes a group.
    ///
    /// - Parameter services: what runs together.
    /// - Parameter gracePeriod: how long services may take to end after a shutdown was asked for.
    /// - Parameter signals: the signals of the process that ask for a shutdown.
    /// - Parameter shutdown: what asks the services to end; hand in your own to end the group from a program.
    public init(
        services: [any Service], gracePeriod: Duration, signals: [ShutdownSignal] = ShutdownSignal.allCases,
        shutdown: GracefulShutdown = GracefulShutdown()
    ) {
        self.services = services
        self.gracePeriod = gracePeriod
        self.signals = signals
        self.shutdown = shutdown
    }

    /// Runs the services until all have ended.
    ///
    /// - Throws: the first error that a service threw.
    public func run() async throws {
        let sources = signals.map { signal in watch(signal.number) }
        defer { for source in sources { source.cancel() } }
        try await GracefulShutdown.$current.withValue(shutdown) {
            try await runServices()
        }
    }

    private enum Outcome {
        case ended
        case failed(any Error)
        case deadline
    }

    private func runServices() async throws {
        var firstError: (any Error)?
        await withTaskGroup(of: Outcome.self) { group in
            for service in services {
                group.addTask {
                    do {
                        try await service.run()
                        return .ended
                    } catch {
                        return .failed(error)
                    }
                }
            }
            let (shutdown, gracePeriod) = (shutdown, gracePeriod)
            group.addTask {
                await shutdown.wait()
                try? await Task.sleep(for: gracePeriod)
                return .deadline
            }
            var running = services.count
            while running > 0, let outcome = await group.next() {
                switch outcome {
                case .ended:
                    running -= 1
                    shutdown.request()
                case .failed(let error):
                    running -= 1
                    if firstError == nil, !(error is CancellationError) { firstError = error }
                    shutdown.request()
                case .deadline:
                    group.cancelAll()
                }
            }
            group.cancelAll()
        }
        if let firstError { throw firstError }
    }

    private func watch(_ number: Int32) -> any DispatchSourceSignal {
        // The default action would end the process before the source is told.
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        let shutdown = shutdown
        source.setEventHandler { shutdown.request() }
        source.resume()
        return source
    }
}
