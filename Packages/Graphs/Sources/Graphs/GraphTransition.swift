internal import Billing
public import Core

/// A move of a graph in its life (graphs.md, section 3); anything not listed there is refused.
public enum GraphTransition: Sendable, Hashable {
    /// G2: the last step of the provisioning is done.
    case activate(EngineMode)
    /// G3: everything that was made is undone.
    case fail(reason: String)
    /// G4: it is closed and kept; without `purgeAt` until an operator says more.
    case suspend(reason: String, purgeAt: Instant?)
    /// G5: it is opened again.
    case resume(EngineMode)
    /// G6: its destruction begins.
    case beginTeardown(reason: String)
    /// G7: the host was read and does not hold it any more.
    case finishTeardown
}

extension Graph {
    /// The graph after a move, or `nil` when the table has no such row.
    ///
    /// Each change of the engine's mode counts the access epoch up, so that an older one that arrives late is dropped.
    public func applying(_ transition: GraphTransition, at now: Instant) -> Graph? {
        var next = self
        switch (transition, status) {
        case (.activate(let mode), .provisioning) where host != nil:
            next.become(.active, nil, mode: mode, at: now)
        case (.fail(let reason), .provisioning):
            next.become(.failed, reason, mode: .none, at: now)
        case (.suspend(let reason, let purgeAt), .active):
            next.become(.suspended, reason, mode: .none, at: now)
            next.purgeAt = purgeAt
        case (.resume(let mode), .suspended):
            next.become(.active, nil, mode: mode, at: now)
            next.purgeAt = nil
        case (.beginTeardown(let reason), .active), (.beginTeardown(let reason), .suspended):
            next.become(.deprovisioning, reason, mode: .none, at: now)
            next.purgeAt = nil
        case (.finishTeardown, .deprovisioning):
            next.become(.deprovisioned, statusReason, mode: .none, at: now)
        default:
            return nil
        }
        return next
    }

    /// The graph with another mode of its engine; the same mode changes nothing.
    public func withMode(_ mode: EngineMode) -> Graph {
        guard mode != self.mode else { return self }
        var next = self
        next.mode = mode
        next.accessEpoch += 1
        return next
    }

    /// The graph with its purge held for a reason, or let go; `nil` from any state but suspended.
    public func holdingPurge(because reason: String?) -> Graph? {
        guard status == .suspended else { return nil }
        var next = self
        next.purgeHold = reason
        return next
    }

    /// The graph with another payer, which only a suspended one can get, in the move that opens it (GRA-059).
    func paid(by subscription: Subscription.ID) -> Graph? {
        guard status == .suspended else { return nil }
        var next = self
        next.subscription = subscription
        return next
    }

    /// The graph with a later purge; `nil` from any state but suspended.
    func puttingOffPurge(to instant: Instant) -> Graph? {
        guard status == .suspended else { return nil }
        var next = self
        next.purgeAt = instant
        return next
    }

    private mutating func become(_ status: Status, _ reason: String?, mode: EngineMode, at now: Instant) {
        self.status = status
        purgeHold = nil
        statusSince = now
        statusReason = reason
        self.mode = mode
        accessEpoch += 1
    }
}
