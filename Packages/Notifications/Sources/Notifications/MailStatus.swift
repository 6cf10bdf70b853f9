/// Where a mail stands (NOT-031).
public enum MailStatus: String, Sendable, Codable, Hashable, CaseIterable {
    /// Waits for a condition before it may go out.
    case held
    /// Waits to be written.
    case queued
    /// Is written; from now on its bytes do not change (NOT-029).
    case rendered
    /// Is being handed to a relay.
    case sending
    /// A relay took it.
    case sent
    /// It is known to have reached the mailbox.
    case delivered
    /// A relay put it off; it is tried again.
    case deferred
    /// It came back: the address does not take mail.
    case bounced
    /// The recipient reported it as unwanted.
    case complained
    /// Its address is on the list of those that get no more mail of its class (NOT-056).
    case suppressed
    /// The recipient does not want it (NOT-062), or had too many (NOT-039).
    case skipped
    /// It could not be written, a relay refused it for good, or all tries are used up.
    case failed
    /// Its reason was gone before it was sent.
    case canceled
    /// The connection broke after the message and before the answer (NOT-033).
    case unknown

    /// Where it can go from here; the database keeps the same table.
    public var successors: Set<MailStatus> {
        switch self {
        case .held: [.queued, .canceled]
        case .queued: [.rendered, .failed, .canceled, .suppressed, .skipped]
        case .rendered: [.sending, .canceled, .suppressed, .skipped]
        case .sending: [.sent, .deferred, .failed, .unknown, .bounced]
        case .deferred: [.sending, .failed, .canceled, .suppressed, .skipped]
        case .unknown: [.sending, .sent, .failed]
        case .failed: [.queued]
        case .sent: [.delivered, .bounced, .complained]
        case .delivered: [.bounced, .complained]
        case .bounced: [.sending, .canceled]
        case .complained, .suppressed, .skipped, .canceled: []
        }
    }

    /// Whether no byte of it has left: only then it can be taken back.
    public var hasNotLeft: Bool { [.held, .queued, .rendered, .deferred].contains(self) }
}
