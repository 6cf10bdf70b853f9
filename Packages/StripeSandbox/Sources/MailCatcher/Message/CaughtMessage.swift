internal import Core

/// A message that was received.
struct CaughtMessage: Sendable {
    let id: Int
    let receivedAt: Instant
    let envelopeFrom: String
    let envelopeTo: [String]
    let raw: [UInt8]
    let content: MIMEPart

    /// Which mail of the product it is, as its header says.
    var template: String? { content.header("X-Trellis-Template") }

    /// Everything that a test or a reader wants to know.
    var json: JSONValue {
        guard case .object(var members) = summary else { return summary }
        members["headers"] = .object(
            Dictionary(content.headers.map { ($0.name.lowercased(), .string($0.value)) }) { first, _ in first } as [String: JSONValue])
        members["html"] = content.text(ofType: "text/html").map { .string($0) } ?? .null
        members["text"] = content.text(ofType: "text/plain").map { .string($0) } ?? .null
        members["parts"] = .array(
            content.leaves.map { part in
                [
                    "content_type": .string(part.mediaType), "size": .integer(Int64(part.body.count)),
                    "name": part.fileName.map { .string($0) } ?? .null,
                ]
            })
        return .object(members)
    }

    /// What a list shows.
    var summary: JSONValue {
        [
            "id": .integer(Int64(id)), "received_at": .string(receivedAt.description),
            "envelope": ["from": .string(envelopeFrom), "to": .array(envelopeTo.map { .string($0) })],
            "from": .string(content.header("From") ?? ""), "to": .string(content.header("To") ?? ""),
            "subject": .string(content.header("Subject") ?? ""), "message_id": .string(content.header("Message-ID") ?? ""),
            "size": .integer(Int64(raw.count)), "template": template.map { .string($0) } ?? .null,
        ]
    }
}
