internal import Admin
internal import Audit
internal import Core
internal import HTTPServer
internal import Identity

/// Lists over everything that operators look after, each with a page for one row (ADM-023 to ADM-036).
extension AdminRoutes {
    var listRoutes: [OperatorRoute] {
        OperatorList.all.flatMap { list -> [OperatorRoute] in
            let path = "/v1/admin/" + list.path
            var routes = [
                OperatorRoute(
                    .get, path, operation: "list_" + list.operation, .reading(list.permission) { call in try await page(of: list, call) })
            ]
            if list.hasDetail {
                routes.append(
                    OperatorRoute(
                        .get, path + "/{\(list.parameter)}", operation: "get_" + list.operation,
                        .reading(list.permission) { call in try await detail(of: list, call) }))
            }
            return routes
        }
    }

    private func page(of list: OperatorList, _ call: OperatorCall) async throws -> Response {
        let query = call.request.query
        var wish = OperatorListQuery()
        for item in query.items where item.name != "limit" && item.name != "cursor" {
            if let (field, side) = list.bound(item.name) {
                guard let at = Instant(item.value) else {
                    throw Problem.badRequest("The filter \(item.name.prefix(40)) has a value that cannot be there.")
                }
                switch side {
                case .before: wish.before[field] = at
                case .after: wish.after[field] = at
                }
                continue
            }
            guard list.filters.contains(item.name) else { throw Problem.badRequest("There is no filter \(item.name.prefix(40)).") }
            wish.equal[item.name] = item.value
        }
        wish.limit = try call.request.queryInteger("limit", default: 50, in: 1...200)
        wish.cursor = try call.request.queryValue("cursor")
        let page = try await refusingLists { try await desk.lists.page(of: list, wish) }
        let rows = page.elements.map { JSONValue.object(Self.shown($0, list, to: call.person.role)) }
        return try .json(
            ["items": .array(rows), "next_cursor": page.next.map { .string($0.description) } ?? .null] as JSONValue)
    }

    private func detail(of list: OperatorList, _ call: OperatorCall) async throws -> Response {
        let id: String = try call.request.parameter(list.parameter)
        let isRevealed = try call.request.queryValue("reveal", as: Bool.self) ?? false
        let found: Page<[String: JSONValue]>
        do {
            found = try await desk.lists.page(of: list, OperatorListQuery(equal: ["id": id], limit: 1))
        } catch is OperatorListRefusal {
            throw Problem.notFound
        }
        guard let row = found.elements.first else { throw Problem.notFound }
        if isRevealed, !call.person.role.seesPersonalData { try await noteReveal(of: list, row: id, call) }
        var members = isRevealed ? row : Self.shown(row, list, to: call.person.role)
        for part in list.parts {
            guard let other = OperatorList.named(part.list), let own = row[part.of]?.stringValue else { continue }
            guard call.person.role.permissions.contains(other.permission) else { continue }
            let rows = try await desk.lists.page(of: other, OperatorListQuery(equal: [part.field: part.prefix + own], limit: 100)).elements
            members[part.name] = .array(rows.map { .object(Self.shown($0, other, to: call.person.role)) })
        }
        return try .json(JSONValue.object(members))
    }

    private func noteReveal(of list: OperatorList, row: String, _ call: OperatorCall) async throws {
        guard let reason = call.request.headers["X-Actor-Reason"], (10...500).contains(reason.count) else {
            throw Problem.invalidField("reason", message: "must have 10 to 500 characters in the header X-Actor-Reason")
        }
        guard try await desk.allowances.take(1, of: .reveals, by: call.person.id) else { throw Self.revealedEnough }
        try await accounts.record(
            PersonalDataRevealed(to: call.person.id, of: User.ID(row), list: list.path, row: row, because: reason), by: call.actor)
    }

    /// A row as a role sees it: without what is personal, where the role does not need it (ADM-008).
    private static func shown(_ row: [String: JSONValue], _ list: OperatorList, to role: OperatorRole) -> [String: JSONValue] {
        guard !role.seesPersonalData else { return row }
        var row = row
        for field in list.fields where field.kind == .personal {
            if let text = row[field.name]?.stringValue { row[field.name] = .string(PersonalText.masked(text)) }
        }
        return row
    }

    func refusingLists<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as OperatorListRefusal {
            switch refusal {
            case .cursor: throw Self.strangeCursor
            case .value(let name): throw Problem.badRequest("The filter \(name.prefix(40)) has a value that cannot be there.")
            }
        }
    }

    static let revealedEnough = Problem(
        status: .forbidden, code: "APPROVAL_REQUIRED",
        detail: "You have had 200 records of people shown today; more take the consent of a second operator (POST /v1/admin/reveals).")
    static let strangeCursor = Problem.badRequest("The cursor is not one of this list.", code: "INVALID_FORMAT")
}

/// Addresses and names for those who do not need them.
enum PersonalText {
    /// The first letter of each part: `a…@e…`.
    static func masked(_ text: String) -> String {
        text.split(separator: "@", omittingEmptySubsequences: false).map { $0.prefix(1) + "…" }.joined(separator: "@")
    }
}

/// Finding things by what somebody has in hand, and the story of an org (ADM-045, ADM-046).
extension AdminRoutes {
    var searchRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/search", operation: "search_everything",
                .reading(.read) { call in
                    guard let text = call.request.query["q"], (2...254).contains(text.count) else {
                        throw Problem.badRequest("q must have 2 to 254 characters.")
                    }
                    let role = call.person.role
                    let found = try await desk.lists.search(text, limit: 50).filter { thing in
                        thing.list == "orgs" || thing.list == "audit" && role.permissions.contains(.readAudit)
                            || OperatorList.named(thing.list).map { role.permissions.contains($0.permission) } == true
                    }
                    let rows: [JSONValue] = found.map { thing in
                        let path = thing.list == "audit" ? "/v1/admin/audit?request_id=\(thing.id)" : "/v1/admin/\(thing.list)/\(thing.id)"
                        let label = thing.label.map { thing.isPersonal && !role.seesPersonalData ? PersonalText.masked($0) : $0 }
                        return [
                            "kind": .string(thing.list), "id": .string(thing.id), "matched": .string(thing.matched),
                            "label": label.map { .string($0) } ?? .null, "path": .string(path),
                        ]
                    }
                    // An id leads to one thing, which the caller may go to at once.
                    let only: JSONValue = rows.count == 1 && found[0].matched == "id" ? rows[0]["path"] ?? .null : .null
                    return try .json(["found": .array(rows), "only": only] as JSONValue)
                }),
            OperatorRoute(
                .get, "/v1/admin/orgs/{org_id}/timeline", operation: "get_org_timeline",
                .reading(.readOrgAudit) { call in
                    let org: String = try call.request.parameter("org_id")
                    var kinds = TimelineItem.Kind.allCases
                    let wanted = call.request.query.items.filter { $0.name == "kind" }.map { $0.value }
                    if !wanted.isEmpty {
                        kinds = try wanted.map { word in
                            guard let kind = TimelineItem.Kind(rawValue: word) else {
                                throw Problem.badRequest("There is no kind \(word.prefix(40)).")
                            }
                            return kind
                        }
                    }
                    if !call.person.role.permissions.contains(.readMoney) { kinds.removeAll { $0 == .payment } }
                    let (cursor, limit) = (
                        try call.request.queryValue("cursor", as: Cursor.self),
                        try call.request.queryInteger("limit", default: 50, in: 1...200)
                    )
                    guard
                        let page = try await refusingLists({
                            try await desk.lists.timeline(of: org, kinds: kinds, cursor: cursor, limit: limit)
                        })
                    else { throw Problem.notFound }
                    let rows: [JSONValue] = page.elements.map { item in
                        [
                            "kind": .string(item.kind.rawValue), "at": .string(item.at.description), "id": .string(item.id),
                            "type": .string(item.type), "words": .string(item.words), "trace_id": item.trace.map { .string($0) } ?? .null,
                        ]
                    }
                    return try .json(
                        ["items": .array(rows), "next_cursor": page.next.map { .string($0.description) } ?? .null] as JSONValue)
                }),
        ]
    }
}
