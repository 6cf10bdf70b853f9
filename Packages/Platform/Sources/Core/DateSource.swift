internal import Synchronization

/// Where a rule learns what time it is.
///
/// Every rule about time asks a date source that was handed to it, so that a test, the sandbox and a simulation can move time.
public protocol DateSource: Sendable {
    /// The present instant of this source.
    var now: Instant { get }
}

/// The machine's clock.
public struct SystemDateSource: DateSource, Sendable {
    /// Makes a source that reads the machine's clock.
    public init() {}

    /// The machine's present time.
    public var now: Instant { .systemNow() }
}

/// A clock that can be moved forward: frozen for tests, or running with an offset for the sandbox mode.
///
/// It never goes back: an earlier target leaves it where it is.
public final class SteppedDateSource: DateSource, Sendable {
    private enum Mode {
        case frozen(Instant)
        case running(offset: Duration)
    }

    private let mode: Mutex<Mode>
    private let base: any DateSource

    /// Makes a clock that stands still at `instant` until it is advanced.
    public init(startingAt instant: Instant) {
        mode = Mutex(.frozen(instant))
        base = SystemDateSource()
    }

    /// Makes a clock that runs with `base`, moved by `offset`.
    public init(running base: any DateSource = SystemDateSource(), offset: Duration = .zero) {
        mode = Mutex(.running(offset: offset))
        self.base = base
    }

    /// The present instant.
    public var now: Instant {
        mode.withLock { now(in: $0) }
    }

    /// Moves the clock forward by a duration; a negative one changes nothing.
    public func advance(by duration: Duration) {
        guard duration > .zero else { return }
        mode.withLock { mode in
            switch mode {
            case .frozen(let instant): mode = .frozen(instant + duration)
            case .running(let offset): mode = .running(offset: offset + duration)
            }
        }
    }

    /// Moves the clock forward to an instant; an earlier one changes nothing.
    public func advance(to instant: Instant) {
        mode.withLock { mode in
            let current = now(in: mode)
            guard instant > current else { return }
            switch mode {
            case .frozen: mode = .frozen(instant)
            case .running(let offset): mode = .running(offset: offset + (instant - current))
            }
        }
    }

    private func now(in mode: Mode) -> Instant {
        switch mode {
        case .frozen(let instant): instant
        case .running(let offset): base.now + offset
        }
    }
}
