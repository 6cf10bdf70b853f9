public import Core

/// What a subscription at the provider agrees beyond its dates.
public struct ProviderTerms: Codable, Hashable, Sendable {
    /// When it was cancelled by plan; with the mark it tells whose end it is.
    public var canceledAt: Instant?
    /// Whether it ends because of the flag, and not by a date of its own.
    public var isFlagged: Bool
    /// The mark of an idle end (IDL-027).
    public var idleMark: String?
    /// When it began.
    public var startedAt: Instant?
    /// Whether the provider charges by itself.
    public var chargesAutomatically: Bool
    /// Whether collection is paused.
    public var isPaused: Bool
    /// Whether a schedule changes it.
    public var hasSchedule: Bool
    /// Whether all items have one and the same period.
    public var hasOnePeriod: Bool
    /// The unit of its price, as the provider says it.
    public var intervalUnit: String?
    /// How many units one period has.
    public var intervalCount: Int64?
    /// Whether a renewal would cost nothing: the prices are zero, or everything is discounted.
    public var isFree: Bool
    /// Whether a change waits for its payment; `nil` where it was not read.
    public var hasPendingUpdate: Bool?

    /// Describes terms.
    public init(
        canceledAt: Instant? = nil, isFlagged: Bool = false, idleMark: String? = nil, startedAt: Instant? = nil,
        chargesAutomatically: Bool = true, isPaused: Bool = false, hasSchedule: Bool = false, hasOnePeriod: Bool = true,
        intervalUnit: String? = nil, intervalCount: Int64? = nil, isFree: Bool = false
    ) {
        self.canceledAt = canceledAt
        self.isFlagged = isFlagged
        self.idleMark = idleMark
        self.startedAt = startedAt
        self.chargesAutomatically = chargesAutomatically
        self.isPaused = isPaused
        self.hasSchedule = hasSchedule
        self.hasOnePeriod = hasOnePeriod
        self.intervalUnit = intervalUnit
        self.intervalCount = intervalCount
        self.isFree = isFree
    }
}
