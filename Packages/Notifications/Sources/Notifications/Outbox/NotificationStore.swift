public import Audit
public import Core
public import FoundationEssentials
public import Jobs

/// What Notifications does in one transaction, with the jobs and entries that belong to it.
public protocol NotificationTransaction: JobTransaction, AuditTransaction {
    /// Adds a mail unless the recipient was told of the decision in this mail before.
    ///
    /// - Returns: `false` when it was there: nothing changed.
    func insertMail(_ mail: Mail, user: UUID?, about: AuditReferences) async throws -> Bool

    /// Reads a mail and locks its row until the transaction ends; `nil` when there is none.
    func lockMail(_ id: Mail.ID) async throws -> OutboxEntry?

    /// Keeps what was written; a mail that is written already is refused by the database (NOT-029).
    func saveRendering(_ rendering: RenderedMail, of id: Mail.ID, at now: Instant) async throws

    /// Takes the address, the body and the values out of every mail to a person who is gone; one that has not left is canceled.
    func eraseMails(of user: UUID, at now: Instant) async throws

    /// Moves a locked mail to another status; the database refuses a move that is not in the table (NOT-031).
    ///
    /// - Parameter attempts: how often it was handed to a relay, this time included.
    /// - Parameter note: the relay's answer or the reason, without an address.
    func moveMail(_ id: Mail.ID, to status: MailStatus, attempts: Int, note: String?, at now: Instant) async throws
}

/// Where mails are kept.
public protocol NotificationStore<Transaction>: Sendable {
    /// The transactions of this store.
    associatedtype Transaction: NotificationTransaction

    /// Runs a closure in one transaction of the system; commits when it returns, undoes everything when it throws.
    func withTransaction<Result: Sendable>(_ body: (Transaction) async throws -> Result) async throws -> Result
}
