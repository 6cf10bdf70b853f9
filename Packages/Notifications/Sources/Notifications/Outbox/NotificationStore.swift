public import Audit
public import Core
public import FoundationEssentials
public import Graphs
public import Identity
public import IdleCancellation
public import Orgs

/// What Notifications does in one transaction, with the jobs and entries that belong to it.
public protocol NotificationTransaction: WebhookTransaction, PreferenceTransaction, OperatorAlertTransaction,
    MessageNetTransaction
{
    /// Adds a mail, with the brand of its org, unless the recipient was told of the decision in this mail before.
    ///
    /// - Returns: `false` when it was there: nothing changed.
    func insertMail(_ mail: Mail, user: UUID?, about: AuditReferences) async throws -> Bool

    /// The brand that an org has selected; `nil` for the deployment's own.
    func brand(of org: Org.ID) async throws -> String?

    /// Selects a brand for the mails of an org that are queued from now on.
    func setBrand(_ brand: String?, of org: Org.ID, at now: Instant) async throws

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

    /// How the outbox is doing at an instant (NOT-194).
    func mailHealth(at now: Instant) async throws -> MailHealth

    /// Keeps which relay took a mail, and what it calls it (NOT-044).
    func noteRelay(_ relay: String, queueID: String?, of id: Mail.ID) async throws

    /// Whether a mail of a budget may still be written; others of the budget wait until this transaction ends.
    func hasRoom(in budget: AccessNoticeBudget, at now: Instant) async throws -> Bool

    /// Counts that a mail came back and moves it to bounced.
    ///
    /// - Returns: how often it has come back by now.
    func bounceMail(_ id: Mail.ID, attempts: Int, note: String, at now: Instant) async throws -> Int

    /// Keeps a report about a mail or an address.
    ///
    /// - Returns: `false` when it was told before: nothing changed (NOT-055).
    func insertFeedback(_ feedback: MailFeedback, mail: Mail.ID?, at now: Instant) async throws -> Bool

    /// The mail that a report means: the one it names, when it went to the address that it names; else the newest that a relay took for the address.
    func mail(meantBy feedback: MailFeedback) async throws -> Mail.ID?

    /// Why an address gets no more mail at an instant; `nil` when it does. A hard bounce counts for 180 days (NOT-057).
    func suppression(of address: MailAddress, at now: Instant) async throws -> Suppression?

    /// Puts an address on the list; by its hash, so the list names nobody.
    func suppress(_ address: MailAddress, as kind: Suppression.Kind, because source: Mail.ID?, at now: Instant) async throws

    /// Takes an address from the list.
    ///
    /// - Returns: why it was there; `nil` when it was not.
    func liftSuppression(of address: MailAddress, because reason: String, at now: Instant) async throws -> Suppression?

    /// Lets the held mails of decisions that begin so go to be written, and gives them.
    func releaseMails(ofDecisions prefix: String, at now: Instant) async throws -> [OutboxEntry]

    /// Cancels the held mails of decisions that begin so; those that were released stay. Anybody's transaction may, as none gets out by it.
    ///
    /// - Returns: how many.
    func withdrawMails(ofDecisions prefix: String, because note: String, at now: Instant) async throws -> Int

    /// What a notice about an idle case says and whom it goes to; `nil` when its org is gone.
    func idleMatter(of idleCase: IdleCase) async throws -> IdleMatter?

    /// What the owners of a suspended graph were told, by mails that a relay accepted.
    func noticeProof(for graph: Graph) async throws -> NoticeProof

    /// Adds a notice and clears an older one of the same person, kind and subscription.
    ///
    /// - Returns: `false` when the person was told of the decision before.
    func insertNotice(_ notice: Notice) async throws -> Bool

    /// Takes the notices of one kind away from a person; their reason is gone.
    func clearNotices(_ kind: Notice.Kind, of user: User.ID, at now: Instant) async throws

    /// Takes notices of an org away from everybody, those whose decision begins so: their reason is gone (NOT-173). What somebody has seen stays seen.
    func withdrawNotices(_ kinds: [Notice.Kind], of org: Org.ID, decisions prefix: String, at now: Instant) async throws

    /// How often events took away what was shown of an org; it never gets less. `nil` once the org is erased.
    func noticeRound(of org: Org.ID) async throws -> Int64?

    /// Whether nothing was taken away since, and the org is not erased; until this transaction ends, nothing is.
    func isNoticeRound(_ round: Int64, of org: Org.ID) async throws -> Bool

    /// Says that something is taken away.
    func moveNoticeRound(of org: Org.ID) async throws

    /// Removes all notices of an org, which gets no more of them.
    func eraseNotices(of org: Org.ID) async throws

    /// Takes the notices away from everybody that mail to an address comes back.
    func withdrawUndeliverableNotices(about address: MailAddress, at now: Instant) async throws

    /// What a person is to be told at an instant, newest first, at most 50.
    func pendingNotices(of user: User.ID, at now: Instant) async throws -> [Notice]

    /// Marks a notice of a person as seen.
    ///
    /// - Returns: the notice, and whether it was pending until now; `nil` when the person has no such notice.
    func acknowledgeNotice(_ id: Notice.ID, of user: User.ID, at now: Instant) async throws -> (notice: Notice, isNew: Bool)?

    /// Marks notices as cleared whose person and subscription have no decision of the last 14 days (IDL-060).
    func clearNotices(at now: Instant, limit: Int) async throws -> [Notice]
}

/// Where mails are kept.
public protocol NotificationStore<Transaction>: Sendable {
    /// The transactions of this store.
    associatedtype Transaction: NotificationTransaction

    /// Runs a closure in one transaction of the system; commits when it returns, undoes everything when it throws.
    func withTransaction<Result: Sendable>(_ body: (Transaction) async throws -> Result) async throws -> Result
}
