internal import Cryptography
public import HTTPServer

/// A page of plain HTML: no script, nothing loaded from elsewhere, no cookie; usable by keyboard and screen reader, from 320 px on, light and dark
/// (ADM-079, ADM-096).
public struct HTMLPage: Sendable {
    /// The heading, and the title of the window.
    public let title: String
    /// What is said above the heading.
    public let note: String?
    /// What stands below the heading.
    public let content: HTMLFragment

    /// Makes a page.
    public init(title: String, note: String? = nil, content: HTMLFragment) {
        self.title = title
        self.note = note
        self.content = content
    }

    /// The answer that carries the page. It is not kept anywhere, is not framed, and tells no other site its address, which may end in a secret.
    public func response(_ status: Status = .ok) -> Response {
        var response = Response.html(document.html, status: status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = Self.policy
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
    }

    /// The one style sheet is allowed by its digest (CSP level 3, section 8.3), so that no other style counts, whoever puts one into a page.
    private static let policy =
        "default-src 'none'; style-src 'sha256-\(Base64.encode(SHA256.digest(of: Array(style.html.utf8))))'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'"

    private static let style: HTMLFragment = """

        :root { color-scheme: light dark; --ink: #1a1a2e; --paper: #fff; --line: #767676; --quiet: #555; --act: #4338ca; --on-act: #fff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8e8f0; --paper: #16161f; --line: #8a8a99; --quiet: #b4b4c0; --act: #a5b4fc; --on-act: #16161f; } }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
        fieldset { border: 1px solid var(--line); border-radius: .4rem; margin: 1.5rem 0; padding: 1rem; min-width: 0; }
        label { display: block; margin-top: .75rem; }
        input:not([type=checkbox]) { box-sizing: border-box; width: 100%; }
        button, input { font: inherit; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .3rem; }
        button { margin: 1rem 0 0; cursor: pointer; background: var(--act); color: var(--on-act); }
        button:focus, input:focus, a:focus { outline: 3px solid #d97706; outline-offset: 2px; }
        .error { border: 2px solid #b91c1c; padding: .75rem; border-radius: .4rem; }
        .note { color: var(--quiet); font-size: .9rem; }

        """

    private var document: HTMLFragment {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <main>
        \(note.map { "<p class=\"note\">\($0)</p>" as HTMLFragment })
        <h1>\(title)</h1>
        \(content)
        </main>
        </body>
        </html>

        """
    }
}

extension HTMLFragment {
    /// A paragraph that tells what went wrong, read out at once by screen readers; nothing without a message.
    public static func error(_ message: String?) -> HTMLFragment {
        message.map { "<p class=\"error\" role=\"alert\">\($0)</p>" } ?? ""
    }

    /// A paragraph that tells what was done.
    public static func status(_ message: String) -> HTMLFragment {
        "<p role=\"status\">\(message)</p>"
    }

    /// A form that posts to an address of this site.
    ///
    /// - Parameter hidden: values that go with it unseen.
    public static func form(
        to path: String, hidden: [(name: String, value: String)] = [], _ content: HTMLFragment, button: String
    ) -> HTMLFragment {
        let fields: [HTMLFragment] = hidden.map { "<input type=\"hidden\" name=\"\($0.name)\" value=\"\($0.value)\">" }
        return "<form method=\"post\" action=\"\(path)\">\(fields)\(content)<button type=\"submit\">\(button)</button></form>"
    }

    /// A labelled field for a password.
    ///
    /// - Parameter isNew: whether it is chosen here; password managers ask.
    public static func password(_ name: String, _ label: String, isNew: Bool) -> HTMLFragment {
        let purpose = isNew ? "new-password" : "current-password"
        return """
            <label for="\(name)">\(label)</label>
            <input id="\(name)" name="\(name)" type="password" autocomplete="\(purpose)" maxlength="512" required>
            """
    }
}
