internal import Core
internal import EventLoops
internal import Graphs
internal import Lifecycle
internal import Observability

/// Looks after every graph host as long as the worker runs: each by itself, so that one that hangs keeps nobody from the others (OPS-129).
struct HostWatching: Service {
    let watch: HostWatch<AppStore>
    let loop: EventLoop
    let log: Log

    func run() async throws {
        let shutdown = GracefulShutdown.current
        await withTaskGroup { group in
            var known: Set<GraphHost.ID> = []
            // Operators register hosts while workers run.
            repeat {
                do {
                    for host in try await watch.hosts() where known.insert(host.id).inserted {
                        group.addTask { await look(after: host, until: shutdown) }
                    }
                } catch {
                    log.warning("graph hosts could not be listed", ["error": .string(errorChain(error))])
                }
            } while await shutdown.pause { [loop] in try await loop.sleep(for: HostWatch<AppStore>.probeInterval) }
            await group.waitForAll()
        }
    }

    private func look(after host: GraphHost, until shutdown: GracefulShutdown) async {
        repeat {
            do {
                try await watch.probe(host, every: HostWatch<AppStore>.probeInterval)
                try await watch.supervise(host)
            } catch {
                // A host that does not answer is told of by the probe.
                log.debug("a graph host could not be looked after", ["host": .string(host.name), "error": .string(errorChain(error))])
            }
        } while await shutdown.pause { [loop] in try await loop.sleep(for: HostWatch<AppStore>.supervisionInterval) }
    }
}
