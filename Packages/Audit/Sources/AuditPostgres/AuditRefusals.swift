public import Observability
internal import Synchronization

/// How often the database refused an entry that this process wanted to write (AUD-135).
///
/// A refusal leaves no row, and transactions that record are made everywhere: the process counts, and shows it where it is asked to.
public enum AuditRefusals {
    private static let count = Mutex(0)

    /// Shows the number among the metrics of the process.
    public static func register(on metrics: Metrics) {
        let counter = metrics.counter("trellis_audit_refused_total", help: "Entries that the database refused.")
        let before = count.withLock(\.self)
        metrics.collect { counter.increment(by: count.withLock(\.self) - before - counter.value) }
    }

    static func add() { count.withLock { $0 += 1 } }
}
