internal import Admin
internal import Billing
internal import Core
internal import HTTPServer

/// What operators do about differences from the provider (ADM-034, BIL-124, BIL-125) and about what guards hold (ADM-018, BIL-132).
extension AdminRoutes {
    var repairRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/billing/reconciliation", operation: "get_drift_report",
                .reading(.read) { call in
                    guard let report = try await desk.billing.driftReport() else { throw Problem.notFound }
                    guard try call.request.queryValue("format", as: String.self) == "csv" else { return try .json(report.json) }
                    return Response(
                        status: .ok, headers: ["Content-Type": "text/csv; charset=utf-8; header=present"],
                        body: .bytes(Array(report.csv.utf8)))
                }),
            OperatorRoute(
                .post, "/v1/admin/billing/drift/{drift_id}/apply", operation: "apply_drift_repair",
                .commanding(.manageJobs) { call in
                    let plan = try await refusingRepairs {
                        try await desk.billing.repair(try call.request.parameter("drift_id"), call.order)
                    }
                    return try .json(
                        [
                            "repair": .string(plan.repair.rawValue), "effects": .array(plan.effects.map { .string($0) }),
                            "repeated": .bool(plan.isRepeated),
                        ] as JSONValue)
                }),
            OperatorRoute(
                .post, "/v1/admin/billing/drift/{drift_id}/ignore", operation: "ignore_drift",
                .commanding(.manageJobs) { call in
                    let end = try BillingBodies.instant(try call.request.decode(IgnoreBody.self).until, "until")
                    if let end, end <= dateSource.now { throw Problem.invalidField("until", message: "must lie ahead") }
                    try await refusingRepairs {
                        try await desk.billing.ignore(try call.request.parameter("drift_id"), until: end, call.order)
                    }
                    return Response(status: .noContent)
                }),
            OperatorRoute(
                .get, "/v1/admin/billing/guards", operation: "list_guards",
                .reading(.read) { _ in
                    let rows: [JSONValue] = try await desk.billing.guards().map { state, due in
                        [
                            "class": .string(state.actionClass.rawValue), "held": .bool(state.isOpen), "due": .integer(Int64(due)),
                            "limit": state.reason.map { .string($0) } ?? .null,
                            "since": state.openedAt.map { .string($0.description) } ?? .null,
                        ]
                    }
                    return try .json(["guards": .array(rows)] as JSONValue)
                }),
            OperatorRoute(
                .post, "/v1/admin/billing/guards/{action_class}/release", operation: "release_guard",
                .commanding(.changeMoney) { call in
                    guard let actionClass = ActionClass(rawValue: try call.request.parameter("action_class")) else {
                        throw Problem.notFound
                    }
                    guard let stage = ReleaseStage(rawValue: try call.request.decode(ReleaseBody.self).stage) else {
                        throw Problem.invalidField(
                            "stage", message: "must be \(ReleaseStage.allCases.map(\.rawValue).joined(separator: ", "))")
                    }
                    let done = try await refusingRepairs { try await desk.billing.release(actionClass, stage, call.order) }
                    return try .json(
                        ["released": .integer(Int64(done.released)), "remaining": .integer(Int64(done.remaining))] as JSONValue)
                }),
        ]
    }

    private func refusingRepairs<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as RepairRefusal {
            throw RepairBodies.problem(of: refusal)
        }
    }

    static var repairDescriptions: [RouteDescription] {
        let text = Schema.string
        return [
            RouteDescription("get_drift_report", "Shows what the newest comparison with the payment provider found.", for: access(.read))
                .query("format", .words("csv"), "As a table of comma-separated values.")
                .answers(
                    .ok, "Its counts and every difference; with `format=csv` a table of the differences.",
                    .object([
                        "run": .string, "started_at": .instant, "finished_at": Schema.instant.orNull, "compared": .integer,
                        "found": .integer, "counts": .any, "differences": .array(of: .any),
                    ])
                ).refuses(Problem.notFound),
            command("apply_drift_repair", "Orders the repair of a difference, by the command that exists for it.", for: .manageJobs)
                .mayTake(onlyReason)
                .answers(
                    .ok, "What was ordered; whether it helped, the next comparison tells.",
                    .object(["repair": .words(of: DriftRepair.self), "effects": .array(of: text), "repeated": .boolean])
                )
                .refuses(
                    Problem.notFound, RepairBodies.problem(of: .over(.repaired)), RepairBodies.problem(of: .byHand(.balance)),
                    RepairBodies.problem(of: .outdated)),
            simpleWith(
                "ignore_drift", "Lets a difference stay as it is: found again, it is not told again.",
                Schema.object([:]).withOptional([
                    "until": Schema.instant.orNull.means("For good without."), "reason": reason,
                ]), for: .manageJobs
            ).refuses(RepairBodies.problem(of: .over(.repaired))),
            RouteDescription("list_guards", "Shows the guards of automatic actions and what they hold.", for: access(.read)).answers(
                .ok, "The guards; held, everything due behind one waits until it is released.",
                .object([
                    "guards": .array(
                        of: .object([
                            "class": .words(of: ActionClass.self), "held": .boolean, "due": .integer, "limit": text.orNull,
                            "since": Schema.instant.orNull,
                        ]))
                ])),
            command(
                "release_guard", "Lets a share of what a guard holds pass, each judged afresh; with all of it the guard closes.",
                for: .changeMoney
            )
            .takes(Schema.object(["stage": .words(of: ReleaseStage.self)]).withOptional(["reason": reason]))
            .answers(.ok, "How many may pass now, and how many stay held.", .object(["released": .integer, "remaining": .integer]))
            .refuses(Problem.notFound, RepairBodies.problem(of: .nothingHeld)),
        ]
    }
}

private struct IgnoreBody: Decodable {
    let until: String?
}

private struct ReleaseBody: Decodable {
    let stage: String
}

enum RepairBodies {
    static func problem(of refusal: RepairRefusal) -> Problem {
        switch refusal {
        case .notFound: .notFound
        case .over(let state): conflict("WRONG_STATE", "It is \(state.rawValue), and that cannot be done then.")
        case .byHand(let category):
            conflict("BY_HAND", "No command repairs a difference of \(category.rawValue): look into it, and leave it with a reason.")
        case .outdated: conflict("CHANGED_MEANWHILE", "What it is about has changed since; wait for the next comparison.")
        case .nothingHeld: conflict("NOTHING_HELD", "The guard holds nothing.")
        }
    }

    private static func conflict(_ code: String, _ detail: String) -> Problem { Problem(status: .conflict, code: code, detail: detail) }
}
