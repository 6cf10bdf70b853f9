internal import Admin
internal import Core
internal import Graphs
internal import HTTPServer

/// What operators do about things without their counterpart (ADM-028, GRA-125); they are listed with the other lists.
extension AdminRoutes {
    var orphanRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .post, "/v1/admin/orphans/{orphan_id}/repair", operation: "repair_orphan",
                .commanding(.manageHosts) { call in
                    let plan = try await refusingOrphans {
                        try await desk.orphans.repair(try call.request.parameter("orphan_id"), call.order)
                    }
                    return try .json(
                        [
                            "repair": .string(plan.repair.rawValue), "effects": .array(plan.effects.map { .string($0) }),
                            "state": .string(plan.orphan.state.rawValue), "repeated": .bool(plan.isRepeated),
                        ] as JSONValue)
                }),
            OperatorRoute(
                .post, "/v1/admin/orphans/{orphan_id}/dismiss", operation: "dismiss_orphan",
                .commanding(.manageHosts) { call in
                    try await refusingOrphans { try await desk.orphans.dismiss(try call.request.parameter("orphan_id"), call.order) }
                    return Response(status: .noContent)
                }),
        ]
    }

    private func refusingOrphans<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as OrphanRefusal {
            throw OrphanBodies.problem(of: refusal)
        }
    }

    static var orphanDescriptions: [RouteDescription] {
        [
            command("repair_orphan", "Orders the repair of a finding, by the command that exists for it.", for: .manageHosts)
                .mayTake(onlyReason)
                .answers(
                    .ok, "What was ordered; with `state` `repaired` it is done.",
                    .object([
                        "repair": .words(of: OrphanRepair.self), "effects": .array(of: .string),
                        "state": .words(of: StoredOrphan.State.self),
                        "repeated": .boolean,
                    ])
                )
                .noting(
                    "A finding has been seen twice, an hour apart. A database is backed up, kept for seven days and dropped when it is as it was; while it waits, `dismiss` calls it off."
                )
                .refuses(
                    Problem.notFound, OrphanBodies.problem(of: .over(.gone)), OrphanBodies.problem(of: .tooYoung),
                    OrphanBodies.problem(of: .byHand(.foreign)), OrphanBodies.problem(of: .outdated), OrphanBodies.problem(of: .noBackup),
                    OrphanBodies.problem(of: .goesWithDatabase)),
            simpleWith(
                "dismiss_orphan", "Lets a finding stay: it is told of no more while it is there.",
                Schema.object([:]).withOptional(["reason": reason]), for: .manageHosts
            ).refuses(OrphanBodies.problem(of: .over(.gone))),
        ]
    }
}

enum OrphanBodies {
    static func problem(of refusal: OrphanRefusal) -> Problem {
        switch refusal {
        case .notFound: .notFound
        case .over(let state): conflict("WRONG_STATE", "It is \(state.rawValue), and that cannot be done then.")
        case .tooYoung:
            conflict("SEEN_ONCE", "It has been seen for less than an hour: it may be something in the making. Wait for the next sweep.")
        case .byHand(let kind): conflict("BY_HAND", "No command mends this. \(kind.proposal)")
        case .outdated: conflict("CHANGED_MEANWHILE", "What it is about has changed since, or is being worked on; wait for the next sweep.")
        case .noBackup: conflict("NO_BACKUP", "The graph has no backup to be brought back from, and is never made anew empty.")
        case .goesWithDatabase:
            conflict("GOES_WITH_DATABASE", "The role goes with its database, which is a finding of its own: repair that.")
        }
    }

    private static func conflict(_ code: String, _ detail: String) -> Problem { Problem(status: .conflict, code: code, detail: detail) }
}
