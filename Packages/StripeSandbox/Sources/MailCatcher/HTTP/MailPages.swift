internal import Core
internal import HTTPServer

/// The list of messages for people.
enum MailPages {
    static func list(_ messages: [CaughtMessage]) -> Response {
        let rows = messages.reversed().map { message in
            """
            <tr><td>\(escape(message.receivedAt.description))</td><td>\(escape(message.envelopeTo.joined(separator: ", ")))</td>
            <td><a href="/messages/\(message.id)/html">\(escape(message.content.header("Subject") ?? "(no subject)"))</a></td>
            <td><a href="/messages/\(message.id)/text">text</a> <a href="/messages/\(message.id)/raw">source</a></td></tr>
            """
        }
        return .html(
            """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Caught mail</title>
            <style>body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; } table { border-collapse: collapse; }
            td, th { text-align: left; padding: .3rem .8rem; border-bottom: 1px solid #ddd; }</style></head>
            <body><main><h1>Caught mail</h1>
            \(rows.isEmpty ? "<p>No mail yet.</p>" : "<table><thead><tr><th>Received</th><th>To</th><th>Subject</th><th>Other forms</th></tr></thead><tbody>\(rows.joined())</tbody></table>")
            </main></body></html>

            """)
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
