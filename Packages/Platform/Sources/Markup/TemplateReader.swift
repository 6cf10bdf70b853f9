/// Reads the vocabulary of mails from elements and checks each use of a field against its type.
struct TemplateReader {
    let fragments: MarkupFragments
    var source: String
    private let schema: MarkupSchema
    private var scope: FieldScope
    private var openFragments: [String] = []

    /// - Parameter shared: the fields that may be used besides the template's own.
    init(schema: MarkupSchema, fragments: MarkupFragments, source: String, shared: MarkupSchema = MarkupBrand.schema) {
        self.schema = schema
        self.fragments = fragments
        self.source = source
        scope = FieldScope(MarkupSchema(schema.fields + shared.fields))
    }

    mutating func template(_ root: MarkupElement) throws(MarkupError) -> MarkupTemplate {
        guard root.name == "mail" else { throw error(root, "a template is <mail>") }
        let attributes = try attributes(of: root, required: ["template", "locale", "class"])
        var children = root.elements[...]
        guard try textIsBlank(root), let first = children.popFirst(), first.name == "subject" else {
            throw error(root, "<mail> begins with <subject>")
        }
        _ = try self.attributes(of: first)
        let subject = try plainInlines(first)
        var preheader: [Inline] = []
        if let second = children.first, second.name == "preheader" {
            children.removeFirst()
            _ = try self.attributes(of: second)
            preheader = try plainInlines(second)
        }
        let body = try blocks(Array(children), in: root)
        guard !body.isEmpty else { throw error(root, "<mail> says nothing") }
        try checkThatAllAppear(root)
        return MarkupTemplate(
            name: attributes["template"] ?? "", locale: attributes["locale"] ?? "", mailClass: attributes["class"] ?? "", source: source,
            schema: schema, subject: subject, preheader: preheader, body: body)
    }

    /// A text of words, values and conditions alone, in an element of any name.
    mutating func phrase(_ root: MarkupElement) throws(MarkupError) -> MarkupPhrase {
        let attributes = try attributes(of: root, required: ["name", "locale"])
        try refuse(in: root) { !["strong", "em", "code", "value", "if", "unless"].contains($0.name) }
        let content = try inlines(root)
        try checkThatAllAppear(root)
        return MarkupPhrase(
            name: attributes["name"] ?? "", locale: attributes["locale"] ?? "", source: source, schema: schema, content: content)
    }

    private func refuse(in parent: MarkupElement, _ isForbidden: (MarkupElement) -> Bool) throws(MarkupError) {
        for element in parent.elements {
            guard !isForbidden(element) else { throw error(element, "<\(element.name)> has no place in a text of one line") }
            try refuse(in: element, isForbidden)
        }
    }

    private func checkThatAllAppear(_ root: MarkupElement) throws(MarkupError) {
        if let unused = schema.fields.first(where: { $0.mustAppear && !scope.used.contains($0.name) }) {
            throw error(root, "the field \(unused.name) must appear and does not")
        }
    }

    // MARK: Blocks

    private mutating func blocks(_ elements: [MarkupElement], in parent: MarkupElement) throws(MarkupError) -> [Repeatable<Block>] {
        guard try textIsBlank(parent) else { throw error(parent, "text in <\(parent.name)> stands in <p> or another element") }
        var blocks: [Repeatable<Block>] = []
        for element in elements {
            switch element.name {
            case "if", "unless":
                let condition = try condition(element)
                blocks.append(
                    .condition(
                        condition,
                        try guarded(by: condition) { (reader) throws(MarkupError) in
                            try reader.blocks(element.elements, in: element)
                        }))
            case "each":
                let (list, rows) = try list(element, attribute: "in")
                blocks.append(
                    .each(
                        list: list,
                        try inside(rows) { (reader) throws(MarkupError) in
                            try reader.blocks(element.elements, in: element)
                        }))
            case "fragment":
                blocks += try fragment(element)
            default:
                blocks.append(.one(try block(element)))
            }
        }
        return blocks
    }

    private mutating func block(_ element: MarkupElement) throws(MarkupError) -> Block {
        switch element.name {
        case "heading":
            _ = try attributes(of: element)
            return .heading(try inlines(element))
        case "p":
            _ = try attributes(of: element)
            return .paragraph(try inlines(element))
        case "button":
            let target = try attributes(of: element, required: ["to"])["to"] ?? ""
            try use(target, as: .link, at: element)
            return .button(field: target, try plainInlines(element))
        case "note":
            let kind = try attributes(of: element, required: ["kind"])["kind"] ?? ""
            guard let kind = Block.NoteKind(rawValue: kind) else { throw error(element, "the kind of a note is info, warning or danger") }
            return .note(kind, try blocks(element.elements, in: element))
        case "facts":
            _ = try attributes(of: element)
            return .facts(try repeated(element) { (reader, fact) throws(MarkupError) in try reader.fact(fact) })
        case "list":
            _ = try attributes(of: element)
            return .list(try repeated(element) { (reader, item) throws(MarkupError) in try reader.item(item) })
        case "table":
            return try table(element)
        case "divider":
            _ = try attributes(of: element)
            guard element.children.isEmpty else { throw error(element, "<divider> is empty") }
            return .divider
        default:
            throw error(element, "<\(element.name)> is not an element of this vocabulary here")
        }
    }

    private mutating func fact(_ element: MarkupElement) throws(MarkupError) -> Block.Fact {
        guard element.name == "fact" else { throw error(element, "<facts> holds <fact>") }
        let label = try attributes(of: element, required: ["label"])["label"] ?? ""
        return Block.Fact(label: label, value: try inlines(element))
    }

    private mutating func item(_ element: MarkupElement) throws(MarkupError) -> [Inline] {
        guard element.name == "item" else { throw error(element, "<list> holds <item>") }
        _ = try attributes(of: element)
        return try inlines(element)
    }

    private mutating func table(_ element: MarkupElement) throws(MarkupError) -> Block {
        let (list, rows) = try list(element, attribute: "each")
        guard try textIsBlank(element), !element.elements.isEmpty else { throw error(element, "<table> holds <column>") }
        return .table(
            list: list,
            try inside(rows) { (reader) throws(MarkupError) in
                var columns: [Block.Column] = []
                for column in element.elements {
                    guard column.name == "column" else { throw reader.error(column, "<table> holds <column>") }
                    let label = try reader.attributes(of: column, required: ["label"])["label"] ?? ""
                    columns.append(Block.Column(label: label, value: try reader.inlines(column)))
                }
                return columns
            })
    }

    /// Children of one kind, some of them under conditions or in loops.
    private mutating func repeated<Content>(
        _ parent: MarkupElement, _ read: (inout TemplateReader, MarkupElement) throws(MarkupError) -> Content
    ) throws(MarkupError) -> [Repeatable<Content>] {
        guard try textIsBlank(parent) else { throw error(parent, "<\(parent.name)> holds no text of its own") }
        var all: [Repeatable<Content>] = []
        for element in parent.elements {
            switch element.name {
            case "if", "unless":
                let condition = try condition(element)
                all.append(
                    .condition(
                        condition,
                        try guarded(by: condition) { (reader) throws(MarkupError) in
                            try reader.repeated(element, read)
                        }))
            case "each":
                let (list, rows) = try list(element, attribute: "in")
                all.append(.each(list: list, try inside(rows) { (reader) throws(MarkupError) in try reader.repeated(element, read) }))
            default:
                all.append(.one(try read(&self, element)))
            }
        }
        return all
    }

    private mutating func fragment(_ element: MarkupElement) throws(MarkupError) -> [Repeatable<Block>] {
        let name = try attributes(of: element, required: ["use"])["use"] ?? ""
        guard let fragment = fragments.all[name] else { throw error(element, "there is no fragment \(name)") }
        guard !openFragments.contains(name) else { throw error(element, "the fragment \(name) uses itself") }
        guard element.children.isEmpty else { throw error(element, "the use of a fragment is empty") }
        let outer = source
        source = fragment.source
        openFragments.append(name)
        defer {
            source = outer
            openFragments.removeLast()
        }
        return try blocks(fragment.element.elements, in: fragment.element)
    }

    // MARK: Running text

    private mutating func plainInlines(_ element: MarkupElement) throws(MarkupError) -> [Inline] {
        let inlines = try inlines(element)
        if let forbidden = element.elements.first(where: { !["value", "if", "unless"].contains($0.name) }) {
            throw error(forbidden, "<\(element.name)> holds text and values only")
        }
        return inlines
    }

    private mutating func inlines(_ parent: MarkupElement) throws(MarkupError) -> [Inline] {
        var inlines: [Inline] = []
        for child in parent.children {
            switch child {
            case .text(let text): inlines.append(.text(text.collapsingBlanks))
            case .element(let element): inlines.append(try inline(element))
            }
        }
        let isEmpty = inlines.allSatisfy { if case .text(let text) = $0 { text.isEmpty || text == " " } else { false } }
        guard !isEmpty else { throw error(parent, "<\(parent.name)> is empty") }
        return inlines
    }

    private mutating func inline(_ element: MarkupElement) throws(MarkupError) -> Inline {
        switch element.name {
        case "value":
            return try value(element)
        case "strong":
            _ = try attributes(of: element)
            return .strong(try inlines(element))
        case "em":
            _ = try attributes(of: element)
            return .emphasis(try inlines(element))
        case "code":
            _ = try attributes(of: element)
            return .code(try plainInlines(element))
        case "br":
            _ = try attributes(of: element)
            guard element.children.isEmpty else { throw error(element, "<br> is empty") }
            return .lineBreak
        case "link":
            let target = try attributes(of: element, required: ["to"])["to"] ?? ""
            try use(target, as: .link, at: element)
            return .link(field: target, try plainInlines(element))
        case "if", "unless":
            let condition = try condition(element)
            return .condition(condition, try guarded(by: condition) { (reader) throws(MarkupError) in try reader.inlines(element) })
        default:
            throw error(element, "<\(element.name)> is not an element of this vocabulary here")
        }
    }

    private mutating func value(_ element: MarkupElement) throws(MarkupError) -> Inline {
        let attributes = try attributes(of: element, required: ["of"], optional: ["as"])
        guard element.children.isEmpty else { throw error(element, "<value> is empty") }
        let name = attributes["of"] ?? ""
        let type = try field(name, at: element).type
        switch type {
        case .link, .flag, .list: throw error(element, "the field \(name) cannot be printed as a value")
        default: break
        }
        guard let format = attributes["as"] else { return .value(field: name, format: .standard) }
        guard type == .instant, format == "date" else { throw error(element, "the field \(name) has no format \(format)") }
        return .value(field: name, format: .date)
    }

    // MARK: Fields and attributes

    private mutating func field(_ name: String, at element: MarkupElement) throws(MarkupError) -> MarkupSchema.Field {
        guard let field = scope.field(name) else { throw error(element, "there is no field \(name)") }
        guard !field.isOptional || scope.isGuarded(name) else {
            throw error(element, "the field \(name) may be absent and stands in an <if test=\"\(name)\">")
        }
        scope.used.insert(name)
        return field
    }

    private mutating func use(_ name: String, as type: MarkupSchema.FieldType, at element: MarkupElement) throws(MarkupError) {
        guard try field(name, at: element).type == type else { throw error(element, "the field \(name) is not a link") }
    }

    private mutating func condition(_ element: MarkupElement) throws(MarkupError) -> Condition {
        let name = try attributes(of: element, required: ["test"])["test"] ?? ""
        guard let field = scope.field(name) else { throw error(element, "there is no field \(name)") }
        guard field.isOptional || field.type == .flag else { throw error(element, "the field \(name) is always there") }
        scope.used.insert(name)
        return Condition(field: name, isNegated: element.name == "unless")
    }

    private mutating func list(_ element: MarkupElement, attribute: String) throws(MarkupError) -> (name: String, rows: MarkupSchema) {
        let name = try attributes(of: element, required: [attribute])[attribute] ?? ""
        guard case .list(let rows) = try field(name, at: element).type else { throw error(element, "the field \(name) is not a list") }
        return (name, rows)
    }

    private mutating func guarded<Result>(
        by condition: Condition, _ body: (inout TemplateReader) throws(MarkupError) -> Result
    ) throws(MarkupError) -> Result {
        let outer = scope
        if !condition.isNegated { scope.guardField(condition.field) }
        let result = try body(&self)
        scope = outer.taking(used: scope.used)
        return result
    }

    private mutating func inside<Result>(
        _ rows: MarkupSchema, _ body: (inout TemplateReader) throws(MarkupError) -> Result
    ) throws(MarkupError) -> Result {
        let outer = scope
        scope.enter(rows)
        let result = try body(&self)
        scope = outer.taking(used: scope.used)
        return result
    }

    private func attributes(
        of element: MarkupElement, required: [String] = [], optional: [String] = []
    ) throws(MarkupError) -> [String: String] {
        for name in required where (element.attributes[name] ?? "").isEmpty {
            throw error(element, "<\(element.name)> needs the attribute \(name)")
        }
        for name in element.attributes.keys.sorted() where !required.contains(name) && !optional.contains(name) {
            throw error(element, "<\(element.name)> has no attribute \(name)")
        }
        return element.attributes
    }

    private func textIsBlank(_ element: MarkupElement) throws(MarkupError) -> Bool {
        element.children.allSatisfy { child in
            if case .text(let text) = child { text.collapsingBlanks.allSatisfy { $0 == " " } } else { true }
        }
    }

    private func error(_ element: MarkupElement, _ reason: String) -> MarkupError {
        MarkupError(source: source, line: element.line, column: element.column, reason: reason)
    }
}

/// Which fields can be used at a place in a template.
private struct FieldScope {
    private var layers: [MarkupSchema]
    private var guarded: Set<String> = []
    var used: Set<String> = []

    init(_ schema: MarkupSchema) {
        layers = [schema]
    }

    func field(_ name: String) -> MarkupSchema.Field? {
        layers.lazy.reversed().compactMap { $0.field(name) }.first
    }

    func isGuarded(_ name: String) -> Bool {
        guarded.contains(name)
    }

    mutating func guardField(_ name: String) {
        guarded.insert(name)
    }

    mutating func enter(_ rows: MarkupSchema) {
        layers.append(rows)
        // A row's own field of the same name hides an outer one that was asked about.
        guarded.subtract(rows.fields.map(\.name))
    }

    func taking(used: Set<String>) -> FieldScope {
        var scope = self
        scope.used = used
        return scope
    }
}

extension String {
    /// The text with each run of blanks and line ends as one blank, as HTML reads it.
    fileprivate var collapsingBlanks: String {
        var text = ""
        var isBlank = false
        for character in unicodeScalars {
            if [0x20, 0x09, 0x0A, 0x0D].contains(character.value) {
                if !isBlank { text.append(" ") }
                isBlank = true
            } else {
                text.unicodeScalars.append(character)
                isBlank = false
            }
        }
        return text
    }
}
