public import IdleCancellation
internal import Jobs
public import JobsPostgres

extension IdleJobHandlers {
    /// Adds the handlers and the schedules of idle cancellation to a worker's registry.
    public func register(on registry: inout JobRegistry) {
        registry.register(evaluate)
        registry.register(send)
        registry.register(reverse)
        registry.register(watchEnd)
        registry.register(close)
        registry.register(sweepRenewals)
        registry.register(sweepReversals)
        registry.register(reconcile)
        for schedule in [SweepIdleRenewals.schedule, SweepIdleReversals.schedule, ReconcileIdleEnds.schedule].compactMap(\.self) {
            registry.add(schedule)
        }
    }
}
