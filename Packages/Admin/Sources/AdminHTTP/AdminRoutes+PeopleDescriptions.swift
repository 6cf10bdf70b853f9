internal import Admin
internal import Core
internal import HTTPServer
internal import Identity

extension AdminRoutes {
    static var accounts: [RouteDescription] {
        [
            RouteDescription("plan_user_deletion", "Shows what the end of an account would be; nothing is changed.", for: access(.read))
                .answers(.ok, "The plan.", plan).refuses(Problem.notFound),
            order("delete_user", "Lets an account end after the grace; the person is mailed and can take it back.")
                .mayTake(reasoned).answers(.ok, "The plan that is carried out.", rehearsed(plan))
                .refuses(IdentityError.deletionBlocked([])),
            order("cancel_user_deletion", "Takes the end of an account back.").mayTake(reasoned).answers(.ok, "The account.", outcome),
            order("deactivate_user", "Switches an account off: its sessions and keys end.")
                .mayTake(
                    Schema.object([:]).withOptional([
                        "freeze_orgs": Schema.boolean.means("Freeze orgs that would be without an owner."), "reason": reason,
                    ])
                ).answers(.ok, "The account.", outcome).refuses(IdentityError.soleOwner([])),
            order("reactivate_user", "Switches an account on again; sessions and keys stay dead.").mayTake(reasoned)
                .answers(.ok, "The account.", outcome),
            order("export_user_data", "Makes the copy of what is kept about a person, which only the person can read.").mayTake(reasoned)
                .answers(
                    .ok, "The copy is there.",
                    .object(["id": .string, "user_id": .id("user"), "expires_at": .instant, "validate_only": .boolean])
                ).refuses(IdentityError.rateLimited(seconds: 60)),
            RouteDescription("list_mfa_resets", "Lists the resets of a person's second factor, the newest first.", for: access(.read))
                .answers(.ok, "The resets.", .object("MFAResetList", ["resets": .array(of: reset)])).refuses(Problem.notFound),
            order(
                "request_mfa_reset",
                "Asks for the passkeys and codes of a person who lost them to be removed; another operator approves it."
            )
            .mayTake(reasoned).answers(.accepted, "It waits for approval.", rehearsed(reset)).refuses(PeopleBodies.nothingToReset),
            order(
                "approve_mfa_reset",
                "Approves a reset that another operator asked for: it is carried out a day later, unless the person stops it."
            )
            .mayTake(reasoned).answers(.ok, "The day has begun.", rehearsed(reset))
            .refuses(PeopleBodies.needsOther, PeopleBodies.closed(.lapsed)),
            write("stop_mfa_reset", "Stops a reset.", for: .manageAccounts).mayTake(reasoned)
                .answers(.ok, "It is stopped.", rehearsed(reset)).refuses(Problem.notFound, PeopleBodies.closed(.completed)),
        ]
    }

    private static var reasoned: Schema { Schema.object([:]).withOptional(["reason": reason]) }

    private static func order(_ operation: String, _ purpose: String) -> RouteDescription {
        write(operation, purpose, for: .manageAccounts)
            .query("validate_only", .boolean, "Does all of it and takes it back: the answer is what would be.").refuses(Problem.notFound)
    }

    private static func rehearsed(_ schema: Schema) -> Schema { schema.with(["validate_only": .boolean]) }

    private static var outcome: Schema {
        let words = Schema.words("active", "deactivated", "deleting")
        return .object(
            "AccountOrder", ["user_id": .id("user"), "status_before": words, "status": words, "validate_only": .boolean])
    }

    private static var plan: Schema {
        .object([
            "scheduled": .boolean, "purge_at": .instant, "credentials": .integer,
            "ending_orgs": .array(of: .object(["id": .id("org"), "name": .string])),
            "blockers": .array(
                of: .object([
                    "kind": .words(of: AccountDeletionBlocker.Kind.self), "org_id": .id("org"), "reference": Schema.string.orNull,
                    "label": Schema.string.orNull,
                ])),
        ])
    }

    private static var reset: Schema {
        .object([
            "id": .id("mfr"), "user_id": .id("user"), "state": .words(of: SecondFactorReset.State.self), "requested_by": .id("opr"),
            "approved_by": Schema.id("opr").orNull, "requested_at": .instant, "approve_until": .instant, "due_at": Schema.instant.orNull,
            "stopped_at": Schema.instant.orNull, "completed_at": Schema.instant.orNull,
        ])
    }
}
