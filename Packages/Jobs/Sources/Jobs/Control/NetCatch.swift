internal import Core
public import Observability

/// What one page of a net came to: due work that was found, and how much of it had lost its job (OPS-098).
public struct NetCatch: Sendable, Hashable {
    /// How many are due.
    public private(set) var found = 0
    /// How many had lost their job and have one again.
    public private(set) var enqueued = 0
    /// How many have their job and need nothing.
    public var skipped: Int { found - enqueued }

    /// Nothing was found so far.
    public init() {}

    /// Counts what was due, by what enqueuing its job came to.
    public mutating func note(_ outcome: EnqueueOutcome) {
        found += 1
        if case .enqueued = outcome { enqueued += 1 }
    }

    /// Counts a page.
    public mutating func note(_ outcomes: [EnqueueOutcome]) {
        for outcome in outcomes { note(outcome) }
    }
}

/// Tells operators what nets find. In steady state that is nothing: who has due work enqueues its job with it.
public struct NetMeters: Sendable {
    private let metrics: Metrics
    private let log: Log

    /// Counts into a registry, and says each catch in the log.
    public init(metrics: Metrics, log: Log) {
        self.metrics = metrics
        self.log = log
    }

    /// Notes what a net found. No label holds an id.
    public func note(_ net: String, _ found: NetCatch) {
        for (result, number) in [("found", found.found), ("enqueued", found.enqueued), ("skipped", found.skipped)] {
            metrics.counter(
                "trellis_net_rows_total", help: "Due work that nets looked at, and whether it had lost its job.",
                labels: [Label("net", net), Label("result", result)]
            ).increment(by: number)
        }
        guard found.enqueued > 0 else { return }
        metrics.counter("trellis_jobs_net_catch_total", help: "Work that had lost its job and was found by a net.")
            .increment(by: found.enqueued)
        log.error("work had lost its job and goes on", ["net": .string(net), "caught": .integer(Int64(found.enqueued))])
    }
}
