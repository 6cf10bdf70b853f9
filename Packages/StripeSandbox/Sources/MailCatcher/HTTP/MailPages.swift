internal import Core
internal import HTTPServer

/// The messages for people: a list that can be searched, and each message in all its forms. The switches are links, so nothing needs a script.
enum MailPages {
    /// The list, the newest first.
    static func list(_ messages: [CaughtMessage], searching words: String) -> Response {
        let rows = messages.reversed().map { message in
            """
            <tr><td>\(escape(message.receivedAt.description))</td><td>\(escape(message.envelopeTo.joined(separator: ", ")))</td>
            <td><a href="/mail/\(message.id)">\(escape(message.content.header("Subject") ?? "(no subject)"))</a></td>
            <td>\(escape(message.template ?? ""))</td></tr>
            """
        }
        let table = """
            <table><thead><tr><th>Received</th><th>To</th><th>Subject</th><th>Template</th></tr></thead><tbody>\(rows.joined())</tbody></table>
            """
        return page(
            "Caught mail",
            """
            <form method="get" action="/"><label>Recipient, template or subject <input name="q" value="\(escape(words))"></label>
            <button>Search</button></form>
            \(rows.isEmpty ? "<p>No mail.</p>" : table)
            """)
    }

    /// One message: the HTML part in a frame that may run and fetch nothing, the text part, the header and the source.
    static func message(_ message: CaughtMessage, width: Int, isDark: Bool) -> Response {
        func link(_ text: String, width other: Int, isDark dark: Bool) -> String {
            let isCurrent = other == width && dark == isDark
            return
                "<a href=\"/mail/\(message.id)?width=\(other)&amp;scheme=\(dark ? "dark" : "light")\"\(isCurrent ? " aria-current=\"true\"" : "")>\(text)</a>"
        }
        let header = message.content.headers.map { "<tr><th>\(escape($0.name))</th><td>\(escape($0.value))</td></tr>" }.joined()
        let frame = message.content.text(ofType: "text/html").map { _ in
            """
            <nav aria-label="View">\(link("320 px", width: 320, isDark: isDark)) \(link("600 px", width: 600, isDark: isDark))
            \(link("light", width: width, isDark: false)) \(link("dark", width: width, isDark: true))</nav>
            <iframe title="The HTML part" sandbox="allow-popups allow-popups-to-escape-sandbox" width="\(width)" height="700"
            src="/messages/\(message.id)/html?scheme=\(isDark ? "dark" : "light")"></iframe>
            """
        }
        return page(
            message.content.header("Subject") ?? "(no subject)",
            """
            <p><a href="/">All mail</a> · <a href="/messages/\(message.id)/raw">Source</a></p>
            \(frame ?? "<p>There is no HTML part.</p>")
            <h2>Text</h2><pre>\(linked(message.content.text(ofType: "text/plain") ?? ""))</pre>
            <h2>Header</h2><table>\(header)</table>
            """)
    }

    /// The HTML part as a client shows it: links open beside it, and dark is dark whatever the browser prefers.
    static func html(_ html: String, isDark: Bool) -> Response {
        var html = html.replacing("<head>", with: "<head><base target=\"_blank\">", maxReplacements: 1)
        if isDark { html = html.replacing("@media (prefers-color-scheme: dark)", with: "@media all") }
        var response = Response.html(html)
        // A mail may neither run nor fetch anything. Styles are allowed where they stand: mails carry theirs on the elements, as mail programs ask for it.
        response.headers["Content-Security-Policy"] =
            "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        return response
    }

    private static func page(_ title: String, _ body: String) -> Response {
        var response = Response.html(
            """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(escape(title))</title>
            <style>body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; } table { border-collapse: collapse; }
            td, th { text-align: left; vertical-align: top; padding: .3rem .8rem; border-bottom: 1px solid #ddd; }
            nav a { margin-right: 1rem; } [aria-current] { font-weight: bold; } pre { white-space: pre-wrap; }
            iframe { border: 1px solid #ddd; }</style></head>
            <body><main><h1>\(escape(title))</h1>
            \(body)
            </main></body></html>

            """)
        response.headers["Content-Security-Policy"] =
            "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'"
        return response
    }

    /// Lines that are addresses can be followed.
    private static func linked(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let isAddress = line.hasPrefix("https://") || line.hasPrefix("http://")
            return isAddress && !line.contains(" ")
                ? "<a href=\"\(escape(String(line)))\">\(escape(String(line)))</a>" : escape(String(line))
        }.joined(separator: "\n")
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
