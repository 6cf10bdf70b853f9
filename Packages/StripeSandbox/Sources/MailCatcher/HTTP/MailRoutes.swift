internal import Core
internal import HTTPServer

/// Shows what was received, to tests as JSON and to people as pages.
struct MailRoutes: Sendable {
    let mailbox: Mailbox

    func register(on router: inout Router) {
        router.add(.get, "/") { request in
            let words = (request.query["q"] ?? "").lowercased()
            let found = mailbox.messages.filter { message in
                words.isEmpty
                    || (message.envelopeTo + [message.content.header("Subject") ?? "", message.template ?? ""]).contains {
                        $0.lowercased().contains(words)
                    }
            }
            return MailPages.list(found, searching: words)
        }
        router.add(.get, "/mail/{id}") { request in
            MailPages.message(
                try message(request), width: request.query["width"] == "320" ? 320 : 600, isDark: request.query["scheme"] == "dark")
        }
        router.add(.get, "/v1/test/mail") { try await awaited($0) }
        router.add(.delete, "/v1/test/mail") { _ in
            mailbox.removeAll()
            return Response(status: .noContent)
        }
        router.add(.get, "/messages") { request in
            let (to, subject) = (request.query["to"]?.lowercased(), request.query["subject"])
            let found = mailbox.messages.filter { message in
                (to.map { wanted in message.envelopeTo.contains { $0.lowercased() == wanted } } ?? true)
                    && (subject.map { message.content.header("Subject")?.contains($0) ?? false } ?? true)
            }
            return try .json(["messages": .array(found.map(\.json)), "count": .integer(Int64(found.count))] as JSONValue)
        }
        router.add(.delete, "/messages") { _ in
            mailbox.removeAll()
            return Response(status: .noContent)
        }
        router.add(.get, "/messages/{id}") { try .json(message($0).json) }
        router.add(.get, "/messages/{id}/raw") { request in
            Response(status: .ok, headers: ["Content-Type": "message/rfc822"], body: .bytes(try message(request).raw))
        }
        router.add(.get, "/messages/{id}/text") { .text(try message($0).content.text(ofType: "text/plain") ?? "") }
        router.add(.get, "/messages/{id}/html") { request in
            MailPages.html(try message(request).content.text(ofType: "text/html") ?? "", isDark: request.query["scheme"] == "dark")
        }
        router.add(.get, "/faults") { _ in try .json(mailbox.faults) }
        router.add(.post, "/faults") { request in
            let fault = try request.decode(MailFault.self)
            if let misfit = fault.misfit { throw Problem.invalidField(misfit.field, message: misfit.must) }
            mailbox.setFaults(mailbox.faults + [fault])
            return try .json(fault, status: .created)
        }
        router.add(.delete, "/faults") { _ in
            mailbox.setFaults([])
            return Response(status: .noContent)
        }
    }

    /// The messages that a test program asks for; with `wait`, as soon as there is one, at most so many seconds (30) later (NOT-050).
    private func awaited(_ request: Request) async throws -> Response {
        let (to, template) = (request.query["to"]?.lowercased(), request.query["template"])
        let since = try request.query["since"].map { text in
            guard let instant = Instant(text) else { throw Problem.invalidField("since", message: "must be a time") }
            return instant
        }
        func found() -> [CaughtMessage] {
            mailbox.messages.filter { message in
                (to.map { wanted in message.envelopeTo.contains { $0.lowercased() == wanted } } ?? true)
                    && (template.map { message.template == $0 } ?? true) && (since.map { message.receivedAt >= $0 } ?? true)
            }
        }
        let end = ContinuousClock.now + .seconds(min(max(Int(request.query["wait"] ?? "0") ?? 0, 0), 30))
        var (last, messages) = (mailbox.lastID, found())
        while messages.isEmpty, ContinuousClock.now < end {
            await mailbox.arrival(after: last, until: end)
            (last, messages) = (mailbox.lastID, found())
        }
        return try .json(["messages": .array(messages.map(\.json)), "count": .integer(Int64(messages.count))] as JSONValue)
    }

    private func message(_ request: Request) throws -> CaughtMessage {
        guard let message = mailbox.message(try request.parameter("id", as: Int.self)) else { throw Problem.notFound }
        return message
    }
}
