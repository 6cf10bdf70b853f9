public import Core
internal import Synchronization

/// The parts of the product whose lines are written from another level on than the process's, each for a while: to look at one part without a
/// restart and without the lines of all the others.
public final class LogLevels: Sendable {
    /// A level that holds for a part until an instant.
    public struct Override: Sendable, Hashable {
        /// The part, as the label of its log.
        public let component: String
        /// The level from which on its lines are written.
        public let level: LogLevel
        /// When the process's own level holds again.
        public let until: Instant

        /// Tells of a level.
        public init(component: String, level: LogLevel, until: Instant) {
            self.component = component
            self.level = level
            self.until = until
        }
    }

    /// The longest time for which a level holds (ADM-065).
    public static let maximumDuration: Duration = .minutes(15)

    /// Those of the present process.
    public static let process = LogLevels()

    private let overrides = Mutex<[String: Override]>([:])
    private let isUsed = Atomic<Bool>(false)

    /// Makes none.
    public init() {}

    /// Takes these in the place of all that were there.
    public func replace(by new: [Override]) {
        overrides.withLock { $0 = Dictionary(new.map { ($0.component, $0) }) { $1 } }
        isUsed.store(!new.isEmpty, ordering: .relaxed)
    }

    /// The level that holds for a part.
    func level(of component: String, otherwise level: LogLevel, at dateSource: any DateSource) -> LogLevel {
        guard isUsed.load(ordering: .relaxed) else { return level }
        guard let override = overrides.withLock({ $0[component] }), dateSource.now < override.until else { return level }
        return override.level
    }
}
