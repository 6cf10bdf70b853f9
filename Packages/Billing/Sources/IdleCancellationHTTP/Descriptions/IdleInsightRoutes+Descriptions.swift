internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import IdleCancellation

extension IdleInsightRoutes {
    static var descriptions: [RouteDescription] {
        [
            RouteDescription(
                "explain_idle_cancellation", "Explains whether a subscription would end for want of use, and what came of it so far.",
                for: .signedIn(with: .billingRead)
            )
            .noting("The call itself is use of the product.")
            .answers(.ok, "The explanation.", explanation).refuses(Problem.notFound)
        ]
    }

    private static var idleCase: Schema {
        .object(
            "IdleCase",
            [
                "id": .id("icase"), "state": .words(of: IdleCaseState.self), "period_start": .instant, "period_end": .instant,
                "ends_at": .instant, "decided_at": .instant.orNull, "confirmed_at": .instant.orNull, "settled_at": .instant.orNull,
                "via": .words(of: ReversalVia.self).orNull,
            ])
    }

    private static var explanation: Schema {
        .object(
            "IdleExplanation",
            [
                "subscription_id": .id("bsub"), "resource_id": .string.orNull, "covered": .boolean, "outcome": .string,
                "facts": .object([
                    "payer": .words(of: IdleFacts.Payer.self), "period_start": .instant.orNull, "period_end": .instant.orNull,
                    "started_at": .instant.orNull, "trial_end": .instant.orNull, "eligible_after": .instant,
                    "last_activity": .instant.orNull,
                ]),
                "threshold": .instant.orNull, "case": idleCase.orNull, "history": .array(of: idleCase),
                "evaluations": .array(of: .object(["id": .id("bdec"), "at": .instant, "outcome": .string])),
                "next_evaluation": .instant.orNull, "earliest_end": .instant.orNull, "would_send": .array(of: .string),
                "would_write": .array(of: .string), "this_call_counts_as_use": .boolean,
            ])
    }
}
