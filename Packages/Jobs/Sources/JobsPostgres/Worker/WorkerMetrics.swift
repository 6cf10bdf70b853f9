internal import Observability

/// What a worker counts; no label holds an id.
struct WorkerMetrics: Sendable {
    let claimed: Counter
    let completed: Counter
    let failed: Counter
    let dead: Counter
    let stale: Counter
    let rescued: Counter
    let stuck: Gauge

    init(_ metrics: Metrics) {
        claimed = metrics.counter("trellis_jobs_claimed_total", help: "Jobs leased by this process.")
        completed = metrics.counter("trellis_jobs_completed_total", help: "Jobs done by this process.")
        failed = metrics.counter("trellis_jobs_again_total", help: "Attempts after which the job comes back.")
        dead = metrics.counter("trellis_jobs_dead_total", help: "Jobs given up by this process.")
        stale = metrics.counter("trellis_jobs_stale_total", help: "Results refused because the lease was lost.")
        rescued = metrics.counter("trellis_jobs_rescued_total", help: "Jobs taken back from workers that were gone.")
        stuck = metrics.gauge("trellis_jobs_stuck_handlers", help: "Handlers that did not end when they were cancelled.")
    }

    func count(_ ending: FinishedJob.Ending) {
        switch ending {
        case .completed, .committed, .cancelled: completed.increment()
        case .again: failed.increment()
        case .dead: dead.increment()
        case .lost: stale.increment()
        }
    }
}
