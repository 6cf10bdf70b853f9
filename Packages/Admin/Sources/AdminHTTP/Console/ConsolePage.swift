internal import Admin
internal import HTTPServer
internal import Pages

/// A page of the console: own style and script only, framed nowhere, kept nowhere, whole without script (ADM-072, ADM-073, SEC-062).
struct ConsolePage {
    let title: String
    /// Who is signed in; nobody on the pages before that.
    var session: SignedIn?
    /// The page of the menu that it belongs to.
    var place: String?
    /// Whether a browser without script loads it again every five seconds.
    var isLive = false
    /// Whether it shows another page of the console in a frame.
    var framesOwn = false
    let content: HTMLFragment

    init(_ title: String, _ session: SignedIn?, at place: String? = nil, isLive: Bool = false, _ content: HTMLFragment) {
        self.title = title
        self.session = session
        self.place = place
        self.isLive = isLive
        self.content = content
    }

    /// Trusted types: no text ever becomes markup in the script.
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

    func response(_ status: Status = .ok) -> Response {
        var response = Response.html(document.html, status: status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = Self.policy + (framesOwn ? "; frame-src 'self'" : "")
        // The browser says the origin of a form only where it may say the address: to this site alone.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
    }

    private var document: HTMLFragment {
        let refresh: HTMLFragment = isLive ? "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>" : ""
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title) – Trellis console</title>
            <link rel="stylesheet" href="/console/console.css">
            <script src="/console/console.js" defer></script>\(refresh)
            </head>
            <body>
            <a class="skip" href="#main">To the content</a>
            \(session.map { head(of: $0) })
            <main id="main" tabindex="-1">
            <h1>\(title)</h1>
            \(content)
            </main>
            </body>
            </html>

            """
    }

    private func head(of session: SignedIn) -> HTMLFragment {
        let items: [HTMLFragment] = ConsoleRead.all.filter(\.isInMenu).map { page in
            let mark: HTMLFragment = page.path == place ? " aria-current=\"page\"" : ""
            return "<li><a href=\"\(page.path)\"\(mark)>\(page.title)</a></li>"
        }
        return """
            <header>
            <nav aria-label="Pages"><ul>\(items)</ul></nav>
            <form method="post" action="/console/sign-out"><p class="note">\(session.owner.name), \(session.owner.role.rawValue)</p>
            <input type="hidden" name="form_token" value="\(session.formToken)"><button type="submit">Sign out</button></form>
            </header>
            """
    }
}
