internal import Core

extension Account {
    /// One page of a list, newest first (STR-146).
    func page<Element: Resource>(
        _ elements: [Element], _ call: Call, url: String, where isWanted: (Element) -> Bool = { _ in true }
    ) throws -> JSONValue {
        let parameters = call.parameters
        let limit = Int(try parameters.integer("limit", in: 1...100) ?? 10)
        let after = try parameters.string("starting_after")
        let before = try parameters.string("ending_before")
        try parameters.finish()
        guard after == nil || before == nil else {
            throw StripeError.invalid(
                "You may only specify one of these parameters: starting_after, ending_before.", param: "starting_after")
        }
        let wanted = elements.filter(isWanted)
        if let after {
            guard let index = wanted.firstIndex(where: { $0.id == after }) else {
                throw StripeError.noSuchParameter(Element.object, after, param: "starting_after")
            }
            return list(wanted[(index + 1)...].prefix(limit), of: wanted.count - index - 1, url)
        }
        if let before {
            guard let index = wanted.firstIndex(where: { $0.id == before }) else {
                throw StripeError.noSuchParameter(Element.object, before, param: "ending_before")
            }
            return list(wanted[..<index].suffix(limit), of: index, url)
        }
        return list(wanted.prefix(limit), of: wanted.count, url)
    }

    private func list(_ page: ArraySlice<some Resource>, of count: Int, _ url: String) -> JSONValue {
        .list(page.map { $0.json(in: self) }, url: url, hasMore: page.count < count)
    }
}
