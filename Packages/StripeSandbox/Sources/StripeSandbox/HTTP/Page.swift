internal import Cryptography
internal import HTTPServer

/// A page of plain HTML: no script, nothing loaded from elsewhere, usable by keyboard and screen reader (STR-163).
struct Page {
    let title: String
    let content: String

    func response(_ status: Status = .ok) -> Response {
        var response = Response.html(document, status: status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = Self.policy
        return response
    }

    /// The one style sheet is allowed by its digest (CSP level 3, section 8.3), so that no other style counts, whoever puts one into a page.
    private static let policy =
        "default-src 'none'; style-src 'sha256-\(Base64.encode(SHA256.digest(of: Array(style.utf8))))'; form-action *"

    private static let style = """

        body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a2e; background: #fff; }
        table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid #ddd; }
        fieldset { border: 1px solid #999; border-radius: .4rem; margin: 1.5rem 0; padding: 1rem; }
        button, input { font: inherit; padding: .5rem .75rem; border: 1px solid #555; border-radius: .3rem; }
        button { background: #efefff; margin: .2rem 0; cursor: pointer; } button.main { background: #4338ca; color: #fff; }
        button:focus, input:focus, a:focus { outline: 3px solid #f59e0b; outline-offset: 2px; }
        .error { border: 2px solid #b91c1c; background: #fef2f2; color: #7f1d1d; padding: .75rem; border-radius: .4rem; }
        .note { color: #555; font-size: .9rem; }

        """

    private var document: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.escape(title))</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <main>
        <p class="note">Trellis payment sandbox: no money moves here.</p>
        <h1>\(Self.escape(title))</h1>
        \(content)
        </main>
        </body>
        </html>

        """
    }

    /// Text that cannot become markup.
    static func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
        return result
    }

    static func error(_ message: String) -> String {
        "<p class=\"error\" role=\"alert\">\(escape(message))</p>"
    }
}
