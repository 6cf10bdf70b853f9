/// Something that runs as long as the process does: a server, a worker, a listener.
public protocol Service: Sendable {
    /// Runs until the work is done or a graceful shutdown was asked for; see ``GracefulShutdown/current``.
    ///
    /// - Throws: what made it impossible to go on. The whole ``ServiceGroup`` then shuts down.
    func run() async throws
}
