internal import HTTPServer

extension ConsoleWrite {
    /// The forms of the commands over lists: the place of each is that of the API, and it leads back to the page of the row.
    static let desk: [ConsoleWrite] = [
        command("jobs/{job_id}/retry", "Run again", "Let the job run again"),
        command("jobs/{job_id}/run-now", "Run now", "Let it run at once"),
        command("jobs/{job_id}/stop", "Stop", "Take the job away from its worker", isDestructive: true),
        command("jobs/{job_id}/cancel", "Cancel", "Take the job out of the queue", isDestructive: true),
        command("jobs/{job_id}/discard", "Lay aside", "Lay the job aside for good", isDestructive: true),
        command("approvals/{approval_id}/approve", "Consent", "Consent to exactly this"),
        command("approvals/{approval_id}/refuse", "Refuse", "Do not consent"),
        command("approvals/{approval_id}/carry-out", "Carry out", "Do what was consented to", isDestructive: true),
        command("sagas/{saga_id}/retry-step", "Try the step again", "Try the step again"),
        command("lanes/{lane}/pause", "Pause a lane", "Let the jobs of this lane wait", back: "/console/lanes"),
        command("lanes/{lane}/resume", "Resume a lane", "Let the lane go", back: "/console/lanes"),
        command("schedules/{schedule}/run", "Run a schedule", "Run it now", back: "/console/schedules"),
        command("schedules/{schedule}/pause", "Pause a schedule", "Let it rest", back: "/console/schedules"),
        command("schedules/{schedule}/resume", "Resume a schedule", "Let it go on", back: "/console/schedules"),
        command("controls/{control}/engage", "Engage a control", "Let this work wait", isDestructive: true, back: "/console/controls"),
        command("controls/{control}/release", "Release a control", "Let this work go on", back: "/console/controls"),
        command("graph-hosts/{graph_host_id}/drain", "Drain", "Let the host take no more graphs"),
        command("graph-hosts/{graph_host_id}/undrain", "Take graphs again", "Let the host take graphs again"),
        command(
            "graph-hosts/{graph_host_id}/recover", "Recover", "Give the host up, and bring its graphs back from their backups",
            isDestructive: true),
        command("graph-hosts/{graph_host_id}/retire", "Retire", "Take the host out of use for good", isDestructive: true),
        command("orphans/{orphan_id}/repair", "Repair", "Mend the finding by the command that is proposed", isDestructive: true),
        command("orphans/{orphan_id}/dismiss", "Let it stay", "Let the finding stay, and tell of it no more"),
        command("graphs/{graph_id}/hold-purge", "Hold the purge", "Keep the graph from being destroyed"),
        command("graphs/{graph_id}/release-purge", "Release the purge", "Let the purge go on", isDestructive: true),
        command(
            "graphs/{graph_id}/waive-final-backup", "Waive the final backup", "End the graph without a final backup: its host is lost",
            isDestructive: true),
        command("billing/events/{event_id}/reprocess", "Process again", "Process the event again"),
        command(
            "billing/events/{event_id}/assign", "Say whose it is", "Process it as theirs",
            [
                ConsoleField(name: "subscription_id", label: "Id of the subscription", isOptional: true),
                ConsoleField(name: "org_id", label: "Or id of the org, where it is about no subscription", isOptional: true),
            ]),
        command("billing/events/{event_id}/discard", "Lay aside", "Lay the event aside", isDestructive: true),
        command(
            "billing/subscriptions/{subscription_id}/cancel", "End the subscription", "End the subscription",
            [ConsoleField(name: "mode", label: "When", kind: .choice(["period_end", "immediate"]))], isDestructive: true),
        command("billing/subscriptions/{subscription_id}/uncancel", "Take the end back", "Let the subscription go on"),
        command(
            "billing/invoices/{invoice_id}/mark-paid", "Note a payment", "Note that it was paid",
            [ConsoleField(name: "method", label: "By which way, such as wire"), ConsoleField(name: "reference", label: "Reference")]
                + [ConsoleField(name: "amount", label: "In minor units; all that is open without", kind: .number, isOptional: true)]),
        command("billing/invoices/{invoice_id}/void", "Take back", "Take the invoice back", isDestructive: true),
        command("billing/invoices/{invoice_id}/mark-uncollectible", "Give up", "Give up collecting it", isDestructive: true),
        command("billing/credits/{credit_id}/revoke", "Withdraw", "Withdraw what is left", isDestructive: true),
        command(
            "billing/credits/{credit_id}/pay-out", "Note a payout", "Note that it was paid out",
            [ConsoleField(name: "reference", label: "Reference of the payment")], isDestructive: true),
        command(
            "billing/pools/{pool_id}/bonus", "Add AI credits", "Add them",
            [ConsoleField(name: "amount", label: "In hundredths", kind: .number)]),
        command("billing/pools/{pool_id}/reset", "Reset", "Bring the pool back to its allocation", isDestructive: true),
        ConsoleWrite(
            path: "/console/billing/refunds/make", title: "Give money back", button: "Ask the provider to give it back", method: .post,
            api: "/v1/admin/billing/refunds",
            fields: [
                ConsoleField(name: "org_id", label: "Id of the org"), ConsoleField(name: "payment_id", label: "Payment at the provider"),
                ConsoleField(name: "amount", label: "In minor units; more than 500.00 takes two", kind: .number),
            ], back: "/console/billing/refunds"),
        ConsoleWrite(
            path: "/console/billing/credits/grant", title: "Grant a credit", button: "Grant it", method: .post,
            api: "/v1/admin/billing/credits",
            fields: [
                ConsoleField(name: "org_id", label: "Id of the org"),
                ConsoleField(name: "amount", label: "In minor units; more than 500.00 takes two", kind: .number),
                ConsoleField(name: "currency", label: "Currency, such as usd"),
                ConsoleField(name: "source", label: "Kind", kind: .choice(["goodwill", "promotion"])),
            ], back: "/console/billing/credits"),
        ConsoleWrite(
            path: "/console/graph-hosts/register", title: "Register a host", button: "Check it, and let it take graphs", method: .post,
            api: "/v1/admin/graph-hosts", fields: [ConsoleField(name: "name", label: "Name in TRELLIS_GRAPH_HOSTS")],
            back: "/console/graph-hosts"),
        ConsoleWrite(
            path: "/console/dead-letters/retry", title: "Run many again", button: "Let them run again", method: .post,
            api: "/v1/admin/dead-letters/retry",
            fields: [
                ConsoleField(name: "kind", label: "Only of this kind", isOptional: true),
                ConsoleField(name: "lane", label: "Only of this lane", isOptional: true),
                ConsoleField(name: "reason_contains", label: "Only with this in the error", isOptional: true),
                ConsoleField(name: "limit", label: "At most; 100 without", kind: .number, isOptional: true),
                ConsoleField(name: "per_minute", label: "A minute; 60 without", kind: .number, isOptional: true),
            ], showsAnswer: true, back: "/console/dead-letters"),
        ConsoleWrite(
            path: "/console/dead-letters/discard", title: "Lay many aside", button: "Lay them aside for good", method: .post,
            api: "/v1/admin/dead-letters/discard",
            fields: [
                ConsoleField(name: "kind", label: "Only of this kind", isOptional: true),
                ConsoleField(name: "lane", label: "Only of this lane", isOptional: true),
                ConsoleField(name: "reason_contains", label: "Only with this in the error", isOptional: true),
                ConsoleField(name: "limit", label: "At most; 100 without", kind: .number, isOptional: true),
            ], showsAnswer: true, back: "/console/dead-letters"),
        ConsoleWrite(
            path: "/console/waiting-jobs/cancel", title: "Cancel many", button: "Take them out of the queue", method: .post,
            api: "/v1/admin/jobs/cancel", fields: waiting, isDestructive: true, showsAnswer: true, back: "/console/jobs"),
        ConsoleWrite(
            path: "/console/waiting-jobs/run-now", title: "Run many now", button: "Let them run", method: .post,
            api: "/v1/admin/jobs/run-now",
            fields: waiting + [ConsoleField(name: "per_minute", label: "A minute; 60 without", kind: .number, isOptional: true)],
            showsAnswer: true, back: "/console/jobs"),
        ConsoleWrite(
            path: "/console/reveals/ask", title: "Ask for more records of people", button: "Ask a second operator", method: .post,
            api: "/v1/admin/reveals", fields: [ConsoleField(name: "count", label: "How many more today, 1 to 200", kind: .number)],
            back: "/console/approvals"),
    ]

    private static let waiting = [
        ConsoleField(name: "kind", label: "Only of this kind", isOptional: true),
        ConsoleField(name: "lane", label: "Only of this lane", isOptional: true),
        ConsoleField(name: "org_id", label: "Only of this org", isOptional: true),
        ConsoleField(name: "enqueued_before", label: "Only what was enqueued before this instant", isOptional: true),
        ConsoleField(name: "limit", label: "At most; 100 without", kind: .number, isOptional: true),
    ]

    private static func command(
        _ path: String, _ title: String, _ button: String, _ fields: [ConsoleField] = [], isDestructive: Bool = false, back: String? = nil
    ) -> ConsoleWrite {
        let row = "/console/" + path.split(separator: "/").dropLast().joined(separator: "/")
        return ConsoleWrite(
            path: "/console/" + path, title: title, button: button, method: .post, api: "/v1/admin/" + path, fields: fields,
            isDestructive: isDestructive, back: back ?? row)
    }
}
