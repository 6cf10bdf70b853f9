internal import Core

/// What is to be done next with a mail, by where it stands.
enum MailStep: Hashable {
    /// Write it.
    case render
    /// Hand it to the relay.
    case attempt
    /// It may have been handed over before; its class says not to risk that a person sees it twice (NOT-033).
    case leaveUnknown
    /// Nothing: it is settled or held.
    case nothing

    static func next(for mail: Mail) -> MailStep {
        switch mail.status {
        case .queued: .render
        case .rendered, .deferred: .attempt
        // A mail that is found being sent was left by a process that died: nobody knows what the relay did.
        case .sending, .unknown: mail.template.mailClass.isSentAgainWhenUnknown ? .attempt : .leaveUnknown
        // Once more after a day, where a person has to be told (NOT-056).
        case .bounced: mail.isTriedAgainAfterBounce ? .attempt : .nothing
        case .held, .sent, .delivered, .complained, .suppressed, .skipped, .failed, .canceled: .nothing
        }
    }
}

extension Mail {
    /// Whether it came back once and will leave once more, as somebody has to be told (NOT-056).
    var isTriedAgainAfterBounce: Bool { status == .bounced && bounces == 1 && template.mailClass.isSentAgainWhenUnknown }
}

/// When a mail is tried again (NOT-032): eight attempts in about 22 hours.
enum MailRetrySchedule {
    private static let delays: [Duration] = [
        .minutes(1), .minutes(5), .minutes(15), .hours(1), .hours(3), .hours(6), .hours(12),
    ]

    /// The wait after an attempt, counted from 1; `nil` after the last.
    ///
    /// - Parameter jitter: a random fraction from 0 to 1, which moves the wait by up to 20 % either way.
    static func delay(afterAttempt attempt: Int, jitter: Double) -> Duration? {
        guard (1...delays.count).contains(attempt) else { return nil }
        let factor = 0.8 + 0.4 * min(max(jitter, 0), 1)
        return .milliseconds(Int64((Double(delays[attempt - 1].wholeMilliseconds) * factor).rounded()))
    }
}
