internal import Core
internal import HTTPServer

/// Shows what was received, to tests as JSON and to people as pages.
struct MailRoutes: Sendable {
    let mailbox: Mailbox

    func register(on router: inout Router) {
        router.add(.get, "/") { _ in MailPages.list(mailbox.messages) }
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
            var response = Response.html(try message(request).content.text(ofType: "text/html") ?? "")
            // A mail is shown as it is, but it may neither run nor fetch anything. Styles are allowed where they stand: mails carry theirs on the
            // elements, as mail programs ask for it.
            response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
            return response
        }
        router.add(.get, "/faults") { _ in try .json(mailbox.faults) }
        router.add(.post, "/faults") { request in
            let fault = try request.decode(MailFault.self)
            guard (400...599).contains(fault.code) else { throw Problem.invalidField("code", message: "must be from 400 to 599") }
            mailbox.setFaults(mailbox.faults + [fault])
            return try .json(fault, status: .created)
        }
        router.add(.delete, "/faults") { _ in
            mailbox.setFaults([])
            return Response(status: .noContent)
        }
    }

    private func message(_ request: Request) throws -> CaughtMessage {
        guard let message = mailbox.message(try request.parameter("id", as: Int.self)) else { throw Problem.notFound }
        return message
    }
}
