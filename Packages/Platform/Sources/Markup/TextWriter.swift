/// Writes the text part: wrapped at 76 columns, links in full on lines of their own, facts aligned (NOT-015).
struct TextWriter {
    private static let width = 76

    func page(_ blocks: [ResolvedBlock]) -> String {
        paragraphs(blocks).joined(separator: "\n\n") + "\n"
    }

    private func paragraphs(_ blocks: [ResolvedBlock]) -> [String] {
        blocks.flatMap { self.paragraphs($0) }
    }

    private func paragraphs(_ block: ResolvedBlock) -> [String] {
        switch block {
        case .heading(let inlines):
            let lines = wrap(plain(inlines).text)
            return [(lines + [String(repeating: "=", count: lines.map(\.count).max() ?? 0)]).joined(separator: "\n")]
        case .paragraph(let inlines):
            return [text(inlines)]
        case .button(let url, let inlines):
            return [(wrap(plain(inlines).text + ":") + [url]).joined(separator: "\n")]
        case .note(let kind, let inner):
            guard let first = inner.first else { return [] }
            let word = "\(Self.word(for: kind)): "
            if case .paragraph(let inlines) = first { return [text(inlines, firstIndent: word)] + paragraphs(Array(inner.dropFirst())) }
            return [word.dropLast() + "\n" + paragraphs(first).joined(separator: "\n\n")] + paragraphs(Array(inner.dropFirst()))
        case .facts(let rows):
            return rows.isEmpty ? [] : [facts(rows)]
        case .table(let rows, let more):
            return rows.map { facts($0) } + (more > 0 ? [Resolver.moreText(more)] : [])
        case .list(let items, let more):
            let lines = items.map { text($0, firstIndent: "- ", indent: "  ") } + (more > 0 ? ["- " + Resolver.moreText(more)] : [])
            return lines.isEmpty ? [] : [lines.joined(separator: "\n")]
        case .divider:
            return ["--"]
        case .more(let count):
            return [Resolver.moreText(count)]
        }
    }

    private static func word(for kind: Block.NoteKind) -> String {
        switch kind {
        case .info: "Note"
        case .warning: "Warning"
        case .danger: "Important"
        }
    }

    private func facts(_ rows: [ResolvedBlock.Row]) -> String {
        let width = rows.map { $0.label.count }.max() ?? 0
        return rows.map { row in
            let label = row.label.isEmpty ? "" : row.label + ":"
            let padded = label + String(repeating: " ", count: max(0, width + 2 - label.count))
            return text(row.value, firstIndent: padded, indent: String(repeating: " ", count: width + 2))
        }.joined(separator: "\n")
    }

    private func text(_ inlines: [ResolvedInline], firstIndent: String = "", indent: String = "") -> String {
        let (text, links) = plain(inlines)
        var lines: [String] = []
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            lines += wrap(String(part), firstIndent: lines.isEmpty ? firstIndent : indent, indent: indent)
        }
        return (lines + links).joined(separator: "\n")
    }

    /// The text without markup, a line feed for each line break, and the targets of its links.
    private func plain(_ inlines: [ResolvedInline]) -> (text: String, links: [String]) {
        var text = ""
        var links: [String] = []
        collect(inlines, &text, &links)
        return (text, links)
    }

    private func collect(_ inlines: [ResolvedInline], _ text: inout String, _ links: inout [String]) {
        for inline in inlines {
            switch inline {
            case .text(let part): text += part
            case .strong(let inner), .emphasis(let inner), .code(let inner): collect(inner, &text, &links)
            case .lineBreak: text += "\n"
            case .link(let url, let inner):
                collect(inner, &text, &links)
                links.append(url)
            }
        }
    }

    private func wrap(_ text: String, firstIndent: String = "", indent: String = "") -> [String] {
        var lines: [String] = []
        var line = firstIndent
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > Self.width {
                lines.append(line)
                line = indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        lines.append(line)
        return lines
    }
}
