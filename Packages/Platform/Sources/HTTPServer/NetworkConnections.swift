internal import Synchronization

/// How many connections each network has at this moment, over all loops of a server.
final class NetworkConnections: Sendable {
    private let limit: Int
    private let isUncounted: @Sendable (String) -> Bool
    private let open = Mutex<[Caller: Int]>([:])

    init(_ limits: ServerLimits) {
        limit = limits.connectionsPerNetwork
        isUncounted = limits.isUncounted
    }

    /// Counts a connection; `false` when its network had enough before.
    func enter(_ address: String) -> Bool {
        if isUncounted(address) { return true }
        return open.withLock { open in
            let count = open[Caller(network: address), default: 0] + 1
            open[Caller(network: address)] = count
            return count <= limit
        }
    }

    /// A connection has ended.
    func leave(_ address: String) {
        if isUncounted(address) { return }
        open.withLock { open in
            let network = Caller(network: address)
            guard let count = open[network], count > 1 else {
                open[network] = nil
                return
            }
            open[network] = count - 1
        }
    }
}
