public import Core

/// What `trellis clock …` was told to do, as its words say it (OPS-097).
public enum ClockCommand: Sendable, Hashable {
    /// Tells the time.
    case show
    /// Moves on to an instant or by a time.
    case move(to: Target, isJump: Bool, stopsAtFailure: Bool)
    /// Goes to the next due instant.
    case run
    /// Does what is due.
    case drain

    /// Where to.
    public enum Target: Sendable, Hashable {
        /// An instant.
        case instant(Instant)
        /// So much from the present on.
        case duration(Duration)

        /// Reads an instant, `2026-03-01T10:00:00Z`, or a whole number with its unit: `90s`, `15m`, `36h`, `31d`.
        init?(_ text: String) {
            if let instant = Instant(text) {
                self = .instant(instant)
                return
            }
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
            guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()), (1...315_360_000).contains(number),
                number * unit <= 315_360_000
            else { return nil }
            self = .duration(.seconds(number * unit))
        }
    }

    /// How to say it.
    public static let usage = """
        usage: trellis clock show | clock advance WHERE [--stop-on-failure] | clock jump WHERE | clock run | clock drain
        WHERE is an instant, 2026-03-01T10:00:00Z, or a time from now on, 90s, 15m, 36h or 31d, of ten years at most.
        advance goes from one due instant to the next and has the work of each done first; jump sets the time at once, as after an outage;
        run goes to the next due instant; drain does what is due and moves nothing. A worker must be running.
        """

    /// Reads the words behind `trellis clock`; `nil` when they are none of these.
    public init?(_ words: [String]) {
        switch (words.first, words.count) {
        case ("show", 1): self = .show
        case ("run", 1): self = .run
        case ("drain", 1): self = .drain
        case ("advance", 2), ("jump", 2), ("advance", 3):
            guard let target = Target(words[1]), words.count == 2 || words[2] == "--stop-on-failure" else { return nil }
            self = .move(to: target, isJump: words[0] == "jump", stopsAtFailure: words.count == 3)
        default: return nil
        }
    }

    /// Does it.
    ///
    /// - Returns: what to print.
    /// - Throws: what ``ClockMoves/carryOut(_:stopsAtFailure:patience:)`` does.
    public func carryOut(by moves: ClockMoves) async throws -> JSONValue {
        let (order, stopsAtFailure): (ClockMoves.Order, Bool)
        switch self {
        case .show: return try await moves.show()
        case .run: (order, stopsAtFailure) = (.run, false)
        case .drain: (order, stopsAtFailure) = (.drain, false)
        case .move(let target, let isJump, let stops):
            let instant =
                switch target {
                case .instant(let instant): instant
                case .duration(let duration): moves.now + duration
                }
            (order, stopsAtFailure) = (isJump ? .jump(to: instant) : .advance(to: instant), stops)
        }
        return try await moves.carryOut(order, stopsAtFailure: stopsAtFailure, patience: .seconds(540))
    }
}
