internal import Admin
internal import Audit
internal import Core
internal import HTTPServer
internal import Pages

extension OperatorConsole {
    /// What a route of the API answers, with its filters and what can be done about it.
    func show(_ page: ConsoleRead, _ request: Request, _ person: SignedIn) async throws -> Response {
        let query = ConsoleText.query(request.query.items.filter { $0.name != "done" })
        let target = page.api.filled(request.pathParameters) + (query.isEmpty ? "" : "?" + query)
        let answer = try await call(.get, target, from: request, as: person)
        let isOverview = page.path == "/console"
        if answer.status.rawValue >= 400, !(isOverview && answer.status == .forbidden) {
            return failure(answer.status, Self.words(of: answer.body), request, person)
        }
        let news: HTMLFragment =
            ConsoleWrite.all.first { $0.title == request.query["done"] }.map { .status("Done: \($0.title).") } ?? ""
        let places = request.pathParameters
        let acts: [HTMLFragment] = ConsoleWrite.all.filter { page.acts.contains($0.path) }.map {
            "<a href=\"\($0.path.filled(places))\">\($0.title)</a> "
        }
        let links: [HTMLFragment] = page.links.map { "<a href=\"\($0.path.filled(places))\">\($0.title)</a> " }
        let title = isOverview || places.isEmpty ? page.title : "\(page.title) \(places.values.sorted().joined(separator: " "))"
        let body =
            isOverview
            ? overview(answer.body, isAllowed: answer.status == .ok)
            : ConsoleRendering(page: page, request: request).content(of: answer.body)
        return ConsolePage(
            title, person, at: page.path, isLive: isOverview,
            """
            \(news)<p class="acts">\(acts)\(links)</p>
            \(page.filters.isEmpty ? "" : filters(page, request))
            \(body)
            """
        ).response()
    }

    private func filters(_ page: ConsoleRead, _ request: Request) -> HTMLFragment {
        let fields: [HTMLFragment] = page.filters.map { Self.input($0, value: request.query[$0.name] ?? "") }
        return """
            <details\(request.query.items.isEmpty ? "" : " open" as HTMLFragment)><summary>Filters</summary>
            <form method="get" action="\(request.path)">\(fields)<button type="submit">Show</button></form></details>
            """
    }

    private func overview(_ answer: JSONValue, isAllowed: Bool) -> HTMLFragment {
        guard isAllowed else {
            return "<p>Choose a page above. What happens all over the product is shown here to those who may read the whole log.</p>"
        }
        let items: [HTMLFragment] = (answer["entries"]?.arrayValue ?? []).map { entry in
            "<li data-entry=\"\(entry["id"]?.stringValue ?? "")\">\(Self.line(entry))</li>"
        }
        return """
            <h2>What happens now</h2>
            <ol class="live" aria-live="polite" data-stream="/console/live">\(items)</ol>
            """
    }

    private static func line(_ entry: JSONValue) -> String {
        ["at", "type", "risk", "summary"].compactMap { entry[$0]?.stringValue }.joined(separator: " · ")
    }

    /// What went wrong, in the API's own words.
    static func words(of body: JSONValue) -> String {
        if let text = body["detail"]?.stringValue { return text }
        let faults = body["detail"]?.arrayValue?.compactMap { fault in
            fault["msg"]?.stringValue.map { "\(fault["loc"]?.arrayValue?.last?.stringValue ?? "input"): \($0)" }
        }
        return faults?.joined(separator: "; ") ?? "That did not work."
    }

    // MARK: What happens, as it happens

    /// Sends the newest entries as they are written. After an interruption the browser names the last that it saw; the server begins ten seconds
    /// before that one, because a transaction may end behind one that began later, and the page leaves out what it shows already (ADM-074).
    func stream(_ request: Request, for person: SignedIn) async throws -> Response {
        // The call says who may, and is the entry of the reading.
        let answer = try await call(.get, "/v1/admin/audit?limit=1", from: request, as: person)
        guard answer.status == .ok else { throw Problem(status: answer.status, code: "FORBIDDEN", detail: Self.words(of: answer.body)) }
        let last = request.headers["Last-Event-ID"].flatMap { AuditEntryID($0) }
        let (overview, sessions, dateSource) = (routes.audit, sessions, routes.dateSource)
        let (interval, lifetime, id) = (streamInterval, streamLifetime, person.session.id)
        return .serverSentEvents { writer in
            let clock = ContinuousClock()
            let end = clock.now + lifetime
            var since = (last?.madeAt ?? dateSource.now) + (.zero - .seconds(10))
            var sent: Set<AuditEntryID> = last.map { [$0] } ?? []
            repeat {
                guard try await sessions.sessions().contains(where: { $0.id == id }) else {
                    try await writer.send(ServerSentEvent(event: "over", data: "{}"))
                    return
                }
                let page = try await overview.entries(AuditQuery(since: since, limit: 200))
                for entry in page.elements.reversed() where sent.insert(entry.id).inserted {
                    let text = "\(entry.at) · \(entry.type) · \(entry.risk.rawValue) · \(entry.summary)"
                    let data = String(decoding: try JSON.encode(["text": text]), as: UTF8.self)
                    try await writer.send(ServerSentEvent(event: "entry", data: data, id: entry.id.description))
                }
                if let newest = page.elements.first, sent.count > 2_000 {
                    since = newest.at + (.zero - .seconds(10))
                    sent = Set(page.elements.map(\.id))
                }
                try await writer.sendComment("here")
                try await Task.sleep(for: interval)
            } while clock.now < end
        }
    }
}

extension AuditEntryID {
    /// When it was made, to the millisecond: the first 48 bits say it (RFC 9562, section 5.7).
    fileprivate var madeAt: Instant { Instant(microsecondsSinceEpoch: Int64(high >> 16) * 1_000) }
}
