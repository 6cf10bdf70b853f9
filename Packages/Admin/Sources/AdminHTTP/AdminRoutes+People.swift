internal import Admin
internal import Audit
internal import Core
internal import HTTPServer
public import Identity

/// What operators do with accounts of people: by the code that people use themselves, with a rehearsal (ID-149).
public struct OperatedAccounts: Sendable {
    let orders: any AccountOrders
    let resets: any SecondFactorResetService
    let exports: any PersonalDataService

    /// Puts the services together.
    public init(orders: any AccountOrders, resets: any SecondFactorResetService, exports: any PersonalDataService) {
        self.orders = orders
        self.resets = resets
        self.exports = exports
    }
}

extension AdminRoutes {
    var peopleRoutes: [OperatorRoute] { accountRoutes + resetRoutes }

    private var accountRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/users/{user_id}/deletion-plan", operation: "plan_user_deletion",
                .reading(.read) { call in
                    try .json(PeopleBodies.plan(try await people.orders.deletionPlan(for: try call.user), isRehearsal: nil))
                }),
            OperatorRoute(
                .post, "/v1/admin/users/{user_id}/deletion", operation: "delete_user",
                .rehearsing(.manageAccounts) { call in
                    let isRehearsal = try call.isRehearsal
                    let plan = try await people.orders.scheduleDeletion(of: try call.user, by: call.actor, rehearsing: isRehearsal)
                    return try .json(PeopleBodies.plan(plan, isRehearsal: isRehearsal))
                }),
            OperatorRoute(
                .delete, "/v1/admin/users/{user_id}/deletion", operation: "cancel_user_deletion",
                .rehearsing(.manageAccounts) { call in
                    let isRehearsal = try call.isRehearsal
                    let outcome = try await people.orders.cancelDeletion(of: try call.user, by: call.actor, rehearsing: isRehearsal)
                    return try .json(PeopleBodies.outcome(outcome, isRehearsal))
                }),
            OperatorRoute(
                .post, "/v1/admin/users/{user_id}/deactivate", operation: "deactivate_user",
                .rehearsing(.manageAccounts) { call in
                    let (wish, isRehearsal) = (try call.request.decodeIfPresent(DeactivationWish.self), try call.isRehearsal)
                    let outcome = try await people.orders.deactivate(
                        try call.user, freezingOrgs: wish?.freezeOrgs ?? false, by: call.actor, because: call.reason,
                        rehearsing: isRehearsal)
                    return try .json(PeopleBodies.outcome(outcome, isRehearsal))
                }),
            OperatorRoute(
                .post, "/v1/admin/users/{user_id}/reactivate", operation: "reactivate_user",
                .rehearsing(.manageAccounts) { call in
                    let isRehearsal = try call.isRehearsal
                    let outcome = try await people.orders.reactivate(
                        try call.user, by: call.actor, because: call.reason, rehearsing: isRehearsal)
                    return try .json(PeopleBodies.outcome(outcome, isRehearsal))
                }),
            OperatorRoute(
                .post, "/v1/admin/users/{user_id}/exports", operation: "export_user_data",
                .rehearsing(.manageAccounts) { call in
                    let isRehearsal = try call.isRehearsal
                    let export = try await people.exports.export(of: try call.user, by: call.actor, rehearsing: isRehearsal)
                    // What is in it is the person's to read.
                    return try .json(
                        [
                            "id": .string(export.id.description), "user_id": .string(export.user.description),
                            "expires_at": .string(export.expiresAt.description), "validate_only": .bool(isRehearsal),
                        ] as JSONValue)
                }),
        ]
    }

    private var resetRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/users/{user_id}/mfa-resets", operation: "list_mfa_resets",
                .reading(.read) { call in
                    let id = try call.user
                    return try await refusingResets {
                        try .json(
                            ["resets": .array(try await people.resets.resets(of: id).map { PeopleBodies.reset($0, at: dateSource.now) })]
                                as JSONValue)
                    }
                }),
            OperatorRoute(
                .post, "/v1/admin/users/{user_id}/reset-mfa", operation: "request_mfa_reset",
                .rehearsing(.manageAccounts) { call in
                    let (id, isRehearsal) = (try call.user, try call.isRehearsal)
                    return try await shown(isRehearsal, status: .accepted) {
                        try await people.resets.request(for: id, because: call.reason, by: call.staff, rehearsing: isRehearsal)
                    }
                }),
            OperatorRoute(
                .post, "/v1/admin/mfa-resets/{reset_id}/approve", operation: "approve_mfa_reset",
                .rehearsing(.manageAccounts) { call in
                    let (id, isRehearsal) = (try call.reset, try call.isRehearsal)
                    return try await shown(isRehearsal, status: .ok) {
                        try await people.resets.approve(id, because: call.reason, by: call.staff, rehearsing: isRehearsal)
                    }
                }),
            OperatorRoute(
                .post, "/v1/admin/mfa-resets/{reset_id}/stop", operation: "stop_mfa_reset",
                .writing(.manageAccounts) { call in
                    let id = try call.reset
                    return try await shown(false, status: .ok) {
                        try await people.resets.withdraw(id, because: call.reason, by: call.staff)
                    }
                }),
        ]
    }

    private func shown(
        _ isRehearsal: Bool, status: Status, _ body: () async throws -> SecondFactorReset
    ) async throws -> Response {
        try await refusingResets {
            guard case .object(var members) = PeopleBodies.reset(try await body(), at: dateSource.now) else { throw Problem.notFound }
            members["validate_only"] = .bool(isRehearsal)
            return try .json(JSONValue.object(members), status: status)
        }
    }

    private func refusingResets(_ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch let refusal as SecondFactorResetRefusal {
            switch refusal {
            case .notFound: throw Problem.notFound
            case .nothingToReset: throw PeopleBodies.nothingToReset
            case .needsOther: throw PeopleBodies.needsOther
            case .closed(let state): throw PeopleBodies.closed(state)
            }
        }
    }
}

private struct DeactivationWish: Decodable {
    let freezeOrgs: Bool?

    enum CodingKeys: String, CodingKey {
        case freezeOrgs = "freeze_orgs"
    }
}

extension OperatorCall {
    fileprivate var user: User.ID { get throws { try request.parameter("user_id") } }
    fileprivate var reset: SecondFactorReset.ID { get throws { try request.parameter("reset_id") } }
    fileprivate var staff: StaffMember { StaffMember(id: StaffMember.ID(uuid: person.id.uuid), actor: actor) }
}

enum PeopleBodies {
    static let nothingToReset = Problem(
        status: .conflict, code: "NO_PASSKEY", detail: "The account is not in use, or has no passkey that could be lost.")
    static let needsOther = Problem(
        status: .conflict, code: "APPROVAL_NEEDS_OTHER", detail: "Whoever asked for it cannot approve it: another operator must.")
    static func closed(_ state: SecondFactorReset.State) -> Problem {
        Problem(status: .conflict, code: "MFA_RESET_CLOSED", detail: "The reset is \(state.rawValue) and cannot be changed any more.")
    }

    static func outcome(_ outcome: AccountOrderOutcome, _ isRehearsal: Bool) -> JSONValue {
        [
            "user_id": .string(outcome.user.description), "status_before": .string(outcome.before.rawValue),
            "status": .string(outcome.after.rawValue), "validate_only": .bool(isRehearsal),
        ]
    }

    static func plan(_ plan: AccountDeletionPlan, isRehearsal: Bool?) -> JSONValue {
        var members: [String: JSONValue] = [
            "scheduled": .bool(plan.isScheduled), "purge_at": .string(plan.purgeAt.description),
            "credentials": .integer(Int64(plan.credentials)),
            "ending_orgs": .array(plan.endingOrgs.map { ["id": .string($0.id.description), "name": .string($0.name)] }),
            "blockers": .array(
                plan.blockers.map { blocker in
                    [
                        "kind": .string(blocker.kind.rawValue), "org_id": .string(blocker.org.description),
                        "reference": blocker.reference.map { .string($0) } ?? .null, "label": blocker.label.map { .string($0) } ?? .null,
                    ]
                }),
        ]
        if let isRehearsal { members["validate_only"] = .bool(isRehearsal) }
        return .object(members)
    }

    static func reset(_ reset: SecondFactorReset, at now: Instant) -> JSONValue {
        func text(_ value: (some CustomStringConvertible)?) -> JSONValue { value.map { .string($0.description) } ?? .null }
        return [
            "id": text(reset.id), "user_id": text(reset.user), "state": .string(reset.state(at: now).rawValue),
            "requested_by": text(reset.requestedBy), "approved_by": text(reset.approvedBy), "requested_at": text(reset.requestedAt),
            "approve_until": text(reset.requestedAt + SecondFactorReset.approvalTime), "due_at": text(reset.dueAt),
            "stopped_at": text(reset.stoppedAt), "completed_at": text(reset.completedAt),
        ]
    }
}
