internal import Core
internal import Jobs
internal import Observability
internal import Synchronization

/// What a worker counts, by lane and kind (OPS-143); no label holds an id.
final class WorkerMetrics: Sendable {
    /// The meters of one kind.
    struct OfKind: Sendable {
        let claimed: Counter
        let finished: Counter
        let failed: Counter
        let snoozed: Counter
        let dead: Counter
        let stale: Counter
        let delay: Histogram
        let runTime: Histogram
    }

    let rescued: Counter
    let refused: Counter
    let caught: Counter
    let stuck: Gauge
    let inFlight: Gauge
    let clock: Gauge
    let claimBatch: Histogram
    let flushBatch: Histogram
    private let metrics: Metrics
    private let kinds: Mutex<(names: [Int16: String], meters: [Int16: OfKind])>

    private static let sizes: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]

    init(_ metrics: Metrics) {
        self.metrics = metrics
        kinds = Mutex(([:], [:]))
        rescued = metrics.counter("trellis_jobs_rescued_total", help: "Jobs taken back from workers that were gone.")
        refused = metrics.counter("trellis_jobs_results_refused_total", help: "Results that the database refused as stale.")
        caught = metrics.counter("trellis_jobs_net_catch_total", help: "Work that had lost its job and was found by a net.")
        stuck = metrics.gauge("trellis_jobs_stuck_handlers", help: "Handlers that did not end when they were cancelled.")
        inFlight = metrics.gauge("trellis_jobs_in_flight", help: "Jobs that handlers of this process are at.")
        clock = metrics.gauge(
            "trellis_worker_clock_ahead_milliseconds", help: "How far the machine's clock is ahead of the database's.")
        claimBatch = metrics.histogram("trellis_jobs_claim_batch", help: "Jobs leased by one claim.", bounds: Self.sizes)
        flushBatch = metrics.histogram("trellis_jobs_flush_batch", help: "Results written at once.", bounds: Self.sizes)
    }

    /// Learns what the numbers of kinds mean.
    func know(_ names: [Int16: String]) {
        kinds.withLock { $0.names.merge(names) { _, new in new } }
    }

    /// The meters of a job's kind; made when the first of the kind comes by.
    func of(_ job: ClaimedJob) -> OfKind {
        kinds.withLock { kinds in
            if let known = kinds.meters[job.kind] { return known }
            let labels = [Label("lane", "\(job.lane)"), Label("kind", kinds.names[job.kind] ?? "unknown")]
            func counter(_ name: String, _ help: String) -> Counter {
                metrics.counter("trellis_jobs_\(name)_total", help: help, labels: labels)
            }
            let made = OfKind(
                claimed: counter("claimed", "Jobs leased by this process."),
                finished: counter("finished", "Jobs done by this process."),
                failed: counter("failed", "Attempts that failed and are made again."),
                snoozed: counter("snoozed", "Jobs that come back later without a failure."),
                dead: counter("dead", "Jobs given up by this process."),
                stale: counter("stale", "Results refused because the lease was lost."),
                delay: metrics.histogram(
                    "trellis_jobs_queue_delay_seconds", help: "From the instant a job was due to its lease.", labels: labels),
                runTime: metrics.histogram("trellis_jobs_run_seconds", help: "How long handlers took.", labels: labels))
            kinds.meters[job.kind] = made
            return made
        }
    }

    func claimed(_ jobs: [ClaimedJob], at now: Instant) {
        claimBatch.record(Double(jobs.count))
        for job in jobs {
            let meters = of(job)
            meters.claimed.increment()
            meters.delay.record(max(0, Self.seconds(now - job.runAt)))
        }
    }

    func count(_ result: FinishedJob, after duration: Duration) {
        let meters = of(result.job)
        meters.runTime.record(Self.seconds(duration))
        switch result.ending {
        case .completed, .committed, .cancelled: meters.finished.increment()
        case .again(_, true, _): meters.failed.increment()
        case .again(_, false, _): meters.snoozed.increment()
        case .dead: meters.dead.increment()
        case .lost: meters.stale.increment()
        }
    }

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
