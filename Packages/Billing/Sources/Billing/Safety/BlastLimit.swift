/// How many automatic actions of a class are believed; more of them are held until a person has looked (ADM-018).
public struct BlastLimit: Sendable, Hashable {
    /// The most in a rolling hour.
    public let perHour: Int
    /// The most in rolling 24 hours, in thousandths of the rows that the class may touch.
    public let dailyPermille: Int
    /// What the share never falls below.
    public let floor: Int

    /// 20 in an hour, and one of a hundred rows in a day, though always five.
    public static let standard = BlastLimit(perHour: 20, dailyPermille: 10, floor: 5)

    /// Describes a limit.
    public init(perHour: Int, dailyPermille: Int, floor: Int) {
        self.perHour = perHour
        self.dailyPermille = dailyPermille
        self.floor = floor
    }

    /// Which limit one more would cross.
    public enum Objection: String, Sendable, Codable, CaseIterable {
        /// Too many in an hour.
        case hourly
        /// Too large a share in a day.
        case daily
    }

    /// The most in a day.
    public func dailyLimit(of eligible: Int) -> Int { max(floor, eligible * dailyPermille / 1_000) }

    /// Why one more would be too many; equality is allowed.
    public func objection(lastHour: Int, lastDay: Int, eligible: Int) -> Objection? {
        if lastHour + 1 > perHour { return .hourly }
        if lastDay + 1 > dailyLimit(of: eligible) { return .daily }
        return nil
    }
}

/// How large a part of what is held is released.
public enum ReleaseStage: String, Sendable, Codable, CaseIterable {
    case onePercent = "1"
    case tenPercent = "10"
    case all

    /// How many of a number that is held; at least one.
    public func count(of held: Int) -> Int {
        switch self {
        case .onePercent: max(1, (held + 99) / 100)
        case .tenPercent: max(1, (held + 9) / 10)
        case .all: held
        }
    }
}
