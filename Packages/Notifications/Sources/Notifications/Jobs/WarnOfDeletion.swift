internal import Audit
public import Core
public import Graphs
public import Jobs
public import Orgs

/// Warns that a suspended graph is destroyed soon (NOT-145), unless it came back meanwhile.
public struct WarnOfDeletion: Job, DatedMail {
    /// `notifications.warn_of_deletion`
    public static let kind = "notifications.warn_of_deletion"
    /// The graph is back, or is kept for longer.
    public static let reasonGone = "the graph is not to be destroyed then any more"
    /// How many days before the end the warnings come.
    static let stages = [3, 1]

    /// Which graph; what it is called is looked up when the mail is due (OPS-054).
    public let graph: GraphID
    /// Whose.
    public let org: Org.ID
    /// When it was to be destroyed.
    public let destroyedAt: Instant
    /// How many days before that.
    public let daysBefore: Int

    /// Asks for a warning.
    public init(graph: GraphID, org: Org.ID, destroyedAt: Instant, daysBefore: Int) {
        self.graph = graph
        self.org = org
        self.destroyedAt = destroyedAt
        self.daysBefore = daysBefore
    }

    /// Reads a job, also one of an earlier version, which held the whole graph.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let facts = try? container.decode(GraphFactsOfEvent.self, forKey: .graph) {
            (graph, org) = (facts.graph, facts.org)
        } else {
            graph = try container.decode(GraphID.self, forKey: .graph)
            org = try container.decode(Org.ID.self, forKey: .org)
        }
        destroyedAt = try container.decode(Instant.self, forKey: .destroyedAt)
        daysBefore = try container.decode(Int.self, forKey: .daysBefore)
    }

    /// At the hour of the end, so many days before; one job for each stage of each suspension.
    public var options: JobOptions {
        JobOptions(
            runAt: destroyedAt - .days(daysBefore), priority: .normal, uniqueKey: "\(graph)/\(destroyedAt)/\(daysBefore)",
            org: org.uuid)
    }

    /// One mail to the owners, those who administer the graph, and whoever pays.
    public func draft(facts: any MailFacts) async throws -> MailDraft? {
        guard let graph = try await facts.graph(graph), graph.status == .suspended, graph.purgeAt == destroyedAt,
            let matter = try await GraphMatter(GraphFactsOfEvent(graph), facts: facts), !matter.org.state.isEnded
        else { return nil }
        let context = DeletionWarningContext(
            org: matter.orgName, orgID: matter.orgID, graph: graph.name, graphID: matter.graphID, destroyedAt: destroyedAt,
            canComeBack: true)
        return MailDraft(
            decision: "\(Self.kind)/\(matter.graphID)/\(destroyedAt)/\(daysBefore)", context: context, about: matter.about,
            recipients: try await matter.everybody())
    }
}

/// Sets the warnings when a graph is suspended: one for each stage whose time is not over already.
public enum DeletionWarnings: DatedMailSchedule {
    /// `notifications.schedule_deletion_warnings`
    public static let name = "notifications.schedule_deletion_warnings"

    /// One for each stage.
    public static func mails(for event: GraphSuspended, at now: Instant) -> [WarnOfDeletion] {
        guard let destroyedAt = event.purgeAt else { return [] }
        return WarnOfDeletion.stages.filter { now < destroyedAt - .days($0) }.map {
            WarnOfDeletion(graph: event.facts.graph, org: event.facts.org, destroyedAt: destroyedAt, daysBefore: $0)
        }
    }
}

/// Sets them for the new time when a purge was put off, or let go after it was held: at once, where a stage's time has come already (GRA-057).
public enum PutOffWarnings: DatedMailSchedule {
    /// `notifications.schedule_put_off_warnings`
    public static let name = "notifications.schedule_put_off_warnings"

    /// The last warning always; an earlier one where there is time for it.
    public static func mails(for event: GraphPurgePutOff, at now: Instant) -> [WarnOfDeletion] {
        WarnOfDeletion.stages.filter { $0 == 1 || now <= event.purgeAt - .days($0) }.map {
            WarnOfDeletion(graph: event.facts.graph, org: event.facts.org, destroyedAt: event.purgeAt, daysBefore: $0)
        }
    }
}
