internal import Billing
internal import Core
public import Graphs
public import HTTPServer
internal import Operations

extension GraphError: ProblemConvertible {
    /// The answer to a refusal, with a stable code and at most two lines (GRA-128).
    public var problem: Problem {
        switch self {
        case .notFound: .notFound
        case .roleTooWeak(let needed):
            Self.refuse(.forbidden, "FORBIDDEN", "This needs the role \(needed.rawValue) on the graph.")
        case .orgOwnerRequired: Self.refuse(.forbidden, "OWNER_REQUIRED", "Only an owner of the org may do this.")
        case .orgAdminRequired: Self.refuse(.forbidden, "ADMIN_REQUIRED", "Only an owner or admin of the org may do this.")
        case .orgRequired: Self.refuse(.badRequest, "ORG_REQUIRED", "Name the org in the header X-Org-Id.")
        case .notOrgMember: Self.refuse(.forbidden, "NOT_ORG_MEMBER", "You are not a member of this org.")
        case .limitReached(let limit):
            Self.refuse(.forbidden, "GRAPH_LIMIT_REACHED", "The org may have \(limit) graphs and has as many.")
        case .paymentRequired(let code, let message): Self.refuse(.paymentRequired, code, message)
        case .tierAtCapacity(let tier): Self.refuse(.conflict, "TIER_AT_CAPACITY", "There is no room for \(tier) now.")
        case .unknownTier(let tier):
            Problem(
                status: .unprocessableContent, code: "INVALID_INPUT", detail: "instance_tier: \(tier) cannot be bought.",
                keepsTextDetail: true)
        case .confirmationDiffers(let id):
            Self.refuse(.badRequest, "CONFIRM_MISMATCH", "confirm must be the id of the graph: \(id).")
        case .noSubscription: Self.refuse(.notFound, "NOT_FOUND", "The graph has no subscription that could end.")
        case .deleteProtected: Self.refuse(.conflict, "DELETE_PROTECTED", "An owner protects the graph from deletion.")
        case .alreadyCanceled: Self.refuse(.badRequest, "ALREADY_CANCELED", "The subscription is canceled already.")
        case .cancellationFinal:
            Self.refuse(.conflict, "CANCELLATION_FINAL", "The subscription has ended; its end cannot be taken back any more.")
        case .notSuspended(let status):
            Self.refuse(.conflict, "GRAPH_NOT_SUSPENDED", "The graph is \(status.rawValue); only a suspended one is brought back.")
        case .undeletionTooLate:
            Self.refuse(
                .conflict, "UNDELETION_TOO_LATE",
                "The graph's destruction has begun. Create a new graph with source_backup_id: its final backup.")
        case .stillPaidFor(let status):
            Self.refuse(
                .conflict, "SUBSCRIPTION_STANDS", "The graph's subscription is \(status.rawValue); it was closed for another reason.")
        case .endedByOperators:
            Self.refuse(.forbidden, "FORBIDDEN", "The operators ended this subscription; only they can take that back.")
        case .notWritable(let reason):
            Self.refuse(.forbidden, reason.rawValue, "The graph takes no writes now.")
        case .nothingToChange:
            Self.refuse(.badRequest, "NOTHING_TO_CHANGE", "Name at least one field, and another value than it has.")
        case .sharedRepository: Self.refuse(.forbidden, "SHARED_REPOSITORY", "This cannot be done with a shared repository.")
        case .notOfRepositories: Self.refuse(.badRequest, "SHARED_REPOSITORY", "A shared repository has no metrics.")
        case .sameTier(let tier): Self.refuse(.badRequest, "SAME_TIER", "The graph has the tier \(tier) already.")
        case .tierTooSmall(let bytes, let cap):
            Self.refuse(.badRequest, "TIER_TOO_SMALL", "The graph holds \(bytes) bytes; the tier holds \(cap).")
        case .subgraphLimitReached(let count, let limit):
            Self.refuse(.forbidden, "SUBGRAPH_LIMIT_REACHED", "The graph has \(count) subgraphs; its tier allows \(limit).")
        case .subgraphNameTaken(let suggestion):
            Self.refuse(.conflict, "SUBGRAPH_NAME_TAKEN", "A subgraph has or had this name; \(suggestion) is free.")
        case .subgraphHoldsData(let nodes):
            Self.refuse(.conflict, "SUBGRAPH_HAS_DATA", "The subgraph holds \(nodes) nodes; force deletes it all the same.")
        case .isSubgraph(let parent):
            Self.refuse(
                .badRequest, "SUBGRAPH", "This is a subgraph: ask it of \(parent). A subgraph is deleted there by delete-subgraph.")
        case .tierHasFewerSubgraphs(let count, let limit):
            Self.refuse(.badRequest, "TIER_TOO_SMALL", "The graph has \(count) subgraphs; the tier allows \(limit).")
        case .subscriptionNotActive(let status):
            Self.refuse(
                .badRequest, "SUBSCRIPTION_NOT_ACTIVE", "The subscription is \(status.rawValue); only an active one changes its tier.")
        case .upgrading: Self.refuse(.badRequest, "SUBSCRIPTION_BUSY", "A change of tier is under way.")
        case .subscriptionBusy: Self.refuse(.conflict, "SUBSCRIPTION_BUSY", "The subscription is being started.")
        case .operationRunning(let running):
            Self.refuse(.conflict, "OPERATION_RUNNING", "Another operation is under way" + (running.map { ": \($0)." } ?? "."))
        case .periodEndNeedsActive(let status):
            Self.refuse(
                .badRequest, "CANCEL_REQUIRES_IMMEDIATE",
                "at_period_end needs an active subscription; this one is \(status.rawValue). Leave at_period_end out to delete now.")
        case .periodEndUnknown:
            Self.refuse(
                .badRequest, "PERIOD_END_UNKNOWN", "The end of the paid period is not known. Leave at_period_end out to delete now.")
        case .notActive(let status): Self.refuse(.conflict, "GRAPH_NOT_ACTIVE", "The graph is \(status.rawValue).")
        case .credentialLimitReached:
            Self.refuse(
                .conflict, "CREDENTIAL_LIMIT_REACHED", "A graph has at most \(GraphCredential.limit) credentials; revoke one first.")
        case .credentialNotFound: .notFound
        case .storageFull(let bytes, let cap):
            Self.refuse(
                Status(rawValue: 413), "STORAGE_LIMIT_EXCEEDED", "The graph would hold \(bytes) bytes; its tier holds \(cap).")
        case .storageReclaimOff:
            Self.refuse(.forbidden, "STORAGE_RECLAIM_OFF", "No space is given back now: operators hold that work.")
        case .noRoomForCopy:
            Self.refuse(.conflict, "HOST_AT_CAPACITY", "The graph's host has no room for the copy that this needs. Try again later.")
        case .notInOrg: Self.refuse(.badRequest, "NOT_ORG_MEMBER", "Only members of the graph's org can have a role on it.")
        case .alreadyGranted: Self.refuse(.conflict, "ALREADY_GRANTED", "The person has a role on the graph; change it instead.")
        case .grantNotFound: .notFound
        case .backupLimitReached(let limit, let resetsAt, let now):
            Self.limited(
                "BACKUP_LIMIT_REACHED", "The graph may have \(limit) backups a day on request and has as many.", limit, resetsAt, now)
        case .restoreLimitReached(let limit, let resetsAt, let now):
            Self.limited("RESTORE_LIMIT_REACHED", "The graph may be restored \(limit) times a day and was.", limit, resetsAt, now)
        case .downloadLimitReached(let limit, let resetsAt, let now):
            Self.limited("DOWNLOAD_LIMIT_REACHED", "The plan has \(limit) downloads a month, and all are used.", limit, resetsAt, now)
        case .backupNotCompleted(let status):
            Self.refuse(.conflict, "BACKUP_NOT_COMPLETED", "The backup is \(status.rawValue); only a completed one can be restored.")
        case .backupTooLarge(let bytes, let cap):
            Self.refuse(.conflict, "BACKUP_TOO_LARGE", "The backup holds \(bytes) bytes; the tier holds \(cap).")
        case .notGone(let status):
            Self.refuse(.conflict, "GRAPH_NOT_GONE", "The graph is \(status.rawValue); its backups are erased only once it is destroyed.")
        case .engineUnsupported(let capability):
            Self.refuse(.conflict, "ENGINE_UNSUPPORTED", "The engine of the graph's host has no \(capability.rawValue).")
        case .hostUnavailable:
            Problem(
                status: .serviceUnavailable, code: "GRAPH_HOST_UNAVAILABLE", detail: "The graph's host does not answer now.",
                headers: ["Retry-After": "10"])
        case .idempotency(.keyReused):
            Self.refuse(.conflict, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another request.")
        case .idempotency(.inProgress):
            Problem(
                status: .conflict, code: "IDEMPOTENCY_IN_PROGRESS", detail: "The first request with this Idempotency-Key is still at work.",
                headers: ["Retry-After": "1"])
        case .billing(.providerTimeout), .billing(.providerUnavailable), .billing(.providerUncertain):
            Problem(
                status: .serviceUnavailable, code: "PROVIDER_UNAVAILABLE", detail: "The payment provider does not answer now.",
                headers: ["Retry-After": "10"])
        case .billing(.quoteExpired):
            Self.refuse(.conflict, "QUOTE_EXPIRED", "The quote is older than 10 minutes. Ask for a new one.")
        case .billing(.quoteChanged):
            Self.refuse(.conflict, "QUOTE_CHANGED", "The change would cost something else now. Ask for a new quote.")
        case .billing: Self.refuse(.conflict, "PROVIDER_ERROR", "The sale was refused. Try again, or open a checkout.")
        case .invalid(let field, let reason): .invalidField(field, message: reason)
        }
    }

    private static func limited(_ code: String, _ detail: String, _ limit: Int, _ resetsAt: Instant, _ now: Instant) -> Problem {
        let seconds = max(1, (resetsAt - now).components.seconds)
        return Problem(
            status: .tooManyRequests, code: code, detail: detail,
            headers: [
                "Retry-After": String(seconds), "X-RateLimit-Limit": String(limit), "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": String(resetsAt.secondsSinceEpoch),
            ])
    }

    private static func refuse(_ status: Status, _ code: String, _ detail: String) -> Problem {
        Problem(status: status, code: code, detail: detail)
    }
}

extension GraphDraft.Faults: ProblemConvertible {
    /// 422 with a text, as the model of this endpoint demands, and all faults beside it (GRA-002).
    public var problem: Problem {
        var problem = Problem.invalidFields(
            faults.map { .init(location: ["body"] + $0.path, message: $0.reason, type: "value_error") })
        problem.keepsTextDetail = true
        return problem
    }
}
