public import Core

/// Why an address gets no more mail of the classes that a person can do without (NOT-056).
public struct Suppression: Sendable, Hashable {
    /// What put it on the list.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Mail to it came back for good.
        case hardBounce = "hard_bounce"
        /// Its owner reported a mail as unwanted.
        case complaint
        /// An operator did.
        case manual
    }

    /// How long a hard bounce counts: addresses come back to life (NOT-057).
    public static let lifetimeOfBounce: Duration = .days(180)

    /// What put it there.
    public let kind: Kind
    /// The mail that came back or was complained about.
    public let source: Mail.ID?
    /// Since when.
    public let since: Instant

    /// Makes one.
    public init(kind: Kind, source: Mail.ID?, since: Instant) {
        self.kind = kind
        self.source = source
        self.since = since
    }
}

extension MailClass {
    /// Whether an address on the list gets no mail of the class: what must be said is tried all the same.
    public var isSuppressible: Bool { self == .service || self == .optional }
}
