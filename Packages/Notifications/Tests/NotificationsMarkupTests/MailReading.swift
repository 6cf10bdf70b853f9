/// The HTML part of a mail as a program reads it out: what must be so that everybody can follow it (NOT-013).
struct MailReading {
    private let body: String
    private let html: String

    init(_ html: String) {
        self.html = html
        // Forms for one old client, and what only lists of mails show, are not read out.
        body = html.replacing(/(?s)<!--\[if mso\]>.*?<!\[endif\]-->/, with: "").replacing(/(?s)<!--.*?-->/, with: "")
            .replacing(/(?s)^.*<body[^>]*>/, with: "").replacing(/<div style="display:none[^>]*>.*?<\/div>/, with: "")
    }

    /// The words in the order in which they are read, without the heads of tables, which the text part repeats in each row.
    var words: [String] {
        // What stands within a line separates no words.
        let lines = body.replacing(/(?s)<th .*?<\/th>/, with: " ").replacing(/<\/?(strong|em|code|a)( [^>]*)?>/, with: "")
        return Self.words(of: lines.replacing(/<[^>]*>/, with: " "))
    }

    static func words(of text: String) -> [String] {
        let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")].reduce(text) {
            $0.replacing($1.0, with: $1.1)
        }
        return plain.split(whereSeparator: \.isWhitespace).map { word in
            String(word.last == ":" ? word.dropLast() : word[...])
        }.filter { $0.contains { $0.isLetter || $0.isNumber } }
    }

    /// The first word that the other part does not have at this place; `nil` when all are there in the same order.
    func firstWordOutOfOrder(in text: String) -> String? {
        var rest = Self.words(of: text)[...]
        for word in words {
            guard let place = rest.firstIndex(of: word) else { return word }
            rest = rest[(place + 1)...]
        }
        return nil
    }

    /// What stands in the way of somebody who cannot see the page.
    var obstacles: [String] {
        var obstacles: [String] = []
        if html.firstMatch(of: /<html lang="[a-z]{2}(-[A-Z]{2})?" dir="(ltr|rtl)">/) == nil { obstacles.append("no language or direction") }
        let levels = body.matches(of: /<h([1-6])[ >]/).compactMap { Int(String($0.1)) }
        if levels.first != 1 || levels.count(where: { $0 == 1 }) != 1 { obstacles.append("headings \(levels)") }
        for (level, next) in zip(levels, levels.dropFirst()) where next > level + 1 { obstacles.append("headings \(levels)") }
        for table in body.split(separator: "<table").dropFirst()
        where !table.hasPrefix(" role=\"presentation\"") && !table.contains("<th scope=\"col\"") {
            obstacles.append("a table that is neither for looks nor has heads: \(table.prefix(60))")
        }
        for size in html.matches(of: /font-size:([0-9]+)px(;line-height:1px)?/) where size.2 == nil && Int(String(size.1)) ?? 0 < 14 {
            obstacles.append("text of \(size.1) px")
        }
        for link in body.matches(of: /(?s)<a href="([^"]*)"[^>]*>(.*?)<\/a>/) {
            let label = Self.words(of: String(link.2).replacing(/<[^>]*>/, with: " ")).joined(separator: " ").lowercased()
            if ["", "here", "click here", "link", "more", "this"].contains(label) { obstacles.append("a link that says \"\(label)\"") }
        }
        for button in body.matches(of: /<a href="([^"]*)" class="m-button"/) where !body.contains(">\(button.1)</a>") {
            obstacles.append("a button without its address: \(button.1)")
        }
        return obstacles
    }
}
