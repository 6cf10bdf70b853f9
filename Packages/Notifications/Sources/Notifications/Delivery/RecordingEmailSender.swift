internal import Core
internal import Synchronization

/// Takes every mail and keeps it in memory, for tests (NOT-046).
public final class RecordingEmailSender: EmailSender, Sendable {
    private let taken = Mutex<[Email]>([])

    /// Makes a sender that has taken nothing.
    public init() {}

    /// All mails taken so far, in order.
    public var emails: [Email] { taken.withLock { $0 } }

    /// Takes a mail.
    public func send(_ email: Email) async throws -> EmailReceipt {
        let count = taken.withLock { emails in
            emails.append(email)
            return emails.count
        }
        return EmailReceipt(reply: "250 recorded as \(count)")
    }
}

/// Refuses every mail with the same refusal, for tests (NOT-046).
public struct FailingEmailSender: EmailSender, Sendable {
    private let refusal: EmailRefusal

    /// Makes a sender that refuses.
    public init(_ refusal: EmailRefusal) {
        self.refusal = refusal
    }

    /// Refuses a mail.
    public func send(_ email: Email) async throws -> EmailReceipt {
        throw refusal
    }
}
