/// Writes the HTML part: one column, presentation tables, all light styles on the elements, a small style block for dark clients (NOT-010).
struct HTMLWriter {
    let palettes: MarkupPalettes
    let logo: MarkupLogo?
    let locale: String
    private static let font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
    private static let fixedFont = "font-family:ui-monospace,Menlo,Consolas,monospace"

    private var light: MarkupPalette { palettes.light }

    func page(title: String, preheader: String, _ blocks: [ResolvedBlock]) -> String {
        let hidden = "display:none;max-height:0;overflow:hidden"
        let background = "background-color:\(light.page)"
        var html = """
            <!DOCTYPE html>
            <html lang="\(HTML.escaped(locale))" dir="ltr">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="supported-color-schemes" content="light dark">
            <title>\(HTML.escaped(title))</title>
            <style>
            \(darkStyles)
            </style>
            </head>
            <body class="m-page" style="margin:0;padding:0;\(background)">

            """
        if !preheader.isEmpty { html += "<div style=\"\(hidden)\">\(HTML.escaped(preheader))</div>\n" }
        html += """
            <table role="presentation" class="m-page" width="100%" cellpadding="0" cellspacing="0" style="\(background)">
            <tr><td align="center" style="padding:24px 12px">
            <!--[if mso]><table role="presentation" width="600" cellpadding="0" cellspacing="0"><tr><td><![endif]-->
            <table role="presentation" class="m-card" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;\
            background-color:\(light.card);border:1px solid \(light.border)">
            <tr><td class="m-text" style="padding:24px;\(Self.font);font-size:16px;line-height:24px;color:\(light.text)">

            """
        if let logo {
            html += """
                <img src="\(HTML.escaped(logo.source.url))" alt="\(HTML.escaped(logo.alternative))" width="\(logo.width)" \
                height="\(logo.height)" style="display:block;max-width:100%;margin:0 0 24px">

                """
        }
        var headings = 0
        html += self.blocks(blocks, headings: &headings)
        html += """
            </td></tr>
            </table>
            <!--[if mso]></td></tr></table><![endif]-->
            </td></tr>
            </table>
            </body>
            </html>

            """
        return html
    }

    /// For clients that honour it; without it the light colours on the elements stand (NOT-011).
    private var darkStyles: String {
        let dark = palettes.dark
        return """
            @media (prefers-color-scheme: dark) {
            .m-page { background-color: \(dark.page) !important; }
            .m-card { background-color: \(dark.card) !important; border-color: \(dark.border) !important; }
            .m-text { color: \(dark.text) !important; }
            .m-muted { color: \(dark.muted) !important; }
            .m-link { color: \(dark.accent) !important; }
            .m-button { background-color: \(dark.accent) !important; color: \(dark.onAccent) !important; }
            .m-line { border-color: \(dark.border) !important; }
            .m-info { background-color: \(dark.info) !important; }
            .m-warning { background-color: \(dark.warning) !important; }
            .m-danger { background-color: \(dark.danger) !important; }
            }
            """
    }

    private func blocks(_ all: [ResolvedBlock], headings: inout Int) -> String {
        var html = ""
        for one in all { html += block(one, headings: &headings) }
        return html
    }

    private func block(_ block: ResolvedBlock, headings: inout Int) -> String {
        let paragraph = "margin:0 0 16px"
        switch block {
        case .heading(let inlines):
            headings += 1
            let (tag, size) = headings == 1 ? ("h1", "font-size:24px;line-height:32px") : ("h2", "font-size:18px;line-height:26px")
            return "<\(tag) style=\"margin:0 0 16px;\(size)\">\(self.inlines(inlines))</\(tag)>\n"
        case .paragraph(let inlines):
            return "<p style=\"\(paragraph)\">\(self.inlines(inlines))</p>\n"
        case .button(let url, let inlines):
            return button(url, label: self.inlines(inlines))
        case .note(let kind, let inner):
            let color = kind == .info ? light.info : kind == .warning ? light.warning : light.danger
            return """
                <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 16px">
                <tr><td class="m-\(kind.rawValue)" style="padding:16px 16px 0;background-color:\(color)">
                \(blocks(inner, headings: &headings))</td></tr>
                </table>

                """
        case .facts(let rows):
            return facts(rows)
        case .table(let rows, let more):
            return table(rows) + (more > 0 ? "<p style=\"\(paragraph)\">\(HTML.escaped(Resolver.moreText(more)))</p>\n" : "")
        case .list(let items, let more):
            let all = items.map { self.inlines($0) } + (more > 0 ? [HTML.escaped(Resolver.moreText(more))] : [])
            guard !all.isEmpty else { return "" }
            let lines = all.map { "<li style=\"margin:0 0 4px\">\($0)</li>\n" }.joined()
            return "<ul style=\"margin:0 0 16px;padding:0 0 0 24px\">\n\(lines)</ul>\n"
        case .divider:
            return """
                <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 16px">
                <tr><td class="m-line" style="border-top:1px solid \(light.border);font-size:1px;line-height:1px">&nbsp;</td></tr>
                </table>

                """
        case .more(let count):
            return "<p style=\"\(paragraph)\">\(HTML.escaped(Resolver.moreText(count)))</p>\n"
        }
    }

    /// A link that looks like a button, its form for the Outlook rendering engine, and the address in full (NOT-010, NOT-013).
    private func button(_ url: String, label: String) -> String {
        let url = HTML.escaped(url)
        let colors = "background-color:\(light.accent);color:\(light.onAccent)"
        return """
            <!--[if mso]><table role="presentation" cellpadding="0" cellspacing="0"><tr><td style="padding:12px 24px;\(colors)">\
            <a href="\(url)" style="color:\(light.onAccent)">\(label)</a></td></tr></table><![endif]-->
            <!--[if !mso]><!--><p style="margin:0 0 8px"><a href="\(url)" class="m-button" style="display:inline-block;\
            padding:12px 24px;\(colors);font-weight:bold;text-decoration:none;border-radius:6px">\(label)</a></p><!--<![endif]-->
            <p class="m-muted" style="margin:0 0 16px;font-size:14px;line-height:20px;color:\(light.muted);word-break:break-all">\
            <a href="\(url)" class="m-link" style="color:\(light.accent)">\(url)</a></p>

            """
    }

    private func facts(_ rows: [ResolvedBlock.Row]) -> String {
        guard !rows.isEmpty else { return "" }
        let cells = rows.map { row in
            """
            <tr><td class="m-muted" style="padding:4px 16px 4px 0;color:\(light.muted);vertical-align:top">\(HTML.escaped(row.label))</td>\
            <td style="padding:4px 0;vertical-align:top">\(inlines(row.value))</td></tr>

            """
        }
        return """
            <table role="presentation" cellpadding="0" cellspacing="0" style="margin:0 0 16px">
            \(cells.joined())</table>

            """
    }

    private func table(_ rows: [[ResolvedBlock.Row]]) -> String {
        guard let first = rows.first else { return "" }
        let line = "border-bottom:1px solid \(light.border);padding:6px 12px 6px 0;text-align:left;vertical-align:top"
        let head = first.map { "<th scope=\"col\" class=\"m-line\" style=\"\(line)\">\(HTML.escaped($0.label))</th>" }.joined()
        let body = rows.map { row in
            "<tr>" + row.map { "<td class=\"m-line\" style=\"\(line)\">\(inlines($0.value))</td>" }.joined() + "</tr>\n"
        }
        return """
            <table width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 16px;border-collapse:collapse">
            <tr>\(head)</tr>
            \(body.joined())</table>

            """
    }

    private func inlines(_ all: [ResolvedInline]) -> String {
        var html = ""
        for one in all {
            switch one {
            case .text(let text): html += HTML.escaped(text)
            case .strong(let inner): html += "<strong>\(inlines(inner))</strong>"
            case .emphasis(let inner): html += "<em>\(inlines(inner))</em>"
            case .code(let inner): html += "<code style=\"\(Self.fixedFont);font-size:15px\">\(inlines(inner))</code>"
            case .lineBreak: html += "<br>"
            case .link(let url, let inner):
                html += "<a href=\"\(HTML.escaped(url))\" class=\"m-link\" style=\"color:\(light.accent)\">\(inlines(inner))</a>"
            }
        }
        return html
    }
}
