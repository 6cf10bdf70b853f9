public import Billing
public import Core
public import Operations

/// What Graphs refuses, with the facts in the cases; the HTTP adapter knows what each means there.
public enum GraphError: Error, Hashable, Sendable {
    /// There is none that the caller could know of: unknown, another org's, or gone (GRA-022).
    case notFound
    /// The caller is in the org and has no role on the graph, or too weak a one.
    case roleTooWeak(needed: GraphRole)
    /// Only an org owner may do this.
    case orgOwnerRequired
    /// Only an org owner or admin may do this.
    case orgAdminRequired
    /// The caller belongs to several orgs and named none.
    case orgRequired
    /// The caller does not belong to the org named.
    case notOrgMember
    /// The org may not have another graph.
    case limitReached(limit: Int)
    /// Nothing pays for it (GRA-005).
    case paymentRequired(code: String, message: String)
    /// No host of the tier has room.
    case tierAtCapacity(TierName)
    /// There is no such tier.
    case unknownTier(TierName)
    /// The confirmation is not the id in the path.
    case confirmationDiffers(GraphID)
    /// Nothing is subscribed that could end.
    case noSubscription
    /// An owner protects the graph.
    case deleteProtected
    /// The subscription has ended or is ending already.
    case alreadyCanceled
    /// The end of the subscription cannot be taken back any more.
    case cancellationFinal
    /// The graph is not suspended, so that it cannot be brought back.
    case notSuspended(Graph.Status)
    /// The graph's destruction has begun; only a new graph from its backup brings its contents back.
    case undeletionTooLate
    /// The graph is suspended for another reason than the end of what pays for it.
    case stillPaidFor(Subscription.Status)
    /// Operators ended the subscription; only they take it back.
    case endedByOperators
    /// The graph takes no writes now.
    case notWritable(AccessDecision.Reason)
    /// A change that names nothing, or nothing that is different.
    case nothingToChange
    /// What was asked is for graphs of an org, and this is a shared repository.
    case sharedRepository
    /// What was asked is not known of shared repositories.
    case notOfRepositories
    /// The graph has this tier already.
    case sameTier(TierName)
    /// The graph holds more than the tier does.
    case tierTooSmall(bytes: Int64, cap: Int64)
    /// The subscription is not in use, so that its plan cannot change.
    case subscriptionNotActive(Subscription.Status)
    /// The parent has as many subgraphs as its tier allows.
    case subgraphLimitReached(count: Int, limit: Int)
    /// A subgraph of the parent has, or had, this name.
    case subgraphNameTaken(suggestion: String)
    /// The subgraph holds data.
    case subgraphHoldsData(nodes: Int64)
    /// What was asked is for graphs that are paid for, and this is a subgraph of one.
    case isSubgraph(of: GraphID)
    /// The graph has more subgraphs than the tier allows.
    case tierHasFewerSubgraphs(count: Int, limit: Int)
    /// A change of plan is under way.
    case upgrading
    /// The subscription is being started.
    case subscriptionBusy
    /// Another exclusive operation is unfinished.
    case operationRunning(Operation.ID?)
    /// The end of the period cannot be waited for in this state.
    case periodEndNeedsActive(Subscription.Status)
    /// The end of the period is not known.
    case periodEndUnknown
    /// The graph is not in a state in which this can be done.
    case notActive(Graph.Status)
    /// There are as many credentials as there may be.
    case credentialLimitReached
    /// There is no such credential.
    case credentialNotFound
    /// The graph holds, or would hold, more than its tier does.
    case storageFull(bytes: Int64, cap: Int64)
    /// Operators hold the work that gives dead space back.
    case storageReclaimOff
    /// The graph's host has no room for a copy of it.
    case noRoomForCopy
    /// The person is not in the graph's org.
    case notInOrg
    /// The person has a grant already.
    case alreadyGranted
    /// Nothing was granted to the person.
    case grantNotFound
    /// As many backups were asked for today as a day has.
    case backupLimitReached(limit: Int, resetsAt: Instant, now: Instant)
    /// As many restores were asked for today as a day has.
    case restoreLimitReached(limit: Int, resetsAt: Instant, now: Instant)
    /// As many backups were downloaded this month as a month has.
    case downloadLimitReached(limit: Int, resetsAt: Instant, now: Instant)
    /// The backup is not complete, or not any more.
    case backupNotCompleted(GraphBackup.Status)
    /// What a backup holds is more than the tier does.
    case backupTooLarge(bytes: Int64, cap: Int64)
    /// The graph still is there.
    case notGone(Graph.Status)
    /// The engine of the graph's host cannot do this (GRA-121).
    case engineUnsupported(EngineCapability)
    /// The graph's host does not answer now.
    case hostUnavailable
    /// The key of the call was used before, for something else or for something unfinished.
    case idempotency(IdempotencyError)
    /// Billing refuses for a reason of its own.
    case billing(BillingError)
    /// A text of the request is out of its limits.
    case invalid(field: String, reason: String)
}
