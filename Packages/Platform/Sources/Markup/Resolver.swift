internal import Core

/// A piece of running text with its values filled in.
indirect enum ResolvedInline: Sendable, Hashable {
    case text(String)
    case strong([ResolvedInline])
    case emphasis([ResolvedInline])
    case code([ResolvedInline])
    case lineBreak
    case link(String, [ResolvedInline])
}

/// A part of a mail with its values filled in. Both writers walk the same tree, so that HTML and text say the same in the same order.
indirect enum ResolvedBlock: Sendable, Hashable {
    struct Row: Sendable, Hashable {
        let label: String
        let value: [ResolvedInline]
    }

    case heading([ResolvedInline])
    case paragraph([ResolvedInline])
    case button(String, [ResolvedInline])
    case note(Block.NoteKind, [ResolvedBlock])
    case facts([Row])
    case table([[Row]], more: Int)
    case list([[ResolvedInline]], more: Int)
    case divider
    case more(Int)
}

/// Fills the values into a template (NOT-005: a tree walk, with loops bounded by the list they run over).
struct Resolver {
    /// How many rows of a list are written; a line says how many more there are.
    static let maximumRows = 200

    private let source: String
    private let scopes: [[String: MarkupValue]]

    /// - Throws: ``MarkupError`` when a value is missing or of another type.
    init(source: String, schema: MarkupSchema, values: [String: MarkupValue]) throws(MarkupError) {
        self.source = source
        scopes = [values]
        try Self.check(values, against: schema, source: source)
    }

    private init(source: String, scopes: [[String: MarkupValue]]) {
        self.source = source
        self.scopes = scopes
    }

    private static func check(_ values: [String: MarkupValue], against schema: MarkupSchema, source: String) throws(MarkupError) {
        for field in schema.fields {
            let value = values[field.name] ?? .absent
            if value == .absent, field.isOptional { continue }
            guard value.fits(field.type) else {
                throw MarkupError(source: source, reason: "the value of \(field.name) is missing or of another type")
            }
            if case .list(let rows) = value, case .list(let rowSchema) = field.type {
                for row in rows.prefix(maximumRows) { try check(row, against: rowSchema, source: source) }
            }
        }
    }

    func blocks(_ all: [Repeatable<Block>]) throws(MarkupError) -> [ResolvedBlock] {
        let (blocks, more) = try expand(all) { (resolver, block) throws(MarkupError) in try resolver.block(block) }
        return more > 0 ? blocks + [.more(more)] : blocks
    }

    private func block(_ block: Block) throws(MarkupError) -> ResolvedBlock {
        switch block {
        case .heading(let inlines): return .heading(try self.inlines(inlines))
        case .paragraph(let inlines): return .paragraph(try self.inlines(inlines))
        case .button(let field, let inlines): return .button(try link(field), try self.inlines(inlines))
        case .note(let kind, let all): return .note(kind, try blocks(all))
        case .facts(let facts):
            let (rows, more) = try expand(facts) { (resolver, fact) throws(MarkupError) in
                ResolvedBlock.Row(label: fact.label, value: try resolver.inlines(fact.value))
            }
            return .facts(rows + (more > 0 ? [ResolvedBlock.Row(label: "", value: [.text(Self.moreText(more))])] : []))
        case .list(let items):
            let (rows, more) = try expand(items) { (resolver, item) throws(MarkupError) in try resolver.inlines(item) }
            return .list(rows, more: more)
        case .table(let list, let columns):
            var rows: [[ResolvedBlock.Row]] = []
            let all = try self.rows(list)
            for row in all.prefix(Self.maximumRows) {
                let inner = Resolver(source: source, scopes: scopes + [row])
                var cells: [ResolvedBlock.Row] = []
                for column in columns { cells.append(ResolvedBlock.Row(label: column.label, value: try inner.inlines(column.value))) }
                rows.append(cells)
            }
            return .table(rows, more: max(0, all.count - Self.maximumRows))
        case .divider: return .divider
        }
    }

    /// Writes out conditions and loops; what lies beyond the bound of a loop is counted.
    private func expand<Content, Resolved>(
        _ all: [Repeatable<Content>], _ resolve: (Resolver, Content) throws(MarkupError) -> Resolved
    ) throws(MarkupError) -> (all: [Resolved], more: Int) {
        var resolved: [Resolved] = []
        var more = 0
        for one in all {
            switch one {
            case .one(let content):
                resolved.append(try resolve(self, content))
            case .condition(let condition, let inner):
                guard try holds(condition) else { continue }
                let part = try expand(inner, resolve)
                resolved += part.all
                more += part.more
            case .each(let list, let inner):
                let rows = try self.rows(list)
                for row in rows.prefix(Self.maximumRows) {
                    let part = try Resolver(source: source, scopes: scopes + [row]).expand(inner, resolve)
                    resolved += part.all
                    more += part.more
                }
                more += max(0, rows.count - Self.maximumRows)
            }
        }
        return (resolved, more)
    }

    func inlines(_ all: [Inline]) throws(MarkupError) -> [ResolvedInline] {
        var resolved: [ResolvedInline] = []
        for one in all {
            switch one {
            case .text(let text): resolved.append(.text(text))
            case .value(let field, let format): resolved.append(.text(try text(of: field, format: format)))
            case .strong(let inner): resolved.append(.strong(try inlines(inner)))
            case .emphasis(let inner): resolved.append(.emphasis(try inlines(inner)))
            case .code(let inner): resolved.append(.code(try inlines(inner)))
            case .lineBreak: resolved.append(.lineBreak)
            case .link(let field, let inner): resolved.append(.link(try link(field), try inlines(inner)))
            case .condition(let condition, let inner):
                if try holds(condition) { resolved += try inlines(inner) }
            }
        }
        return resolved
    }

    private func holds(_ condition: Condition) throws(MarkupError) -> Bool {
        (lookUp(condition.field) ?? .absent).isTrue != condition.isNegated
    }

    private func text(of field: String, format: ValueFormat) throws(MarkupError) -> String {
        switch lookUp(field) {
        case .text(let text): return PlainText.printable(text)
        case .integer(let value): return MarkupFormat.integer(value)
        case .instant(let instant): return format == .date ? MarkupFormat.date(instant) : MarkupFormat.dateAndTime(instant)
        case .money(let money): return MarkupFormat.money(money)
        case .credits(let hundredths): return MarkupFormat.credits(hundredths: hundredths)
        case .bytes(let count): return MarkupFormat.bytes(count)
        case .percent(let value): return "\(value) %"
        case .link, .flag, .list, .absent, nil: throw missing(field)
        }
    }

    private func link(_ field: String) throws(MarkupError) -> String {
        guard case .link(let link) = lookUp(field) else { throw missing(field) }
        return link.url
    }

    private func rows(_ field: String) throws(MarkupError) -> [[String: MarkupValue]] {
        guard case .list(let rows) = lookUp(field) else { throw missing(field) }
        return rows
    }

    private func lookUp(_ field: String) -> MarkupValue? {
        scopes.lazy.reversed().compactMap { $0[field] }.first
    }

    private func missing(_ field: String) -> MarkupError {
        MarkupError(source: source, reason: "the value of \(field) is missing or of another type")
    }

    static func moreText(_ count: Int) -> String {
        "and \(MarkupFormat.integer(Int64(count))) more"
    }
}
