internal import HTTPServer

extension RouteDescription {
    /// A command that can be rehearsed.
    ///
    /// - Parameter isAnsweredElse: whether its own answer is not 200.
    func rehearsable(isAnsweredElse: Bool) -> RouteDescription {
        let described = query("validate_only", .boolean, "Only say what would follow: all checks are made, and nothing is done.")
            .noting(
                "With `validate_only` the answer is 200 with `changes`, `money`, `mails`, `events`, `intents`, `jobs` and the `next` dates that would follow; the payment provider is not asked for anything. `untold` names what nobody can know before: `provider_answer` where the command would wait for the provider (`asks_provider`), `provider_events` that it sends later, and `reactions` of others to the events."
            )
        let meaning = "With `validate_only`: what would follow."
        return isAnsweredElse
            ? described.answers(.ok, meaning, RehearsalBodies.schema) : described.alternatively(.ok, meaning, RehearsalBodies.schema)
    }
}

extension RehearsalBodies {
    static let schema = Schema.object(
        "BillingRehearsal",
        [
            "validate_only": .boolean, "asks_provider": Schema.boolean.means("Whether the provider would be asked then."),
            "changes": .array(
                of: .object(["subscription_id": .id("bsub"), "field": .text("status"), "old": .any, "new": .any])),
            "money": .array(
                of: .object(["kind": .text("invoice"), "status": .text("open"), "amount": .integer, "currency": .text("usd")])),
            "events": .array(of: .object(["topic": .text("billing.subscription_ending")])),
            "mails": .array(of: .object(["template": .text("subscription_canceled"), "recipients": .integer])),
            "untold": .array(of: .words(of: RehearsalBodies.Untold.self)),
            "intents": .array(of: .object(["kind": .text("cancel_at_period_end")])),
            "jobs": .array(of: .object(["kind": .text("billing.end_access"), "run_at": .instant])),
            "next": .array(of: .object(["subscription_id": .id("bsub"), "at": .instant, "what": .text("ends")])),
        ])
}
