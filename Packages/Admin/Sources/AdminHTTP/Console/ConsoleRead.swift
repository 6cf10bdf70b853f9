internal import Admin
internal import Orgs

/// A field of a form of the console.
struct ConsoleField: Sendable {
    enum Kind: Sendable {
        /// One line.
        case line
        /// Several lines.
        case text
        /// A whole number.
        case number
        /// A whole number, or the word `unlimited`.
        case limit
        /// One of several words.
        case choice([String])
    }

    let name: String
    let label: String
    var kind: Kind = .line
    var isOptional = false
}

/// A page that shows what one route of the API answers.
struct ConsoleRead: Sendable {
    /// Something that can be done with a row.
    struct RowAct: Sendable {
        let title: String
        let before: String
        let after: String

        func path(_ id: String) -> String { before + id + after }
    }

    let path: String
    let title: String
    /// The API's path; the places in it are those of the page's own.
    let api: String
    var isInMenu = true
    var filters: [ConsoleField] = []
    var rowActs: [RowAct] = []
    /// What can be done here, by path.
    var acts: [String] = []
    /// Further pages about the same thing, by title and path.
    var links: [(title: String, path: String)] = []
    /// What to do when there is nothing.
    var whenEmpty = "Change the filters, or come back later."

    static let all: [ConsoleRead] = first + queue + lists

    private static let first: [ConsoleRead] = [
        ConsoleRead(path: "/console", title: "Overview", api: "/v1/admin/audit", whenEmpty: "Nothing has happened yet."),
        ConsoleRead(
            path: "/console/orgs", title: "Orgs", api: "/v1/admin/orgs",
            filters: [
                ConsoleField(name: "name", label: "Name contains", isOptional: true),
                ConsoleField(
                    name: "status", label: "Status",
                    kind: .choice([""] + Org.State.allCases.map(\.rawValue)), isOptional: true),
                ConsoleField(name: "type", label: "Type", kind: .choice(["", "personal", "team", "enterprise"]), isOptional: true),
                ConsoleField(name: "plan", label: "Plan", isOptional: true),
                ConsoleField(name: "owner_id", label: "Id of an owner", isOptional: true),
                ConsoleField(name: "past_due", label: "A payment failed", kind: .choice(["", "true", "false"]), isOptional: true),
            ]),
        ConsoleRead(
            path: "/console/orgs/{org_id}", title: "Org", api: "/v1/admin/orgs/{org_id}", isInMenu: false,
            acts: ["/console/orgs/{org_id}/limits", "/console/orgs/{org_id}/freeze", "/console/orgs/{org_id}/thaw"],
            links: [
                ("Notes", "/console/notes/{org_id}"), ("Its story", "/console/orgs/{org_id}/timeline"),
                ("Its log", "/console/audit?org_id={org_id}"), ("Its subscriptions", "/console/billing/subscriptions?org_id={org_id}"),
                ("Its invoices", "/console/billing/invoices?org_id={org_id}"), ("Its credits", "/console/billing/credits?org_id={org_id}"),
                ("Its graphs", "/console/graphs?org_id={org_id}"), ("Its operations", "/console/operations?org_id={org_id}"),
                ("Its mails", "/console/mails?org_id={org_id}"), ("Its webhooks", "/console/webhook-endpoints?org_id={org_id}"),
            ]),
        ConsoleRead(
            path: "/console/orgs/{org_id}/timeline", title: "Story of", api: "/v1/admin/orgs/{org_id}/timeline", isInMenu: false,
            filters: [
                ConsoleField(
                    name: "kind", label: "Only", kind: .choice([""] + TimelineItem.Kind.allCases.map(\.rawValue)), isOptional: true)
            ], whenEmpty: "Nothing has happened yet."),
        ConsoleRead(
            path: "/console/notes/{subject_id}", title: "Notes", api: "/v1/admin/notes/{subject_id}", isInMenu: false,
            acts: ["/console/notes/{subject_id}/add"], whenEmpty: "Nobody has written one."),
        ConsoleRead(
            path: "/console/audit", title: "Audit log", api: "/v1/admin/audit",
            filters: [
                "type", "class", "risk_min", "reference", "operation_id", "request_id", "since", "until", "org_id", "operator_id",
                "component", "follow",
            ]
            .map { ConsoleField(name: $0, label: ConsoleText.words($0), isOptional: true) }),
        ConsoleRead(path: "/console/rate-limits", title: "Rate limits", api: "/v1/admin/rate-limits"),
        ConsoleRead(
            path: "/console/throttles", title: "Blocked networks", api: "/v1/admin/throttles",
            acts: ["/console/throttles/block", "/console/throttles/unblock"], whenEmpty: "No network is shut out."),
        ConsoleRead(
            path: "/console/log-levels", title: "Log levels", api: "/v1/admin/log-levels", acts: ["/console/log-levels/change"],
            whenEmpty: "Every part of the product writes from its usual level on."),
        ConsoleRead(
            path: "/console/legal-holds", title: "Legal holds", api: "/v1/admin/legal-holds",
            rowActs: [RowAct(title: "Lift", before: "/console/legal-holds/", after: "/lift")], acts: ["/console/legal-holds/set"],
            whenEmpty: "Nothing is held."),
        ConsoleRead(
            path: "/console/operators", title: "Operators", api: "/v1/admin/operators",
            rowActs: [
                RowAct(title: "Address", before: "/console/operators/", after: "/address"),
                RowAct(title: "Link", before: "/console/operators/", after: "/invite"),
                RowAct(title: "End", before: "/console/operators/", after: "/disable"),
            ], acts: ["/console/operators/invite"]),
        ConsoleRead(
            path: "/console/sessions", title: "Sessions", api: "/v1/admin/sessions",
            rowActs: [RowAct(title: "End", before: "/console/sessions/", after: "/end")]),
    ]
}
