public import Billing
internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import IdleCancellation
public import Orgs

/// Why a subscription would or would not end for want of use, for whoever may see what it pays for (IDL-068).
public struct IdleInsightRoutes: Sendable {
    private let insight: any IdleInsight
    private let access: any ResourceAuthorizing
    private let authorizer: any OrgAuthorizer
    private let authenticator: Authenticator

    /// Makes the routes.
    ///
    /// - Parameter access: says who may see a graph.
    public init(
        insight: any IdleInsight, access: any ResourceAuthorizing, authorizer: any OrgAuthorizer, authenticator: Authenticator
    ) {
        self.insight = insight
        self.access = access
        self.authorizer = authorizer
        self.authenticator = authenticator
    }

    /// Adds them to a router.
    public func register(on router: inout Router) {
        router.describe("Billing") { Self.descriptions }
        router.add(
            .get, "/v1/billing/subscriptions/{org_id}/subscription/{subscription_id}/idle", operation: "explain_idle_cancellation",
            authenticator.authenticated(requiring: .billingRead) { try await explain($0, $1) })
    }

    private func explain(_ request: Request, _ principal: Principal) async throws -> Response {
        let org = try request.parameter("org_id", as: Org.ID.self)
        let id = try request.parameter("subscription_id", as: Subscription.ID.self)
        // Whoever may not see it is told what an unknown one is told, and no row of another org is read.
        guard let scope = try? authorizer.memberScope(for: principal, in: org) else {
            // A member whose session lacks what the org asks for is told of that (ID-134).
            throw principal.secondFactorDemand == .forOrg ? IdentityError.mfaEnrollmentRequired : Problem.notFound as any Error
        }
        guard let explanation = try await insight.explain(id, of: org), await mayRead(explanation.mirror, scope, principal)
        else { throw Problem.notFound }
        return try .json(IdleExplanationBody.body(of: explanation))
    }

    /// A seat is seen by its subscriber, admins and owners; a graph by whoever has a role on it.
    private func mayRead(_ mirror: IdleMirror, _ scope: MemberScope, _ principal: Principal) async -> Bool {
        if let subscriber = mirror.subject.person { return subscriber == principal.userID || scope.role >= .admin }
        guard let resource = mirror.resource else { return scope.role >= .admin }
        return (try? await access.readableResource(resource.description, for: principal)) != nil
    }
}

/// An explanation as it is shown to members: no person and no credential is named.
enum IdleExplanationBody {
    static func body(of explanation: IdleExplanation) -> JSONValue {
        let (mirror, facts) = (explanation.mirror, explanation.facts)
        return [
            "subscription_id": .string(mirror.subscription.description), "resource_id": text(mirror.resource?.description),
            "covered": .bool(explanation.isCovered), "outcome": .string(explanation.outcome.word),
            "facts": [
                "payer": .string(facts.payer.rawValue), "period_start": instant(facts.period?.start),
                "period_end": instant(facts.period?.end),
                "started_at": instant(facts.startedAt), "trial_end": instant(facts.trialEnd),
                "eligible_after": instant(facts.eligibleAfter),
                "last_activity": instant(facts.lastActivity),
            ],
            "threshold": instant(explanation.threshold),
            "case": explanation.current.map(idleCase) ?? .null,
            "history": .array(explanation.cases.map(idleCase)),
            "evaluations": .array(
                explanation.evaluations.map {
                    ["id": .string($0.id.description), "at": instant($0.at), "outcome": .string($0.outcome.word)]
                }),
            "next_evaluation": instant(explanation.nextEvaluation), "earliest_end": instant(explanation.earliestEnd),
            "would_send": .array(explanation.wouldSend.map { .string($0) }),
            "would_write": .array(explanation.wouldWrite.map { .string($0) }),
            // Whoever asks uses the product, and that keeps the subscription.
            "this_call_counts_as_use": .bool(true),
        ]
    }

    private static func idleCase(_ idleCase: IdleCase) -> JSONValue {
        [
            "id": .string(idleCase.id.description), "state": .string(idleCase.state.rawValue),
            "period_start": instant(idleCase.period.start), "period_end": instant(idleCase.period.end), "ends_at": instant(idleCase.endsAt),
            "decided_at": instant(idleCase.decidedAt), "confirmed_at": instant(idleCase.confirmedAt),
            "settled_at": instant(idleCase.settledAt),
            "via": text(idleCase.via?.rawValue),
        ]
    }

    private static func instant(_ instant: Instant?) -> JSONValue { instant.map { .string($0.description) } ?? .null }
    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
