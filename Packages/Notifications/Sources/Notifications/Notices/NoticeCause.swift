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

    /// The org that it happened in, and that all it changes is about.
    var org: Org.ID { get }

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
    ///
    /// Facts are read before that transaction, which holds a connection that they would wait for. Where something of the org was taken away since, a reason
    /// may have ended that was read as true: then they are read again.
    public func handle(_ event: Event, context: JobContext) async throws -> JobOutcome {
        for _ in 1...Self.readings {
            let round = try await store.withTransaction { try await $0.noticeRound(of: event.org) }
            var changes = try await event.noticeChanges(facts, occurrence: context.job.description)
            if round == nil { changes.posts = [] }
            let outcome = try await store.withTransaction { [changes] transaction -> JobOutcome? in
                if let round, !changes.posts.isEmpty, try await !transaction.isNoticeRound(round, of: event.org) { return nil }
                if !changes.withdrawals.isEmpty { try await transaction.moveNoticeRound(of: event.org) }
                for gone in changes.withdrawals {
                    try await transaction.withdrawNotices(gone.kinds, of: gone.org, decisions: gone.decisions, at: context.now)
                }
                for post in changes.posts {
                    for user in post.users { _ = try await transaction.post(post.notice(to: user, at: context.now)) }
                }
                try await transaction.finish(context.lease)
                return .committed
            }
            if let outcome { return outcome }
        }
        throw NoticeFactsUnsettled()
    }

    /// How often facts are read anew before the job goes to wait for its turn.
    private static var readings: Int { 5 }
}

/// What notices tell of changed each time that it was read; the job comes again.
struct NoticeFactsUnsettled: Error, Hashable, CustomStringConvertible {
    var description: String { "what is to be told changed while it was read" }
}

extension NoticeChanges.Post {
    fileprivate func notice(to user: User.ID, at now: Instant) -> Notice {
        Notice(
            id: .make(at: now), user: user, kind: kind, severity: severity, decision: decision, org: org, subscription: subscription,
            resource: resource, via: via, renewsAt: nil, until: until, subject: subject, createdAt: now)
    }
}
