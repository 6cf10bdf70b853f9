public import Core
public import Identity

/// Who or what has a number of mails to be sent.
public enum SendScope: String, Sendable, Hashable, CaseIterable {
    /// An address, over all orgs.
    case address
    /// An org.
    case org
    /// An address in an org: invitations of it have one budget, however often they are revoked and made anew.
    case invitation
}

/// How many mails may go out in a time, and how far apart.
public struct SendBudget: Sendable, Hashable {
    /// Whose it is.
    public let scope: SendScope
    /// The peppered digest of whose it is, so that the row names nobody.
    public let key: SecretDigest
    /// How many mails.
    public let limit: Int
    /// In what time.
    public let window: Duration
    /// How far apart.
    public let interval: Duration

    /// Makes a budget.
    public init(scope: SendScope, key: SecretDigest, limit: Int, window: Duration, interval: Duration) {
        self.scope = scope
        self.key = key
        self.limit = limit
        self.window = window
        self.interval = interval
    }

    /// How long it takes until a further mail may go out, after those that went out at `times`.
    public func wait(after times: [Instant], at now: Instant) -> Duration {
        let recent = times.filter { $0 + window > now }.sorted()
        var next = now
        if let last = times.max() { next = max(next, last + interval) }
        if recent.count >= limit { next = max(next, recent[recent.count - limit] + window) }
        return next - now
    }
}

/// Whether mails may go out.
public enum SendVerdict: Sendable, Hashable {
    /// They may, and have been counted.
    case taken
    /// Nothing has been counted; come back after a while.
    case refused(SendScope, wait: Duration)
}

extension Duration {
    /// The seconds, rounded up.
    var wholeSeconds: Int { Int(components.seconds) + (components.attoseconds > 0 ? 1 : 0) }
}
