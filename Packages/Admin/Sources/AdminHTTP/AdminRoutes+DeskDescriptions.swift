internal import Admin
internal import Billing
internal import BillingHTTP
internal import Core
internal import Graphs
internal import GraphsHTTP
internal import HTTPServer

/// What the operators' document says of lists and commands.
extension AdminRoutes {
    static var deskDescriptions: [RouteDescription] {
        lists + finding + queue + gifts + subscriptions + plant + repairDescriptions + hostDescriptions + orphanDescriptions
    }

    private static var lists: [RouteDescription] {
        OperatorList.all.flatMap { list -> [RouteDescription] in
            let row = schema(of: list)
            var page = RouteDescription("list_" + list.operation, "Lists \(list.noun), the newest first.", for: access(list.permission))
            for name in list.filters {
                page = page.query(name, list.field(name).map(value) ?? .string, "With exactly this.")
            }
            for name in list.dated {
                page = page.query(name + "_after", .instant, "At this instant or later.").query(name + "_before", .instant, "Earlier.")
            }
            page = page.query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 200), "How many; 50 without.")
                .query("cursor", .string, "`next_cursor` of the page before.")
                .answers(.ok, "A page.", .object(["items": .array(of: row), "next_cursor": .string.orNull]))
                .refuses(Problem.badRequest("There is no filter of this name."), strangeCursor)
            guard list.hasDetail else { return [page] }
            var detail = RouteDescription(
                "get_" + list.operation, "Shows one of them, with what belongs to it.", for: access(list.permission)
            ).refuses(Problem.notFound)
            if list.fields.contains(where: { $0.kind == .personal }) {
                detail = detail.query("reveal", .boolean, "Shows addresses and names whole; that takes a reason, and is an entry.")
                    .header("X-Actor-Reason", .string, "Why, of 10 to 500 characters, where `reveal` is asked for.")
                    .refuses(Problem.invalidField("reason", message: "must have 10 to 500 characters in the header X-Actor-Reason"))
                    .refuses(revealedEnough)
            }
            var whole = row
            for part in list.parts {
                guard let other = OperatorList.named(part.list) else { continue }
                whole = whole.withOptional([part.name: .array(of: schema(of: other))])
            }
            return [page, detail.answers(.ok, "The thing.", whole)]
        }
    }

    private static func schema(of list: OperatorList) -> Schema {
        list.fields.reduce(Schema.object([:])) { object, field in
            object.with([field.name: field.isOptional ? value(field).orNull : value(field)])
        }
    }

    private static func value(_ field: OperatorList.Field) -> Schema {
        switch field.kind {
        case .id(let prefix): .id(prefix)
        case .text, .personal, .words, .jobKey: .string
        case .integer: .integer
        case .bool: .boolean
        case .instant: .instant
        case .json: .any
        }
    }

    private static var finding: [RouteDescription] {
        [
            RouteDescription(
                "search_everything", "Finds by an id of ours or of the provider, an address, a name, a number or the beginning of a key.",
                for: access(.read)
            )
            .query("q", .string, "What is looked for, of 2 to 254 characters.", isRequired: true)
            .answers(
                .ok, "What was found, within what the role may read; `only` is the path of the one thing that an id names.",
                .object([
                    "found": .array(
                        of: .object(["kind": .string, "id": .string, "matched": .string, "label": .string.orNull, "path": .string])),
                    "only": .string.orNull,
                ])
            ).refuses(Problem.badRequest("q must have 2 to 254 characters.")),
            RouteDescription("get_org_timeline", "Tells what happened to an org, the newest first.", for: access(.readOrgAudit))
                .query("kind", .words(of: TimelineItem.Kind.self), "Only of these kinds; may stand several times.")
                .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 200), "How many; 50 without.")
                .query("cursor", .string, "`next_cursor` of the page before.")
                .answers(
                    .ok, "A page; `trace_id` leads to causes and effects.",
                    .object([
                        "items": .array(
                            of: .object([
                                "kind": .words(of: TimelineItem.Kind.self), "at": .instant, "id": .string, "type": .string,
                                "words": .string,
                                "trace_id": .string.orNull,
                            ])), "next_cursor": .string.orNull,
                    ])
                ).refuses(Problem.notFound, Problem.badRequest("There is no kind of this name."), strangeCursor),
        ]
    }

    /// A command that is one transaction.
    static func command(_ operation: String, _ purpose: String, for permission: OperatorPermission) -> RouteDescription {
        write(operation, purpose, for: permission)
            .query("validate_only", .boolean, "Does all of it and takes it back: the answer is what would be.")
            .header("Idempotency-Key", .string, "The same key within a day is answered as it was the first time.")
            .noting("With `validate_only` the answer is 200 with what would follow: entries, events, jobs and orders to the provider.")
            .refuses(OperatorProblem.keyInvalid, OperatorProblem.keyReused, OperatorProblem.underWay)
    }

    private static let rehearsal = Schema.object(
        "Rehearsal",
        [
            "validate_only": .boolean, "would_answer": .integer, "reason": .string,
            "takes_two_because": Schema.string.orNull.means("Why a second operator has to consent first, where one has to."),
            "entries": .array(of: .any), "events": .array(of: .any),
            "jobs": .array(of: .any), "orders": .array(of: .any),
        ])

    /// A command whose own answer is not 200.
    private static func rehearsed(_ operation: String, _ purpose: String, for permission: OperatorPermission) -> RouteDescription {
        command(operation, purpose, for: permission).answers(.ok, "With `validate_only`: what would follow.", rehearsal)
    }

    static var onlyReason: Schema { Schema.object([:]).withOptional(["reason": reason]) }

    private static func simple(_ operation: String, _ purpose: String, for permission: OperatorPermission) -> RouteDescription {
        rehearsed(operation, purpose, for: permission).mayTake(onlyReason).answers(.noContent, "Done.").refuses(Problem.notFound)
    }

    private static func many(_ operation: String, _ purpose: String, _ more: KeyValuePairs<String, Schema>) -> RouteDescription {
        command(operation, purpose, for: .manageJobs).takes(
            Schema.object([:]).withOptional([
                "kind": .string, "lane": .string, "org_id": .id("org"), "enqueued_before": .instant,
                "limit": Schema.integer.limited("minimum", 1).limited("maximum", 1_000), "reason": reason,
            ]).withOptional(more)
        ).answers(.ok, "The jobs.", .object(["count": .integer, "jobs": .array(of: .object(["job_id": .string]))]))
            .answers(.accepted, "They are more than 25: a second operator has to consent.", ApprovalBodies.asked)
            .refuses(Problem.notFound)
    }

    private static var queue: [RouteDescription] {
        let wrongState = QueueBodies.state("done")
        let retried = Schema.object(["job_id": .string, "retried_as": .string])
        return [
            RouteDescription("list_lanes", "Shows the lanes of the queue and what of it is held.", for: access(.read)).answers(
                .ok, "The lanes, each with 10,000 jobs of a priority counted at most; delays are those of the last hour.",
                .object([
                    "lanes": .array(
                        of: .object([
                            "lane": .string, "due": .integer, "later": .integer, "running": .integer, "dead": .integer,
                            "oldest_due_at": Schema.instant.orNull, "oldest_due_seconds": Schema.integer.orNull,
                            "delay_ms_median": Schema.integer.orNull, "delay_ms_p95": Schema.integer.orNull,
                            "held_because": Schema.string.orNull, "more_than_counted": .boolean,
                        ])), "held_kinds": .array(of: .object(["kind": .string, "held_because": .string])),
                ])),
            simple("pause_lane", "Holds a lane: its jobs wait in their order.", for: .manageJobs),
            simple("resume_lane", "Lets a lane go.", for: .manageJobs),
            simple("pause_kind", "Holds a kind of job.", for: .manageJobs),
            simple("resume_kind", "Lets a kind of job go.", for: .manageJobs),
            RouteDescription("list_schedules", "Shows every schedule with its last and next run.", for: access(.read)).answers(
                .ok, "The schedules.",
                .object([
                    "schedules": .array(
                        of: .object([
                            "name": .string, "expression": .string, "last_run_at": .instant, "next_run_at": Schema.instant.orNull,
                            "paused": .boolean, "paused_because": Schema.string.orNull, "run_requested": .boolean, "overdue": .boolean,
                        ]))
                ])),
            simple("run_schedule", "Asks for a run of a schedule now, also of one that rests.", for: .manageJobs),
            simple("pause_schedule", "Lets a schedule rest.", for: .manageJobs),
            simple("resume_schedule", "Lets a schedule go on; what it missed is not made up for.", for: .manageJobs),
            RouteDescription("list_dead_letters", "Counts the jobs that were given up, by kind and error.", for: access(.read)).answers(
                .ok, "The most frequent first.",
                .object([
                    "groups": .array(
                        of: .object([
                            "kind": .string, "lane": .string, "reason": .string, "count": .integer, "first_at": .instant,
                            "last_at": .instant,
                        ]))
                ])),
            command("retry_dead_letters", "Lets many jobs that were given up run again, the oldest first.", for: .manageJobs)
                .takes(
                    Schema.object([:]).withOptional([
                        "kind": .string, "lane": .string, "reason_contains": .string,
                        "limit": Schema.integer.limited("minimum", 1).limited("maximum", 1_000),
                        "per_minute": Schema.integer.limited("minimum", 1).limited("maximum", 600), "reason": reason,
                    ])
                ).answers(.ok, "The old and the new jobs.", .object(["count": .integer, "jobs": .array(of: retried)]))
                .answers(.accepted, "They are more than 25: a second operator has to consent.", ApprovalBodies.asked)
                .refuses(Problem.notFound),
            command(
                "discard_dead_letters", "Lays many jobs that were given up aside for good, the oldest first; they stay listed.",
                for: .manageJobs
            )
            .takes(
                Schema.object([:]).withOptional([
                    "kind": .string, "lane": .string, "reason_contains": .string,
                    "limit": Schema.integer.limited("minimum", 1).limited("maximum", 1_000), "reason": reason,
                ])
            ).answers(.ok, "The jobs.", .object(["count": .integer, "jobs": .array(of: .object(["job_id": .string]))]))
            .answers(.accepted, "They are more than 25: a second operator has to consent.", ApprovalBodies.asked)
            .refuses(Problem.notFound),
            rehearsed("retry_job", "Lets a job that was given up run again, as a new job with the keys of its effects.", for: .manageJobs)
                .mayTake(onlyReason).answers(.accepted, "The old and the new job.", retried).refuses(Problem.notFound, wrongState),
            simple("discard_job", "Lays a job that was given up aside for good; it stays listed.", for: .manageJobs).refuses(wrongState),
            many("cancel_jobs", "Takes many waiting jobs out of the queue, the oldest first; steps of processes are left to them.", [:]),
            many(
                "run_jobs_now",
                "Lets many jobs run that wait for their time, the oldest first, a few a minute; stopped by `cancel_jobs` or by holding their kind.",
                ["per_minute": Schema.integer.limited("minimum", 1).limited("maximum", 600)]),
            simple(
                "stop_job", "Takes a job at work away from its worker, which stops it within seconds; what it still returns is refused.",
                for: .manageJobs
            ).refuses(wrongState),
            simple("cancel_job", "Takes a waiting job out of the queue.", for: .manageJobs).refuses(wrongState),
            simple("run_now_job", "Lets a waiting job run at once.", for: .manageJobs).refuses(wrongState),
            simple("retry_saga_step", "Lets a stuck process try its step again.", for: .manageJobs).refuses(wrongState),
        ]
    }

    private static var gifts: [RouteDescription] {
        let amount = Schema.integer.limited("minimum", 1).means(
            "In minor units; more than 500.00 at once, or 2000.00 on one day, takes the consent of a second operator.")
        let made = Schema.object(["id": .string])
        let either = Schema.object([:]).withOptional([
            "id": .string, "approval_id": .id(OperatorApproval.idPrefix), "cause": .string, "expires_at": .instant,
        ])
        return [
            rehearsed("refund_payment", "Gives money of a payment back, up to what is left of it.", for: .changeMoney)
                .takes(
                    Schema.object(["org_id": .id("org"), "payment_id": .text("pi_1"), "amount": amount]).withOptional(["reason": reason])
                )
                .answers(.accepted, "The provider is asked, or a second operator has to consent.", either).refuses(Problem.notFound)
                .refuses(BillingError.refundTooLarge(left: 100), BillingError.customerInDispute).refuses(MoneyRefusal.keyReused),
            rehearsed("grant_credit", "Grants an account credit.", for: .changeMoney)
                .takes(
                    Schema.object([
                        "org_id": .id("org"), "amount": amount, "currency": .text("usd"), "source": .words("goodwill", "promotion"),
                    ])
                    .withOptional(["expires_at": .instant, "reason": reason])
                ).answers(.created, "The credit.", made)
                .answers(.accepted, "A second operator has to consent.", ApprovalBodies.asked).refuses(Problem.notFound)
                .refuses(MoneyRefusal.currencyMismatch(expected: .usd), MoneyRefusal.amountOutOfRange, MoneyRefusal.expiryInThePast),
            command(
                "revoke_credit", "Withdraws what is left of a credit; what is at the provider is brought back first.", for: .changeMoney
            )
            .mayTake(onlyReason).answers(.ok, "How much was withdrawn now.", .object(["amount": .integer])).refuses(Problem.notFound),
            command("pay_credit_out", "Notes that what is left of a credit was paid out.", for: .changeMoney)
                .takes(Schema.object(["reference": .string]).withOptional(["reason": reason]))
                .answers(.ok, "How much was paid out now.", .object(["amount": .integer])).refuses(Problem.notFound),
            simpleWith(
                "mark_invoice_paid", "Notes that money came in for an own invoice.",
                Schema.object(["method": .text("wire"), "reference": .string]).withOptional([
                    "amount": Schema.integer.orNull.means("All that is open without."), "received_at": Schema.instant.orNull,
                    "reason": reason,
                ])
            ).refuses(MoneyRefusal.invoiceNotAllowed(.paid), MoneyRefusal.keyReused),
            simple("void_invoice", "Takes an own invoice back; the credits that it consumed come back.", for: .changeMoney)
                .refuses(MoneyRefusal.invoiceNotAllowed(.paid)),
            simple("mark_invoice_uncollectible", "Gives up collecting an own invoice.", for: .changeMoney)
                .refuses(MoneyRefusal.invoiceNotAllowed(.paid)),
            simpleWith(
                "set_payment_terms", "Lets an org pay by invoice, or by card again, and says when its invoices are due.",
                Schema.object(["invoice_billing": .boolean]).withOptional([
                    "payment_terms": .words(of: BillingCustomer.PaymentTerms.self), "reason": reason,
                ])),
            simpleWith(
                "add_pool_bonus", "Adds AI credits to the current month of a pool, in hundredths.",
                Schema.object(["amount": Schema.integer.limited("minimum", 1)]).withOptional(["reason": reason]), for: .changePools
            ).refuses(BillingBodies.abovePoolCap).refuses(MoneyRefusal.amountOutOfRange, MoneyRefusal.keyReused),
            simple("reset_pool", "Brings a pool back to its allocation.", for: .changePools),
        ]
    }

    static func simpleWith(
        _ operation: String, _ purpose: String, _ body: Schema, for permission: OperatorPermission = .changeMoney
    ) -> RouteDescription {
        rehearsed(operation, purpose, for: permission).takes(body).answers(.noContent, "Done.").refuses(Problem.notFound)
    }

    private static var subscriptions: [RouteDescription] {
        [
            simpleWith(
                "cancel_any_subscription", "Ends a subscription by the owners' own command, with the same order to the provider and mail.",
                Schema.object(["mode": .words("immediate", "period_end")]).withOptional(["reason": reason])
            ).refuses(
                BillingError.alreadyCanceled, BillingError.cancelRequiresImmediate(.pastDue), BillingError.subscriptionBusy(.upgrading)),
            write("uncancel_any_subscription", "Takes the end of a subscription back, the provider first.", for: .changeMoney)
                .header("Idempotency-Key", .string, "The same key within a day is answered as it was the first time.")
                .mayTake(onlyReason).answers(.noContent, "It goes on.").refuses(Problem.notFound)
                .refuses(BillingError.cancellationFinal, BillingError.ownerRequired, BillingError.providerTimeout),
            RouteDescription("list_controls", "Shows the controls that hold kinds of work.", for: access(.read)).answers(
                .ok, "The controls; engaged, their work waits.",
                .object([
                    "controls": .array(
                        of: .object([
                            "name": .words(of: BillingControl.self), "engaged": .boolean, "changed_by": Schema.string.orNull,
                            "changed_at": Schema.instant.orNull, "reason": Schema.string.orNull,
                        ]))
                ])),
            simple("engage_control", "Turns a kind of work off: it queues and waits, and nothing is lost.", for: .engageControls),
            simple(
                "release_control", "Lets it go on, in its order, within a minute, once a second operator consents.", for: .releaseControls
            )
            .answers(.accepted, "A second operator has to consent.", ApprovalBodies.asked),
        ]
    }

    private static var plant: [RouteDescription] {
        let wrongState = QueueBodies.state("retired")
        return [
            simple("drain_graph_host", "Lets a host take no more graphs.", for: .manageHosts).refuses(wrongState),
            simple("undrain_graph_host", "Lets a host that was being emptied take graphs again.", for: .manageHosts).refuses(wrongState),
            simple("retire_graph_host", "Takes an empty host out of use for good.", for: .manageHosts).refuses(wrongState),
            simple("hold_graph_purge", "Keeps a suspended graph from being destroyed.", for: .manageHosts).refuses(
                GraphError.notActive(.active)),
            simple("release_graph_purge", "Lets the purge of a graph go on; its owners are warned once more.", for: .manageHosts)
                .refuses(GraphError.notActive(.active)),
            simple(
                "waive_final_backup",
                "Ends the destruction of a graph whose host was given up, without a final backup, once a second operator consents.",
                for: .manageHosts
            )
            .answers(.accepted, "A second operator has to consent.", ApprovalBodies.asked)
            .refuses(
                WaiverBodies.problem(of: .notBeingDestroyed(.active)), WaiverBodies.problem(of: .hostNotLost(name: "one")),
                WaiverBodies.problem(of: .backupComplete)),
        ] + events
    }

    private static var events: [RouteDescription] {
        let wrongState = QueueBodies.state("received")
        return [
            simple("reprocess_event", "Has a stored event of the provider processed again: its object is read anew.", for: .manageJobs)
                .refuses(wrongState),
            simple("unpark_event", "Has a parked event processed again; only what is parked.", for: .manageJobs).refuses(wrongState),
            simple("discard_event", "Lays a parked event aside; it stays listed.", for: .manageJobs).refuses(wrongState),
            rehearsed(
                "assign_event", "Says whose a parked event is, and has it processed again. One of the two ids is given.", for: .manageJobs
            )
            .takes(Schema.object([:]).withOptional(["org_id": .id("org"), "subscription_id": .id("bsub"), "reason": reason]))
            .answers(.noContent, "Done.").refuses(Problem.notFound).refuses(wrongState),
            RouteDescription(
                "show_event_body", "Shows the stored body of an event; texts that people may have written are hidden.", for: access(.read)
            ).answers(.ok, "The body.", .object(["body": .any])).refuses(Problem.notFound),
        ]
    }
}
