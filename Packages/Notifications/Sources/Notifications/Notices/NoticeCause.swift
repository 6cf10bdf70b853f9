public import Billing
public import Core
public import Identity
public import Jobs
public import Orgs

/// What people are to be shown in the product from now on, and what no more.
public struct NoticeChanges: Sendable {
    /// Something that is shown to people.
    public struct Post: Sendable {
        /// What it tells.
        public let kind: Notice.Kind
        /// How much it matters.
        public let severity: Notice.Severity
        /// What caused it: the same decision is told once (NOT-174).
        public let decision: String
        /// The org that it is about.
        public let org: Org.ID
        /// What it is for, by name.
        public let resource: String
        /// How it came about, in a word, or what is to be said beside the name.
        public var via = ""
        /// When what it announces happens.
        public var until: Instant?
        /// The id of what its page shows.
        public var subject: String?
        /// The subscription, when it is about one.
        public var subscription: Subscription.ID?
        /// Who is told.
        public let users: [User.ID]
    }

    /// Something that is true no more.
    public struct Withdrawal: Sendable {
        /// What was told.
        public let kinds: [Notice.Kind]
        /// The org that it was about.
        public let org: Org.ID
        /// How the decisions begin that it came of.
        public let decisions: String
    }

    /// What is shown.
    public var posts: [Post] = []
    /// What is taken away first.
    public var withdrawals: [Withdrawal] = []

    /// Nothing changes.
    public static let none = NoticeChanges()
}

/// An event that changes what people are shown in the product (NOT-177).
public protocol NoticeCause: DomainEvent {
    /// The stored name of its handler; never changed once it has landed.
    static var noticeHandler: String { get }

    /// What it changes; a fact that does not hold any more is not told.
    ///
    /// - Parameter occurrence: names this happening of the event and is the same when it is handled again.
    /// - Throws: what the facts throw; the event comes again.
    func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges
}

/// Shows people in the product what events mean for them.
public struct NoticeCauseHandler<Event: NoticeCause, Store: NotificationStore>: EventHandler {
    /// The one of the event.
    public static var name: String { Event.noticeHandler }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store
    private let facts: any MailFacts

    /// Makes the handler.
    public init(store: Store, facts: any MailFacts) {
        self.store = store
        self.facts = facts
    }

    /// In one transaction with the end of its own job; heard twice, an event changes nothing more.
    public func handle(_ event: Event, context: JobContext) async throws -> JobOutcome {
        let changes = try await event.noticeChanges(facts, occurrence: context.job.description)
        return try await store.withTransaction { transaction in
            for gone in changes.withdrawals {
                try await transaction.withdrawNotices(gone.kinds, of: gone.org, decisions: gone.decisions, at: context.now)
            }
            for post in changes.posts {
                for user in post.users {
                    _ = try await transaction.post(
                        Notice(
                            id: .make(at: context.now), user: user, kind: post.kind, severity: post.severity, decision: post.decision,
                            org: post.org, subscription: post.subscription, resource: post.resource, via: post.via, renewsAt: nil,
                            until: post.until, subject: post.subject, createdAt: context.now))
                }
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
