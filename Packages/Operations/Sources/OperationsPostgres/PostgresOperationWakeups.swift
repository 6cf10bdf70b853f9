public import Core
public import Operations
public import Postgres
internal import Synchronization

/// Wakes the readers of this node: on each notification about their operation, and each second in any case (OPS-041).
public final class PostgresOperationWakeups: OperationWakeups {
    /// The channel on which transactions tell of new events.
    public static let channel = "trellis_operation_event"

    private struct Reader {
        let operation: String
        let continuation: AsyncStream<Void>.Continuation
    }

    private let readers = Mutex<(next: Int, all: [Int: Reader])>((0, [:]))

    /// Makes a hub without readers.
    public init() {}

    /// Wakes for one operation; wakes nobody has taken yet are one wake.
    public func wakeups(for id: Operation.ID) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let number = readers.withLock { readers in
                readers.next += 1
                readers.all[readers.next] = Reader(operation: id.description, continuation: continuation)
                return readers.next
            }
            continuation.onTermination = { [weak self] _ in
                self?.readers.withLock { _ = $0.all.removeValue(forKey: number) }
            }
            continuation.yield()
        }
    }

    /// Wakes the readers of one operation.
    public func wake(_ operation: String) {
        for reader in readers.withLock({ $0.all.values.filter { $0.operation == operation } }) { reader.continuation.yield() }
    }

    /// Wakes everybody: each second, and when notifications may have been missed.
    public func wakeAll() {
        for reader in readers.withLock({ Array($0.all.values) }) { reader.continuation.yield() }
    }

    /// Ends every stream: the node is going down.
    public func close() {
        for reader in readers.withLock({ Array($0.all.values) }) { reader.continuation.finish() }
    }

    /// Hears notifications and ticks until the task is cancelled or the listener closed.
    public func run(listening listener: PostgresListener) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { [self] in
                for await event in listener.events {
                    switch event {
                    case .listening: wakeAll()
                    case .notification(let notification): wake(notification.payload)
                    }
                }
            }
            group.addTask { [self] in
                while true {
                    try await Task.sleep(for: .seconds(1))
                    wakeAll()
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
