internal import Glibc

/// A place in one step of a saga at which a process may die: the saga must come out the same on either side of it.
///
/// Written as `graphs.provision/database/begun`. Nothing of it happens unless a worker is configured with it.
public struct SagaFault: Sendable, Hashable, LosslessStringConvertible {
    /// Where in the step.
    public enum Side: String, Sendable, Hashable, CaseIterable {
        /// The step is leased; nothing of it is done.
        case begun
        /// The step's effect is there; the record of it is not committed.
        case done
        /// The record is committed; the worker does not know it yet.
        case recorded
    }

    /// The kind of saga.
    public let saga: String
    /// The step's stored name.
    public let step: String
    /// Where in the step.
    public let side: Side

    /// Names a place.
    public init(saga: String, step: String, side: Side) {
        self.saga = saga
        self.step = step
        self.side = side
    }

    /// Reads a place; `nil` when it is not three words with slashes between them, or the third is no side.
    public init?(_ description: String) {
        let words = description.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, !words[1].isEmpty, let side = Side(rawValue: String(words[2])) else { return nil }
        self.init(saga: String(words[0]), step: String(words[1]), side: side)
    }

    /// Saga, step and side, with slashes between them.
    public var description: String { "\(saga)/\(step)/\(side.rawValue)" }

    /// What a worker is configured with to die at a place, in the moment and without a last word, as a power cut would have it.
    public static func killingProcess(at place: SagaFault) -> @Sendable (SagaFault) async -> Void {
        { reached in
            guard reached == place else { return }
            // A signal to oneself is delivered before the call returns (POSIX, kill).
            _ = kill(getpid(), SIGKILL)
        }
    }
}

/// The step that the present task does, for the code that ends it in a transaction of the handler's own.
enum SagaFaults {
    @TaskLocal static var current: (@Sendable (SagaFault.Side) async -> Void)?
}
