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
    /// A relay put it off; it is tried again.
    case deferred
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
        case .queued: [.rendered, .failed, .canceled]
        case .rendered: [.sending, .canceled]
        case .sending: [.sent, .deferred, .failed, .unknown]
        case .deferred: [.sending, .failed, .canceled]
        case .unknown: [.sending, .sent, .failed]
        case .failed: [.queued]
        case .sent, .canceled: []
        }
    }
}
