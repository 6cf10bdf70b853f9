public import Billing
public import Core
public import Graphs
internal import Identity
public import Orgs

extension NoticeChanges {
    /// Takes away what was told of a graph.
    fileprivate static func gone(_ kinds: [(Notice.Kind, topic: String)], _ graph: GraphFactsOfEvent) -> NoticeChanges {
        NoticeChanges(
            withdrawals: kinds.map { Withdrawal(kinds: [$0.0], org: graph.org, decisions: "\($0.topic)/\(graph.graph)/") })
    }
}

extension MailFacts {
    /// Those who administer a graph, and the owners of its org; each once.
    fileprivate func keepers(of graph: Graph, in org: Org.ID) async throws -> [User.ID] {
        var seen: Set<User.ID> = []
        let all = try await owners(of: org).map(\.user) + admins(of: graph).map(\.user)
        return all.filter { seen.insert($0).inserted }
    }

    /// A notice about a graph to those who keep it.
    fileprivate func post(
        _ kind: Notice.Kind, _ severity: Notice.Severity, decision: String, about facts: GraphFactsOfEvent, in graph: Graph,
        via: String = "", until: Instant? = nil
    ) async throws -> NoticeChanges {
        NoticeChanges(posts: [
            NoticeChanges.Post(
                kind: kind, severity: severity, decision: decision, org: facts.org, resource: facts.name, via: via, until: until,
                subject: facts.graph.description, users: try await keepers(of: graph, in: facts.org))
        ])
    }
}

extension GraphDeletionRequested: NoticeCause {
    /// `notifications.show_deletion_of_graph`
    public static let noticeHandler = "notifications.show_deletion_of_graph"
    /// Where it happened.
    public var org: Org.ID { facts.org }

    /// While it can be taken back: a deletion at once is told by mail alone.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard let endsAt, let graph = try await facts.graph(self.facts.graph), graph.status == .active,
            let resource = ResourceID(graph.id.description), let view = try await facts.subscription(ofGraph: resource),
            view.subscription.cancellation != nil
        else { return .none }
        return try await facts.post(
            .deletionPending, .warning, decision: "\(Self.topic)/\(graph.id)/\(occurrence)", about: self.facts, in: graph, until: endsAt)
    }
}

extension SubscriptionResumed: NoticeCause {
    /// `notifications.hide_deletion_taken_back`
    public static let noticeHandler = "notifications.hide_deletion_taken_back"
    /// Where it happened.
    public var org: Org.ID { facts.org }

    /// The graph that is paid for stays.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard let resource = self.facts.resource else { return .none }
        return NoticeChanges(withdrawals: [
            NoticeChanges.Withdrawal(
                kinds: [.deletionPending], org: self.facts.org, decisions: "\(GraphDeletionRequested.topic)/\(resource)/")
        ])
    }
}

extension GraphSuspended: NoticeCause {
    /// `notifications.show_suspended_graph`
    public static let noticeHandler = "notifications.show_suspended_graph"
    /// Where it happened.
    public var org: Org.ID { facts.org }

    /// In place of what was told of the deletion ahead.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        var changes = NoticeChanges.gone([(.deletionPending, GraphDeletionRequested.topic)], self.facts)
        guard let purgeAt, let graph = try await facts.graph(self.facts.graph), graph.status == .suspended else { return changes }
        changes.posts = try await facts.post(
            .graphSuspended, .critical, decision: "\(Self.topic)/\(graph.id)/\(occurrence)", about: self.facts, in: graph, until: purgeAt
        ).posts
        return changes
    }
}

extension GraphResumed: NoticeCause {
    /// `notifications.hide_resumed_graph`
    public static let noticeHandler = "notifications.hide_resumed_graph"
    /// Where it happened.
    public var org: Org.ID { facts.org }

    /// It is open again.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        .gone([(.graphSuspended, GraphSuspended.topic), (.deletionPending, GraphDeletionRequested.topic)], self.facts)
    }
}

extension GraphDeprovisioned: NoticeCause {
    /// `notifications.hide_gone_graph`
    public static let noticeHandler = "notifications.hide_gone_graph"
    /// Where it happened.
    public var org: Org.ID { facts.org }

    /// Nothing can be done for it any more.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        .gone(
            [
                (.graphSuspended, GraphSuspended.topic), (.deletionPending, GraphDeletionRequested.topic),
                (.capacity, StorageThresholdReached.topic),
            ], self.facts)
    }
}

extension StorageThresholdReached: NoticeCause {
    /// `notifications.show_full_storage`
    public static let noticeHandler = "notifications.show_full_storage"
    /// Where it happened.
    public var org: Org.ID { facts.org }

    /// One for each time that the event tells of a stage.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        guard let graph = try await facts.graph(self.facts.graph), graph.status == .active else { return .none }
        let isFull = percent >= 100
        return try await facts.post(
            .capacity, isFull ? .critical : .warning, decision: "\(Self.topic)/\(graph.id)/\(percent)/\(occurrence)", about: self.facts,
            in: graph, via: isFull ? Notice.nothingLeft : "low")
    }
}

extension CreditsRunLow: NoticeCause {
    /// `notifications.show_low_credits`
    public static let noticeHandler = "notifications.show_low_credits"

    /// To those who keep the graph; to the owners where the pool is of no graph.
    public func noticeChanges(_ facts: any MailFacts, occurrence: String) async throws -> NoticeChanges {
        let isEmpty = balance.hundredths <= 0
        var post = NoticeChanges.Post(
            kind: .creditsLow, severity: .warning, decision: "\(Self.topic)/\(pool)/\(percent)/\(refillAt)/\(occurrence)", org: org,
            resource: resource.description, via: isEmpty ? Notice.nothingLeft : "low", until: refillAt,
            users: try await facts.owners(of: org).map(\.user))
        if let id = GraphID(resource.description), let graph = try await facts.graph(id) {
            post = NoticeChanges.Post(
                kind: post.kind, severity: post.severity, decision: post.decision, org: org, resource: graph.name, via: post.via,
                until: refillAt, subject: id.description, users: try await facts.keepers(of: graph, in: org))
        }
        return NoticeChanges(posts: [post])
    }
}
