internal import Admin

extension ConsoleRead {
    /// Lists that stand in the menu; the others are reached from them.
    private static let menu = ["users", "billing/subscriptions", "graphs", "jobs", "mails", "approvals"]

    /// Every list of the API with a page for one row (ADM-075).
    static let lists: [ConsoleRead] = OperatorList.all.flatMap { list -> [ConsoleRead] in
        let path = "/console/" + list.path
        let filters = list.filters.map { name -> ConsoleField in
            var kind = ConsoleField.Kind.line
            switch list.field(name)?.kind {
            case .words(let words): kind = .choice([""] + words)
            case .bool: kind = .choice(["", "true", "false"])
            default: break
            }
            return ConsoleField(name: name, label: ConsoleText.words(name), kind: kind, isOptional: true)
        }
        let show = list.hasDetail ? [RowAct(title: "Show", before: path + "/", after: "")] : []
        var pages = [
            ConsoleRead(
                path: path, title: title(of: list), api: "/v1/admin/" + list.path, isInMenu: menu.contains(list.path), filters: filters,
                rowActs: show, acts: listActs[list.path] ?? [], links: neighbours(of: list))
        ]
        if list.hasDetail {
            let place = path + "/{\(list.parameter)}"
            pages.append(
                ConsoleRead(
                    path: place, title: title(of: list), api: "/v1/admin/\(list.path)/{\(list.parameter)}", isInMenu: false,
                    acts: ConsoleWrite.desk.map(\.path).filter { $0.hasPrefix(place + "/") }))
        }
        return pages
    }

    private static let listActs: [String: [String]] = [
        "billing/refunds": ["/console/billing/refunds/make"], "billing/credits": ["/console/billing/credits/grant"],
        "graph-hosts": ["/console/graph-hosts/register"], "approvals": ["/console/reveals/ask"],
        "jobs": ["/console/waiting-jobs/cancel", "/console/waiting-jobs/run-now"],
    ]

    private static func title(of list: OperatorList) -> String {
        let name = list.path.split(separator: "/").last.map { $0.split(separator: "-").joined(separator: "_") } ?? ""
        return ConsoleText.words(name)
    }

    /// The lists of the same part of the product.
    private static func neighbours(of list: OperatorList) -> [(title: String, path: String)] {
        let groups = [
            ["users", "memberships", "user-sessions", "api-keys", "passkeys"],
            OperatorList.all.map(\.path).filter { $0.hasPrefix("billing/") },
            ["graphs", "graph-hosts", "orphans", "backups", "repositories", "graph-grants", "operations"],
            ["jobs", "sagas", "nodes", "migrations"], ["mails", "webhook-endpoints", "webhook-deliveries"],
        ]
        var links = (groups.first { $0.contains(list.path) } ?? []).filter { $0 != list.path }.compactMap { path in
            OperatorList.named(path).map { (title: title(of: $0), path: "/console/" + path) }
        }
        if list.path == "jobs" {
            links += [("Given up", "/console/dead-letters"), ("Lanes", "/console/lanes"), ("Schedules", "/console/schedules")]
        }
        if list.path == "mails" { links.append(("Templates", "/console/mail/templates")) }
        if list.path.hasPrefix("billing/") { links.append(("Controls", "/console/controls")) }
        return links
    }

    /// The queue, and what holds work.
    static let queue: [ConsoleRead] = [
        ConsoleRead(
            path: "/console/search", title: "Search", api: "/v1/admin/search", isInMenu: false,
            filters: [ConsoleField(name: "q", label: "An id, an address, a name or a number")], whenEmpty: "Nothing is known by that."),
        ConsoleRead(
            path: "/console/dead-letters", title: "Given up", api: "/v1/admin/dead-letters", isInMenu: false,
            acts: ["/console/dead-letters/retry", "/console/dead-letters/discard"], links: [("One by one", "/console/jobs?state=dead")],
            whenEmpty: "No job was given up."),
        ConsoleRead(
            path: "/console/lanes", title: "Lanes", api: "/v1/admin/lanes", isInMenu: false,
            rowActs: [
                RowAct(title: "Pause", before: "/console/lanes/", after: "/pause"),
                RowAct(title: "Resume", before: "/console/lanes/", after: "/resume"),
            ], whenEmpty: "Nothing is held."),
        ConsoleRead(
            path: "/console/schedules", title: "Schedules", api: "/v1/admin/schedules", isInMenu: false,
            rowActs: [
                RowAct(title: "Run", before: "/console/schedules/", after: "/run"),
                RowAct(title: "Pause", before: "/console/schedules/", after: "/pause"),
                RowAct(title: "Resume", before: "/console/schedules/", after: "/resume"),
            ], whenEmpty: "No worker has kept one yet."),
        ConsoleRead(
            path: "/console/mail/templates", title: "Mail templates", api: "/v1/admin/mail/templates", isInMenu: false,
            rowActs: [RowAct(title: "Look at it", before: "/console/mail/templates/", after: "")]),
        ConsoleRead(
            path: "/console/controls", title: "Controls", api: "/v1/admin/controls", isInMenu: false,
            rowActs: [
                RowAct(title: "Engage", before: "/console/controls/", after: "/engage"),
                RowAct(title: "Release", before: "/console/controls/", after: "/release"),
            ]),
    ]
}
